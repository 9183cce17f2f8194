//! The network that all is measured on: a square grid with random shortcuts, all costs 1 + U(0,1).

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use wormsim::random::stream;
use wormsim::routing::view::View;

/// Slots for wormholes at each node.
const SPARE: u32 = 2;

/// A grid of `side`² nodes and a shortcut for every five of them.
pub struct Network {
    pub nodes: u32,
    /// Units of cost per 1.
    pub units: f64,
    /// (end, end, cost in units).
    pub links: Vec<(u32, u32, u32)>,
    /// Queries.
    pub pairs: Vec<(u32, u32)>,
}

impl Network {
    pub fn new(side: u32) -> Self {
        // The more nodes, the larger the unit: the longest conceivable path must have a cost.
        let bits = match side {
            0..=100 => 16,
            101..=320 => 13,
            _ => 10,
        };
        let (nodes, units) = (side * side, f64::from(1 << bits));
        let ends = (0..nodes).flat_map(|x| {
            let right = (x % side + 1 < side).then_some((x, x + 1));
            right.into_iter().chain((x + side < nodes).then_some((x, x + side)))
        });
        let mut ends: Vec<(u32, u32)> = ends.collect();
        let mut rng = stream(1, "bench");
        ends.extend((0..nodes / 5).map(|_| pair(nodes, &mut rng)));
        let pairs = (0..if side < 1000 { 1000 } else { 100 }).map(|_| pair(nodes, &mut rng)).collect();
        let mut cost = || ((1.0 + rng.random::<f64>()) * units).round() as u32;
        let links = ends.into_iter().map(|(a, b)| (a, b, cost())).collect();
        Self { nodes, units, links, pairs }
    }

    pub fn view(&self) -> View {
        View::weighted(self.nodes as usize, &self.links, SPARE).expect("costs that can be summed")
    }

    /// More pairs of different nodes.
    pub fn draw(&self, count: usize, purpose: &str) -> Vec<(u32, u32)> {
        let mut rng = stream(2, purpose);
        (0..count).map(|_| pair(self.nodes, &mut rng)).collect()
    }

    /// So many at 10,000 nodes and below, and as many fewer beyond as there are more nodes, but a few.
    pub fn fewer(&self, count: usize) -> usize {
        (count * 10_000 / self.nodes.max(10_000) as usize).max(count.min(5))
    }
}

fn pair(nodes: u32, rng: &mut ChaCha8Rng) -> (u32, u32) {
    let (x, y) = (rng.random_range(0..nodes), rng.random_range(0..nodes - 1));
    (x, if y >= x { y + 1 } else { y })
}
