//! Downsampling of long series, and cutting of lines at the end of an axis.
//!
//! A long series keeps, for every column of pixels, its first, lowest, highest and last value, so that every peak
//! stays; a gap stays where a whole column has no value.

/// Columns that a long series is thinned to, about one a pixel.
const COLUMNS: f64 = 1000.0;

/// Neighbouring values to be joined by a line, as (index into the series, value).
pub type Segments = Vec<Vec<(usize, f64)>>;

/// Values without gaps, thinned to the columns they fall in.
///
/// `columns` gives each value's column and ascends; it is as long as `values`. A value that is not finite is a gap.
pub fn downsample(columns: &[u32], values: &[Option<f64>]) -> Segments {
    let value = |i: usize| values[i].filter(|v| v.is_finite());
    let mut segments: Segments = vec![Vec::new()];
    let mut start = 0;
    while start < columns.len() {
        let mut end = start + 1;
        while end < columns.len() && columns[end] == columns[start] {
            end += 1;
        }
        let present: Vec<(usize, f64)> = (start..end).filter_map(|i| value(i).map(|v| (i, v))).collect();
        match present.as_slice() {
            [] => segments.push(Vec::new()),
            present => {
                let segment = segments.last_mut().expect("there is always a segment");
                segment.extend(extremes(present).into_iter().map(|i| present[i]));
            }
        }
        start = end;
    }
    segments.retain(|segment| !segment.is_empty());
    segments
}

/// The column of each of some ascending values from 0 to `end`; one each where they are few.
pub fn columns(values: &[f64], end: f64) -> Vec<u32> {
    if values.len() as f64 <= 2.0 * COLUMNS {
        return (0..values.len() as u32).collect();
    }
    values.iter().map(|value| (value / end * COLUMNS) as u32).collect()
}

/// The indices of the first, lowest, highest and last value, ascending, each once.
fn extremes(values: &[(usize, f64)]) -> Vec<usize> {
    let (mut low, mut high) = (0, 0);
    for (i, (_, v)) in values.iter().enumerate() {
        if *v < values[low].1 {
            low = i;
        }
        if *v > values[high].1 {
            high = i;
        }
    }
    let mut kept = vec![0, low, high, values.len() - 1];
    kept.sort_unstable();
    kept.dedup();
    kept
}

/// The parts of a line that lie at or below `ceiling`, cut where it crosses.
pub fn below(points: &[(f64, f64)], ceiling: f64) -> Vec<Vec<(f64, f64)>> {
    let mut parts = vec![Vec::new()];
    for (i, &q) in points.iter().enumerate() {
        if let Some(&p) = i.checked_sub(1).and_then(|before| points.get(before))
            && (p.1 > ceiling) != (q.1 > ceiling)
        {
            let share = (ceiling - p.1) / (q.1 - p.1);
            let crossing = (p.0 + share * (q.0 - p.0), ceiling);
            parts.last_mut().expect("there is always a part").push(crossing);
        }
        if q.1 <= ceiling {
            parts.last_mut().expect("there is always a part").push(q);
        } else if parts.last().is_some_and(|part| !part.is_empty()) {
            parts.push(Vec::new());
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_series_keep_every_value_and_every_gap() {
        let values = [Some(1.0), None, Some(3.0), Some(2.0), Some(f64::NAN)];
        assert_eq!(downsample(&[0, 1, 2, 3, 4], &values), vec![vec![(0, 1.0)], vec![(2, 3.0), (3, 2.0)]]);
    }

    #[test]
    fn long_series_keep_the_peak_of_every_column() {
        let n = 100_000;
        let columns: Vec<u32> = (0..n).map(|i| i / 100).collect();
        let values: Vec<Option<f64>> =
            (0..n).map(|i| Some(if i % 100 == 37 { f64::from(i) } else { f64::from(i % 7) })).collect();
        let segments = downsample(&columns, &values);
        assert_eq!(segments.len(), 1);
        assert!(segments[0].len() <= 4 * 1000);
        for column in 0..1000 {
            let peak = (column * 100 + 37) as usize;
            assert!(segments[0].contains(&(peak, peak as f64)));
        }
        assert!(segments[0].windows(2).all(|w| w[0].0 < w[1].0));
    }

    #[test]
    fn a_line_is_cut_where_it_leaves_the_axis() {
        let parts = below(&[(0.0, 0.0), (1.0, 10.0), (2.0, 10.0), (3.0, 0.0)], 5.0);
        assert_eq!(parts, vec![vec![(0.0, 0.0), (0.5, 5.0)], vec![(2.5, 5.0), (3.0, 0.0)]]);
        assert_eq!(below(&[(0.0, 7.0)], 5.0), Vec::<Vec<(f64, f64)>>::new());
    }
}
