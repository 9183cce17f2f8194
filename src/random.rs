//! Named random streams: ChaCha8, keyed by the one seed and by purpose.
//!
//! `key = blake3::derive_key("wormsim stream v1", seed as 8 bytes little-endian ‖ purpose)`. Streams of different
//! purposes share nothing, so that one more draw here never shifts a sequence there.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// The stream of a purpose, from its start.
pub fn stream(seed: u64, purpose: &str) -> ChaCha8Rng {
    let mut hasher = blake3::Hasher::new_derive_key("wormsim stream v1");
    hasher.update(&seed.to_le_bytes()).update(purpose.as_bytes());
    ChaCha8Rng::from_seed(*hasher.finalize().as_bytes())
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

    #[test]
    fn streams_are_the_same_on_every_machine_and_in_every_version() {
        assert_eq!(stream(42, "topology").next_u64(), 16_888_824_736_969_801_465);
    }
}
