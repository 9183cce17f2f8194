//! What the readers of foreign formats collect: nodes by id, links, demands, and what was assumed or not used.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};

use hashbrown::HashTable;

use super::fields::{LinkData, NodeData};
use crate::topology::error::quoted;
use crate::topology::limits::{MAX_FILE_NODES, MAX_LINKS};
use crate::topology::names::NameIndex;
use crate::topology::{
    DirectionInput, LinkInput, NodeInput, Place, Position, Rules, TopologyBuilder, TopologyError, WeightUnit,
};

/// Most names of numbers without a use that are told apart.
const MOST_NAMES: usize = 50;

/// A network as its file has it.
#[derive(Default)]
pub(super) struct Draft {
    /// What the file calls the network.
    pub name: Option<String>,
    /// Attribution.
    pub source: Option<String>,
    /// Whether every node has to be listed; else links make those that are not.
    lists_all_nodes: bool,
    nodes: Vec<NodeInput>,
    listed: Vec<bool>,
    places: HashTable<u32>,
    hasher: RandomState,
    links: Vec<LinkInput>,
    /// Numbers of links that may be their latencies, by the places of these.
    weights: Vec<(u32, f64)>,
    /// Places of nodes that may be degrees, or those of a drawing.
    drawn: Vec<(u32, f64, f64)>,
    /// Whether these are degrees, where the file says so.
    pub drawn_is_geographic: Option<bool>,
    demands: Vec<([u32; 2], f64)>,
    unused: BTreeMap<Box<str>, u32>,
    assumed: BTreeMap<Box<str>, u32>,
}

impl Draft {
    /// A draft of a text in which a link takes at least so many bytes: room is made for all links at once, as growing
    /// would take twice the memory.
    pub fn of(text: &str, link_bytes: usize) -> Self {
        let links = Vec::with_capacity((text.len() / link_bytes).min(MAX_LINKS));
        Self { links, ..Self::default() }
    }

    /// The same of a format that lists all nodes, so that an end of a link that is not among them is an error.
    pub fn of_listed_nodes(text: &str, link_bytes: usize) -> Self {
        Self { lists_all_nodes: true, ..Self::of(text, link_bytes) }
    }

    /// Adds a node that the file lists.
    ///
    /// # Errors
    /// [`TopologyError::DuplicateId`] if it is listed already.
    pub fn add_node(&mut self, id: &str, data: NodeData) -> Result<(), TopologyError> {
        let place = self.node(id)? as usize;
        if self.listed[place] {
            let listed = self.listed.iter().filter(|listed| **listed).count() as u32;
            let (value, first) = (quoted(id), place as u32);
            return Err(TopologyError::DuplicateId { place: Place::Node(listed, "id"), value, first });
        }
        self.listed[place] = true;
        let id = std::mem::take(&mut self.nodes[place].id);
        self.nodes[place] = data.into_input(id);
        Ok(())
    }

    /// Adds a place that may be degrees, x to the east: that is decided for all of them.
    pub fn add_place(&mut self, id: &str, x: f64, y: f64) -> Result<(), TopologyError> {
        let node = self.node(id)?;
        self.drawn.push((node, x, y));
        Ok(())
    }

    /// Places are degrees if all of them can be, and are more than the unit square of a layout.
    fn use_places(&mut self) {
        let fit = self.drawn.iter().all(|(_, x, y)| x.abs() <= 180.0 && y.abs() <= 90.0);
        let is_layout = self.drawn.iter().all(|(_, x, y)| x.abs().max(y.abs()) <= 1.5);
        let is_geographic = self.drawn_is_geographic.unwrap_or(fit && !is_layout);
        if is_geographic && self.drawn_is_geographic.is_none() {
            self.assumed("places are degrees", self.drawn.len() as u32);
        }
        for (node, x, y) in std::mem::take(&mut self.drawn) {
            let place = match is_geographic {
                true => Position::Geographic { latitude: y, longitude: x },
                false => Position::Plane { x, y },
            };
            self.nodes[node as usize].position.get_or_insert(place);
        }
    }

