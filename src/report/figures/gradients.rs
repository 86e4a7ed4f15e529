//! The paper's Fig. 1: one slice, its true mask, and each network's gradient in signed grey, with a scale
//! of its own and on one scale for all, and where it is positive over the mask.

use crate::draw::canvas::DrawError;
use crate::draw::picture::{Picture, byte};
use crate::draw::picture_grid::PictureGrid;
use crate::evidence::summary::Summary;
use crate::records::examples::{Example, Examples, Seen, mask};
use crate::report::figure::{Figure, Part};
use crate::report::figures::image;
use crate::report::numbers::number;
use crate::report::table::Table;
use crate::spread;

/// Spread measures that the figure's numbers give.
const MEASURES: [&str; 4] = ["effective_pixels", "pixels_90", "peak", "inside_share"];

/// The figure of the first example slice.
///
/// # Errors
/// What plotters says.
pub fn figure(summary: &Summary, examples: &Examples) -> Result<Option<Figure>, DrawError> {
    let Some(slice) = examples.slices.first() else {
        return Ok(None);
    };
    let truth = mask(&slice.truth);
    let largest = slice.networks.iter().map(largest_of).fold(0.0, f32::max);
    let titles: Vec<String> =
        slice.networks.iter().map(|network| summary.title(&network.loss).to_string()).collect();
    let row = |title: &str, picture: &dyn Fn(&Seen) -> Picture| {
        (title.to_string(), slice.networks.iter().map(|network| Some(picture(network))).collect::<Vec<_>>())
    };
    let mut rows = Vec::from_iter(image::row(slice));
    rows.push(("true mask".to_string(), vec![Some(Picture::mask(slice.width, &truth))]));
    rows.push(row("own scale", &|network| signed(slice, network, largest_or_one(largest_of(network)))));
    rows.push(row("shared scale", &|network| signed(slice, network, largest_or_one(largest))));
    rows.push(row("positive", &|network| over_mask(slice, network, &truth)));
    let peaks = slice.networks.iter().zip(&titles);
    let peaks: Vec<String> =
        peaks.map(|(network, title)| format!("{title} {}", number(f64::from(largest_of(network))))).collect();
    Ok(Some(Figure {
        name: "fig1".to_string(),
        part: Part::Looks,
        ranking: None,
        title: format!("fig1: gradients on {}, slice {}", slice.volume, slice.depth),
        caption: format!(
            "Gradient of the output by each pixel, networks of seed {}. Grey is 0, white positive, black negative: first each network by its own largest value, then all by the largest of any. Last row: positive gradient in orange over the true mask in blue. Largest absolute value: {}.",
            examples.seed,
            peaks.join(", ")
        ),
        svg: PictureGrid { columns: titles.clone(), rows }.svg(&format!(
            "Pictures of a slice, its mask and the gradient of each network. Largest absolute gradient: {}.",
            peaks.join("; ")
        ))?,
        numbers: numbers(slice, &titles, &truth),
        long: None,
    }))
}

fn largest_of(network: &Seen) -> f32 {
    network.gradient.iter().fold(0.0, |largest, value| largest.max(value.abs()))
}

fn largest_or_one(largest: f32) -> f32 {
    if largest > 0.0 { largest } else { 1.0 }
}

fn signed(slice: &Example, network: &Seen, scale: f32) -> Picture {
    Picture::grey(slice.width, &network.gradient, [-scale, scale])
}

fn over_mask(slice: &Example, network: &Seen, truth: &[bool]) -> Picture {
    let scale = largest_or_one(network.gradient.iter().copied().fold(0.0, f32::max));
    let colour = |(&value, &inside): (&f32, &bool)| {
        let share = (value / scale).clamp(0.0, 1.0).sqrt();
        let base = if inside { [0.05, 0.25, 0.5] } else { [0.0; 3] };
        let orange = [1.0, 0.65, 0.1];
        [0, 1, 2].map(|part| byte(base[part] + (orange[part] - base[part]) * share))
    };
    Picture::new(slice.width, network.gradient.iter().zip(truth).map(colour))
}

fn numbers(slice: &Example, titles: &[String], truth: &[bool]) -> Table {
    let mut head = vec!["loss".to_string()];
    head.extend(MEASURES.map(|name| name.replace('_', " ")));
    let rows = slice.networks.iter().zip(titles).map(|(network, title)| {
        let measured = spread::measure_all(&network.gradient, truth, slice.width);
        let value = |name: &str| measured.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        let mut row = vec![title.clone()];
        row.extend(MEASURES.iter().map(|name| value(name).map_or("-".to_string(), number)));
        row
    });
    Table { head, rows: rows.collect() }
}
