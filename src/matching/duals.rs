//! Duals and labels, kept so that a whole outermost set is relabelled at once.
//!
//! While the clock of a search runs, duals change at rates that depend on labels only. What is stored is the dual
//! *at tick 0*: the value it would have had then if the label had always been the present one. It changes only when
//! the label does. All nodes of an outermost set share a *class*, which holds their label and one shift for their
//! duals. A new blossom takes over the class of its largest part, so few nodes change class.

use super::forest::{Forest, Part};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Label {
    Outer,
    Inner,
    Outside,
}

impl Label {
    /// Change of the dual of a node in one tick. That of an outermost blossom changes by minus two times this.
    fn rate(self) -> i64 {
        match self {
            Label::Outer => -1,
            Label::Inner => 1,
            Label::Outside => 0,
        }
    }
}

#[derive(Clone, Copy)]
struct Node {
    /// The dual at tick 0, without the shift of the class.
    dual: i64,
    class: u32,
}

#[derive(Clone, Copy)]
struct Class {
    /// Added up over many searches it may wrap around; added to the dual of a node it fits again.
    shift: i64,
    label: Label,
    /// The outermost set.
    top: u32,
}

pub struct Duals {
    nodes: Vec<Node>,
    /// By set, 0 for nodes; of outermost blossoms at tick 0.
    blossoms: Vec<i64>,
    classes: Vec<Class>,
    unused: Vec<u32>,
}

impl Duals {
    /// Every node alone and outside the tree, with its dual.
    pub fn new(duals: impl Iterator<Item = i64>) -> Self {
        let nodes: Vec<_> = (0..).zip(duals).map(|(class, dual)| Node { dual, class }).collect();
        let classes = nodes.iter().map(|node| Class { shift: 0, label: Label::Outside, top: node.class });
        Self { blossoms: vec![0; nodes.len()], classes: classes.collect(), unused: Vec::new(), nodes }
    }

    fn class(&self, node: usize) -> &Class {
        &self.classes[self.nodes[node].class as usize]
    }

    /// The outermost set that holds a node.
    pub fn top(&self, node: usize) -> usize {
        self.class(node).top as usize
    }

    /// The label of that set.
    pub fn label(&self, node: usize) -> Label {
        self.class(node).label
    }

    /// The dual of a node at tick 0.
    pub fn of_node(&self, node: usize) -> i64 {
        self.nodes[node].dual.wrapping_add(self.class(node).shift)
    }

    /// The dual of a blossom: at tick 0 if outermost, else at any time.
    pub fn of_blossom(&self, blossom: usize) -> i64 {
        self.blossoms[blossom]
    }

    /// When an edge has slack 0, if labels stay; `None` if it never changes or lies inside a blossom.
    pub fn meeting_time(&self, u: usize, v: usize, weight: i64) -> Option<i64> {
        if self.nodes[u].class == self.nodes[v].class {
            return None;
        }
        let halves = match (self.label(u), self.label(v)) {
            (Label::Outer, Label::Outer) => 2,
            (Label::Outer, Label::Outside) | (Label::Outside, Label::Outer) => 1,
            _ => return None,
        };
        Some((self.of_node(u) + self.of_node(v) - 2 * weight) / halves)
    }

    /// Labels the outermost set that holds `node`.
    pub fn relabel(&mut self, node: usize, label: Label, clock: i64) {
        let class = &mut self.classes[self.nodes[node].class as usize];
        let shift = (class.label.rate() - label.rate()) * clock;
        class.shift = class.shift.wrapping_add(shift);
        class.label = label;
        let top = class.top as usize;
        self.change_blossom(top, -2 * shift);
    }

    fn change_blossom(&mut self, set: usize, change: i64) {
        if set >= self.nodes.len() {
            self.blossoms[set] += change;
        }
    }

    /// Makes a new blossom outermost. Its parts must be labelled outer; from now on their duals stay.
    pub fn merge(&mut self, forest: &Forest, blossom: usize, clock: i64) {
        let parts = forest.parts(blossom);
        let largest = largest(forest, parts);
        let class = self.nodes[forest.base(largest)].class;
        let shift = self.classes[class as usize].shift;
        for part in parts {
            self.change_blossom(part.set, 2 * clock);
            if part.set == largest {
                continue;
            }
            let old_class = self.nodes[forest.base(part.set)].class;
            let change = self.classes[old_class as usize].shift.wrapping_sub(shift);
            for node in forest.nodes_of(part.set) {
                self.nodes[node].dual = self.nodes[node].dual.wrapping_add(change);
                self.nodes[node].class = class;
            }
            self.unused.push(old_class);
        }
        self.classes[class as usize].top = blossom as u32;
        self.blossoms.resize(forest.sets(), 0);
        self.blossoms[blossom] = -2 * clock;
    }

    /// Makes the parts of a dissolved blossom outermost, each with its label.
    pub fn split(&mut self, forest: &Forest, parts: &[Part]) {
        let largest = largest(forest, parts);
        let class = self.nodes[forest.base(largest)].class;
        self.classes[class as usize].top = largest as u32;
        for part in parts.iter().filter(|part| part.set != largest) {
            let new_class = self.unused.pop().expect("there are as many classes as nodes");
            self.classes[new_class as usize] = Class { top: part.set as u32, ..self.classes[class as usize] };
            for node in forest.nodes_of(part.set) {
                self.nodes[node].class = new_class;
            }
        }
    }
}

fn largest(forest: &Forest, parts: &[Part]) -> usize {
    let sets = parts.iter().map(|part| part.set);
    sets.max_by_key(|&set| forest.size(set)).expect("a blossom has parts")
}
