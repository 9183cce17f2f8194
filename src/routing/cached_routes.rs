//! Exact routes on a changing network: a view, a finder on it, and a route cache in front of the finder.

use super::cache::{Cache, Key};
use super::cost::CostKind;
use super::link_change::LinkChange;
use super::query::{Algorithm, Finder, Query};
use super::route::Route;
use super::view::View;

/// A view by one kind of cost, its finder and its cache.
#[derive(Debug)]
pub struct CachedRoutes {
    view: View,
    kind: CostKind,
    finder: Finder,
    cache: Cache,
}

impl CachedRoutes {
    /// Over `view`, whose costs are of `kind`, by `algorithm`, with room for `capacity` routes.
    pub fn new(view: View, kind: CostKind, algorithm: Algorithm, capacity: usize) -> Self {
        Self { finder: Finder::new(algorithm, &view), cache: Cache::new(capacity), view, kind }
    }

    /// The best route, or `None` if there is none.
    #[inline]
    pub fn route(&mut self, query: Query) -> Option<&Route> {
        let Self { view, kind, finder, cache } = self;
        cache.route(Key { query, kind: *kind }, |route| finder.route(view, query, route).is_some())
    }

    /// Finds routes that will be asked for.
    pub fn warm(&mut self, queries: impl IntoIterator<Item = Query>) {
        let Self { view, kind, finder, cache } = self;
        let keys = queries.into_iter().map(|query| Key { query, kind: *kind });
        cache.warm(keys, |key, route| finder.route(view, key.query, route).is_some());
    }

    /// Changes the view, and drops the routes that the change can affect; `None` if the view refused the change.
    pub fn change(&mut self, change: impl FnOnce(&mut View) -> Option<LinkChange>) -> Option<LinkChange> {
        let link = change(&mut self.view)?;
        self.cache.follow(self.kind, &self.view, &link);
        Some(link)
    }

    /// The network as it is.
    pub fn view(&self) -> &View {
        &self.view
    }

    /// The answers kept.
    pub fn cache(&self) -> &Cache {
        &self.cache
    }
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;
    use crate::random::stream;
    use crate::routing::cache::Counts;
    use crate::routing::changing_network::ChangingNetwork;

    #[test]
    fn routes_are_the_best_after_every_change() {
        let mut rng = stream(61, "test");
        let mut counts = Counts::default();
        for round in 0..80 {
            let nodes = 2 * rng.random_range(2..12);
            let links = rng.random_range(nodes / 2..2 * nodes);
            let (mut network, view) = ChangingNetwork::new(nodes, links, [1, 3, 10, 1000][round % 4], &mut rng);
            let algorithms = [Algorithm::Dijkstra, Algorithm::Bidirectional, Algorithm::Alt, Algorithm::Labels];
            let mut routes = CachedRoutes::new(view, CostKind::Latency, algorithms[round / 4 % 4], 50);
            for _ in 0..125 {
                let change = network.step(&mut rng);
                routes.change(|view| Some(view.apply(&change))).expect("a change is not refused");
                let mut queries = [(); 8].map(|()| Query {
                    from: rng.random_range(0..nodes),
                    to: rng.random_range(0..nodes),
                    max_hops: rng.random_bool(0.2).then(|| rng.random_range(0..6)),
                });
                routes.warm(queries.iter().copied().take(2));
                queries.reverse();
                for query in queries {
                    let best = network.best(query.from, query.to, query.max_hops, |link| link.cost);
                    let got = routes.route(query).cloned();
                    assert_eq!(got.as_ref().map(|route| route.cost), best.map(|route| route.cost), "{query:?}");
                    if let Some(route) = got {
                        route.check(routes.view(), query.from, query.to);
                        assert_eq!(network.cost(&route, |link| link.cost), Some(route.cost));
                    }
                }
            }
            counts.hits += routes.cache().counts().hits;
            counts.invalidations += routes.cache().counts().invalidations;
        }
        assert!(counts.hits > 20_000 && counts.invalidations > 5_000, "{counts:?}");
    }
}
