//! The ground all plots are drawn on: one width, one set of colours, text in one face.
//!
//! Written by hand, since it is text, and since the colours are to follow the viewer's light or dark theme, which takes
//! a style sheet inside the SVG.

/// The width of every plot.
pub const WIDTH: u32 = 960;

/// Colours for both themes: the text's contrast is at least 4.5 on its background.
const STYLE: &str = "
  svg { color-scheme: light dark; font-family: system-ui, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif;
    --paper: #ffffff; --ink: #1c2430; --quiet: #525c6a; --grid: #e3e7ec; --axis: #9aa4b1; --down: #f1f3f6;
    --ours: #1769c2; --theirs: #c2410c; --third: #15803d }
  @media (prefers-color-scheme: dark) { svg { --paper: #12161c; --ink: #e8ecf1; --quiet: #9aa6b5; --grid: #262d37;
    --axis: #566170; --down: #1a2029; --ours: #63b0ff; --theirs: #ff9457; --third: #4ade80 } }
  .paper { fill: var(--paper) } .down { fill: var(--down) }
  text { fill: var(--ink); font-size: 13px; font-variant-numeric: tabular-nums }
  .title { font-size: 20px; font-weight: 650 } .panel { font-size: 15px; font-weight: 600 }
  .quiet { fill: var(--quiet) } .number { text-anchor: end } .middle { text-anchor: middle }
  .grid { stroke: var(--grid); stroke-width: 1 } .axis { stroke: var(--axis); stroke-width: 1 }
  .mark { stroke: var(--axis); stroke-width: 1; stroke-dasharray: 3 3 } .whisker { stroke: var(--ink); stroke-width: 1.5 }
  .ours { fill: var(--ours); stroke: var(--ours) } .theirs { fill: var(--theirs); stroke: var(--theirs) }
  .third { fill: var(--third); stroke: var(--third) } .other { fill: var(--axis); stroke: var(--axis) }
  text.ours, text.theirs, text.third { stroke: none; font-weight: 600 } text.other { stroke: none; fill: var(--quiet) } circle, .dot { stroke: var(--paper); stroke-width: 1.5 }
";

/// The text of a drawing, as far as it has come.
#[derive(Debug)]
pub struct Svg(String);

impl Svg {
    /// Empty paper of this height, with a title and what explains the drawing. `style` adds to the style sheet.
    #[must_use]
    pub fn new(height: u32, style: &str, title: &str, legend: &str) -> Self {
        let mut svg = Self(String::new());
        svg.line(&format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img" aria-labelledby="title">"#
        ));
        svg.line(&format!("<style>{STYLE}{style}</style>"));
        svg.line(r#"<rect class="paper" width="100%" height="100%"/>"#);
        svg.line(&format!(r#"<text class="title" id="title" x="24" y="38">{}</text>"#, Self::escaped(title)));
        svg.text("quiet", 24.0, 60.0, legend);
        svg
    }

    /// Adds an element.
    pub fn line(&mut self, line: &str) {
        self.0.push_str(line);
        self.0.push('\n');
    }

    /// Adds text that begins, ends or is centred here, as its class has it.
    pub fn text(&mut self, class: &str, x: f64, y: f64, text: &str) {
        self.line(&format!(r#"<text class="{class}" x="{x:.1}" y="{y:.1}">{}</text>"#, Self::escaped(text)));
    }

    /// Text that means nothing but itself.
    #[must_use]
    pub fn escaped(text: &str) -> String {
        text.replace('&', "&amp;").replace('<', "&lt;")
    }

    /// The whole drawing.
    #[must_use]
    pub fn end(mut self) -> String {
        self.line("</svg>");
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::Svg;

    #[test]
    fn text_that_looks_like_markup_stays_text() {
        let svg = Svg::new(100, "", "a < b & c", "legend").end();
        assert!(svg.contains(">a &lt; b &amp; c</text>"), "{svg}");
        assert!(svg.ends_with("</svg>\n"));
    }
}
