//! Range checks for numbers that are read from a snapshot.

/// Whether all of these are finite. A state that was read has no others, but for estimates of closed ports.
pub fn all_finite(values: impl IntoIterator<Item = f64>) -> bool {
    values.into_iter().all(f64::is_finite)
}

/// Whether these can be sums of sizes: far more than the longest run adds up, and products of two are still finite.
pub fn are_weights(values: impl IntoIterator<Item = f64>) -> bool {
    values.into_iter().all(|value| value.abs() <= 1e100)
}

/// Whether these counts sum to little enough for a run to count on: none that began at 0 came near.
pub fn leave_room(counts: impl IntoIterator<Item = u64>) -> bool {
    counts.into_iter().map(u128::from).sum::<u128>() <= 1 << 62
}

/// Whether a short count leaves as much room as it takes.
pub fn leaves_room(count: u32) -> bool {
    count <= u32::MAX / 2
}
