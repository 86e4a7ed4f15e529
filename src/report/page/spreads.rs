//! The table of spread: a row per measure, a column per loss, a bar to the largest loss of each row.

use crate::draw::markup::escape;
use crate::draw::scale::ends;
use crate::evidence::summary::Summary;
use crate::report::numbers::short;
use crate::report::page::html::of_cells;
use crate::spread::{MEASURES, Measure};

/// The table as HTML.
pub fn html(summary: &Summary) -> String {
    let mut head = vec!["measure".to_string()];
    head.extend(summary.losses.iter().map(|loss| loss.title.clone()));
    let row = |measure: &Measure| {
        let values: Vec<Option<f64>> = summary
            .losses
            .iter()
            .map(|loss| loss.spread.get(measure.name).copied().flatten().filter(|value| value.is_finite()))
            .collect();
        let longest = ends(values.iter().flatten().map(|value| value.abs())).map_or(0.0, |(_, high)| high);
        let wider = match measure.wider {
            Some(true) => "; more is wider",
            Some(false) => "; more is narrower",
            None => "",
        };
        let mut cells = vec![format!(
            "{}<span class=\"meaning\">{}{wider}</span>",
            escape(&measure.name.replace('_', " ")),
            escape(measure.meaning)
        )];
        cells.extend(values.iter().map(|value| value.map_or("-".to_string(), |value| cell(value, longest))));
        cells
    };
    let words = format!(
        "<p>How widely the saliency map of each network spreads over the image: mean over the slices of a volume, then over {}{}. Bars reach to the largest loss of each row.</p>\n",
        summary.volumes(),
        if summary.seeds() > 1 { ", then over seeds" } else { "" }
    );
    words + &of_cells(&head, MEASURES.iter().map(row))
}

/// A value and its bar.
fn cell(value: f64, longest: f64) -> String {
    let share = if longest > 0.0 { (value.abs() / longest * 100.0).clamp(0.0, 100.0) } else { 0.0 };
    format!(
        "{}<svg class=\"bar\" viewBox=\"0 0 100 4\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect width=\"{share:.1}\" height=\"4\"/></svg>",
        short(value)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::made_up::{study, summary};

    #[test]
    fn every_measure_is_a_row_and_what_is_not_defined_a_dash() {
        let html = html(&summary(&study("quick"), 1));
        assert_eq!(html.matches("<tr>").count(), MEASURES.len() + 1);
        assert_eq!(html.matches("width=\"100.0\"").count(), 4);
        assert!(html.contains("<td class=\"number\">-</td>"), "{html}");
    }
}
