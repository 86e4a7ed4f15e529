//! A part of the page that shows figures, each with its caption, its numbers and its files.

use crate::draw::markup::escape;
use crate::report::figure::{Figure, Part};
use crate::report::page::html::table;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// A heading, HTML to introduce it, and the figures below, whose numbers as CSV are in `tables`; nothing
/// where there are none.
pub fn html(figures: &[Figure], tables: &[String], part: Part, heading: &str, introduction: &str) -> String {
    let shown = figures.iter().zip(tables).filter(|(figure, _)| figure.part == part);
    let shown: String = shown.map(|(figure, csv)| one(figure, csv)).collect();
    if shown.is_empty() {
        return String::new();
    }
    let class = if matches!(part, Part::Looks | Part::Trust) { "pair wide" } else { "pair" };
    format!("<h2>{heading}</h2>\n{introduction}<div class=\"{class}\">\n{shown}</div>\n")
}

/// A figure and its numbers as CSV.
fn one(figure: &Figure, csv: &str) -> String {
    let ranking = figure.ranking.as_ref();
    let ranking = ranking.map_or(String::new(), |name| format!(" data-ranking=\"{}\"", escape(name)));
    format!(
        "<figure id=\"figure-{0}\"{ranking}>\n<h3>{1}</h3>\n<div class=\"picture\" tabindex=\"0\"{6}>\n{2}</div>\n<figcaption>{3} <a href=\"figures/{0}.svg\">SVG</a> <a href=\"figures/{0}.png\">PNG</a> <a download=\"{0}.csv\" href=\"data:text/csv;base64,{5}\">CSV</a></figcaption>\n<details><summary>The numbers</summary>\n{4}</details>\n</figure>\n",
        figure.name,
        escape(&figure.title),
        figure.svg,
        escape(&figure.caption),
        table(&figure.numbers),
        STANDARD.encode(csv),
        natural(&figure.svg)
    )
}

/// The width that a picture was drawn for, as a property that the style can reckon with.
fn natural(svg: &str) -> String {
    let width =
        svg.split_once(" width=\"").and_then(|(_, rest)| rest.split_once('"')).map(|(width, _)| width);
    match width.and_then(|width| width.parse::<u32>().ok()) {
        Some(width) => format!(" style=\"--natural: {width}px\""),
        None => String::new(),
    }
}
