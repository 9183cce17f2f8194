//! Path finding on the network as it is at a tick.
//!
//! `View` → `Finder`, `Trees` or an algorithm of its own → `Route`; [`CachedRoutes`](cached_routes::CachedRoutes) keeps
//! them. All algorithms are exact and agree to the unit of cost; all keep their scratch space, so that a warm query
//! allocates nothing. No path is a `None`, not an error. A change of a view is a [`Repriced`](repriced::Repriced), which
//! all that was prepared or kept must `follow` before the next query. Routers that know all links are here too.

pub mod alt;
pub mod analysis;
pub mod bidirectional;
pub mod bounded;
pub mod cache;
pub mod cached_routes;
#[cfg(test)]
mod churn;
pub mod cost;
pub mod dijkstra;
pub mod disjoint;
pub mod fields;
mod heap;
mod hub_trees;
pub mod labels;
pub mod landmarks;
pub mod live_trees;
pub mod many;
pub mod network;
pub mod query;
pub mod repriced;
pub mod route;
mod search;
#[cfg(test)]
mod tests;
pub mod trees;
pub mod view;
pub mod yen;

pub use search::UNREACHED;
