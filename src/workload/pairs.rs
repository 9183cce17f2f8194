//! Who accesses whom: origins and targets of drawn accesses.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::alias::Alias;
use crate::random::stream;
use crate::scenario::Pairs;
use crate::topology::NodeId;

/// A distribution over ordered pairs of different nodes.
#[derive(Debug)]
pub enum PairSampler {
    /// All pairs alike.
    Uniform {
        /// Number of nodes.
        nodes: u32,
    },
    /// Origin i and target j with probability proportional to w_i·w_j, i ≠ j.
    Gravity {
        /// Origins: w_i·(W − w_i).
        origins: Alias,
        /// Sums of the weights before each node, and of all.
        sums: Vec<f64>,
    },
    /// Proportional to a matrix.
    Matrix {
        /// Over row-major entries.
        entries: Alias,
        /// Number of nodes.
        nodes: u32,
    },
    /// Items with Zipf's popularity and fixed homes.
    Zipf {
        /// Over items.
        items: Alias,
        /// Home by item.
        homes: Vec<NodeId>,
        /// Number of nodes.
        nodes: u32,
    },
}

impl PairSampler {
    /// The sampler for `pairs` over `nodes` nodes; homes of items come from the stream `workload/NAME/homes`.
    pub fn new(pairs: &Pairs, nodes: u32, seed: u64, name: &str) -> Self {
        match pairs {
            Pairs::Uniform => Self::Uniform { nodes },
            Pairs::Gravity { weights } => {
                let mut sums = vec![0.0];
                for weight in weights {
                    sums.push(sums[sums.len() - 1] + weight);
                }
                let total = sums[weights.len()];
                let origins: Vec<f64> = weights.iter().map(|w| w / total * (total - w)).collect();
                Self::Gravity { origins: Alias::new(&origins), sums }
            }
            Pairs::Matrix { rates } => {
                let entries: Vec<f64> = rates.iter().copied().collect();
                Self::Matrix { entries: Alias::new(&entries), nodes }
            }
            Pairs::Zipf { items, exponent, homes } => {
                let mut rng = stream(seed, &format!("workload/{name}/homes"));
                let weights: Vec<f64> = (1..=*items).map(|k| libm::pow(f64::from(k), -exponent)).collect();
                let homes = weights.iter().map(|_| homes[rng.random_range(0..homes.len() as u32) as usize]).collect();
                Self::Zipf { items: Alias::new(&weights), homes, nodes }
            }
        }
    }

    /// An origin and a target.
    #[inline]
    pub fn draw(&self, rng: &mut ChaCha8Rng) -> (NodeId, NodeId) {
        match self {
            Self::Uniform { nodes } => {
                let target = rng.random_range(0..*nodes);
                (other_node(target, *nodes, rng), NodeId(target))
            }
            Self::Gravity { origins, sums } => {
                let origin = origins.draw(rng) as usize;
                let nodes = sums.len() - 1;
                let own = sums[origin + 1] - sums[origin];
                let mut at = rng.random::<f64>() * (sums[nodes] - own);
                if at >= sums[origin] {
                    at += own;
                }
                let mut target = (sums.partition_point(|&sum| sum <= at) - 1).min(nodes - 1);
                if target == origin {
                    // Rounding at the edge of the gap: the nearest other node with a weight.
                    let weighty = |node: &usize| sums[node + 1] > sums[*node];
                    target = (origin + 1..nodes).find(weighty).or((0..origin).rev().find(weighty)).unwrap_or(origin);
                }
                (NodeId(origin as u32), NodeId(target as u32))
            }
            Self::Matrix { entries, nodes } => {
                let entry = entries.draw(rng);
                (NodeId(entry / nodes), NodeId(entry % nodes))
            }
            Self::Zipf { items, homes, nodes } => {
                let home = homes[items.draw(rng) as usize];
                (other_node(home.0, *nodes, rng), home)
            }
        }
    }
}

