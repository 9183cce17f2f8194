//! Numbers that may be infinite, which JSON cannot write: `"inf"`.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// As it is written.
const INFINITE: &str = "inf";

/// Largest finite value.
const LARGEST: f64 = 1e18;

/// A number of 0 or more, or infinity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OrInfinite(pub f64);

impl Serialize for OrInfinite {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if self.0.is_infinite() { to.serialize_str(INFINITE) } else { to.serialize_f64(self.0) }
    }
}

impl<'de> Deserialize<'de> for OrInfinite {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Finite(f64),
            Infinite(String),
        }
        match Written::deserialize(from)? {
            Written::Finite(value) => Ok(Self(value)),
            Written::Infinite(text) if text == INFINITE => Ok(Self(f64::INFINITY)),
            Written::Infinite(_) => Err(serde::de::Error::custom("a number or \"inf\"")),
        }
    }
}

impl JsonSchema for OrInfinite {
    fn schema_name() -> Cow<'static, str> {
        "OrInfinite".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                {"type": "number", "minimum": 0, "maximum": LARGEST},
                {"type": "string", "const": INFINITE}
            ]
        })
    }
}
