//! Checks a JSON value against the schema that the raw types derive, so that every type and range stands once.
//!
//! Knows the keywords that those schemas use (a test refuses others) and, unlike a general validator, finds the
//! problems to tell: alternatives are told apart by their tag or by their first required field, never by trial.

use serde_json::{Map, Value};

use super::problem::{Fault, JsonPath, Problem, Step, choice, nearest, quoted, shown};

type Checked = Result<(), Fault>;

/// Problems of one document that are told.
const MOST_FAULTS: usize = 20;

/// A JSON Schema document, as `schema` makes it.
pub(super) struct Checker<'a> {
    root: &'a Value,
}

impl<'a> Checker<'a> {
    pub(super) fn new(root: &'a Value) -> Self {
        Self { root }
    }

    /// The problems of a document in its order, in every object unknown fields before missing ones; at most
    /// [`MOST_FAULTS`].
    pub(super) fn check(&self, document: &Value) -> Vec<Fault> {
        let mut faults = Vec::new();
        self.value(self.root, document, &mut JsonPath::default(), &mut faults);
        faults
    }

    /// Names of the fields that the object at `path` of a document may have.
    pub(super) fn fields_at(&self, document: &Value, path: &JsonPath) -> Option<Vec<String>> {
        let (mut schema, mut value) = (self.root, document);
        for step in &path.0 {
            schema = self.chosen(schema, value)?;
            (schema, value) = match step {
                Step::Key(key) => (schema.get("properties")?.get(key)?, value.get(key)?),
                Step::Index(index) => (schema.get("items")?, value.get(index)?),
            };
        }
        Some(keys(self.chosen(schema, value)?))
    }

    /// The schema that describes a value's fields: references followed, the alternative chosen.
    fn chosen(&self, schema: &'a Value, value: &Value) -> Option<&'a Value> {
        let schema = self.target(schema);
        match alternatives(schema) {
            Some(branches) if !requirements_only(branches) => {
                self.chosen(self.branch(branches, value, &JsonPath::default()).ok()??, value)
            }
            _ => Some(schema),
        }
    }

    fn target(&self, schema: &'a Value) -> &'a Value {
        let name = schema.get("$ref").and_then(Value::as_str).and_then(|name| name.strip_prefix('#'));
        name.and_then(|pointer| self.root.pointer(pointer)).map_or(schema, |target| self.target(target))
    }

    fn value(&self, schema: &'a Value, value: &Value, path: &mut JsonPath, faults: &mut Vec<Fault>) {
        let schema = self.target(schema);
        let allowed = self.type_fits(schema, value) && bounds_fit(schema, value) && constants_fit(schema, value);
        if !allowed {
            return faults.push(self.not_allowed(schema, value, path));
        }
        match value {
            Value::Object(fields) => self.fields(schema, fields, path, faults),
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    if faults.len() >= MOST_FAULTS {
                        return;
                    }
                    path.0.push(Step::Index(index));
                    if let Some(schema) = schema.get("items") {
                        self.value(schema, item, path, faults);
                    }
                    path.0.pop();
                }
            }
            _ => {}
        }
        let Some(branches) = alternatives(schema) else { return };
        match self.branch(branches, value, path) {
            Ok(Some(branch)) => self.value(branch, value, path, faults),
            Ok(None) => {}
            Err(fault) => faults.push(fault),
        }
    }

    fn fields(&self, schema: &'a Value, fields: &Map<String, Value>, path: &mut JsonPath, faults: &mut Vec<Fault>) {
        let properties = schema.get("properties").and_then(Value::as_object);
        let other = schema.get("additionalProperties");
        for (key, value) in fields {
            if faults.len() >= MOST_FAULTS {
                return;
            }
            path.0.push(Step::Key(key.clone()));
            match properties.and_then(|properties| properties.get(key)).or(other) {
                Some(Value::Bool(false)) => {
                    let allowed = keys(schema);
                    let nearest = nearest(key, allowed.iter().map(String::as_str));
                    faults.push(Fault::new(path.clone(), Problem::UnknownField { allowed, nearest }));
                }
                Some(schema) => self.value(schema, value, path, faults),
                None => {}
            }
            path.0.pop();
        }
        for field in strings(schema.get("required")) {
            if !fields.contains_key(field) {
                let schema = properties.and_then(|properties| properties.get(field)).unwrap_or(&Value::Null);
                let problem = Problem::Missing { field: field.to_owned(), expected: self.expected(schema) };
                faults.push(Fault::new(path.clone(), problem));
            }
        }
    }

