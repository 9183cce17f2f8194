//! The tokens of formats that are not line by line: words, quoted texts and signs, each with its line.

/// A token.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token<'a> {
    /// A word or a number.
    Word(&'a str),
    /// What stood between quotes, as it stood.
    Quoted(&'a str),
    /// One of the signs of the format.
    Sign(&'a str),
}

impl<'a> Token<'a> {
    /// As it stands, without quotes.
    pub fn text(&self) -> &'a str {
        match self {
            Self::Word(text) | Self::Quoted(text) | Self::Sign(text) => text,
        }
    }

    /// Whether it is that sign.
    pub fn is(&self, sign: &str) -> bool {
        matches!(self, Self::Sign(own) if *own == sign)
    }
}

/// Cuts a text into tokens.
#[derive(Debug, Clone)]
pub(super) struct Tokens<'a> {
    rest: &'a str,
    /// Line of the token that was given last, from 1.
    pub line: usize,
    passed: usize,
    /// Signs of the format, longer ones first.
    signs: &'static [&'static str],
    /// Whether a backslash keeps a quote from ending a text.
    escapes: bool,
}

impl<'a> Tokens<'a> {
    /// Tokens of a text; in quoted texts, backslashes escape if `escapes`.
    pub fn new(text: &'a str, signs: &'static [&'static str], escapes: bool) -> Self {
        Self { rest: text, line: 1, passed: 0, signs, escapes }
    }

    fn take(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(bytes);
        self.passed += taken.bytes().filter(|&byte| byte == b'\n').count();
        self.rest = rest;
        taken
    }

    /// Skips blanks and comments.
    fn skip(&mut self) {
        loop {
            let blanks = self.rest.len() - self.rest.trim_start().len();
            self.take(blanks);
            if self.rest.starts_with('#') || self.rest.starts_with("//") {
                let end_of_line = self.rest.find('\n').unwrap_or(self.rest.len());
                self.take(end_of_line);
            } else if self.rest.starts_with("/*") {
                let end = self.rest[2..].find("*/").map_or(self.rest.len(), |place| place + 4);
                self.take(end);
            } else {
                return;
            }
        }
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        self.skip();
        self.line = 1 + self.passed;
        if self.rest.starts_with('"') {
            self.take(1);
            let mut end = None;
            let mut escaped = false;
            for (place, byte) in self.rest.bytes().enumerate() {
                match byte {
                    b'"' if !escaped => {
                        end = Some(place);
                        break;
                    }
                    b'\\' if self.escapes => escaped = !escaped,
                    _ => escaped = false,
                }
            }
            // Without an end, all that is left; the reader then misses what should follow.
            let text = self.take(end.unwrap_or(self.rest.len()));
            self.take(usize::from(end.is_some()));
            return Some(Token::Quoted(text));
        }
        if let Some(sign) = self.signs.iter().find(|sign| self.rest.starts_with(**sign)) {
            return Some(Token::Sign(self.take(sign.len())));
        }
        let signs = self.signs;
        let ends = |(place, c): (usize, char)| {
            let rest = &self.rest[place..];
            c.is_whitespace() || c == '"' || signs.iter().any(|sign| rest.starts_with(sign))
        };
        let end = self.rest.char_indices().find(|&at| ends(at)).map_or(self.rest.len(), |(place, _)| place);
        (end > 0).then(|| Token::Word(self.take(end)))
    }
}
