//! The direct-use ledger of shortcuts on line (b-matching), and the best that anybody could do in it.
//!
//! A request (tick, pair, saving) costs its saving if its pair's own shortcut is closed; an open pair costs upkeep in
//! each tick; an opening costs its price; closing is free; at most b pairs are open at a node. Off-line schedules open
//! before the requests of a tick; on-line policies pay the request that triggers them. This is the model of
//! Bienkowski, Fuchssteiner, Marcinkowski and Schmid 2020, "Online dynamic b-matching", with upkeep.
//!
//! From rules to bounds, one noun a file:
//! - [`Tariff`], [`Pair`], [`Ledger`], [`Schedule`]: prices as exact integers, validated requests, and what events
//!   cost.
//! - `contest`, `split`: the ledger as independent sets of pairs that compete for ports, with ports counted only in
//!   ticks with requests. `solo`, `group`: one pair, and a few pairs, solved exactly.
//! - `prices`, `ascent`: the bound that prices of ports prove, and how to raise it.
//! - `plan`, `rounding`, `improve`: feasible plans from prices, improved by solving small groups again.
//! - [`best_static`](best_static()), [`optimum`], [`bounds`](bounds()): the best fixed set, the exact optimum, and all
//!   of it together.
//!
//! All costs are integers in units of 1 / [`Tariff::scale`] ticks. Nothing depends on a clock or a thread: the same
//! ledger has the same bounds everywhere.
//!
//! Not modelled: accesses that use several shortcuts, or that of another pair; set-up times; queues.
//!
//! ```
//! use wormsim::direct_use::{Ledger, Pair, Request, Tariff, bounds};
//!
//! let pair = Pair::new(0, 1)?;
//! let requests = (0..10).map(|tick| Request { tick, pair, saving: 3 }).collect();
//! let ledger = Ledger::new(4, 1, 10, Tariff::new(5.0, 0.5)?, requests)?;
//! let found = bounds(&ledger);
//! assert_eq!(ledger.tariff().in_ticks(found.nothing), 30.0);
//! assert_eq!(ledger.tariff().in_ticks(found.lower), 10.0);
//! # Ok::<(), wormsim::direct_use::Fault>(())
//! ```

mod ascent;
mod best_static;
mod bounds;
mod contest;
mod fault;
mod group;
mod improve;
mod ledger;
mod pair;
mod plan;
mod prices;
mod rounding;
mod schedule;
mod solo;
mod split;
mod tariff;

pub use best_static::{MOST_EDGES, StaticChoice, Weighted, best_static, demand, heaviest};
pub use bounds::{
    Bounds, OPTIMUM_CELLS, OPTIMUM_STATES, bounds, bounds_of_one, lower, optimum, per_pair_bound, price_bound, upper,
};
pub use fault::Fault;
pub use ledger::{Ledger, Request};
pub use pair::Pair;
pub use schedule::{Action, Event, Schedule, Solution};
pub use tariff::{Bill, MOST_DECIMALS, Tariff};
