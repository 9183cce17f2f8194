//! Collects the figures of a page: as mark-up for the page, and as SVG documents for their files.

use maud::{Markup, PreEscaped, html};
use serde_json::Value;

use super::heat;
use crate::report::figure::{Content, Figure, chart, svg};

/// The figures so far.
#[derive(Debug, Default)]
pub(super) struct Figures {
    /// Names and SVG documents.
    pub documents: Vec<(String, String)>,
}

impl Figures {
    /// A figure: cells are a table; others are interactive on the screen, still in print and without scripts.
    pub fn add(&mut self, figure: &Figure) -> Markup {
        let svg = svg::render(figure);
        let said = format!("{}. {}", figure.title, figure.summary);
        // A still figure has its summary within.
        let said_twice = figure.caption == figure.summary;
        let caption = html! {
            @if !figure.caption.is_empty() { figcaption.unprinted[said_twice] { (figure.caption) } }
        };
        let drawn = if let Content::Cells { values, label, border } = &figure.content {
            html! {
                figure.heat id=(figure.name) {
                    h3 { (figure.title) }
                    (heat::table([&figure.x, &figure.y], values, label, border))
                    (caption)
                }
            }
        } else {
            html! {
                figure.plot id=(figure.name) {
                    h3 { (figure.title) }
                    div.chart role="img" aria-label=(said)
                        style=(format!("min-height:{:.0}px", chart::height(figure))) {}
                    (data(&chart::spec(figure)))
                    div.still role="img" aria-label=(said) { (PreEscaped(&svg)) }
                    (caption)
                }
            }
        };
        self.keep(&figure.name, svg);
        drawn
    }

    /// Keeps a figure for its file.
    pub fn keep(&mut self, name: &str, svg: String) {
        self.documents.push((name.to_owned(), svg));
    }
}

/// Data for a script of the page.
pub(super) fn data(value: &Value) -> Markup {
    // No text in it can end the element.
    let text = value.to_string().replace('<', "\\u003c");
    html! { script type="application/json" { (PreEscaped(text)) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_ends_the_element_of_data() {
        let text = data(&serde_json::json!({"name": "</script><script>alert(1)</script><!--"})).into_string();
        assert_eq!(text.matches("</script").count(), 1);
        assert!(text.ends_with("</script>") && !text.contains("<!--"));
        let inner = text.trim_start_matches("<script type=\"application/json\">").trim_end_matches("</script>");
        let back: Value = serde_json::from_str(inner).unwrap();
        assert_eq!(back["name"], "</script><script>alert(1)</script><!--");
    }
}
