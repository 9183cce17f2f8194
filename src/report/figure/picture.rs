//! An SVG document as a PNG picture, with a font that the program brings along.

use std::sync::Arc;

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};

use crate::error::Error;
use crate::memory;

/// Pixels of the picture for one of the document.
const SCALE: f32 = 2.0;

/// What a pixel takes while it is drawn and written: in the picture, in the copy that is encoded, and in the file.
const PIXEL_BYTES: u64 = 4 + 4 + 2;

/// Draws SVG documents.
#[derive(Debug)]
pub struct Painter {
    options: Options<'static>,
}

impl Default for Painter {
    fn default() -> Self {
        let mut fonts = fontdb::Database::new();
        fonts.load_font_data(epaint_default_fonts::UBUNTU_LIGHT.to_vec());
        let family = fonts.faces().next().and_then(|face| face.families.first()).map(|(name, _)| name.clone());
        fonts.set_sans_serif_family(family.unwrap_or_default());
        Self { options: Options { fontdb: Arc::new(fonts), ..Options::default() } }
    }
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
        let tree = Tree::from_str(svg, &self.options).expect("figures are SVG documents");
        let size = tree.size();
        let pixels = |length: f32| (length * SCALE).ceil() as u32;
        let [width, height] = [pixels(size.width()), pixels(size.height())];
        memory::ask("a picture", u64::from(width) * u64::from(height) * PIXEL_BYTES)?;
        let mut picture = Pixmap::new(width, height).expect("figures have a size");
        resvg::render(&tree, Transform::from_scale(SCALE, SCALE), &mut picture.as_mut());
        Ok(picture.encode_png().expect("memory takes every picture"))
    }
}

#[cfg(test)]
mod tests {
    use resvg::tiny_skia::Pixmap;

    use super::Painter;
    use crate::report::canvas::{self, Align};
    use crate::report::style;

    #[test]
    fn text_appears_without_any_font_of_the_machine() {
        let svg = canvas::svg(100.0, 40.0, |c| c.text("wormhole", (50.0, 20.0), Align::Middle, 14.0, style::INK));
        let picture = Pixmap::decode_png(&Painter::default().png(&svg).unwrap()).unwrap();
        assert_eq!((picture.width(), picture.height()), (200, 80));
        let dark = picture.pixels().iter().filter(|pixel| pixel.red() < 128).count();
        assert!(dark > 100, "{dark} dark pixels");
    }
}
