//! An SVG document as a PNG picture, with fonts that the program brings along: they have Latin, Greek and Cyrillic
//! letters, and what they lack is drawn as a sign that says so.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{FontResolver, Options, Tree, fontdb};

use crate::error::Error;
use crate::memory;
use crate::report::canvas::{self, Align};
use crate::report::style;

/// Pixels of the picture for one of the document.
const SCALE: f32 = 2.0;

/// What a pixel takes while it is drawn and written: in the picture, in the copy that is encoded, and in the file.
const PIXEL_BYTES: u64 = 4 + 4 + 2;

/// What is drawn for a character that the fonts lack.
const STAND_IN: char = '◇';
/// Height of the line that tells of it, pixels.
const NOTE_HEIGHT: f64 = 24.0;

/// Draws SVG documents.
#[derive(Debug)]
pub struct Painter {
    options: Options<'static>,
    /// The family of the font for what the first one lacks: arrows and the stand-in.
    second: String,
}

impl Default for Painter {
    fn default() -> Self {
        let mut fonts = fontdb::Database::new();
        for font in [epaint_default_fonts::UBUNTU_LIGHT, epaint_default_fonts::HACK_REGULAR] {
            fonts.load_font_data(font.to_vec());
        }
        let families = fonts.faces().filter_map(|face| face.families.first()).map(|(name, _)| name.clone());
        let mut families = families.collect::<Vec<_>>().into_iter();
        fonts.set_sans_serif_family(families.next().unwrap_or_default());
        let second = families.next().unwrap_or_default();
        Self { options: options(Arc::new(fonts), |_| ()), second }
    }
}

/// Options of drawing that tell of characters which a font lacks, and leave these to it.
fn options<'a>(fontdb: Arc<fontdb::Database>, tell: impl Fn(char) + Send + Sync + 'a) -> Options<'a> {
    let none = move |c, _: &[fontdb::ID], _: &mut Arc<fontdb::Database>| {
        tell(c);
        None
    };
    let font_resolver = FontResolver { select_fallback: Box::new(none), ..FontResolver::default() };
    Options { fontdb, font_resolver, ..Options::default() }
}

impl Painter {
    /// The picture of a document that this program drew.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    ///
    /// # Panics
    /// If the text is no SVG document, or one of no size.
    pub fn png(&self, svg: &str) -> Result<Vec<u8>, Error> {
        let tree = self.tree(svg);
        let size = tree.size();
        let pixels = |length: f32| (length * SCALE).ceil() as u32;
        let [width, height] = [pixels(size.width()), pixels(size.height())];
        memory::ask("a picture", u64::from(width) * u64::from(height) * PIXEL_BYTES)?;
        let mut picture = Pixmap::new(width, height).expect("figures have a size");
        resvg::render(&tree, Transform::from_scale(SCALE, SCALE), &mut picture.as_mut());
        Ok(picture.encode_png().expect("memory takes every picture"))
    }

    /// The document with every character in a font that has it, or with a stand-in and a line below that tells of it.
    fn tree(&self, svg: &str) -> Tree {
        let parse = |svg: &str| Tree::from_str(svg, &self.options).expect("figures are SVG documents");
        let foreign = svg.chars().filter(|c| !c.is_ascii()).collect();
        let mut spare = self.lacking(&foreign, "sans-serif");
        let lacking = self.lacking(&spare, &self.second);
        if lacking.is_empty() {
            return parse(&self.dressed(svg, &spare));
        }
        spare.insert(STAND_IN);
        let replaced: String = svg.chars().map(|c| if lacking.contains(&c) { STAND_IN } else { c }).collect();
        let size = parse(&replaced).size();
        let [width, height] = [size.width(), size.height()].map(f64::from);
        let below = canvas::svg(width, height + NOTE_HEIGHT, |canvas| {
            let note = "stands for a character that the fonts of this picture lack; the page and the SVG file have it";
            let place = (style::MARGIN, height + NOTE_HEIGHT / 2.0 - 2.0);
            canvas.text(&format!("{STAND_IN} {note}"), place, Align::Left, style::SMALL, style::MUTED);
        });
        parse(&self.dressed(&below.replace("</svg>", &format!("{replaced}</svg>")), &spare))
    }

    /// Those of some characters that a font lacks.
    fn lacking(&self, characters: &BTreeSet<char>, family: &str) -> BTreeSet<char> {
        // In a text each, as only the first that is missing in a text is told.
        let texts = canvas::svg(1.0, 1.0, |canvas| {
            for c in characters {
                canvas.text(&c.to_string(), (0.0, 0.0), Align::Left, style::BODY, style::INK);
            }
        });
        let found = Mutex::new(BTreeSet::new());
        let known = || found.lock().unwrap_or_else(PoisonError::into_inner);
        let tell = |c| {
            known().insert(c);
        };
        let options = options(Arc::clone(&self.options.fontdb), tell);
        Tree::from_str(&texts.replace("sans-serif", family), &options).expect("texts are an SVG document");
        drop(options);
        std::mem::take(&mut known())
    }

    /// The document with these characters of its texts in the second font.
    fn dressed(&self, svg: &str, spare: &BTreeSet<char>) -> String {
        let mut dressed = String::with_capacity(svg.len());
        for c in svg.chars() {
            if spare.contains(&c) {
                dressed += &format!("<tspan font-family=\"{}\">{c}</tspan>", self.second);
            } else {
                dressed.push(c);
            }
        }
        dressed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_appears_without_any_font_of_the_machine() {
        let svg = canvas::svg(100.0, 40.0, |c| c.text("wormhole", (50.0, 20.0), Align::Middle, 14.0, style::INK));
        let picture = Pixmap::decode_png(&Painter::default().png(&svg).unwrap()).unwrap();
        assert_eq!((picture.width(), picture.height()), (200, 80));
        let dark = picture.pixels().iter().filter(|pixel| pixel.red() < 128).count();
        assert!(dark > 100, "{dark} dark pixels");
    }

    fn document(text: &str) -> String {
        canvas::svg(300.0, 40.0, |c| c.text(text, (150.0, 20.0), Align::Middle, 14.0, style::INK))
    }

    #[test]
    fn what_the_fonts_lack_has_a_stand_in_and_a_line_that_says_so() {
        let painter = Painter::default();
        let decode = |text: &str| Pixmap::decode_png(&painter.png(&document(text)).unwrap()).unwrap();
        assert_eq!(decode("Zürich–Łódź Αθήνα Москва").height(), 80);
        let foreign = "東京🚀قاهرة".chars().collect();
        assert_eq!(painter.lacking(&painter.lacking(&foreign, "sans-serif"), &painter.second), foreign);
        let (foreign, stand_ins) = (decode("東京"), decode("京京"));
        assert_eq!(foreign.height(), 80 + 48);
        assert!(foreign.data() == stand_ins.data());
        let inked = |from: u32, to: u32| {
            let row = |y: u32| (0..600).filter(|x| foreign.pixel(*x, y).unwrap().red() < 160).count();
            (from..to).map(row).sum::<usize>()
        };
        assert!(inked(0, 80) > 50 && inked(80, 128) > 200, "{} and {}", inked(0, 80), inked(80, 128));
    }

    #[test]
    fn the_fonts_have_what_figures_write() {
        let painter = Painter::default();
        let written = "−–…·×→◇\u{2019}²³µ".chars().collect();
        let spare = painter.lacking(&written, "sans-serif");
        assert_eq!(spare, BTreeSet::from(['→', '◇']));
        assert_eq!(painter.lacking(&spare, &painter.second), BTreeSet::new());
    }
}
