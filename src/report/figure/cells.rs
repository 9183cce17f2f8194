//! Where the values of cells lie on their scale of colours.

use super::axis;

/// Where the values of cells lie between the least and the greatest, 0 to 1; none of what is no value.
pub fn shares(values: &[Vec<Result<f64, &str>>]) -> Vec<Vec<Option<f64>>> {
    let all = || values.iter().flatten().flatten().copied().filter(|value| value.is_finite());
    let (low, high) = (all().fold(f64::INFINITY, f64::min), all().fold(f64::NEG_INFINITY, f64::max));
    let share = |value| if high > low { axis::share(low, high, value) } else { 0.5 };
    values.iter().map(|row| row.iter().map(|cell| cell.ok().map(share)).collect()).collect()
}
