//! Shortest-path algorithms on a view of the network, destination trees and a route cache that follow changes of it,
//! and the analysis of networks.
//!
//! `View` → `Finder`, `Trees` or another algorithm → `Route`; [`CachedRoutes`](cached_routes::CachedRoutes) keeps
//! routes. All algorithms are exact and agree to the unit of cost, also where costs differ by direction or links lead
//! one way (hub labels, which are for symmetric costs only, give way to a search there); all keep their scratch space,
//! so that a warm query allocates nothing. No path is a `None`, not an error. A change of a view gives a
//! [`LinkChange`](link_change::LinkChange), which trees and caches must `follow` before the next query. Routers that
//! know all links are here too.

pub mod alt;
pub mod analysis;
pub mod bidirectional;
pub mod bounded;
pub mod cache;
pub mod cached_routes;
#[cfg(test)]
mod changing_network;
pub mod cost;
pub mod dijkstra;
#[cfg(test)]
mod directed_tests;
pub mod disjoint;
pub mod fields;
mod heap;
mod hub_trees;
pub mod labels;
pub mod landmarks;
pub mod link_change;
pub mod live_trees;
pub mod many;
pub mod network;
pub mod query;
pub mod route;
mod search;
#[cfg(test)]
mod tests;
pub mod trees;
pub mod view;
pub mod yen;

pub use view::UNREACHED;
