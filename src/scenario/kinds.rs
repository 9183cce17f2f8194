//! What a scenario chooses by `kind`: routers and opening policies. Scenarios know them by the lists that are handed to
//! whoever loads them; what a kind does stands in its own file.

use std::any::Any;
use std::fmt::Debug;
use std::sync::Arc;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Tick;
use crate::topology::Topology;

/// Parameters of a kind: its section of a scenario, without `kind`. The schema has their ranges, `Default` their
/// defaults, and the doc comment of the type says in a sentence what the kind does.
pub trait Parameters: Serialize + DeserializeOwned + JsonSchema + Debug + Send + Sync + 'static {
    /// What a scenario writes as `kind`.
    const KIND: &'static str;

    /// The field that names a JSON file, and the field that takes what the file holds, if there is such a pair.
    const FILE: Option<[&'static str; 2]> = None;

    /// Refuses what does not fit the rest of the scenario.
    ///
    /// # Errors
    /// The field that does not fit.
    fn check_in(&self, surroundings: &Surroundings) -> Result<(), Refused> {
        let _ = surroundings;
        Ok(())
    }

    /// Refuses what no schema can; `ports` holds the number of ports of each node.
    ///
    /// # Errors
    /// The field that does not fit.
    fn check(&self, ports: &[u32]) -> Result<(), Refused> {
        let _ = ports;
        Ok(())
    }
}

/// The scenario around a kind.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings<'a> {
    /// The network.
    pub topology: &'a Topology,
    /// Length of the run.
    pub ticks: Tick,
    /// Most wormholes at a node.
    pub ports_per_node: u32,
    /// α, ticks.
    pub opening_cost: f64,
}

impl Surroundings<'_> {
    /// Refuses free openings, for rules that weigh them against what they save.
    ///
    /// # Errors
    /// At the kind, where openings are free.
    pub fn check_opening_cost(&self) -> Result<(), Refused> {
        if self.opening_cost > 0.0 {
            return Ok(());
        }
        let expected = "a policy that does not weigh openings, or physics.wormhole.opening_cost above 0".to_owned();
        Err(Refused { field: "kind".to_owned(), value: "opening_cost 0".to_owned(), expected })
    }
}

/// A parameter that does not fit the scenario.
#[derive(Debug, Clone, PartialEq)]
pub struct Refused {
    /// Its path, with dots.
    pub field: String,
    /// Its value.
    pub value: String,
    /// What is allowed.
    pub expected: String,
}

/// An entry of a list of kinds.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    name: &'static str,
    file: Option<[&'static str; 2]>,
    schema: fn(&mut SchemaGenerator) -> Schema,
    read: fn(Value) -> serde_json::Result<Chosen>,
}

impl Kind {
    /// The kind with parameters `P`, which `read` reads.
    pub const fn new<P: Parameters>(read: fn(Value) -> serde_json::Result<Chosen>) -> Self {
        Self { name: P::KIND, file: P::FILE, schema: P::json_schema, read }
    }

    /// What a scenario writes as `kind`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// See [`Parameters::FILE`].
    pub(super) fn file(&self) -> Option<[&'static str; 2]> {
        self.file
    }
}

/// A kind that was chosen, with its parameters.
#[derive(Debug, Clone)]
pub struct Chosen {
    kind: &'static str,
    written: Map<String, Value>,
    check: fn(&dyn Any, &[u32]) -> Result<(), Refused>,
    check_in: fn(&dyn Any, &Surroundings) -> Result<(), Refused>,
    parameters: Arc<dyn Any + Send + Sync>,
    made: Arc<dyn Any + Send + Sync>,
}