    /// Which of some alternatives a value is to follow; `None` if there is nothing more to check.
    fn branch(&self, branches: &'a [Value], value: &Value, path: &JsonPath) -> Result<Option<&'a Value>, Fault> {
        if requirements_only(branches) {
            return one_required(branches, value, path).map(|()| None);
        }
        if value.is_null() && branches.iter().any(|branch| has_type(branch, "null")) {
            return Ok(None);
        }
        let real: Vec<&Value> =
            branches.iter().filter(|branch| !has_type(branch, "null")).map(|branch| self.target(branch)).collect();
        if let [one] = real[..] {
            return Ok(Some(one));
        }
        let (names, sections): (Vec<&Value>, Vec<&Value>) =
            real.iter().copied().partition(|branch| branch.get("const").is_some());
        if let Some(tag) = sections.first().and_then(|section| tag(section)) {
            return match value.as_str().filter(|_| !names.is_empty()) {
                Some(kind) => named(&names, kind, path).map(Some),
                None => self.tagged(&sections, tag, value, path).map(Some),
            };
        }
        if real.iter().all(|branch| branch.get("required").is_some()) {
            if !value.is_object() {
                let expected = format!("an object with one of {}", choice(&required_of(&real)));
                return Err(Fault::new(path.clone(), Problem::NotAllowed { value: shown(value), expected }));
            }
            let present = |branch: &&&Value| strings(branch.get("required")).any(|field| value.get(field).is_some());
            return match real.iter().find(present) {
                Some(branch) => Ok(Some(branch)),
                None => Err(Fault::new(path.clone(), not_one_of(&real, value))),
            };
        }
        let fits = |branch: &&&'a Value| {
            let mut faults = Vec::new();
            self.value(branch, value, &mut path.clone(), &mut faults);
            faults.is_empty()
        };
        match real.iter().find(fits) {
            Some(_) => Ok(None),
            None => {
                let expected = real.iter().map(|branch| self.expected(branch)).collect::<Vec<_>>().join(" or ");
                Err(Fault::new(path.clone(), Problem::NotAllowed { value: shown(value), expected }))
            }
        }
    }

    fn tagged(&self, branches: &[&'a Value], tag: &str, value: &Value, path: &JsonPath) -> Result<&'a Value, Fault> {
        let constant = |branch: &Value| branch["properties"][tag]["const"].as_str().unwrap_or_default().to_owned();
        let allowed: Vec<String> = branches.iter().map(|branch| constant(branch)).collect();
        let Some(fields) = value.as_object() else {
            let expected = format!("an object with {tag:?}: {}", allowed.join(" or "));
            return Err(Fault::new(path.clone(), Problem::NotAllowed { value: shown(value), expected }));
        };
        let Some(kind) = fields.get(tag) else {
            let expected = allowed.join(" or ");
            return Err(Fault::new(path.clone(), Problem::Missing { field: tag.to_owned(), expected }));
        };
        branches.iter().find(|branch| Some(&*constant(branch)) == kind.as_str()).copied().ok_or_else(|| {
            let nearest = nearest(kind.as_str().unwrap_or_default(), allowed.iter().map(String::as_str));
            Fault::new(path.key(tag), Problem::UnknownChoice { value: shown(kind), allowed, nearest })
        })
    }

    fn type_fits(&self, schema: &Value, value: &Value) -> bool {
        let mut types = strings_or_one(schema.get("type")).peekable();
        types.peek().is_none()
            || types.any(|name| match name {
                "null" => value.is_null(),
                "boolean" => value.is_boolean(),
                "integer" => value.is_u64() || value.is_i64(),
                "number" => value.is_number(),
                "string" => value.is_string(),
                "array" => value.is_array(),
                "object" => value.is_object(),
                _ => false,
            })
    }

    fn not_allowed(&self, schema: &Value, value: &Value, path: &JsonPath) -> Fault {
        let choices = choices(schema);
        let problem = match (value.as_str(), choices.is_empty()) {
            (Some(text), false) => {
                let nearest = nearest(text, choices.iter().map(String::as_str));
                Problem::UnknownChoice { value: shown(value), allowed: choices, nearest }
            }
            _ => Problem::NotAllowed { value: shown(value), expected: self.expected(schema) },
        };
        Fault::new(path.clone(), problem)
    }

    /// What a schema allows, in words.
    fn expected(&self, schema: &Value) -> String {
        let reference = schema.get("$ref").and_then(Value::as_str).and_then(|name| name.strip_prefix('#'));
        let schema = reference.and_then(|pointer| self.root.pointer(pointer)).unwrap_or(schema);
        if let Some(branches) = alternatives(schema).filter(|branches| !requirements_only(branches)) {
            if let Some(tag) = tag(&branches[0]) {
                return format!("an object with {tag:?}");
            }
            let choices = choices(schema);
            if !choices.is_empty() {
                return choices.join(" or ");
            }
            let mut all: Vec<String> = branches.iter().map(|branch| self.expected(branch)).collect();
            all.dedup();
            return all.join(" or ");
        }
        let choices = choices(schema);
        if !choices.is_empty() {
            return choices.join(" or ");
        }
        strings_or_one(schema.get("type")).map(|name| type_in_words(schema, name)).collect::<Vec<_>>().join(" or ")
    }
}

/// Which of some names a text is: that of a section that is written by its kind alone.
fn named<'a>(names: &[&'a Value], kind: &str, path: &JsonPath) -> Result<&'a Value, Fault> {
    names.iter().find(|name| name["const"] == kind).copied().ok_or_else(|| {
        let allowed: Vec<String> = names.iter().filter_map(|name| name["const"].as_str()).map(str::to_owned).collect();
        let nearest = nearest(kind, allowed.iter().map(String::as_str));
        let allowed = allowed.into_iter().chain(["an object with \"kind\"".to_owned()]).collect();
        Fault::new(path.clone(), Problem::UnknownChoice { value: quoted(kind), allowed, nearest })
    })
}

