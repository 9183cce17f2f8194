//! What a user can cause. What only a bug can cause is a panic.

/// Everything that can end the program early.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The Q-rows do not fit.
    #[error("router.memory_limit_mb: Q-rows need {least_bytes} bytes or more, the limit is {limit_bytes}")]
    RouterMemory {
        /// The limit.
        limit_bytes: u64,
        /// The least need found.
        least_bytes: u64,
    },
    /// A value of the model is no finite number any more.
    #[error("tick {tick}: {what} of {entity} is not finite; the scenario's parameters drive the model out of range")]
    NonFinite {
        /// When.
        tick: u32,
        /// Which quantity.
        what: &'static str,
        /// Whose, by name.
        entity: String,
    },
}
