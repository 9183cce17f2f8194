//! A warm query allocates nothing, whatever the algorithm.

use peak_alloc::PeakAlloc;
use rand::RngExt;
use wormsim::random::stream;
use wormsim::routing::disjoint::Disjoint;
use wormsim::routing::query::{Algorithm, Finder, Query};
use wormsim::routing::route::Route;
use wormsim::routing::view::View;
use wormsim::routing::yen::Yen;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

#[test]
fn warm_queries_allocate_nothing() {
    let mut rng = stream(1, "test");
    let nodes = 300;
    let links: Vec<(u32, u32, u32)> = (0..900)
        .map(|_| (rng.random_range(0..nodes), rng.random_range(0..nodes), rng.random_range(0..20)))
        .filter(|&(a, b, _)| a != b)
        .collect();
    let view = View::weighted(nodes as usize, &links, 1).unwrap();
    let algorithms = [Algorithm::Dijkstra, Algorithm::Bidirectional, Algorithm::Alt, Algorithm::Labels];
    let mut finders = algorithms.map(|algorithm| Finder::new(algorithm, &view));
    let (mut yen, mut disjoint) = (Yen::default(), Disjoint::default());
    let (mut route, mut pair) = (Route::default(), <[Route; 2]>::default());
    let mut found = 0;
    let mut peak = None;
    for round in 0..2 {
        if round == 1 {
            MEMORY.reset_peak_usage();
            peak = Some(MEMORY.peak_usage());
        }
        for at in 0..100u32 {
            let (from, to) = (at * 7 % nodes, at * 13 % nodes);
            for finder in &mut finders {
                for max_hops in [None, Some(3), Some(5)] {
                    found += u32::from(finder.route(&view, Query { from, to, max_hops }, &mut route).is_some());
                }
            }
            found += yen.routes(&view, from, to, 20).len() as u32;
            found += u32::from(disjoint.routes(&view, from, to, &mut pair).is_some());
        }
    }
    assert_eq!(Some(MEMORY.peak_usage()), peak);
    assert!(found > 4000, "{found} routes");
}