fn type_in_words(schema: &Value, name: &str) -> String {
    let bound = |key: &str| schema.get(key).and_then(Value::as_f64);
    let whole = |key: &str| schema.get(key).and_then(Value::as_u64);
    let above = bound("exclusiveMinimum").map(|above| format!(" above {above}"));
    let range = match (bound("minimum"), bound("maximum")) {
        (Some(least), Some(most)) if least == most => return format!("{least}"),
        (Some(least), Some(most)) => format!(" from {least} to {most}"),
        (Some(least), None) => format!(" from {least}"),
        (None, Some(most)) => format!(" up to {most}"),
        (None, None) => String::new(),
    };
    let count = |unit: &str, least: Option<u64>, most: Option<u64>| match (least, most) {
        (Some(least), Some(most)) if least == most => format!(" of {least} {unit}"),
        (Some(least), Some(most)) => format!(" of {least} to {most} {unit}"),
        (Some(least), None) => format!(" of at least {least} {unit}"),
        (None, Some(most)) => format!(" of at most {most} {unit}"),
        (None, None) => String::new(),
    };
    match name {
        "integer" => format!("a whole number{range}"),
        "number" => format!("a number{}{range}", above.unwrap_or_default()),
        "string" => format!("a string{}", count("characters", whole("minLength"), whole("maxLength"))),
        "array" => format!("an array{}", count("elements", whole("minItems"), whole("maxItems"))),
        "boolean" => "true or false".to_owned(),
        "object" => "an object".to_owned(),
        other => other.to_owned(),
    }
}

fn bounds_fit(schema: &Value, value: &Value) -> bool {
    let within = |low: &str, high: &str, size: f64| {
        let bound = |key: &str| schema.get(key).and_then(Value::as_f64);
        bound(low).is_none_or(|least| size >= least) && bound(high).is_none_or(|most| size <= most)
    };
    match value {
        Value::Number(number) => number.as_f64().is_none_or(|number| {
            let above = schema.get("exclusiveMinimum").and_then(Value::as_f64);
            within("minimum", "maximum", number) && above.is_none_or(|above| number > above)
        }),
        Value::String(text) => within("minLength", "maxLength", text.chars().count() as f64),
        Value::Array(items) => within("minItems", "maxItems", items.len() as f64),
        _ => true,
    }
}

fn constants_fit(schema: &Value, value: &Value) -> bool {
    let choices = choices(schema);
    choices.is_empty() || value.as_str().is_some_and(|text| choices.iter().any(|choice| choice == text))
}

/// The strings that a schema enumerates, however it does.
fn choices(schema: &Value) -> Vec<String> {
    let of_branches = alternatives(schema).into_iter().flatten().map(|branch| branch.get("const"));
    let own = schema.get("enum").and_then(Value::as_array).into_iter().flatten().map(Some);
    let constant = schema.get("const").into_iter().map(Some);
    let all: Option<Vec<String>> =
        of_branches.chain(own).chain(constant).map(|choice| choice?.as_str().map(str::to_owned)).collect();
    all.unwrap_or_default()
}

fn alternatives(schema: &Value) -> Option<&[Value]> {
    schema.get("oneOf").or_else(|| schema.get("anyOf"))?.as_array().map(Vec::as_slice)
}

