//! Random numbers by purpose, all from the one seed: streams, and keyed draws where order must not matter.
//!
//! A stream is ChaCha8 with `key = blake3::derive_key("wormsim stream v1", seed as 8 bytes little-endian ‖ purpose)`. A
//! keyed draw is a hash of (seed, purpose, node, tick, number of the draw), so that nodes can be served in any order.
//! Purposes share nothing: one more draw here never shifts a sequence there.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// The stream of a purpose, from its start.
pub fn stream(seed: u64, purpose: &str) -> ChaCha8Rng {
    ChaCha8Rng::from_seed(key("wormsim stream v1", seed, purpose))
}

fn key(context: &str, seed: u64, purpose: &str) -> [u8; blake3::OUT_LEN] {
    let mut hasher = blake3::Hasher::new_derive_key(context);
    *hasher.update(&seed.to_le_bytes()).update(purpose.as_bytes()).finalize().as_bytes()
}

/// Keyed draws of a purpose.
#[derive(Debug, Clone, Copy)]
pub struct Keyed {
    key: u64,
}

impl Keyed {
    /// Those of a seed and a purpose.
    pub fn new(seed: u64, purpose: &str) -> Self {
        let [a, b, c, d, e, f, g, h, ..] = key("wormsim keyed v1", seed, purpose);
        Self { key: u64::from_le_bytes([a, b, c, d, e, f, g, h]) }
    }

    /// 64 random bits: the draw of this number at a node in a tick.
    #[inline]
    pub fn draw(self, node: u32, tick: u32, number: u32) -> u64 {
        const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
        let place = mix(self.key ^ mix(u64::from(node) << 32 | u64::from(tick)));
        mix(place.wrapping_add(u64::from(number).wrapping_mul(ODD)))
    }

    /// A number below `bound` > 0, each equally likely but for 2⁻³² of its probability.
    #[inline]
    pub fn below(self, bound: u32, node: u32, tick: u32, number: u32) -> u32 {
        (((self.draw(node, tick, number) >> 32) * u64::from(bound)) >> 32) as u32
    }

    /// A number from 0 to below 1, a multiple of 2⁻⁵³.
    #[inline]
    pub fn unit(self, node: u32, tick: u32, number: u32) -> f64 {
        (self.draw(node, tick, number) >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// The finaliser of SplitMix64 (Steele, Lea and Flood 2014): a bijection in which every bit of the result depends on
/// every bit of `x`.
#[inline]
fn mix(x: u64) -> u64 {
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// Whether a stream has such a position: it begins again after 2⁶⁸ words.
pub fn is_position(position: u128) -> bool {
    position < 1 << 68
}

#[cfg(test)]
mod tests {
    use rand_chacha::rand_core::Rng;

    use super::*;

    #[test]
    fn streams_differ_by_seed_and_by_purpose_and_repeat() {
        let first = |seed, purpose| stream(seed, purpose).next_u64();
        assert_eq!(first(1, "topology"), first(1, "topology"));
        assert_ne!(first(1, "topology"), first(2, "topology"));
        assert_ne!(first(1, "topology"), first(1, "workload/uniform-0"));
    }

    /// Neighbouring nodes, ticks and numbers, tested by χ² over pairs of draws: 16 × 16 cells.
    #[test]
    fn keyed_draws_are_even_and_independent_of_each_other() {
        let keyed = Keyed::new(5, "test");
        type Place = (u32, u32, u32);
        let steps: [fn(u32) -> [Place; 2]; 3] =
            [|i| [(i, 7, 0), (i + 1, 7, 0)], |i| [(3, i, 0), (3, i + 1, 0)], |i| [(3, 7, i), (3, 7, i + 1)]];
        for step in steps {
            let mut cells = [0u32; 256];
            for pair in (0..100_000).map(step) {
                let [a, b] = pair.map(|(node, tick, number)| keyed.below(16, node, tick, number));
                cells[(16 * a + b) as usize] += 1;
            }
            let expected = 100_000.0 / 256.0;
            let square = |x: f64| x * x;
            let chi2: f64 = cells.iter().map(|&seen| square(f64::from(seen) - expected) / expected).sum();
            // 255 degrees of freedom: mean 255, standard deviation 22.6.
            assert!((165.0..345.0).contains(&chi2), "{chi2}");
        }
        assert_ne!(keyed.draw(1, 2, 3), Keyed::new(5, "other").draw(1, 2, 3));
        assert_ne!(keyed.draw(1, 2, 3), Keyed::new(6, "test").draw(1, 2, 3));
        let units = (0..10_000).map(|tick| keyed.unit(0, tick, 0));
        assert!((units.sum::<f64>() / 10_000.0 - 0.5).abs() < 0.015);
    }

    #[test]
    fn streams_are_the_same_on_every_machine_and_in_every_version() {
        assert_eq!(stream(42, "topology").next_u64(), 16_888_824_736_969_801_465);
        assert_eq!(Keyed::new(42, "tie").draw(1, 2, 3), 481_384_291_050_198_974);
    }
}