/// A uniform node other than `node`.
#[inline]
fn other_node(node: u32, nodes: u32, rng: &mut ChaCha8Rng) -> NodeId {
    let other = rng.random_range(0..nodes - 1);
    NodeId(other + u32::from(other >= node))
}

#[cfg(test)]
mod tests {
    use ndarray::arr2;

    use super::*;
    use crate::physics::gravity::{Memory, expected};

    /// Draws from `pairs` over 4 nodes and compares every pair's count with its expected share.
    fn check(pairs: &Pairs, share: impl Fn(usize, usize) -> f64) {
        let sampler = PairSampler::new(pairs, 4, 1, "test");
        let (mut rng, n) = (stream(6, "test"), 400_000);
        let mut seen = [[0u32; 4]; 4];
        for _ in 0..n {
            let (origin, target) = sampler.draw(&mut rng);
            seen[origin.index()][target.index()] += 1;
        }
        for (i, row) in seen.iter().enumerate() {
            for (j, &count) in row.iter().enumerate() {
                let expected = share(i, j) * f64::from(n);
                assert!((f64::from(count) - expected).abs() <= 5.0 * expected.sqrt(), "{i} {j}: {count}, {expected}");
            }
        }
    }

    #[test]
    fn uniform_pairs_are_even() {
        check(&Pairs::Uniform, |i, j| if i == j { 0.0 } else { 1.0 / 12.0 });
    }

    #[test]
    fn gravity_pairs_follow_products() {
        let w = [1.0, 0.0, 3.0, 6.0];
        let total: f64 = 100.0 - 1.0 - 9.0 - 36.0;
        check(&Pairs::Gravity { weights: w.to_vec() }, |i, j| if i == j { 0.0 } else { w[i] * w[j] / total });
    }

    #[test]
    fn matrix_pairs_follow_entries() {
        let rates = arr2(&[[0.0, 1.0, 0.0, 2.0], [0.0, 0.0, 0.0, 0.0], [4.0, 0.0, 0.0, 0.0], [0.0, 0.0, 3.0, 0.0]]);
        check(&Pairs::Matrix { rates: rates.clone() }, |i, j| rates[[i, j]] / 10.0);
    }

    #[test]
    fn zipf_targets_follow_the_popularity_of_their_items() {
        let homes: Vec<NodeId> = (0..4).map(NodeId).collect();
        let pairs = Pairs::Zipf { items: 7, exponent: 0.8, homes };
        let PairSampler::Zipf { homes, .. } = PairSampler::new(&pairs, 4, 1, "test") else { unreachable!() };
        let weights: Vec<f64> = (1..=7).map(|k| libm::pow(f64::from(k), -0.8)).collect();
        let total: f64 = weights.iter().sum();
        let popularity = |node: usize| {
            let own = homes.iter().zip(&weights).filter(|(home, _)| home.index() == node);
            own.map(|(_, weight)| weight).sum::<f64>() / total
        };
        check(&pairs, |i, j| if i == j { 0.0 } else { popularity(j) / 3.0 });
    }

    /// VALIDATION.md 4: with independent exponential masses, the entries of the gravity matrix have squared
    /// coefficient of variation 3 and exceed their mean with probability 2K₁(2) = 0.279732.
    #[test]
    fn gravity_matrix_of_exponential_masses() {
        let (mut rng, n) = (stream(8, "test"), 4_000_000);
        // Of masses whose product this is.
        let memory = Memory::new(10.0);
        let one = 1.0 - memory.kept(1);
        let mut exponential = || -libm::log(1.0 - rng.random::<f64>());
        let (mut sum, mut squares, mut above) = (0.0, 0.0, 0u32);
        for _ in 0..n {
            let entry = expected([exponential(), exponential()], one, &memory);
            sum += entry;
            squares += entry * entry;
            above += u32::from(entry > 1.0);
        }
        let mean = sum / f64::from(n);
        let variation = squares / f64::from(n) / (mean * mean) - 1.0;
        assert!((variation - 3.0).abs() < 0.08, "{variation}");
        assert!((f64::from(above) / f64::from(n) - 0.279732).abs() < 0.0012, "{above}");
    }
}