    /// Adds what is told of a node, which may have been spoken of before.
    pub fn tell_node(&mut self, id: &str, data: NodeData) -> Result<(), TopologyError> {
        let place = self.node(id)? as usize;
        let (told, node) = (data.into_input(id.into()), &mut self.nodes[place]);
        node.label = told.label.or(node.label.take());
        node.position = told.position.or(node.position);
        node.mass = told.mass.or(node.mass);
        Ok(())
    }

    /// Adds a link whose directions differ.
    pub fn add_both_ways(&mut self, ends: [u32; 2], directions: [DirectionInput; 2]) -> Result<(), TopologyError> {
        if self.links.len() == MAX_LINKS {
            return Err(TopologyError::TooLarge);
        }
        let [forth, back] = directions;
        self.links.push(LinkInput { ends, forth, back: Some(back) });
        Ok(())
    }

    /// The place of the node of an id, made if it is new.
    pub fn node(&mut self, id: &str) -> Result<u32, TopologyError> {
        match self.find(id) {
            Some(place) => Ok(place),
            None => self.push(id),
        }
    }

    fn find(&self, id: &str) -> Option<u32> {
        let nodes = &self.nodes;
        self.places.find(self.hasher.hash_one(id), |&place| *nodes[place as usize].id == *id).copied()
    }

    fn push(&mut self, id: &str) -> Result<u32, TopologyError> {
        let place = self.nodes.len() as u32;
        if self.nodes.len() == MAX_FILE_NODES {
            return Err(TopologyError::TooLarge);
        }
        self.nodes.push(NodeInput { id: id.into(), label: None, alias: None, position: None, mass: None });
        self.listed.push(false);
        let (nodes, hasher) = (&self.nodes, &self.hasher);
        let hash = |place: &u32| hasher.hash_one(&*nodes[*place as usize].id);
        self.places.insert_unique(hasher.hash_one(id), place, hash);
        Ok(place)
    }

    /// Adds a link between the nodes of two ids.
    pub fn add_link(
        &mut self,
        ends: [&str; 2],
        one_way: bool,
        data: LinkData,
        rules: &Rules,
    ) -> Result<(), TopologyError> {
        let ends = [self.node(ends[0])?, self.node(ends[1])?];
        if self.links.len() == MAX_LINKS {
            return Err(TopologyError::TooLarge);
        }
        let capacity_per_tick = data.capacity(Place::Link(self.links.len() as u32, "LinkSpeed"), rules)?;
        let mut unused = Vec::new();
        let length = data.length(|name| unused.push(name));
        let weight = data.weight(|name| unused.push(name));
        unused.into_iter().for_each(|name| self.unused(name, 1));
        let forth = DirectionInput { length, capacity_per_tick };
        self.links.push(LinkInput { ends, forth, back: (!one_way).then_some(forth) });
        self.weights.extend(weight.map(|weight| (self.links.len() as u32 - 1, weight)));
        Ok(())
    }

    /// Adds what the file says one node asks of another.
    pub fn add_demand(&mut self, ends: [&str; 2], rate: f64) -> Result<(), TopologyError> {
        if self.demands.len() == MAX_LINKS {
            return Err(TopologyError::TooLarge);
        }
        let ends = [self.node(ends[0])?, self.node(ends[1])?];
        self.demands.push((ends, rate));
        Ok(())
    }

