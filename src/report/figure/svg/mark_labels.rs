//! Rows of labels above a panel, for events, the warm-up and a peak off the axis.
//!
//! Each label stands beside the vertical line it names; neither labels nor lines run through another label.

/// A label to be placed: the x of its line and its width, pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Label {
    /// Where its line stands.
    pub x: f64,
    /// Width of the text.
    pub width: f64,
}

/// Where a label came to stand.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// Row, 0 at the top; the label's line runs from this row down.
    pub row: usize,
    /// Left end of the text.
    pub left: f64,
}

/// Pixels between a line and its text, and between texts.
pub(super) const GAP: f64 = 4.0;

/// A place for every label that fits between `left` and `right` in at most `rows` rows, in the given order.
pub fn place(labels: &[Label], left: f64, right: f64, rows: usize) -> Vec<Option<Place>> {
    let mut placed: Vec<(Label, Place)> = Vec::new();
    labels
        .iter()
        .map(|label| {
            let beside = [label.x + GAP, label.x - GAP - label.width];
            let found = (0..rows)
                .flat_map(|row| beside.map(|left| Place { row, left }))
                .filter(|p| p.left >= left && p.left + label.width <= right)
                .find(|p| placed.iter().all(|other| are_apart(&(*label, *p), other)));
            placed.extend(found.map(|p| (*label, p)));
            found
        })
        .collect()
}

fn are_apart(a: &(Label, Place), b: &(Label, Place)) -> bool {
    let texts_apart =
        a.1.row != b.1.row || a.1.left + a.0.width + GAP <= b.1.left || b.1.left + b.0.width + GAP <= a.1.left;
    texts_apart && line_misses_text(a, b) && line_misses_text(b, a)
}

fn line_misses_text(line: &(Label, Place), text: &(Label, Place)) -> bool {
    let (left, right) = (text.1.left - GAP / 2.0, text.1.left + text.0.width + GAP / 2.0);
    text.1.row < line.1.row || line.0.x <= left || line.0.x >= right
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_at_one_tick_stack_up() {
        let labels = [Label { x: 100.0, width: 50.0 }; 4];
        let rows: Vec<_> = place(&labels, 0.0, 400.0, 3).into_iter().map(|p| p.map(|p| p.row)).collect();
        // Rows to the right fill first in each row, then its left side.
        assert_eq!(rows, [Some(0), Some(0), Some(1), Some(1)]);
    }

    #[test]
    fn a_label_at_the_right_edge_turns_left() {
        let placed = place(&[Label { x: 390.0, width: 50.0 }], 0.0, 400.0, 3)[0].expect("there is room");
        assert!(placed.left + 50.0 <= 390.0);
    }

    #[test]
    fn no_label_is_crossed_by_a_text_or_a_line() {
        let labels: Vec<Label> =
            (0..60_u32).map(|i| Label { x: f64::from(i) * 13.0, width: f64::from(20 + i * 29 % 70) }).collect();
        let placed = place(&labels, 0.0, 800.0, 3);
        let kept: Vec<(Label, Place)> = labels.iter().zip(&placed).filter_map(|(l, p)| p.map(|p| (*l, p))).collect();
        assert!(kept.len() > 15, "{}", kept.len());
        for (i, (a, pa)) in kept.iter().enumerate() {
            for (b, pb) in &kept[i + 1..] {
                let same_row = pa.row == pb.row;
                assert!(!same_row || pa.left + a.width < pb.left || pb.left + b.width < pa.left);
                for ((line, from), (text, at)) in [((a, pa), (b, pb)), ((b, pb), (a, pa))] {
                    assert!(at.row < from.row || line.x < at.left || line.x > at.left + text.width);
                }
            }
        }
    }
}
