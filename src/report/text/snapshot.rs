//! A verdict as a reviewer reads it in a pull request: words, small tables, curves as sparklines on a
//! fixed scale from 0 to 1.

use crate::claims::claim::Claim;
use crate::claims::finding::Comparison;
use crate::claims::predicate::Smallest;
use crate::claims::verdict::{PUBLISHED_SEEDS, Verdict};
use crate::evidence::{Evidence, tested};
use crate::report::numbers::{interval, number, p_value};
use crate::report::table::Table;
use crate::report::text::grid::grid;
use crate::stats::holm::LEVEL;

/// The text of one claim's verdict.
pub fn text(claim: &Claim, verdict: &Verdict, evidence: &Evidence) -> String {
    let mut text = format!("{} {} ({})\n\n{}\n", claim.id, claim.title, claim.place, claim.statement);
    text += &format!("The paper: {}\n", claim.reported);
    text += &labelled("Caveat", &claim.caveat);
    let (all, of_a_seed) = evidence.test_volumes();
    text += &format!(
        "Here: {}, adjusted p {} (decides below {LEVEL}), seeds: {}, test volumes: {}\n",
        verdict.outcome,
        p_value(verdict.adjusted_p),
        evidence.seeds.len(),
        tested::counted(all, of_a_seed)
    );
    if evidence.seeds.len() < PUBLISHED_SEEDS {
        text += &format!("Provisional: a published verdict needs {PUBLISHED_SEEDS} seeds\n");
    }
    text += &labelled("Found", &claim.analysis);
    for (number, predicate) in (1..).zip(&claim.predicates) {
        if let Some(Smallest { effect, source }) = predicate.smallest() {
            let which = if claim.predicates.len() > 1 { format!(" {number}") } else { String::new() };
            text += &format!("Matters{which}: from {effect} on, {source}\n");
        }
    }
    if !verdict.lacks.is_empty() {
        return text + &verdict.lacks + "\n";
    }
    let head = [
        "measured",
        "",
        "value",
        "95% interval",
        "should be",
        "least seen",
        "matters from",
        "excluded above",
    ]
    .map(String::from);
    let rows = verdict.comparisons.iter().map(comparison).collect();
    text += "\n";
    text += &grid(&Table { head: head.to_vec(), rows });
    for sweep in claim.sweeps() {
        let curves = evidence.losses.iter().filter_map(|loss| Some((loss, evidence.curve(loss, &sweep)?)));
        text += &format!("\n{sweep}\n{}", curves_of(&curves.collect::<Vec<_>>()));
    }
    text
}

/// A label and a text in its own lines; nothing for an empty text.
fn labelled(label: &str, text: &str) -> String {
    match text.trim() {
        "" => String::new(),
        text => format!("{label}: {text}\n"),
    }
}

fn comparison(one: &Comparison) -> Vec<String> {
    vec![
        one.what.clone(),
        one.quantity.clone(),
        number(one.value),
        interval(one.interval),
        one.should.clone(),
        number(one.detectable),
        one.smallest.map(number).unwrap_or_default(),
        one.excluded.map(number).unwrap_or_default(),
    ]
}

/// A line a loss: the sparkline, then Dice at each point.
fn curves_of(curves: &[(&String, Vec<(String, f64)>)]) -> String {
    let Some((_, first)) = curves.first() else {
        return String::new();
    };
    let mut head = vec!["loss".to_string(), String::new()];
    head.extend(first.iter().map(|(label, _)| label.clone()));
    let row = |(loss, curve): &(&String, Vec<(String, f64)>)| {
        let mut row = vec![(*loss).clone(), sparkline(curve.iter().map(|(_, dice)| *dice))];
        row.extend(curve.iter().map(|(_, dice)| number(*dice)));
        row
    };
    grid(&Table { head, rows: curves.iter().map(row).collect() })
}

/// One character a value, an eighth a step: the lowest for 0, the highest for 1.
pub fn sparkline(values: impl Iterator<Item = f64>) -> String {
    const STEPS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    values.map(|value| STEPS[((value.clamp(0.0, 1.0) * 8.0) as usize).min(7)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sparklines_have_a_fixed_scale() {
        assert_eq!(sparkline([0.0, 0.12, 0.13, 0.5, 0.99, 1.0].into_iter()), "▁▁▂▅██");
        assert_eq!(sparkline([-0.5, 2.0].into_iter()), "▁█");
    }
}
