//! Lists on the command line: `a,b,c`, whose items may be JSON with commas of its own.

/// The items between the commas that are in no bracket and no JSON string; none of an empty text.
pub fn split(text: &str) -> Vec<&str> {
    let (mut items, mut start, mut depth) = (Vec::new(), 0, 0_i32);
    let (mut quoted, mut escaped) = (false, false);
    for (place, letter) in text.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '[' | '{' if !quoted => depth += 1,
            ']' | '}' if !quoted => depth -= 1,
            ',' if !quoted && depth == 0 => {
                items.push(&text[start..place]);
                start = place + 1;
            }
            _ => {}
        }
    }
    if !text.is_empty() {
        items.push(&text[start..]);
    }
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_within_json_are_not_between_items() {
        assert_eq!(split(""), [""; 0]);
        assert_eq!(split("1,x"), ["1", "x"]);
        assert_eq!(
            split(r#"{"a":[1,2],"b":","},"x\",y",[3,4],"#),
            [r#"{"a":[1,2],"b":","}"#, r#""x\",y""#, "[3,4]", ""]
        );
    }
}