impl Chosen {
    /// Reads parameters, of which `make` makes what is asked for by [`Self::made`].
    ///
    /// # Errors
    /// Parameters that do not fit the type.
    pub fn read<P: Parameters, M: Send + Sync + 'static>(
        written: Value,
        make: fn(Arc<P>) -> M,
    ) -> serde_json::Result<Self> {
        let parameters: Arc<P> = Arc::new(serde_json::from_value(written)?);
        let Value::Object(written) = serde_json::to_value(&*parameters)? else {
            return Err(serde::de::Error::custom("parameters are fields"));
        };
        let check = |any: &dyn Any, ports: &[u32]| any.downcast_ref::<P>().map_or(Ok(()), |it| it.check(ports));
        let check_in =
            |any: &dyn Any, around: &Surroundings| any.downcast_ref::<P>().map_or(Ok(()), |it| it.check_in(around));
        let made = Arc::new(make(parameters.clone()));
        Ok(Self { kind: P::KIND, written, check, check_in, parameters, made })
    }

    /// Which kind.
    pub fn kind(&self) -> &'static str {
        self.kind
    }

    /// What was made of the parameters, if it is an `M`.
    pub fn made<M: 'static>(&self) -> Option<&M> {
        self.made.downcast_ref()
    }

    /// See [`Parameters::check`].
    pub(super) fn check(&self, ports: &[u32]) -> Result<(), Refused> {
        (self.check)(&*self.parameters, ports)
    }

    /// See [`Parameters::check_in`].
    pub(super) fn check_in(&self, surroundings: &Surroundings) -> Result<(), Refused> {
        (self.check_in)(&*self.parameters, surroundings)
    }

    /// All parameters with their values, in the order of the alphabet.
    pub fn parameters(&self) -> &Map<String, Value> {
        &self.written
    }
}

impl PartialEq for Chosen {
    fn eq(&self, other: &Self) -> bool {
        (self.kind, &self.written) == (other.kind, &other.written)
    }
}

/// All that a scenario may choose among.
#[derive(Debug, Clone)]
pub struct Kinds {
    routers: Vec<Kind>,
    policies: Vec<Kind>,
}

impl Kinds {
    /// These routers and opening policies.
    pub fn new(routers: &[Kind], policies: &[Kind]) -> Self {
        Self { routers: routers.to_vec(), policies: policies.to_vec() }
    }

    /// With another router, whose name is new.
    #[must_use]
    pub fn with_router(mut self, kind: Kind) -> Self {
        add(&mut self.routers, kind);
        self
    }

    /// With another opening policy, whose name is new.
    #[must_use]
    pub fn with_policy(mut self, kind: Kind) -> Self {
        add(&mut self.policies, kind);
        self
    }

    /// Routers.
    pub fn routers(&self) -> &[Kind] {
        &self.routers
    }

    /// Opening policies.
    pub fn policies(&self) -> &[Kind] {
        &self.policies
    }
}

fn add(list: &mut Vec<Kind>, kind: Kind) {
    assert!(list.iter().all(|other| other.name != kind.name), "the kind {:?} is in the list already", kind.name);
    list.push(kind);
}

/// A section that chooses a kind, as it is written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// Which kind.
    pub kind: String,
    /// Its parameters.
    #[serde(flatten)]
    pub parameters: Map<String, Value>,
}

impl Choice {
    /// A kind with its defaults.
    pub fn of(kind: &str) -> Self {
        Self { kind: kind.to_owned(), parameters: Map::new() }
    }

    /// A kind with these parameters.
    pub fn with<P: Parameters>(parameters: &P) -> Self {
        let Ok(Value::Object(fields)) = serde_json::to_value(parameters) else { unreachable!("parameters are fields") };
        Self { kind: P::KIND.to_owned(), parameters: fields }
    }

    /// With every default filled in.
    pub(super) fn resolved(chosen: &Chosen) -> Self {
        Self { kind: chosen.kind.to_owned(), parameters: chosen.written.clone() }
    }

    /// The kind of `list` with these parameters, if it is there.
    ///
    /// # Errors
    /// Parameters that are not of their types.
    pub(super) fn choose(&self, list: &[Kind]) -> Option<serde_json::Result<Chosen>> {
        let kind = list.iter().find(|kind| kind.name == self.kind)?;
        Some((kind.read)(Value::Object(self.parameters.clone())))
    }
}

/// The schema of a section that chooses among `list`: an object with `kind` and parameters, or, with `short`, the
/// name alone for the kind with its defaults.
pub(super) fn schema(list: &[Kind], short: bool, generator: &mut SchemaGenerator) -> Value {
    let branches = |kind: &Kind| {
        let mut branch = (kind.schema)(generator).to_value();
        let fields = branch.as_object_mut().expect("the parameters of a kind are fields");
        fields.insert("additionalProperties".to_owned(), false.into());
        let name = short.then(|| {
            let mut name = serde_json::json!({"type": "string", "const": kind.name});
            if let Some(description) = fields.get("description") {
                name["description"] = description.clone();
            }
            name
        });
        let properties = fields.entry("properties").or_insert_with(|| Map::new().into());
        properties["kind"] = serde_json::json!({"type": "string", "const": kind.name});
        fields.remove("title");
        fields.insert("required".to_owned(), serde_json::json!(["kind"]));
        name.into_iter().chain([branch])
    };
    list.iter().flat_map(branches).collect()
}
