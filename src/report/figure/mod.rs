//! The description of a figure, which is drawn twice: [interactive](chart) on the page, and as [SVG](svg) and PNG.
//!
//! One description serves both, so that what is printed is what was on the screen. The plots of a run are such figures
//! too, several on one [sheet](svg::Sheet).

mod axis;
pub mod cells;
pub mod chart;
pub mod downsample;
pub mod picture;
pub mod svg;
#[cfg(test)]
mod tests;

pub(super) use axis::nice_step;

/// Most points of a line that are marked one by one.
const MARKED_POINTS: usize = 40;

/// A figure: series or cells over two axes.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// Name of its files, and its anchor on the page: letters, digits and hyphens.
    pub name: String,
    /// What is shown.
    pub title: String,
    /// Its key numbers in a sentence, which stands for it where it cannot be seen.
    pub summary: String,
    /// What a reader needs to be told beside it; may be empty.
    pub caption: String,
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
    /// What is drawn.
    pub content: Content,
    /// End of the warm-up on the horizontal axis, which is shaded up to there.
    pub warmup: Option<f64>,
    /// Marked values of the horizontal axis, with labels.
    pub marks: Vec<(f64, String)>,
    /// What is said where there is nothing to draw.
    pub empty: String,
}

/// An axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// What it shows, with the unit.
    pub label: String,
    /// How values become places.
    pub scale: Scale,
    /// The same values in another unit, on the other side: its label, and how many of its units are one of the first.
    pub second: Option<(String, f64)>,
}

/// How values become places.
#[derive(Debug, Clone, PartialEq)]
pub enum Scale {
    /// Evenly, over the range of the values.
    Linear,
    /// Evenly, from 0 to a round number.
    FromZero,
    /// As [`Scale::FromZero`], for things that are counted: no fractions.
    Count,
    /// As [`Scale::FromZero`], but peaks of the warm-up that would press the rest flat are cut.
    AfterWarmup,
    /// Evenly, from 0 to this value; over nothing if it is 0.
    UpTo(f64),
    /// By their logarithms; values that are not positive are left out.
    Log,
    /// Named places 0, 1, …; from the top down on a vertical axis.
    Names(Vec<String>),
}

/// What is drawn.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// Series, the hindmost first.
    Series(Vec<Series>),
    /// A table of coloured cells; both axes have names.
    Cells {
        /// Rows of the vertical axis: values, or what is said instead of one.
        values: Vec<Vec<Result<f64, &'static str>>>,
        /// What the colours show, with the unit.
        label: String,
        /// Edges of cells that are drawn as thick lines, in places of both axes.
        border: Vec<[(f64, f64); 2]>,
    },
}

/// Points that belong together.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Name in the legend; none if it needs no entry.
    pub name: String,
    /// Number of its [tone](crate::report::style::tone): the same number looks the same in all figures.
    pub tone: usize,
    /// How it is drawn.
    pub mark: Mark,
    /// Width of its line, pixels.
    pub width: f64,
    /// Number of the [dashes](crate::report::style::dash) of its line, by which it is seen beneath others.
    pub dash: usize,
    /// Its points, in the order in which they are joined.
    pub points: Vec<Point>,
}

/// How a series is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Joined by straight lines.
    Line,
    /// Joined by steps: a value holds until the next.
    Step,
    /// Filled from the area of the series before; all areas of a figure have the same horizontal values.
    Area,
    /// Markers.
    Dots,
    /// Empty diamonds, for what comes from elsewhere.
    Reference,
    /// Crosses, for what has no value.
    Crosses,
    /// Bars from 0, beside those of other series.
    Bars,
    /// Bars, each where that of the series before ends.
    Stack,
}

/// A point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Horizontal value.
    pub x: f64,
    /// Vertical value; none is a gap.
    pub y: Option<f64>,
    /// Ends of the interval of the measured value, which is the vertical one unless that axis has names.
    pub range: Option<[f64; 2]>,
}

impl Point {
    /// A point without an interval.
    pub fn new(x: f64, y: f64) -> Self {
        Self { x, y: Some(y), range: None }
    }
}

impl Axis {
    /// An axis.
    pub fn new(label: &str, scale: Scale) -> Self {
        Self { label: label.to_owned(), scale, second: None }
    }

    /// An axis from 0.
    pub fn from_zero(label: &str) -> Self {
        Self::new(label, Scale::FromZero)
    }

    /// Its names; none if it has values.
    pub fn names(&self) -> Option<&[String]> {
        if let Scale::Names(names) = &self.scale { Some(names) } else { None }
    }
}

impl Series {
    /// A series with a line of common width.
    pub fn new(name: impl Into<String>, tone: usize, mark: Mark, points: Vec<Point>) -> Self {
        Self { name: name.into(), tone, mark, width: 2.0, dash: 0, points }
    }

    /// The series at `place` of `count` lines that may lie on each other: the hindmost is the widest, and those in
    /// front of it have gaps.
    pub fn among(self, place: usize, count: usize) -> Self {
        let width = (1.75 + 0.75 * count.saturating_sub(place + 1) as f64).min(4.0);
        Self { width, dash: place, ..self }
    }

    /// Whether there is anything to draw.
    pub fn has_values(&self) -> bool {
        self.points.iter().any(|point| point.x.is_finite() && point.y.is_some_and(f64::is_finite))
    }
}

impl Figure {
    /// A figure of series without marks.
    pub fn of_series(name: &str, title: &str, x: Axis, y: Axis, series: Vec<Series>) -> Self {
        Self {
            name: name.to_owned(),
            title: title.to_owned(),
            summary: String::new(),
            caption: String::new(),
            x,
            y,
            content: Content::Series(series),
            warmup: None,
            marks: Vec::new(),
            empty: "no values".to_owned(),
        }
    }

    /// The same with a summary.
    pub fn with_summary(self, summary: String) -> Self {
        Self { summary, ..self }
    }

    /// The same with a caption.
    pub fn with_caption(self, caption: impl Into<String>) -> Self {
        Self { caption: caption.into(), ..self }
    }

    /// Its series; none if it has cells.
    pub fn series(&self) -> &[Series] {
        if let Content::Series(series) = &self.content { series } else { &[] }
    }

    /// Whether there is anything to draw.
    pub fn has_values(&self) -> bool {
        matches!(self.content, Content::Cells { .. }) || self.series().iter().any(Series::has_values)
    }

    /// Whether values run along the horizontal axis, and names along the vertical one.
    pub fn is_horizontal(&self) -> bool {
        self.y.names().is_some()
    }

    /// Height of the plotting area that shows it well, pixels.
    pub fn height(&self) -> f64 {
        let bars = self.series().iter().filter(|series| series.mark == Mark::Bars).count().max(1);
        match (self.y.names(), &self.content) {
            (Some(names), Content::Cells { .. }) => (110.0 + 34.0 * names.len() as f64).clamp(220.0, 900.0),
            (Some(names), _) => (110.0 + 26.0 * (names.len() * bars) as f64).clamp(60.0, 1400.0),
            (None, _) => 320.0,
        }
    }
}
