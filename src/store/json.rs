//! JSON as it stands in a run directory: indented, keys sorted, a newline at the end. Loading and saving again gives
//! the same bytes.

use std::io::{self, Read};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::Error;
use crate::topology::{NotOpened, open_regular};

pub use crate::scenario::tree::VERSION;

/// The text of a file.
pub fn to_text(content: &impl Serialize) -> String {
    // Objects of serde_json's `Value` are ordered maps, which sorts the keys.
    let value = serde_json::to_value(content).expect("content of run directories has string keys");
    format!("{value:#}\n")
}

/// The text of a large file whose types declare their fields in the order of the alphabet: the same as [`to_text`],
/// without the memory of a tree.
pub fn to_text_as_declared(content: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(content).expect("content of run directories has string keys");
    text.push('\n');
    text
}

/// One line of a file of lines, keys sorted.
pub fn to_line(content: &impl Serialize) -> String {
    let value = serde_json::to_value(content).expect("content of run directories has string keys");
    format!("{value}\n")
}

/// The key of the hash of an object.
const CHECKSUM: &str = "checksum";

/// An object with one key more than what it says: the BLAKE3, hexadecimal, of its [line](to_line).
pub fn seal(content: &impl Serialize) -> Value {
    let mut value = serde_json::to_value(content).expect("content of run directories has string keys");
    let checksum = blake3::hash(to_line(&value).as_bytes()).to_hex().to_string();
    if let Value::Object(fields) = &mut value {
        fields.insert(CHECKSUM.to_owned(), checksum.into());
    }
    value
}

/// What was [sealed](seal); none if it says something else now.
pub fn unseal(mut sealed: Value) -> Option<Value> {
    let checksum = sealed.as_object_mut()?.remove(CHECKSUM)?;
    (seal(&sealed)[CHECKSUM] == checksum).then_some(sealed)
}

/// Reads a file of a run directory.
///
/// # Errors
/// [`Error::Io`], and [`Error::Format`] if it holds something else than a `T`.
pub fn read<T: DeserializeOwned>(path: &Path) -> Result<T, Error> {
    parse(&read_text(path)?, path)
}

/// The text of a file of a run directory, which is a regular one: nothing else is waited for.
pub(super) fn read_text(path: &Path) -> Result<String, Error> {
    let mut text = String::new();
    let read = match open_regular(path) {
        Ok((mut file, _)) => file.read_to_string(&mut text).map(drop),
        Err(NotOpened::Unreadable(source)) => Err(source),
        Err(NotOpened::NotAFile(found)) => {
            Err(io::Error::new(io::ErrorKind::InvalidInput, format!("it is {found}; expected a regular file")))
        }
    };
    read.map_err(|source| Error::Io { path: path.to_owned(), action: "read", source })?;
    Ok(text)
}

/// What the text of a file says.
pub(super) fn parse<T: DeserializeOwned>(text: &str, path: &Path) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|source| Error::Format { path: path.to_owned(), source })
}
