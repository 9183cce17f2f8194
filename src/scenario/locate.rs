//! Line and column of a value in a JSON text that has been accepted, found by scanning its tokens.

use jsonc_parser::Scanner;
use jsonc_parser::tokens::Token;

use super::problem::{JsonPath, Step};

/// Line and column (from 1, columns in characters) of the field at `path`, or of the deepest value around it that the
/// text has. Fields are found by their names, elements by their first character.
pub(super) fn locate(text: &str, path: &JsonPath) -> (usize, usize) {
    let offset = Cursor::new(text).find(&path.0);
    let before = &text[..offset];
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[start..].chars().count() + 1)
}

struct Cursor<'a> {
    scanner: Scanner<'a>,
}

impl<'a> Cursor<'a> {
    fn new(text: &'a str) -> Self {
        Self { scanner: Scanner::new(text, &jsonc_parser::ScannerOptions::default()) }
    }

    /// The next token and where it starts; `None` at the end.
    fn next(&mut self) -> Option<(Token<'a>, usize)> {
        loop {
            let token = self.scanner.scan().ok().flatten()?;
            if !matches!(token, Token::CommentLine(_) | Token::CommentBlock(_)) {
                return Some((token, self.scanner.token_start()));
            }
        }
    }

    /// Byte offset of the field or value at the end of `steps`.
    fn find(mut self, steps: &[Step]) -> usize {
        let Some((mut token, mut found)) = self.next() else { return 0 };
        for step in steps {
            let child = match (step, &token) {
                (Step::Key(key), Token::OpenBrace) => self.enter_field(key),
                (Step::Index(index), Token::OpenBracket) => self.enter_element(*index),
                _ => None,
            };
            match child {
                Some((value, start)) => (token, found) = (value, start),
                None => break,
            }
        }
        found
    }

    /// Behind `{`: goes to the value of field `key`; returns its first token and where the field's name starts.
    fn enter_field(&mut self, key: &str) -> Option<(Token<'a>, usize)> {
        loop {
            let (name, start) = self.next()?;
            let Token::String(name) = name else { return None };
            self.next()?;
            let (value, _) = self.next()?;
            if name == key {
                return Some((value, start));
            }
            self.skip(&value)?;
            self.next().filter(|(token, _)| *token == Token::Comma)?;
        }
    }

    /// Behind `[`: goes to element `index`; returns its first token and where it starts.
    fn enter_element(&mut self, index: usize) -> Option<(Token<'a>, usize)> {
        for _ in 0..index {
            let (value, _) = self.next()?;
            self.skip(&value)?;
            self.next().filter(|(token, _)| *token == Token::Comma)?;
        }
        self.next().filter(|(token, _)| *token != Token::CloseBracket)
    }

    /// Goes behind the value that starts with `first`.
    fn skip(&mut self, first: &Token<'a>) -> Option<()> {
        let mut depth = usize::from(matches!(first, Token::OpenBrace | Token::OpenBracket));
        while depth > 0 {
            match self.next()?.0 {
                Token::OpenBrace | Token::OpenBracket => depth += 1,
                Token::CloseBrace | Token::CloseBracket => depth -= 1,
                _ => {}
            }
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "{\n  \"ä\": {\"b\": [1, {\"c\": []}, {\"d\": 3}]},\n  \"e\": null\n}";

    fn at(path: &JsonPath) -> (usize, usize) {
        locate(TEXT, path)
    }

    #[test]
    fn fields_and_elements_are_found_behind_nested_ones() {
        let top = JsonPath::default();
        assert_eq!(at(&top), (1, 1));
        assert_eq!(at(&top.key("e")), (3, 3));
        assert_eq!(at(&top.key("ä").key("b").index(1)), (2, 18));
        assert_eq!(at(&top.key("ä").key("b").index(2).key("d")), (2, 30));
    }

    #[test]
    fn what_is_not_there_is_placed_at_what_should_contain_it() {
        let top = JsonPath::default();
        assert_eq!(at(&top.key("e").key("f")), (3, 3));
        assert_eq!(at(&top.key("ä").key("b").index(7)), (2, 9));
        assert_eq!(at(&top.key("x")), (1, 1));
    }
}
