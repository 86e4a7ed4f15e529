//! The specification curve: a panel a pair of arms, a point a specification, and a strip that marks what each chose.

use crate::draw::canvas::DrawError;
use crate::draw::interval_chart::{Bar, IntervalChart, Panel};
use crate::draw::style::{self, Marker};
use crate::evidence::specification::{Side, Specification, Specifications};
use crate::report::numbers::interval;
use crate::report::text::specification::{name, sentence};
use plotters::style::RGBColor;

/// The curves of all pairs as SVG; `title` gives an arm's.
///
/// # Errors
/// What plotters says.
pub fn svg(specifications: &Specifications, title: impl Fn(&str) -> String) -> Result<String, DrawError> {
    let labels = labels(specifications);
    let panels = specifications.curves.iter().map(|curve| Panel {
        title: format!("{} (grey: the interval holds 0)", name(&curve.pair, &title)),
        bars: curve.specifications.iter().map(|one| bar(one, &labels)).collect(),
    });
    let chart =
        IntervalChart { y_title: "Dice difference".into(), panels: panels.collect(), labels: labels.clone() };
    let sentences: Vec<String> = specifications.curves.iter().map(|curve| sentence(curve, &title)).collect();
    chart.svg(&format!("Specification curve. {}", sentences.join(" ")))
}

/// What the strips mark: choices, then attacks and points, where there are several; each in the order in which runs
/// were given, which the specifications are sorted out of.
fn labels(specifications: &Specifications) -> Vec<String> {
    let all = || specifications.curves.iter().flat_map(|curve| &curve.specifications);
    let mut runs: Vec<&Specification> = all().collect();
    runs.sort_by_key(|one| one.order[0]);
    let mut labels: Vec<String> = distinct(runs.iter().flat_map(|one| one.choices.iter().cloned()));
    let mut by_place = |place: usize, text: fn(&Specification) -> String| {
        runs.sort_by_key(|one| one.order[place]);
        distinct(runs.iter().map(|one| text(one)))
    };
    for kind in [by_place(1, |one| one.attack.clone()), by_place(2, |one| one.at.to_string())] {
        if kind.len() > 1 {
            labels.extend(kind);
        }
    }
    labels
}

fn distinct(texts: impl Iterator<Item = String>) -> Vec<String> {
    let mut found = Vec::new();
    for text in texts {
        if !found.contains(&text) {
            found.push(text);
        }
    }
    found
}

fn bar(one: &Specification, labels: &[String]) -> Bar {
    let (colour, marker): (RGBColor, Marker) = match one.side() {
        Side::Above => (style::colour(0), Marker::Up),
        Side::Below => (style::colour(1), Marker::Down),
        Side::Across => (style::FAINT, Marker::Circle),
    };
    let has =
        |label: &String| one.choices.contains(label) || one.attack == *label || one.at.to_string() == *label;
    Bar {
        value: one.difference,
        interval: one.interval,
        colour,
        marker,
        tip: format!(
            "{}, {}, {}: {:+.3}, 95% {}",
            one.choices.join(", "),
            one.attack,
            one.at,
            one.difference,
            interval(one.interval)
        ),
        labels: (0..labels.len()).filter(|&place| has(&labels[place])).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::made_up::specifications;

    #[test]
    fn a_panel_a_pair_and_a_point_a_specification() -> anyhow::Result<()> {
        let svg = svg(&specifications(), str::to_uppercase)?;
        assert_eq!(svg.matches("class=\"point\"").count(), 3);
        assert!(svg.contains("BCE minus DICE (grey: the interval holds 0)"), "{svg}");
        assert!(
            svg.contains("<title>train.epochs = 9, signed, fig3:5:0.6: +0.200, 95% 0.100 to 0.300</title>"),
            "{svg}"
        );
        assert!(
            svg.contains("aria-label=\"Specification curve. BCE minus DICE: of 3 specifications"),
            "{svg}"
        );
        Ok(())
    }

    #[test]
    fn strips_mark_choices_in_the_order_of_the_runs_and_what_varies() {
        let made_up = specifications();
        let labels = labels(&made_up);
        assert_eq!(labels, ["base", "train.epochs = 9", "model.norm = none", "fig5:30", "fig3:5:0.6"]);
        let marked: Vec<Vec<usize>> =
            made_up.curves[0].specifications.iter().map(|one| bar(one, &labels).labels).collect();
        assert_eq!(marked, [vec![1, 2, 3], vec![0, 4], vec![1, 4]]);
    }

    #[test]
    fn colour_and_shape_say_on_which_side_of_0_an_interval_lies() {
        let made_up = specifications();
        let markers: Vec<Marker> =
            made_up.curves[0].specifications.iter().map(|one| bar(one, &[]).marker).collect();
        assert_eq!(markers, [Marker::Down, Marker::Circle, Marker::Up]);
    }
}