    /// Keeps a datum of a link, or counts it among the numbers that are not used.
    ///
    /// # Errors
    /// What is expected instead of the text.
    pub fn set(&mut self, link: &mut LinkData, name: &str, text: &str) -> Result<(), &'static str> {
        if !link.set(name, text)? {
            self.unused(name, 1);
        }
        Ok(())
    }

    /// Counts data of so many links that are not used.
    pub fn unused(&mut self, name: &str, links: u32) {
        let name =
            if self.unused.len() < MOST_NAMES || self.unused.contains_key(name) { name } else { "other numbers" };
        *self.unused.entry(name.into()).or_default() += links;
    }

    /// Counts something that was assumed.
    pub fn assumed(&mut self, what: impl Into<Box<str>>, count: u32) {
        if count > 0 {
            *self.assumed.entry(what.into()).or_default() += count;
        }
    }

    /// Takes links for one direction each, if nearly every one stands in both.
    pub fn split_directions(&mut self) {
        let mut all: Vec<[u32; 2]> = self.links.iter().map(|link| link.ends).collect();
        all.sort_unstable();
        let is_returned = |link: &&LinkInput| {
            link.ends[0] != link.ends[1] && all.binary_search(&[link.ends[1], link.ends[0]]).is_ok()
        };
        let returned = self.links.iter().filter(is_returned).count();
        if returned > 2 && 10 * returned >= 9 * self.links.len() {
            self.links.iter_mut().for_each(|link| link.back = None);
            self.assumed("links lead one way: pairs are listed in both directions", self.links.len() as u32);
        }
    }

    /// Number of links so far.
    pub fn link_count(&self) -> usize {
        self.links.len()
    }

    /// The network, named as the file names it, else as given.
    ///
    /// # Errors
    /// [`TopologyError::UnknownNode`] for an end of a link that a format of listed nodes does not list.
    pub fn into_builder(mut self, name: &str, rules: &Rules) -> Result<TopologyBuilder, TopologyError> {
        if self.lists_all_nodes && self.listed.contains(&false) {
            return Err(self.unknown_node());
        }
        self.use_places();
        self.use_weights(rules);
        let is_geographic = |node: &NodeInput| matches!(node.position, Some(Position::Geographic { .. }));
        if self.nodes.iter().any(is_geographic) {
            // Places on a drawing are worth nothing beside places on the Earth.
            self.nodes.iter_mut().for_each(|node| node.position = node.position.filter(|at| at.place().is_some()));
        }
        Ok(TopologyBuilder {
            name: self.name.unwrap_or_else(|| name.into()),
            source: self.source,
            nodes: self.nodes,
            links: self.links,
            demands: self.demands,
            unused_numbers: self.unused.into_iter().collect(),
            assumed: self.assumed.into_iter().collect(),
        })
    }

    fn unknown_node(&self) -> TopologyError {
        let is_unlisted = |&node: &u32| !self.listed[node as usize];
        let ends = |place: usize| self.links[place].ends;
        let link = (0..self.links.len()).find(|&place| ends(place).iter().any(is_unlisted));
        let listed: Vec<&str> =
            self.nodes.iter().zip(&self.listed).filter(|(_, listed)| **listed).map(|(node, _)| &*node.id).collect();
        let (place, node) = match link {
            Some(link) => {
                let end = usize::from(!is_unlisted(&ends(link)[0]));
                (Place::LinkEnd(link as u32, end as u8), ends(link)[end])
            }
            None => {
                (Place::Field("an end of a demand"), self.listed.iter().position(|listed| !listed).unwrap_or(0) as u32)
            }
        };
        let id = &self.nodes[node as usize].id;
        let nearest = NameIndex::from_names(listed).nearest_quoted(id);
        TopologyError::UnknownNode { place, value: quoted(id), nearest }
    }

    /// Weights are latencies where nothing else says how long a link is, or where the rules say what they are.
    fn use_weights(&mut self, rules: &Rules) {
        let weighted = self.weights.len() as u32;
        if weighted == 0 {
            return;
        }
        let nothing_else = self.links.iter().all(|link| link.forth.length.is_none())
            && self.nodes.iter().any(|node| node.position.and_then(Position::place).is_none())
            && self.weights.iter().all(|&(_, weight)| weight >= 0.0);
        let unit = rules.weight_unit.unwrap_or(if nothing_else { WeightUnit::Ms } else { WeightUnit::None });
        if unit == WeightUnit::None {
            self.unused("weight", weighted);
            return;
        }
        let mut taken = 0;
        for &(link, weight) in &self.weights {
            let link = &mut self.links[link as usize];
            if link.forth.length.is_none() {
                let length = Some(unit.length(weight, rules));
                link.forth.length = length;
                link.back.iter_mut().for_each(|back| back.length = length);
                taken += 1;
            }
        }
        self.unused("weight", weighted - taken);
        self.unused.retain(|_, links| *links > 0);
        self.assumed(format!("link weights are {unit}"), taken);
    }
}