/// Whether alternatives say no more than which field must be there.
fn requirements_only(branches: &[Value]) -> bool {
    branches.iter().all(|branch| branch.as_object().is_some_and(|it| it.len() == 1 && it.contains_key("required")))
}

fn one_required(branches: &[Value], value: &Value, path: &JsonPath) -> Checked {
    let present = |branch: &&Value| strings(branch.get("required")).all(|field| value.get(field).is_some());
    if branches.iter().filter(present).count() == 1 {
        return Ok(());
    }
    let branches: Vec<&Value> = branches.iter().collect();
    Err(Fault::new(path.clone(), not_one_of(&branches, value)))
}

/// The required fields of alternatives, each in words.
fn required_of(branches: &[&Value]) -> Vec<String> {
    branches.iter().map(|branch| strings(branch.get("required")).collect::<Vec<_>>().join(" with ")).collect()
}

fn not_one_of(branches: &[&Value], value: &Value) -> Problem {
    let allowed = required_of(branches);
    let names = || branches.iter().flat_map(|branch| strings(branch.get("required")));
    let written = value.as_object().into_iter().flat_map(|fields| fields.keys());
    let nearest = written.filter(|key| !names().any(|name| name == *key)).find_map(|key| nearest(key, names()));
    Problem::NotOneOf { allowed, nearest }
}

/// The property that tells tagged alternatives apart.
fn tag(branch: &Value) -> Option<&str> {
    let properties = branch.get("properties")?.as_object()?;
    properties.iter().find(|(_, schema)| schema.get("const").is_some()).map(|(name, _)| name.as_str())
}

fn has_type(schema: &Value, name: &str) -> bool {
    strings_or_one(schema.get("type")).any(|found| found == name)
}

fn keys(schema: &Value) -> Vec<String> {
    schema.get("properties").and_then(Value::as_object).into_iter().flat_map(|it| it.keys().cloned()).collect()
}

fn strings(list: Option<&Value>) -> impl Iterator<Item = &str> {
    list.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

fn strings_or_one(value: Option<&Value>) -> impl Iterator<Item = &str> {
    value.and_then(Value::as_str).into_iter().chain(strings(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::scenario_schema;

    /// Calls `see` with every keyword of a schema and of those inside it.
    fn keywords(schema: &Value, see: &mut impl FnMut(&str)) {
        let Some(schema) = schema.as_object() else { return };
        for (keyword, value) in schema {
            see(keyword);
            match (keyword.as_str(), value) {
                ("properties" | "$defs", Value::Object(named)) => named.values().for_each(|it| keywords(it, see)),
                ("oneOf" | "anyOf", Value::Array(branches)) => branches.iter().for_each(|it| keywords(it, see)),
                ("items" | "additionalProperties", inner) => keywords(inner, see),
                _ => {}
            }
        }
    }

    #[test]
    fn the_schema_has_no_keyword_that_is_not_enforced() {
        const ENFORCED: [&str; 16] = [
            "$ref",
            "type",
            "const",
            "enum",
            "minimum",
            "maximum",
            "exclusiveMinimum",
            "minLength",
            "maxLength",
            "minItems",
            "maxItems",
            "items",
            "properties",
            "additionalProperties",
            "required",
            "oneOf",
        ];
        // `pattern` is that of safe names, which validation knows; `format` names Rust's type.
        const OTHERS: [&str; 8] = ["anyOf", "pattern", "format", "$defs", "$schema", "title", "description", "default"];
        let mut seen = 0;
        keywords(&scenario_schema(&crate::simulation::kinds()).to_value(), &mut |keyword| {
            seen += 1;
            assert!(ENFORCED.contains(&keyword) || OTHERS.contains(&keyword), "{keyword} is not enforced");
        });
        assert!(seen > 1000);
    }

    #[test]
    fn fields_are_those_of_the_chosen_alternative() {
        let schema = scenario_schema(&crate::simulation::kinds()).to_value();
        let document = serde_json::json!({"router": {"kind": "shortest_path"}, "workloads": [{"kind": "trace"}]});
        let fields = |path: &JsonPath| Checker::new(&schema).fields_at(&document, path);
        let top = JsonPath::default();
        assert_eq!(fields(&top.key("router")), Some(vec!["kind".to_owned(), "memory_limit_mb".to_owned()]));
        assert!(fields(&top.key("workloads").index(0)).is_some_and(|fields| fields.contains(&"path".to_owned())));
        assert_eq!(fields(&top.key("nothing")), None);
    }
}
