//! Routers, a file each: who decides at every hop where an access goes. To add one, write its file and name it here.

pub mod measured_delay;
pub mod multipath;
pub mod q_routing;
pub mod shortest_path;

use crate::fabric::router::router;
use crate::scenario::Kind;

/// All routers, in the order of the schema.
pub const ALL: [Kind; 4] = [
    router::<shortest_path::Parameters>(),
    router::<multipath::Parameters>(),
    router::<measured_delay::Parameters>(),
    router::<q_routing::Parameters>(),
];
