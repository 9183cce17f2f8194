//! Drawing in pixels with the top left at (0, 0), on plotters' SVG backend.
//!
//! The backend takes whole numbers only, so a canvas draws at four times its size and states the size it is to be
//! shown at in the document's head: positions and widths are exact to a quarter of a pixel.

use plotters::backend::{DrawingBackend, SVGBackend};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontDesc, FontFamily, FontStyle, FontTransform, RGBColor, ShapeStyle, TextStyle};

use super::style;

/// Backend units a pixel.
const SCALE: f64 = 4.0;
/// plotters divides font sizes by this.
const FONT_FACTOR: f64 = 1.24;

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

/// A sign drawn on a series, so that it is known without its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Marker {
    /// A disc.
    Disc,
    /// A triangle on its base.
    Triangle,
    /// A square.
    Square,
    /// A square on its corner.
    Diamond,
}

/// What a plot is drawn on.
pub struct Canvas<'a> {
    backend: SVGBackend<'a>,
}

/// The SVG document of `width` × `height` pixels that `draw` draws on white paper.
pub fn svg(width: f64, height: f64, draw: impl FnOnce(&mut Canvas)) -> String {
    let mut body = String::new();
    let (w, h) = (unit(width), unit(height));
    let mut canvas = Canvas { backend: SVGBackend::with_string(&mut body, (w as u32, h as u32)) };
    canvas.rectangle(Area { left: 0.0, top: 0.0, right: width, bottom: height }, style::PAPER, 1.0);
    draw(&mut canvas);
    drawn(canvas.backend.present());
    drop(canvas);
    body.replacen(
        &format!("<svg width=\"{w}\" height=\"{h}\""),
        &format!("<svg width=\"{width:.0}\" height=\"{height:.0}\""),
        1,
    )
}

fn unit(pixels: f64) -> i32 {
    (pixels * SCALE).round() as i32
}

fn at(p: Point) -> (i32, i32) {
    (unit(p.0), unit(p.1))
}

/// Drawing into a string cannot fail.
fn drawn<E: std::fmt::Debug>(result: Result<(), E>) {
    result.expect("the SVG backend writes to a string");
}

fn stroke(color: RGBColor, width: f64) -> ShapeStyle {
    ShapeStyle { color: color.to_rgba(), filled: false, stroke_width: unit(width).max(1) as u32 }
}

fn font(size: f64, weight: FontStyle) -> FontDesc<'static> {
    FontDesc::new(FontFamily::SansSerif, size * SCALE * FONT_FACTOR, weight)
}

