//! The table of losses on the page, which says what colour and marker each has in every figure.

use crate::draw::markup::escape;
use crate::draw::style;
use crate::evidence::summary::Summary;
use crate::report::page::html::of_cells;
use crate::report::table::Table;
use crate::report::text::tables;

/// The table as HTML.
pub fn html(summary: &Summary) -> String {
    let Table { head, rows } = tables::losses(summary);
    let rows = summary.losses.iter().zip(rows).map(|(loss, row)| {
        let mut cells: Vec<String> = row.iter().map(|cell| escape(cell)).collect();
        if let Some(first) = cells.first_mut() {
            *first = swatch(loss.position) + first;
        }
        cells
    });
    of_cells(&head, rows)
}

/// A loss's marker in its colour.
pub fn swatch(position: usize) -> String {
    let fill = style::css(style::colour(position));
    let shape = match style::marker(position).corners(10) {
        None => "<circle r=\"10\"/>".to_string(),
        Some(corners) => {
            let points: Vec<String> = corners.iter().map(|(x, y)| format!("{x},{y}")).collect();
            format!("<polygon points=\"{}\"/>", points.join(" "))
        }
    };
    format!(
        "<svg class=\"swatch\" viewBox=\"-14 -14 28 28\" fill=\"{fill}\" aria-hidden=\"true\">{shape}</svg>"
    )
}
