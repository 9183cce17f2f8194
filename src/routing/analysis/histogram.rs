//! A histogram of whole numbers in at most [`MAX_BINS`] bins of equal width, with exact sum and maximum.

/// Most bins; widths double until this many suffice.
pub const MAX_BINS: usize = 64;

/// A histogram whose bins depend on the largest value only, not on the order of values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Histogram {
    /// Values of a bin: bin i counts those from i·width to (i + 1)·width − 1. A power of two.
    pub width: u32,
    /// Counts by bin; the last one is not 0.
    pub bins: Vec<u64>,
    /// Number of values.
    pub count: u64,
    /// Their sum.
    pub sum: u64,
    /// The largest; 0 if there is none.
    pub max: u32,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { width: 1, bins: Vec::new(), count: 0, sum: 0, max: 0 }
    }
}

impl Histogram {
    /// Counts a value.
    pub fn add(&mut self, value: u32) {
        while value / self.width >= MAX_BINS as u32 {
            self.bins = self.bins.chunks(2).map(|pair| pair.iter().sum()).collect();
            self.width *= 2;
        }
        let bin = (value / self.width) as usize;
        if bin >= self.bins.len() {
            self.bins.resize(bin + 1, 0);
        }
        self.bins[bin] += 1;
        self.count += 1;
        self.sum += u64::from(value);
        self.max = self.max.max(value);
    }

    /// The mean, if there are values.
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum as f64 / self.count as f64)
    }

    /// Bins that are not empty as (least value, largest value, count); the largest of all values ends the last one.
    pub fn rows(&self) -> impl Iterator<Item = (u32, u32, u64)> {
        let last = |bin: u32| (bin * self.width + (self.width - 1)).min(self.max);
        let rows = (0..).zip(&self.bins).map(move |(bin, &count)| (bin * self.width, last(bin), count));
        rows.filter(|&(.., count)| count > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_hold_all_values_in_whatever_order_they_come() {
        let mut values: Vec<u32> = (0..1000).map(|i| i * i % 7919).chain([u32::MAX, 0]).collect();
        let counted = |values: &[u32]| {
            let mut histogram = Histogram::default();
            values.iter().for_each(|&value| histogram.add(value));
            histogram
        };
        let whole = counted(&values);
        values.reverse();
        assert_eq!(counted(&values), whole);
        assert_eq!((whole.count, whole.max, whole.width), (1002, u32::MAX, 1 << 26));
        let few = counted(&values[2..]);
        assert_eq!(few.sum, values[2..].iter().map(|&value| u64::from(value)).sum::<u64>());
        for (least, most, count) in few.rows() {
            assert_eq!(count, values[2..].iter().filter(|value| (least..=most).contains(value)).count() as u64);
        }
        assert_eq!(few.rows().map(|(.., count)| count).sum::<u64>(), 1000);
        assert_eq!(Histogram::default().mean(), None);
    }
}
