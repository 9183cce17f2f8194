//! Arms of an experiment: the same scenario with other policies.
//!
//! An arm changes what is done with accesses (`nodes`, `wormholes`, `physics`, `router`), never the accesses, the
//! network or what is measured, so that differences between arms are differences of policy.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use serde_json::{Value, json};

use super::list::split;
use crate::error::Error;
use crate::scenario::raw::Arm;
use crate::scenario::{Assignment, nearest};

/// Sections that an arm may change.
const ALLOWED: [&str; 4] = ["nodes", "physics", "router", "wormholes"];

/// What is compared if nothing else is asked for: wormholes and learned routing, each with and without the other.
pub fn defaults(with_wormholes: bool) -> Vec<Arm> {
    let arm = |name: &str, wormholes: bool, router: &str| Arm {
        name: name.to_owned(),
        set: [("wormholes.enabled", json!(wormholes)), ("router.kind", json!(router))]
            .map(|(path, value)| (path.to_owned(), value))
            .into(),
    };
    let mut arms = vec![
        arm("static", false, "shortest_path"),
        arm("learned", false, "q_routing"),
        arm("wormholes", true, "shortest_path"),
        arm("both", true, "q_routing"),
    ];
    arms.truncate(if with_wormholes { 4 } else { 2 });
    arms
}

impl FromStr for Arm {
    type Err = String;

    /// Reads `name:path=value,path=value`; `name` alone is the scenario as it is.
    fn from_str(text: &str) -> Result<Self, String> {
        let (name, values) = text.split_once(':').unwrap_or((text, ""));
        let mut set = BTreeMap::new();
        for part in split(values) {
            let (path, value) = part.split_once('=').ok_or_else(|| format!("{part:?} is not path=value"))?;
            let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
            if set.insert(path.to_owned(), value).is_some() {
                return Err(format!("{path} stands here twice"));
            }
        }
        Ok(Self { name: name.to_owned(), set })
    }
}

impl Arm {
    /// The arm as it is written on the command line.
    pub fn written(&self) -> String {
        let values: Vec<String> = self.set.iter().map(|(path, value)| format!("{path}={}", plain(value))).collect();
        format!("{}:{}", self.name, values.join(","))
    }

    /// Its values as assignments.
    ///
    /// # Errors
    /// [`Error::Usage`] for a path that is none.
    pub fn assignments(&self) -> Result<Vec<Assignment>, Error> {
        let option = format!("--arm {}", self.written());
        self.set.iter().map(|(path, value)| assignment(path, value, &option, "--arm")).collect()
    }
}

/// A value for the field at `path`, which `option` sets and is written as `written`.
///
/// # Errors
/// [`Error::Usage`] for a path that is none.
pub fn assignment(path: &str, value: &Value, written: &str, option: &'static str) -> Result<Assignment, Error> {
    Assignment::of(path, value.clone(), written).map_err(|error| Error::Usage {
        option,
        value: path.to_owned(),
        expected: error.to_string(),
    })
}

/// A value as it is written on the command line: strings without quotes.
pub fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Refuses arms that are no fair comparison; `option` is where they stand.
///
/// # Errors
/// [`Error::Usage`] for none or too many, names that are none or stand twice, and fields that all arms must share.
pub fn check(arms: &[Arm], option: &'static str) -> Result<(), Error> {
    let refuse = |value: String, expected: String| Err(Error::Usage { option, value, expected });
    if arms.is_empty() || arms.len() > 100 {
        return refuse(format!("{} arms", arms.len()), "1 to 100".to_owned());
    }
    let mut names = BTreeSet::new();
    for arm in arms {
        let legal = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if arm.name.is_empty() || arm.name.len() > 100 || arm.name.starts_with('.') || !arm.name.chars().all(legal) {
            return refuse(
                arm.written(),
                "name:path=value,… with a name of letters, digits, -, _ and . (not first)".to_owned(),
            );
        }
        // Folders of arms may be on a file system that does not tell cases apart.
        if !names.insert(arm.name.to_lowercase()) {
            return refuse(arm.written(), "a name of its own for each arm".to_owned());
        }
        let shared = |path: &&String| !ALLOWED.contains(&path.split('.').next().unwrap_or_default());
        if let Some(path) = arm.set.keys().find(shared) {
            let near = nearest(path.split('.').next().unwrap_or_default(), ALLOWED);
            let near = near.map_or_else(String::new, |near| format!("; did you mean {near:?}?"));
            return refuse(
                format!("{path} in arm {}", arm.name),
                format!("a field of {}: all arms see the same accesses on the same network{near}", ALLOWED.join(", ")),
            );
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arm_is_read_as_it_is_written() {
        let text = r#"both:router={"kind":"q_routing","full_echo":true},wormholes.enabled=true,wormholes.policy=fixed"#;
        let arm: Arm = text.parse().unwrap();
        assert_eq!(arm.name, "both");
        assert_eq!(arm.set["router"], json!({"kind": "q_routing", "full_echo": true}));
        assert_eq!(arm.set["wormholes.enabled"], json!(true));
        assert_eq!(arm.set["wormholes.policy"], json!("fixed"));
        assert_eq!(arm.written().parse::<Arm>().unwrap(), arm);
        assert_eq!("as-it-is".parse::<Arm>().unwrap().set, BTreeMap::new());
        assert!("a:nothing".parse::<Arm>().unwrap_err().contains("\"nothing\" is not path=value"));
        assert!("a:x=1,x=2".parse::<Arm>().unwrap_err().contains("x stands here twice"));
    }

    #[test]
    fn unfair_and_unnamed_arms_are_refused() {
        check(&defaults(true), "--arm").unwrap();
        let refused = |texts: &[&str]| {
            let arms: Vec<Arm> = texts.iter().map(|text| text.parse().unwrap()).collect();
            check(&arms, "--arm").unwrap_err().to_string()
        };
        for field in ["seed", "workloads.0.accesses_per_tick", "topology", "ticks", "warmup_ticks", "events"] {
            let text = refused(&["base", &format!("other:{field}=1")]);
            assert!(text.contains(&format!("{field} in arm other")), "{text}");
            assert!(text.contains("all arms see the same accesses"), "{text}");
        }
        assert!(refused(&["a", "A"]).contains("a name of its own"));
        assert!(refused(&["../x"]).contains("with a name of letters"));
        assert!(refused(&[]).contains("0 arms is not allowed; expected 1 to 100"));
    }
}
