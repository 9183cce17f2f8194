//! Drawing in pixels with the top left at (0, 0), written as SVG.

use std::fmt::{Arguments, Write};

use super::style::{self, Color, Marker};
use super::text;

/// A point in pixels, y downwards.
pub type Point = (f64, f64);

/// An axis-parallel box in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Area {
    /// Left edge.
    pub left: f64,
    /// Upper edge.
    pub top: f64,
    /// Right edge.
    pub right: f64,
    /// Lower edge.
    pub bottom: f64,
}

impl Area {
    /// Width in pixels.
    pub fn width(&self) -> f64 {
        self.right - self.left
    }

    /// Height in pixels.
    pub fn height(&self) -> f64 {
        self.bottom - self.top
    }

    /// Whether the two share more than an edge.
    pub fn overlaps(&self, other: &Area) -> bool {
        self.left < other.right && other.left < self.right && self.top < other.bottom && other.top < self.bottom
    }

    /// Whether `other` lies in this box.
    pub fn contains(&self, other: &Area) -> bool {
        self.left <= other.left && other.right <= self.right && self.top <= other.top && other.bottom <= self.bottom
    }
}

/// Which end of a text its position is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// The text begins there.
    Left,
    /// The text is centred there.
    Middle,
    /// The text ends there.
    Right,
}

/// What a plot is drawn on.
#[derive(Debug, Default)]
pub struct Canvas {
    elements: String,
}

/// The SVG document of `width` × `height` pixels that `draw` draws on white paper.
pub fn svg(width: f64, height: f64, draw: impl FnOnce(&mut Canvas)) -> String {
    let mut canvas = Canvas::default();
    canvas.rectangle(Area { left: 0.0, top: 0.0, right: width, bottom: height }, style::PAPER, 1.0);
    draw(&mut canvas);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
         viewBox=\"0 0 {width:.0} {height:.0}\" font-family=\"sans-serif\" stroke-linejoin=\"round\">\n{}</svg>\n",
        canvas.elements
    )
}

/// A length to a tenth of a pixel; one that no paper holds is cut, so that every document can be drawn.
fn tenths(pixels: f64) -> f64 {
    let rounded = (pixels.clamp(-1e5, 1e5) * 10.0).round() / 10.0;
    // No minus sign before 0.
    if rounded == 0.0 || rounded.is_nan() { 0.0 } else { rounded }
}

/// A width to a hundredth of a pixel.
fn hundredths(pixels: f64) -> f64 {
    (pixels.clamp(0.01, 1e3) * 100.0).round() / 100.0
}

/// The points of a polyline or polygon.
fn listed(points: &[Point]) -> String {
    let mut text = String::with_capacity(12 * points.len());
    for (index, (x, y)) in points.iter().enumerate() {
        let space = if index == 0 { "" } else { " " };
        write!(text, "{space}{},{}", tenths(*x), tenths(*y)).expect("a string takes all text");
    }
    text
}

/// The attributes of a line that fills nothing.
fn stroke(color: Color, width: f64) -> String {
    format!("fill=\"none\" stroke=\"{color}\" stroke-width=\"{}\"", hundredths(width))
}

/// The attribute of a line that is drawn for `on` pixels and left out for `off`.
fn dashes((on, off): (f64, f64)) -> String {
    format!("stroke-dasharray=\"{} {}\"", hundredths(on), hundredths(off))
}

impl Canvas {
    fn add(&mut self, element: Arguments) {
        writeln!(self.elements, "{element}").expect("a string takes all text");
    }

    /// A filled rectangle.
    pub fn rectangle(&mut self, area: Area, color: Color, opacity: f64) {
        let [x, y, width, height] = [area.left, area.top, area.width(), area.height()].map(tenths);
        let opacity = if opacity < 1.0 { format!(" fill-opacity=\"{opacity}\"") } else { String::new() };
        self.add(format_args!(
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"{color}\"{opacity}/>"
        ));
    }

    /// A straight line.
    pub fn line(&mut self, from: Point, to: Point, color: Color, width: f64) {
        self.path(&[from, to], color, width);
    }

    /// A line along points; fewer than two draw nothing.
    pub fn path(&mut self, points: &[Point], color: Color, width: f64) {
        if points.len() > 1 {
            self.add(format_args!("<polyline points=\"{}\" {}/>", listed(points), stroke(color, width)));
        }
    }

    /// A line along points in dashes: `on` pixels drawn, `off` pixels left out, from the first point on.
    pub fn dashed(&mut self, points: &[Point], color: Color, width: f64, (on, off): (f64, f64)) {
        if points.len() > 1 {
            let dashes = dashes((on, off));
            self.add(format_args!("<polyline points=\"{}\" {} {dashes}/>", listed(points), stroke(color, width)));
        }
    }

    /// A line along points, whole or in dashes.
    pub fn stroke(&mut self, points: &[Point], color: Color, width: f64, dash: Option<(f64, f64)>) {
        match dash {
            Some(dash) => self.dashed(points, color, width, dash),
            None => self.path(points, color, width),
        }
    }

