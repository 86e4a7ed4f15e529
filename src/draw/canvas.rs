//! An SVG made of layers that plotters draws. A layer sits in a group of its own, so that a page can
//! address it (`data-loss`) and the group can say what plotters cannot, such as dashes.
//!
//! A canvas counts half pixels, since plotters' coordinates are whole numbers.

use crate::draw::markup::escape;
use crate::draw::style::{self, Dash};
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use std::fmt::Write;

/// What plotters draws a layer on.
pub type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
/// Why a layer could not be drawn.
pub type DrawError = DrawingAreaErrorKind<std::io::Error>;

/// Height of the text of a figure, in half pixels.
pub const TEXT: i32 = 30;
/// Room at the edges of a figure, in half pixels.
pub const EDGE: i32 = 24;
/// Share of a text's height that one of its letters is wide, on average and rounded up.
const LETTER: f64 = 0.56;

/// Layers on white.
pub struct Canvas {
    size: (u32, u32),
    body: String,
}

impl Canvas {
    /// A white canvas, sized in half pixels.
    pub fn new(width: u32, height: u32) -> Self {
        let body = format!("<rect width=\"{width}\" height=\"{height}\" fill=\"#FFFFFF\"/>\n");
        Self { size: (width, height), body }
    }

    /// Draws a layer into a group with these attributes.
    ///
    /// # Errors
    /// What `draw` or plotters says.
    pub fn layer(
        &mut self,
        attributes: &[(&str, &str)],
        draw: impl FnOnce(&Area) -> Result<(), DrawError>,
    ) -> Result<(), DrawError> {
        let mut text = String::new();
        {
            let area = SVGBackend::with_string(&mut text, self.size).into_drawing_area();
            draw(&area)?;
            area.present()?;
        }
        // Between the tags of plotters' own <svg>.
        let inner = text.split_once('\n').map_or("", |(_, inner)| inner);
        let inner = inner.trim_end().strip_suffix("</svg>").unwrap_or(inner);
        self.open(attributes, "");
        self.body += inner;
        self.close();
        Ok(())
    }

    /// Opens a group for the layers that follow; a `title` shows where the pointer rests on them.
    pub fn open(&mut self, attributes: &[(&str, &str)], title: &str) {
        self.body += "<g";
        for (name, value) in attributes {
            let _ = write!(self.body, " {name}=\"{}\"", escape(value));
        }
        self.body += ">";
        if !title.is_empty() {
            let _ = write!(self.body, "<title>{}</title>", escape(title));
        }
        self.body.push('\n');
    }

    /// Closes the group opened last.
    pub fn close(&mut self) {
        self.body += "</g>\n";
    }

    /// Places a picture, given by its address, with its upper left corner at `place`.
    pub fn image(&mut self, place: (i32, i32), size: (i32, i32), address: &str) {
        let _ = writeln!(
            self.body,
            "<image x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" preserveAspectRatio=\"none\" href=\"{}\"/>",
            place.0,
            place.1,
            size.0,
            size.1,
            escape(address)
        );
    }

    /// Draws lines along the data of an SVG path, `width` half pixels wide.
    pub fn path(&mut self, data: &str, colour: RGBColor, width: u32) {
        let colour = style::css(colour);
        let _ = writeln!(
            self.body,
            "<path d=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width}\" stroke-linecap=\"square\"/>",
            escape(data)
        );
    }

    /// The SVG, with `alternative` for those who cannot see it.
    pub fn finish(self, alternative: &str) -> String {
        let (width, height) = self.size;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-label=\"{}\" width=\"{}\" height=\"{}\" viewBox=\"0 0 {width} {height}\">\n{}</svg>\n",
            escape(alternative),
            width / 2,
            height / 2,
            self.body
        )
    }
}

/// Text of `height` half pixels in `colour`, placed by `anchor`.
pub fn text(height: i32, colour: RGBColor, anchor: Pos) -> TextStyle<'static> {
    // plotters writes a font size of 1/1.24 of what it is asked for.
    ("sans-serif", f64::from(height) * 1.24).into_font().color(&colour).pos(anchor)
}

/// Places text by the middle of its left edge.
pub const LEFT: Pos = Pos { h_pos: HPos::Left, v_pos: VPos::Center };
/// Places text by its middle.
pub const MIDDLE: Pos = Pos { h_pos: HPos::Center, v_pos: VPos::Center };
/// Places text by the middle of its right edge.
pub const RIGHT: Pos = Pos { h_pos: HPos::Right, v_pos: VPos::Center };

/// About how wide a text is, in half pixels.
pub fn width(text: &str, height: i32) -> i32 {
    (text.chars().count() as f64 * f64::from(height) * LETTER).ceil() as i32
}

