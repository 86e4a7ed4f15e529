//! Verdicts as people read them: a table for the terminal, one for README.md.

use super::table::grid;
use crate::claims::compare::Comparison;
use crate::claims::verdict::Verdict;

const HEAD: [&str; 7] = ["claim", "", "the paper", "measured", "95% interval", "adjusted p", "verdict"];

/// A line a claim, in columns.
pub fn table(verdicts: &[Verdict]) -> String {
    grid(&HEAD.map(String::from), &verdicts.iter().map(row).collect::<Vec<_>>())
}

/// The same as a Markdown table.
pub fn markdown(verdicts: &[Verdict]) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let rule = vec!["---".to_string(); HEAD.len()];
    let rows: String = verdicts.iter().map(|verdict| line(&row(verdict))).collect();
    line(&HEAD.map(String::from)) + &line(&rule) + &rows
}

fn row(verdict: &Verdict) -> Vec<String> {
    let [measured, interval, p] = match verdict.comparisons.get(verdict.decisive) {
        Some(decisive) => [measured(decisive), interval(decisive), p_value(verdict.adjusted_p)],
        None => [verdict.lacks.clone(), String::new(), String::new()],
    };
    let outcome = verdict.outcome.to_string();
    vec![verdict.id.clone(), verdict.title.clone(), verdict.reported.clone(), measured, interval, p, outcome]
}

/// Such as `bce - dice: 0.12 clean Dice`.
fn measured(comparison: &Comparison) -> String {
    format!("{}: {} {}", comparison.what, number(comparison.value), comparison.quantity)
}

/// Both ends of the 95% interval.
pub fn interval(comparison: &Comparison) -> String {
    let [low, high] = comparison.interval;
    format!("{} to {}", number(low), number(high))
}

/// Three digits behind the point, fewer for large numbers.
pub fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.3}"),
    }
}

/// Three digits behind the point, or how small it is.
pub fn p_value(p: f64) -> String {
    if p < 0.001 { "< 0.001".to_string() } else { format!("{p:.3}") }
}
