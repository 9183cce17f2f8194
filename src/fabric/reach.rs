//! Parts of a network: nodes that reach each other over open ports.
//!
//! If all links lead both ways, no port leads from one part to another; with one-way links some do (Tarjan 1972 finds
//! the parts), and whether one part reaches another is found by a search back from the target's part, when it is first
//! asked for, and kept until ports change.

use std::collections::BTreeMap;

use super::access::NONE;
use super::port::Port;
use crate::topology::NodeId;

/// Bytes of answers that are kept, and those of one more.
const MAX_BYTES: usize = 16 << 20;

/// Parts of nodes that reach each other.
#[derive(Debug)]
pub(super) struct Parts {
    /// Part of each node.
    of: Vec<u32>,
    /// Ports from one part to another as (the part they lead to, the one they come from), sorted.
    between: Vec<(u32, u32)>,
    /// Parts that reach a part, a bit each.
    reaching: BTreeMap<u32, Box<[u64]>>,
    count: u32,
}

impl Parts {
    /// All nodes in one part.
    pub fn new(nodes: usize) -> Self {
        Self { of: vec![0; nodes], between: Vec::new(), reaching: BTreeMap::new(), count: 1 }
    }

    /// How many parts there are.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// Part of each node.
    pub fn into_numbers(self) -> Vec<u32> {
        self.of
    }

    fn forget(&mut self) {
        self.of.fill(NONE);
        self.between.clear();
        self.reaching.clear();
        self.count = 0;
    }

    /// Whether a node reaches another over open ports.
    pub fn reaches(&mut self, from: NodeId, to: NodeId) -> bool {
        let [from, to] = [from, to].map(|node| self.of[node.index()]);
        if from == to || self.between.is_empty() {
            return from == to;
        }
        if !self.reaching.contains_key(&to) {
            let words = (self.count as usize).div_ceil(64);
            if (self.reaching.len() + 1) * words * size_of::<u64>() > MAX_BYTES {
                self.reaching.clear();
            }
            self.reaching.insert(to, self.search_back(to, words));
        }
        let reaching = &self.reaching[&to];
        reaching[from as usize / 64] >> (from % 64) & 1 != 0
    }

    /// The parts that reach `to`.
    fn search_back(&self, to: u32, words: usize) -> Box<[u64]> {
        let (mut reaching, mut stack) = (vec![0u64; words].into_boxed_slice(), vec![to]);
        reaching[to as usize / 64] |= 1 << (to % 64);
        while let Some(part) = stack.pop() {
            let first = self.between.partition_point(|&(into, _)| into < part);
            for &(_, from) in self.between[first..].iter().take_while(|&&(into, _)| into == part) {
                let (word, bit) = (&mut reaching[from as usize / 64], 1 << (from % 64));
                if *word & bit == 0 {
                    *word |= bit;
                    stack.push(from);
                }
            }
        }
        reaching
    }

    /// Numbers the parts that the open ports for which `counts` holds connect, if each leads both ways.
    pub fn find_two_way<'a>(&mut self, ports_of: impl Fn(u32) -> &'a [Port], counts: impl Fn(u32, &Port) -> bool) {
        self.forget();
        let mut stack = Vec::new();
        for start in 0..self.of.len() as u32 {
            if self.of[start as usize] != NONE {
                continue;
            }
            self.of[start as usize] = self.count;
            stack.push(NodeId(start));
            while let Some(node) = stack.pop() {
                for port in ports_of(node.0) {
                    if port.is_open() && counts(node.0, port) && self.of[port.to.index()] == NONE {
                        self.of[port.to.index()] = self.count;
                        stack.push(port.to);
                    }
                }
            }
            self.count += 1;
        }
    }

    /// Numbers the parts that the open ports for which `counts` holds connect strongly, and notes the ports between
    /// them.
    pub fn find_strong<'a>(&mut self, ports_of: impl Fn(u32) -> &'a [Port], counts: impl Fn(u32, &Port) -> bool) {
        let leads = |x: u32, port: &Port| (port.is_open() && counts(x, port)).then_some(port.to.0);
        self.forget();
        // By node: its number in the order of the search, and the least number that is known to be in its part.
        let mut order = vec![NONE; self.of.len()];
        let mut least = vec![NONE; self.of.len()];
        let (mut open, mut way, mut next) = (Vec::new(), Vec::new(), 0);
        for start in 0..self.of.len() as u32 {
            if order[start as usize] == NONE {
                way.push((start, 0));
            }
            while let Some((node, port)) = way.pop() {
                let (x, own) = (node as usize, ports_of(node));
                if order[x] == NONE {
                    (order[x], least[x]) = (next, next);
                    next += 1;
                    open.push(node);
                }
                if let Some(next) = own.get(port) {
                    way.push((node, port + 1));
                    match leads(node, next) {
                        Some(to) if order[to as usize] == NONE => way.push((to, 0)),
                        Some(to) if self.of[to as usize] == NONE => least[x] = least[x].min(order[to as usize]),
                        _ => {}
                    }
                    continue;
                }
                if least[x] == order[x] {
                    while let Some(member) = open.pop() {
                        self.of[member as usize] = self.count;
                        if member == node {
                            break;
                        }
                    }
                    self.count += 1;
                }
                if let Some(&(before, _)) = way.last() {
                    least[before as usize] = least[before as usize].min(least[x]);
                }
            }
        }
        for node in 0..self.of.len() as u32 {
            let from = self.of[node as usize];
            let into = ports_of(node).iter().filter_map(|port| leads(node, port)).map(|to| self.of[to as usize]);
            self.between.extend(into.filter(|&into| into != from).map(|into| (into, from)));
        }
        self.between.sort_unstable();
        self.between.dedup();
    }
}