    /// A curve from one point to another, drawn towards a third (a quadratic Bézier curve); whole, or in dashes.
    pub fn curve(&mut self, ends: [Point; 2], control: Point, color: Color, width: f64, dash: Option<(f64, f64)>) {
        let [x0, y0, x1, y1, x2, y2] = [ends[0].0, ends[0].1, control.0, control.1, ends[1].0, ends[1].1].map(tenths);
        let dashes = dash.map_or(String::new(), |dash| format!(" {}", dashes(dash)));
        self.add(format_args!("<path d=\"M{x0} {y0}Q{x1} {y1} {x2} {y2}\" {}{dashes}/>", stroke(color, width)));
    }

    /// A filled polygon.
    pub fn polygon(&mut self, points: &[Point], color: Color) {
        self.add(format_args!("<polygon points=\"{}\" fill=\"{color}\"/>", listed(points)));
    }

    /// A disc.
    pub fn disc(&mut self, (x, y): Point, radius: f64, color: Color) {
        let [x, y] = [x, y].map(tenths);
        self.add(format_args!("<circle cx=\"{x}\" cy=\"{y}\" r=\"{}\" fill=\"{color}\"/>", hundredths(radius)));
    }

    /// A circle line.
    pub fn ring(&mut self, (x, y): Point, radius: f64, color: Color, width: f64) {
        let ([x, y], radius) = ([x, y].map(tenths), hundredths(radius));
        self.add(format_args!("<circle cx=\"{x}\" cy=\"{y}\" r=\"{radius}\" {}/>", stroke(color, width)));
    }

    /// A marker of about 7 pixels.
    pub fn marker(&mut self, center: Point, marker: Marker, color: Color) {
        let (x, y) = center;
        match marker {
            Marker::Disc => self.disc(center, 3.25, color),
            Marker::Triangle => self.polygon(&[(x, y - 4.25), (x + 4.0, y + 3.0), (x - 4.0, y + 3.0)], color),
            Marker::Square => {
                self.polygon(&[(x - 3.0, y - 3.0), (x + 3.0, y - 3.0), (x + 3.0, y + 3.0), (x - 3.0, y + 3.0)], color)
            }
            Marker::Diamond => self.polygon(&[(x, y - 4.5), (x + 4.5, y), (x, y + 4.5), (x - 4.5, y)], color),
            Marker::Pentagon => self.polygon(&corners(center, &[4.25; 5]), color),
            Marker::Star => self.polygon(&corners(center, &[5.25, 2.25].repeat(5)), color),
            Marker::Hexagon => self.polygon(&corners(center, &[4.0; 6]), color),
        }
    }

    /// A text, centred vertically on its position.
    pub fn text(&mut self, text: &str, position: Point, align: Align, size: f64, color: Color) {
        self.write(text, position, align, size, color, "");
    }

    /// The same, centred on its position and read from the top down.
    pub fn text_down(&mut self, text: &str, position: Point, size: f64, color: Color) {
        let turned = format!(" transform=\"rotate(90 {} {})\"", tenths(position.0), tenths(position.1));
        self.write(text, position, Align::Middle, size, color, &turned);
    }

    /// A text in bold.
    pub fn bold(&mut self, text: &str, position: Point, align: Align, size: f64, color: Color) {
        self.write(text, position, align, size, color, " font-weight=\"bold\"");
    }

    fn write(&mut self, text: &str, (x, y): Point, align: Align, size: f64, color: Color, more: &str) {
        let anchor = match align {
            Align::Left => "",
            Align::Middle => " text-anchor=\"middle\"",
            Align::Right => " text-anchor=\"end\"",
        };
        // The middle of the letters is above the line that they stand on by about a third of their size.
        let [x, y] = [x, y + 0.35 * size].map(tenths);
        self.add(format_args!(
            "<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\" fill=\"{color}\"{anchor}{more}>{}</text>",
            escaped(text)
        ));
    }
}

/// Corners around a centre at equal angles and these distances, the first above it.
fn corners((x, y): Point, distances: &[f64]) -> Vec<Point> {
    let turn = 2.0 * std::f64::consts::PI / distances.len() as f64;
    let corner = |(index, distance): (usize, &f64)| {
        let angle = turn * index as f64;
        (x + distance * libm::sin(angle), y - distance * libm::cos(angle))
    };
    distances.iter().enumerate().map(corner).collect()
}

/// A text as the content of an element.
fn escaped(text: &str) -> String {
    text::printable(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dashed_line_is_one_element_in_pixels() {
        let svg =
            svg(100.0, 20.0, |c| c.dashed(&[(0.0, 5.0), (35.04, 5.0), (100.0, 5.25)], style::INK, 1.0, (6.0, 4.0)));
        let line = "<polyline points=\"0,5 35,5 100,5.3\" fill=\"none\" stroke=\"#222222\" stroke-width=\"1\" \
                    stroke-dasharray=\"6 4\"/>";
        assert!(svg.contains(line), "{svg}");
        assert!(svg.contains("width=\"100\" height=\"20\" viewBox=\"0 0 100 20\""), "{svg}");
    }

    #[test]
    fn no_place_is_too_far_to_be_drawn() {
        let svg = svg(10.0, 10.0, |c| c.line((f64::MAX, -0.001), (f64::NEG_INFINITY, f64::NAN), style::INK, 0.0));
        assert!(svg.contains("points=\"100000,0 -100000,0\" fill=\"none\" stroke=\"#222222\" stroke-width=\"0.01\""));
    }
}
