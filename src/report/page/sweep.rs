//! Metrics over the factors of a sweep.

use maud::Markup;

use super::missing;
use super::pen::Pen;
use crate::experiment::sweep::Sweep;

pub(super) fn body(_: &mut Pen, _: &Sweep) -> Markup {
    missing("")
}
