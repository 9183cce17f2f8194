//! Ticks in both directions between two nodes.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, SeqAccess, Visitor};
use serde::ser::SerializeTuple;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::json;

use super::MAX_SUM_OF_LATENCIES_TICKS;

/// Marks the first of two numbers in binary form. Ticks are below 2³¹.
const TWO: u32 = 1 << 31;

/// Ticks from the first of two ends to the second, and from the second to the first.
///
/// Serialised as one number where both are the same, so that what is the same in both directions is written as such.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EachWay(pub [u32; 2]);

impl EachWay {
    /// The same in both directions.
    pub fn same(ticks: u32) -> Self {
        Self([ticks; 2])
    }

    /// Whether both directions are the same.
    pub fn is_same(self) -> bool {
        self.0[0] == self.0[1]
    }

    /// The mean of both directions.
    pub fn mean(self) -> f64 {
        let [there, back] = self.0.map(f64::from);
        f64::midpoint(there, back)
    }

    /// The larger of both directions.
    pub fn longest(self) -> u32 {
        self.0[0].max(self.0[1])
    }

    /// What is left when `other` is taken away, at least 0.
    pub fn less(self, other: Self) -> Self {
        Self([0, 1].map(|side| self.0[side].saturating_sub(other.0[side])))
    }

    /// With a function applied to each direction.
    pub fn map(self, each: impl FnMut(u32) -> u32) -> Self {
        Self(self.0.map(each))
    }
}

impl fmt::Display for EachWay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [there, back] = self.0;
        if self.is_same() { there.fmt(f) } else { write!(f, "{there} there and {back} back") }
    }
}

impl Serialize for EachWay {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let [there, back] = self.0;
        match (self.is_same(), serializer.is_human_readable()) {
            (true, _) => there.serialize(serializer),
            (false, true) => self.0.serialize(serializer),
            (false, false) => {
                let mut pair = serializer.serialize_tuple(2)?;
                pair.serialize_element(&(there | TWO))?;
                pair.serialize_element(&back)?;
                pair.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for EachWay {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            deserializer.deserialize_any(OneOrTwo { marked: false })
        } else {
            deserializer.deserialize_tuple(2, OneOrTwo { marked: true })
        }
    }
}

impl JsonSchema for EachWay {
    fn schema_name() -> Cow<'static, str> {
        "EachWay".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let ticks = json!({"type": "integer", "minimum": 1, "maximum": MAX_SUM_OF_LATENCIES_TICKS});
        json_schema!({
            "description": "Ticks of latency, the same in both directions, or from the first end and from the second.",
            "anyOf": [ticks, {"type": "array", "items": ticks, "minItems": 2, "maxItems": 2}]
        })
    }
}

struct OneOrTwo {
    /// Whether the first number says if there is a second.
    marked: bool,
}

impl<'de> Visitor<'de> for OneOrTwo {
    type Value = EachWay;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number of ticks, or a list of two for both directions")
    }

    fn visit_u64<E: Error>(self, ticks: u64) -> Result<EachWay, E> {
        let ticks = u32::try_from(ticks).ok().filter(|&ticks| ticks < TWO);
        ticks.map(EachWay::same).ok_or_else(|| E::custom("too many ticks"))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut numbers: A) -> Result<EachWay, A::Error> {
        let missing = |at| A::Error::invalid_length(at, &self);
        let first: u32 = numbers.next_element()?.ok_or_else(|| missing(0))?;
        if self.marked && first & TWO == 0 {
            return Ok(EachWay::same(first));
        }
        let second: u32 = numbers.next_element()?.ok_or_else(|| missing(1))?;
        let ticks = EachWay([if self.marked { first & !TWO } else { first }, second]);
        if ticks.0.iter().any(|&ticks| ticks >= TWO) || (self.marked && ticks.is_same()) {
            return Err(A::Error::custom("no numbers of ticks in both directions"));
        }
        if !self.marked && numbers.next_element::<u32>()?.is_some() {
            return Err(A::Error::invalid_length(3, &self));
        }
        Ok(ticks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_the_same_both_ways_is_one_number_in_every_form() {
        for ticks in [0, 1, 127, 128, 2_000_000_000] {
            let both = EachWay::same(ticks);
            assert_eq!(postcard::to_stdvec(&both).unwrap(), postcard::to_stdvec(&ticks).unwrap());
            assert_eq!(serde_json::to_string(&both).unwrap(), ticks.to_string());
            assert_eq!(serde_json::from_str::<EachWay>(&ticks.to_string()).unwrap(), both);
            assert_eq!(postcard::from_bytes::<EachWay>(&postcard::to_stdvec(&ticks).unwrap()).unwrap(), both);
        }
    }

    #[test]
    fn two_numbers_come_back_and_what_follows_them_too() {
        let value = (EachWay([3, 2_000_000_000]), EachWay::same(7), 9u32);
        assert_eq!(
            postcard::from_bytes::<(EachWay, EachWay, u32)>(&postcard::to_stdvec(&value).unwrap()).unwrap(),
            value
        );
        assert_eq!(serde_json::to_string(&value.0).unwrap(), "[3,2000000000]");
        assert_eq!(serde_json::from_str::<EachWay>("[3,2000000000]").unwrap(), value.0);
        assert_eq!(value.0.to_string(), "3 there and 2000000000 back");
        for wrong in ["[1]", "[1,2,3]", "4294967295", "[1,4294967295]", "-1", "\"1\""] {
            assert!(serde_json::from_str::<EachWay>(wrong).is_err(), "{wrong}");
        }
        assert!(postcard::from_bytes::<EachWay>(&postcard::to_stdvec(&(5 | TWO, 5u32)).unwrap()).is_err());
    }
}
