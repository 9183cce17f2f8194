//! A priority queue of (cost, number) pairs, each packed in one word: a heap with four children a node.
//!
//! Four children lie within a cache line, and the heap is half as deep as a binary one.

/// Pairs, the least on top; equal costs in the order of their numbers.
#[derive(Debug, Default)]
pub(super) struct Heap(Vec<u64>);

const CHILDREN: usize = 4;

impl Heap {
    #[inline]
    pub fn clear(&mut self) {
        self.0.clear();
    }

    #[inline]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The least cost.
    #[inline]
    pub fn least(&self) -> Option<u32> {
        self.0.first().map(|&top| (top >> 32) as u32)
    }

    #[inline]
    pub fn push(&mut self, cost: u32, number: u32) {
        let item = u64::from(cost) << 32 | u64::from(number);
        let mut hole = self.0.len();
        self.0.push(item);
        while hole > 0 {
            let parent = (hole - 1) / CHILDREN;
            if self.0[parent] <= item {
                break;
            }
            self.0[hole] = self.0[parent];
            hole = parent;
        }
        self.0[hole] = item;
    }

    #[inline]
    pub fn pop(&mut self) -> Option<(u32, u32)> {
        let last = self.0.pop()?;
        let Some(&top) = self.0.first() else { return Some(((last >> 32) as u32, last as u32)) };
        let items = &mut self.0[..];
        let mut hole = 0;
        loop {
            let first = CHILDREN * hole + 1;
            let least = if let Some(four) = items.get(first..first + CHILDREN) {
                let left = usize::from(four[1] < four[0]);
                let right = 2 + usize::from(four[3] < four[2]);
                first + if four[right] < four[left] { right } else { left }
            } else if let Some(least) = (first..items.len()).min_by_key(|&child| items[child]) {
                least
            } else {
                break;
            };
            if items[least] >= last {
                break;
            }
            items[hole] = items[least];
            hole = least;
        }
        items[hole] = last;
        Some(((top >> 32) as u32, top as u32))
    }
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;
    use crate::random::stream;

    #[test]
    fn it_gives_out_the_least_like_a_sorted_list() {
        let mut rng = stream(5, "test");
        let (mut heap, mut list) = (Heap::default(), Vec::new());
        for step in 0..20_000 {
            let grow = step % 1000 < 600;
            if grow == rng.random_bool(0.8) {
                let item = (rng.random_range(0..50), rng.random_range(0..50));
                heap.push(item.0, item.1);
                list.push(item);
            } else {
                list.sort_unstable_by(|a, b| b.cmp(a));
                assert_eq!(heap.least(), list.last().map(|item| item.0));
                assert_eq!(heap.pop(), list.pop());
            }
            assert_eq!(heap.len(), list.len());
        }
    }
}
