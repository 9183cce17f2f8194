//! The colours, markers and sizes that all figures share.
//!
//! Series have the colours of Okabe and Ito (2008), which readers with any common colour blindness can tell apart; the
//! light ones darkened so that thin lines stand out from white paper. Each colour has a marker of its own.

use std::fmt;

/// A colour: red, green and blue, 0 to 255.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Color(pub u8, pub u8, pub u8);

impl fmt::Display for Color {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}

/// Text and axes.
pub const INK: Color = Color(0x22, 0x22, 0x22);
/// Subtitles, notes, lines without a label.
pub const MUTED: Color = Color(0x59, 0x59, 0x59);
/// Grid lines.
pub const GRID: Color = Color(0xe2, 0xe2, 0xe2);
/// The band over the warm-up.
pub const SHADE: Color = Color(0xf1, 0xf1, 0xf1);
/// Pixels left free at the edges of a document.
pub const MARGIN: f64 = 18.0;
/// The paper.
pub const PAPER: Color = Color(0xff, 0xff, 0xff);
/// Nodes of a map.
pub const NODE: Color = Color(0x55, 0x55, 0x55);

/// The shape that marks the points of a series, so that it is known without its colour.
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
    /// A pentagon.
    Pentagon,
    /// A star of five points.
    Star,
    /// A hexagon.
    Hexagon,
}

/// What tells a series from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tone {
    /// Its colour on white paper.
    pub light: Color,
    /// Its colour on a dark screen.
    pub dark: Color,
    /// Its marker.
    pub marker: Marker,
}

/// Numbers of tones, for [`tone`]: blue.
pub const BLUE: usize = 0;
/// Vermillion.
pub const VERMILLION: usize = 1;
/// Bluish green.
pub const GREEN: usize = 2;
/// Orange.
pub const ORANGE: usize = 3;
/// Reddish purple.
pub const PURPLE: usize = 4;
/// Sky blue.
pub const SKY: usize = 5;
/// Dark grey.
pub const GREY: usize = 6;

/// Tones by number.
pub const TONES: [Tone; 7] = [
    Tone { light: Color(0x00, 0x72, 0xb2), dark: Color(0x3d, 0x95, 0xd6), marker: Marker::Disc },
    Tone { light: Color(0xd5, 0x5e, 0x00), dark: Color(0xf0, 0x8a, 0x4b), marker: Marker::Triangle },
    Tone { light: Color(0x00, 0x9e, 0x73), dark: Color(0x37, 0xc7, 0x9c), marker: Marker::Square },
    Tone { light: Color(0xd0, 0x8f, 0x00), dark: Color(0xe8, 0xb4, 0x3f), marker: Marker::Diamond },
    Tone { light: Color(0xb8, 0x56, 0x8e), dark: Color(0xde, 0x93, 0xbd), marker: Marker::Pentagon },
    Tone { light: Color(0x4f, 0xad, 0xe6), dark: Color(0xb0, 0xdf, 0xff), marker: Marker::Star },
    Tone { light: Color(0x3a, 0x3a, 0x3a), dark: Color(0xd0, 0xd0, 0xd0), marker: Marker::Hexagon },
];

/// The tone of a number; beyond the last they begin again.
pub fn tone(number: usize) -> Tone {
    TONES[number % TONES.len()]
}

/// Pixels of a line that are drawn and left out, by number: the first is whole, and beyond the last they begin again.
pub fn dash(number: usize) -> Option<(f64, f64)> {
    const DASHES: [Option<(f64, f64)>; 5] =
        [None, Some((9.0, 5.0)), Some((3.0, 3.0)), Some((14.0, 4.0)), Some((5.0, 8.0))];
    DASHES[number % DASHES.len()]
}

/// Light to dark blue, even to the eye in grey too: the colours of the least, the middle and the greatest value.
pub const RAMP: [Color; 3] = [Color(196, 208, 220), Color(82, 140, 190), Color(8, 48, 107)];

/// The colour of a share, 0 to 1.
pub fn ramp(share: f64) -> Color {
    let position = share.clamp(0.0, 1.0) * 2.0;
    let (from, to, t) = if position < 1.0 { (RAMP[0], RAMP[1], position) } else { (RAMP[1], RAMP[2], position - 1.0) };
    let mix = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * t).round() as u8;
    Color(mix(from.0, to.0), mix(from.1, to.1), mix(from.2, to.2))
}

/// What is written on cells of the [ramp]: black on the light ones and white on the dark ones.
pub fn ramp_ink(share: f64) -> Color {
    let cell = ramp(share);
    let (black, white) = (Color(0, 0, 0), PAPER);
    if contrast(black, cell) >= contrast(white, cell) { black } else { white }
}

/// The contrast of two colours, 1 to 21 (WCAG 2.2).
pub fn contrast(a: Color, b: Color) -> f64 {
    let [a, b] = [a, b].map(luminance);
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// Relative luminance, 0 to 1.
fn luminance(color: Color) -> f64 {
    let linear = |part: u8| {
        let share = f64::from(part) / 255.0;
        if share <= 0.04045 { share / 12.92 } else { libm::pow((share + 0.055) / 1.055, 2.4) }
    };
    0.2126 * linear(color.0) + 0.7152 * linear(color.1) + 0.0722 * linear(color.2)
}

/// Font size of titles, pixels.
pub const TITLE: f64 = 17.0;
/// Font size of subtitles, axis labels and legends, pixels.
pub const BODY: f64 = 12.0;
/// Font size of values on axes, labels of marks and notes, pixels.
pub const SMALL: f64 = 11.0;
/// Distance between lines of subtitles, pixels.
pub const LINE_HEIGHT: f64 = 16.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrast_is_that_of_the_guidelines() {
        assert_eq!(contrast(Color(0, 0, 0), PAPER), 21.0);
        let grey = contrast(Color(0x76, 0x76, 0x76), PAPER);
        assert!((4.5..4.6).contains(&grey), "{grey}");
    }

    #[test]
    fn numbers_are_legible_on_every_cell() {
        for share in (0..=1000).map(|step| f64::from(step) / 1000.0) {
            let contrast = contrast(ramp(share), ramp_ink(share));
            assert!(contrast >= 4.5, "{contrast} at {share}");
        }
        assert!(contrast(INK, SHADE) >= 4.5);
    }
}
