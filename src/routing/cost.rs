//! Link costs: whole units, by direction.
//!
//! Sums of whole numbers are exact, so that equal paths compare equal and all algorithms agree to the unit. Real
//! numbers (measured delays, energies) are scaled by a stated factor and rounded. A cost is never negative and may be
//! 0. Latencies are those of each direction; what is measured counts for both, as their mean. Costs that depend on the
//! path taken so far are not modelled.

/// What paths are measured in. Slices run over ports, numbered as in the view; the entry of a link is the mean of both
/// its directions, if it has both.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cost<'a> {
    /// Free-flow latency, ticks.
    Latency,
    /// 1 a link.
    Hops,
    /// Delays measured by the caller.
    MeasuredDelay {
        /// Delay of each port, ticks.
        ticks: &'a [f64],
        /// Units of cost per tick.
        units_per_tick: f64,
    },
    /// The latency of a space link, and what the caller states for wormholes.
    Priced {
        /// Cost of each port, ticks of latency; entries of space links are not read.
        wormholes: &'a [f64],
        /// Units of cost per tick.
        units_per_tick: f64,
    },
}

/// What paths are measured in, without the values; each kind in use has a view of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CostKind {
    /// Free-flow latency.
    Latency,
    /// Links.
    Hops,
    /// Measured delay.
    MeasuredDelay,
    /// What the caller states for wormholes.
    Priced,
}

/// Why costs are refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CostError {
    /// A cost that is negative or not finite.
    #[error("the link {}–{} costs {value}; expected a finite number that is not negative", ends[0], ends[1])]
    Invalid {
        /// Names, or else numbers, of its ends.
        ends: [String; 2],
        /// What it costs, in the caller's unit.
        value: f64,
    },
    /// The costs of the longest possible path do not fit into 32 bits.
    #[error(
        "the costs of a path may add up to {sum} units, more than {MAX_COST}; \
         the most expensive link is {}–{} with {units}",
        ends[0], ends[1]
    )]
    TooLarge {
        /// Names, or else numbers, of the ends of the most expensive link.
        ends: [String; 2],
        /// What it costs.
        units: u64,
        /// Sum of the largest costs, as many as a path may have links.
        sum: u64,
    },
}

/// The largest cost of a path.
pub const MAX_COST: u32 = u32::MAX - 1;

/// A real cost in whole units, which may still be too large; `None` if it is negative or not finite.
pub(super) fn to_units(value: f64, units: f64) -> Option<u64> {
    let scaled = (value * units).round();
    (0.0..f64::INFINITY).contains(&scaled).then_some(scaled as u64)
}