/// Draws a marker at `place` half pixels.
///
/// # Errors
/// What plotters says.
pub fn marker(
    area: &Area,
    place: (i32, i32),
    marker: style::Marker,
    radius: i32,
    colour: RGBColor,
) -> Result<(), DrawError> {
    match marker.corners(radius) {
        None => area.draw(&Circle::new(place, radius, colour.filled())),
        Some(corners) => {
            let corners: Vec<_> = corners.iter().map(|(x, y)| (place.0 + x, place.1 + y)).collect();
            area.draw(&Polygon::new(corners, colour.filled()))
        }
    }
}

/// Draws a cross on white, so that it shows on a line of its own colour.
///
/// # Errors
/// What plotters says.
pub fn cross(area: &Area, (x, y): (i32, i32), colour: RGBColor) -> Result<(), DrawError> {
    const ARM: i32 = 14;
    for (colour, width) in [(WHITE, 13), (colour, 6)] {
        for side in [-1, 1] {
            let ends = vec![(x - ARM, y - side * ARM), (x + ARM, y + side * ARM)];
            area.draw(&PathElement::new(ends, colour.stroke_width(width)))?;
        }
    }
    Ok(())
}

/// Attributes of a layer of lines with these dashes.
pub fn stroke(dash: Dash) -> [(&'static str, &'static str); 2] {
    [("stroke-dasharray", dash.pattern()), ("stroke-linecap", "round")]
}

/// A loss's title in lines of `wide` half pixels at most, a term a line at least; a term that is wider by its words.
pub fn wrapped(title: &str, wide: i32) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in title.split(" + ") {
        let joined = lines.last().map(|line| format!("{line} + {word}"));
        match joined {
            Some(joined) if width(&joined, TEXT) <= wide => {
                lines.pop();
                lines.push(joined);
            }
            Some(_) => lines.push(format!("+ {word}")),
            None => lines.push(word.to_string()),
        }
    }
    let narrow = |line: String| if width(&line, TEXT) <= wide { vec![line] } else { by_words(&line, wide) };
    lines.into_iter().flat_map(narrow).collect()
}

/// A title in lines of `wide` half pixels at most, broken behind spaces and commas; a word a line at least.
pub fn by_words(title: &str, wide: i32) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in title.split_inclusive([' ', ',']) {
        match lines.last_mut() {
            Some(line) if width(format!("{line}{word}").trim_end(), TEXT) <= wide => line.push_str(word),
            _ => lines.push(word.to_string()),
        }
    }
    lines.iter().map(|line| line.trim_end().to_string()).collect()
}

/// Writes a title in lines around the middle of a place.
///
/// # Errors
/// What plotters says.
pub fn lines(area: &Area, title: &str, wide: i32, middle: (i32, i32), anchor: Pos) -> Result<(), DrawError> {
    let lines = wrapped(title, wide);
    let step = TEXT + 4;
    let first = middle.1 - (lines.len() as i32 - 1) * step / 2;
    for (place, line) in lines.into_iter().enumerate() {
        let at = (middle.0, first + place as i32 * step);
        area.draw(&Text::new(line, at, text(TEXT, style::INK, anchor)))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_are_groups_of_one_svg() -> anyhow::Result<()> {
        let mut canvas = Canvas::new(100, 80);
        canvas.open(&[("data-loss", "a<b")], "a \"title\"");
        canvas.layer(&[("stroke-dasharray", "3 8")], |area| {
            area.draw(&PathElement::new(vec![(0, 0), (10, 10)], style::INK.stroke_width(2)))
        })?;
        canvas.close();
        let svg = canvas.finish("lines & dots");
        assert_eq!(svg.matches("<svg").count(), 1);
        assert_eq!(svg.matches("<g").count(), svg.matches("</g>").count());
        assert_eq!(svg.matches("</svg>").count(), 1);
        assert!(svg.contains("<polyline"), "{svg}");
        assert!(svg.contains("data-loss=\"a&lt;b\"") && svg.contains("lines &amp; dots"), "{svg}");
        Ok(())
    }

    #[test]
    fn long_titles_take_several_lines() {
        assert_eq!(wrapped("BCE", 200), ["BCE"]);
        assert_eq!(wrapped("BCE + Dice + Focal", 200), ["BCE + Dice", "+ Focal"]);
        assert_eq!(wrapped("BCE + wide focal loss", 200), ["BCE", "+ wide", "focal loss"]);
    }

    #[test]
    fn titles_are_broken_between_words_and_settings() {
        assert_eq!(by_words("a b", 202), ["a b"]);
        let title = "integrated gradients (steps=16,baseline=mean)";
        assert_eq!(by_words(title, 202), ["integrated", "gradients", "(steps=16,", "baseline=mean)"]);
        assert!(by_words("", 202).is_empty());
    }
}
