//! From a file to a JSON value, within bounds: of bytes, of nesting (serde_json's 128), of memory, and without
//! fields that stand twice.

use std::cell::RefCell;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::problem::{JsonPath, Place, Problem, ScenarioError, Step};
use crate::topology::comments::without_comments;
use crate::topology::{NotOpened, STANDARD_INPUT, open_regular};

/// Bytes that a scenario file may have.
const MAX_BYTES: u64 = 8 * 1024 * 1024;

/// Memory that the values of a scenario may take, in bytes, as estimated by [`OBJECT_BYTES`] and [`VALUE_BYTES`].
const MAX_VALUE_BYTES: usize = 75 * 1024 * 1024;
/// What an object takes at least: one leaf of a B-tree.
const OBJECT_BYTES: usize = 700;
/// What any value takes, with slack for growing vectors.
const VALUE_BYTES: usize = 80;

/// Opens a regular file; anything whose reading could block or never end is refused.
pub(super) fn open(path: &Path) -> Result<File, Problem> {
    match open_regular(path) {
        Ok((file, _)) => Ok(file),
        Err(NotOpened::Unreadable(error)) => Err(Problem::Unreadable(error)),
        Err(NotOpened::NotAFile(found)) => Err(Problem::NotAFile { found }),
    }
}

/// The text of a scenario file.
pub(super) fn read_text(path: &Path) -> Result<String, Problem> {
    let mut bytes = Vec::new();
    let read = match path == Path::new(STANDARD_INPUT) {
        true => io::stdin().lock().take(MAX_BYTES + 1).read_to_end(&mut bytes),
        false => open(path)?.take(MAX_BYTES + 1).read_to_end(&mut bytes),
    };
    read.map_err(Problem::Unreadable)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(Problem::TooLarge { limit: MAX_BYTES });
    }
    let text =
        String::from_utf8(bytes).map_err(|error| Problem::NotUtf8 { offset: error.utf8_error().valid_up_to() })?;
    if text.trim().is_empty() { Err(Problem::Empty) } else { Ok(text) }
}

/// The value of a JSON text that came from `file`.
pub(super) fn parse(text: &str, file: &Path) -> Result<Value, ScenarioError> {
    let state = RefCell::new(State::default());
    // A byte order mark, as some editors write it.
    let text = without_comments(text.strip_prefix('\u{feff}').unwrap_or(text));
    let mut deserializer = serde_json::Deserializer::from_str(&text);
    Strict(&state).deserialize(&mut deserializer).and_then(|value| deserializer.end().map(|()| value)).map_err(
        |error| {
            let state = state.take();
            let message = error.to_string();
            let message = message.split(" at line ").next().unwrap_or_default().to_owned();
            let (path, problem) = match state.problem {
                Some(problem) => (JsonPath(state.path), problem),
                None => (JsonPath::default(), Problem::Syntax { message }),
            };
            let place = Place::Position { file: file.to_owned(), line: error.line(), column: error.column() };
            ScenarioError::new(place, path, problem)
        },
    )
}

#[derive(Default)]
struct State {
    path: Vec<Step>,
    bytes: usize,
    problem: Option<Problem>,
}

/// Deserializes any value, counting what it takes and refusing fields that stand twice.
#[derive(Clone, Copy)]
struct Strict<'a>(&'a RefCell<State>);

impl Strict<'_> {
    fn count<E: serde::de::Error>(&self, bytes: usize) -> Result<(), E> {
        let mut state = self.0.borrow_mut();
        state.bytes += bytes;
        if state.bytes <= MAX_VALUE_BYTES {
            return Ok(());
        }
        state.problem = Some(Problem::TooManyValues);
        state.path.clear();
        Err(E::custom("too many values"))
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        loop {
            self.0.borrow_mut().path.push(Step::Index(items.len()));
            let Some(item) = sequence.next_element_seed(self)? else { break };
            self.count(VALUE_BYTES)?;
            self.0.borrow_mut().path.pop();
            items.push(item);
        }
        self.0.borrow_mut().path.pop();
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        self.count(OBJECT_BYTES)?;
        let mut fields = Map::new();
        while let Some(key) = access.next_key::<String>()? {
            self.count(VALUE_BYTES + key.len())?;
            self.0.borrow_mut().path.push(Step::Key(key.clone()));
            if fields.contains_key(&key) {
                self.0.borrow_mut().problem = Some(Problem::DuplicateField);
                return Err(A::Error::custom("duplicate field"));
            }
            let value = access.next_value_seed(self)?;
            self.0.borrow_mut().path.pop();
            fields.insert(key, value);
        }
        Ok(Value::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str) -> String {
        parse(text, Path::new("x.json")).unwrap_err().to_string()
    }

    #[test]
    fn a_field_that_stands_twice_is_refused_at_its_second_place() {
        assert_eq!(
            problem("{\"a\": [{},\n  {\"b\": 1, \"b\": 2}]}"),
            "x.json:2:14: a[1].b: field stands here twice; expected it once"
        );
    }

    #[test]
    fn comments_are_blanks_and_texts_keep_their_slashes() {
        let text = "// first\n{\"a\": /* é\n */ \"// \\\" no\", \"b\": 1 // end\n, \"c\": [2]}//";
        assert_eq!(parse(text, Path::new("x")).unwrap(), serde_json::json!({"a": "// \" no", "b": 1, "c": [2]}));
        assert_eq!(problem("// one\n{\"a\": /* two */ x}"), "x.json:2:17: not JSON: expected value");
        assert!(problem("{\"a\": 1 /* open").contains("not JSON"));
    }

    #[test]
    fn what_is_no_json_names_line_and_column() {
        assert_eq!(problem("{\n \"a\": NaN}"), "x.json:2:7: not JSON: expected value");
        assert_eq!(problem("{\"a\": 1e400}"), "x.json:1:11: not JSON: number out of range");
        assert!(problem(&"[".repeat(200_000)).ends_with("not JSON: recursion limit exceeded"));
    }

    #[test]
    fn many_small_objects_are_refused_before_they_fill_the_memory() {
        let text = format!("[{}{{}}]", "{\"a\":0},".repeat(500_000));
        assert!(problem(&text).contains("too many values"), "{}", problem(&text));
    }
}
