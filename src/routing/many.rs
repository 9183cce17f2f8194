//! Distances between many origins and many targets: one search per origin, on all threads.
//!
//! Each row is computed by one thread from nothing but the view, so that the result does not depend on their number.

use rayon::prelude::*;

use super::search::Tree;
use super::view::{View, Way};

/// Costs of best paths, a row for each origin with an entry for each target, [`super::UNREACHED`] where there
/// is no path. Runs in the present rayon pool.
pub fn distances(view: &View, origins: &[u32], targets: &[u32]) -> Vec<u32> {
    let mut matrix = vec![0; origins.len() * targets.len()];
    let mut wanted = vec![false; view.nodes()];
    targets.iter().for_each(|&target| wanted[target as usize] = true);
    let all = wanted.iter().filter(|&&wanted| wanted).count();
    let rows = matrix.par_chunks_mut(targets.len().max(1)).zip(origins);
    rows.for_each_init(Tree::default, |tree, (row, &origin)| {
        let mut missing = all;
        tree.start(view, origin);
        tree.grow(view, Way::Along, |x| {
            missing -= usize::from(wanted[x as usize]);
            missing == 0
        });
        for (distance, &target) in row.iter_mut().zip(targets) {
            *distance = tree.distance(target);
        }
    });
    matrix
}
