//! What a user of the ledger can get wrong.

/// An input that the ledger refuses, with the place where it went wrong. Pairs are told by their ends.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Fault {
    /// A price is below zero or not a number.
    #[error("{name} is {value}: a price is zero or more")]
    BadPrice {
        /// Which.
        name: &'static str,
        /// What was given, ticks.
        value: f64,
    },
    /// A price is infinite: nothing would ever open, so there is nothing to bound.
    #[error("{name} is infinite: no pair could ever open")]
    InfinitePrice {
        /// Which.
        name: &'static str,
    },
    /// A pair joins a node with itself.
    #[error("node {node} is paired with itself")]
    SelfPair {
        /// The node.
        node: u32,
    },
    /// A node's number is not below the number of nodes.
    #[error("node {node} does not exist: there are {nodes}")]
    UnknownNode {
        /// The node.
        node: u32,
        /// How many there are.
        nodes: u32,
    },
    /// A request or an event is later than the last tick.
    #[error("tick {tick} is after the end: there are {ticks} ticks")]
    TooLate {
        /// When.
        tick: u64,
        /// Length of the ledger.
        ticks: u64,
    },
    /// A request's saving is below zero.
    #[error("tick {tick}: pair {}-{} has a saving below zero", ends[0], ends[1])]
    NegativeSaving {
        /// When.
        tick: u64,
        /// Of whom.
        ends: [u32; 2],
    },
    /// The costs do not fit the integers of the ledger.
    #[error("the costs are too large to be added up exactly")]
    TooLarge,
    /// There are more ports at a node than the ledger counts.
    #[error("{ports} ports at a node: at most {} are counted", i16::MAX)]
    TooManyPorts {
        /// Ports at each node.
        ports: usize,
    },
    /// Events of a schedule are not in the order of time.
    #[error("tick {tick}: the event comes after a later one")]
    OutOfOrder {
        /// Of the event.
        tick: u64,
    },
    /// A schedule opens a pair that is open.
    #[error("tick {tick}: pair {}-{} is open already", ends[0], ends[1])]
    AlreadyOpen {
        /// When.
        tick: u64,
        /// The pair.
        ends: [u32; 2],
    },
    /// A schedule closes a pair that is not open.
    #[error("tick {tick}: pair {}-{} is not open", ends[0], ends[1])]
    NotOpen {
        /// When.
        tick: u64,
        /// The pair.
        ends: [u32; 2],
    },
    /// A schedule opens more pairs at a node than it has ports.
    #[error("tick {tick}: node {node} has no port left (it has {ports})")]
    NoPort {
        /// When.
        tick: u64,
        /// The node.
        node: u32,
        /// Ports at each node.
        ports: usize,
    },
}