impl Canvas<'_> {
    /// A filled rectangle.
    pub fn rectangle(&mut self, area: Area, color: RGBColor, opacity: f64) {
        let (from, to) = (at((area.left, area.top)), at((area.right, area.bottom)));
        drawn(self.backend.draw_rect(from, to, &ShapeStyle::from(color.mix(opacity)), true));
    }

    /// A straight line.
    pub fn line(&mut self, from: Point, to: Point, color: RGBColor, width: f64) {
        drawn(self.backend.draw_line(at(from), at(to), &stroke(color, width)));
    }

    /// A line along points; fewer than two draw nothing.
    pub fn path(&mut self, points: &[Point], color: RGBColor, width: f64) {
        if points.len() > 1 {
            drawn(self.backend.draw_path(points.iter().map(|&p| at(p)), &stroke(color, width)));
        }
    }

    /// A line along points in dashes: `on` pixels drawn, `off` pixels left out, from the first point on.
    pub fn dashed(&mut self, points: &[Point], color: RGBColor, width: f64, (on, off): (f64, f64)) {
        let (mut drawing, mut left) = (true, on);
        let mut dash: Vec<Point> = points.first().copied().into_iter().collect();
        for pair in points.windows(2) {
            let (mut from, to) = (pair[0], pair[1]);
            loop {
                let (dx, dy) = (to.0 - from.0, to.1 - from.1);
                let length = (dx * dx + dy * dy).sqrt();
                if length <= left {
                    left -= length;
                    dash.push(to);
                    break;
                }
                from = (from.0 + dx * left / length, from.1 + dy * left / length);
                dash.push(from);
                if drawing {
                    self.path(&dash, color, width);
                }
                drawing = !drawing;
                left = if drawing { on } else { off };
                dash = vec![from];
            }
        }
        if drawing {
            self.path(&dash, color, width);
        }
    }

    /// A filled polygon.
    pub fn polygon(&mut self, points: &[Point], color: RGBColor) {
        drawn(self.backend.fill_polygon(points.iter().map(|&p| at(p)), &ShapeStyle::from(color)));
    }

    /// A disc.
    pub fn disc(&mut self, center: Point, radius: f64, color: RGBColor) {
        let style = ShapeStyle { color: color.to_rgba(), filled: true, stroke_width: 0 };
        drawn(self.backend.draw_circle(at(center), unit(radius).max(1) as u32, &style, true));
    }

    /// A circle line.
    pub fn ring(&mut self, center: Point, radius: f64, color: RGBColor, width: f64) {
        drawn(self.backend.draw_circle(at(center), unit(radius).max(1) as u32, &stroke(color, width), false));
    }

    /// A series' sign, about 7 pixels wide.
    pub fn marker(&mut self, (x, y): Point, marker: Marker, color: RGBColor) {
        match marker {
            Marker::Disc => self.disc((x, y), 3.25, color),
            Marker::Triangle => self.polygon(&[(x, y - 4.25), (x + 4.0, y + 3.0), (x - 4.0, y + 3.0)], color),
            Marker::Square => {
                self.polygon(&[(x - 3.0, y - 3.0), (x + 3.0, y - 3.0), (x + 3.0, y + 3.0), (x - 3.0, y + 3.0)], color)
            }
            Marker::Diamond => self.polygon(&[(x, y - 4.5), (x + 4.5, y), (x, y + 4.5), (x - 4.5, y)], color),
        }
    }

    /// A text, centred vertically on its position.
    pub fn text(&mut self, text: &str, position: Point, align: Align, size: f64, color: RGBColor) {
        self.write(text, position, align, &font(size, FontStyle::Normal), color);
    }

    /// The same, centred on its position and read from the top down.
    pub fn text_down(&mut self, text: &str, position: Point, size: f64, color: RGBColor) {
        let font = font(size, FontStyle::Normal).transform(FontTransform::Rotate90);
        self.write(text, position, Align::Middle, &font, color);
    }

    /// A text in bold.
    pub fn bold(&mut self, text: &str, position: Point, align: Align, size: f64, color: RGBColor) {
        self.write(text, position, align, &font(size, FontStyle::Bold), color);
    }

    fn write(&mut self, text: &str, position: Point, align: Align, font: &FontDesc, color: RGBColor) {
        let h_pos = match align {
            Align::Left => HPos::Left,
            Align::Middle => HPos::Center,
            Align::Right => HPos::Right,
        };
        let style = TextStyle::from(font.clone()).color(&color).pos(Pos::new(h_pos, VPos::Center));
        drawn(self.backend.draw_text(&style::printable(text), &style, at(position)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dashes_cover_their_share_of_the_line() {
        let svg = svg(100.0, 20.0, |c| c.dashed(&[(0.0, 5.0), (35.0, 5.0), (100.0, 5.0)], style::INK, 1.0, (6.0, 4.0)));
        assert_eq!(svg.matches("<polyline").count(), 10);
        assert!(svg.starts_with("<svg width=\"100\" height=\"20\" viewBox=\"0 0 400 80\""));
    }

    #[test]
    fn a_dash_goes_around_the_corner_between_two_points() {
        let svg = svg(100.0, 20.0, |c| c.dashed(&[(0.0, 0.0), (3.0, 0.0), (3.0, 3.0)], style::INK, 1.0, (6.0, 4.0)));
        assert!(svg.contains("points=\"0,0 12,0 12,12 \""));
    }
}
