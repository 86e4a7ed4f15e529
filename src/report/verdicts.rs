//! Verdicts as people read them: tables for the terminal, and the same for Markdown files.

use super::table::grid;
use crate::claims::compare::Comparison;
use crate::claims::readings::{Judged, hangs_on};
use crate::claims::verdict::Verdict;

const HEAD: [&str; 7] = ["claim", "", "the paper", "measured", "95% interval", "adjusted p", "verdict"];

/// Head and rows of a table, as text or as Markdown.
pub struct Table {
    head: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A line a claim: what the paper says, what was measured, the verdict.
    pub fn of(verdicts: &[Verdict]) -> Self {
        Self { head: HEAD.map(String::from).to_vec(), rows: verdicts.iter().map(row).collect() }
    }

    /// A line a claim: the verdict under each reading, and under which of them it is another.
    pub fn of_readings(columns: &[Judged]) -> Self {
        let mut head = vec!["claim".to_string(), String::new()];
        head.extend(columns.iter().map(|judged| judged.name.clone()));
        head.push("hangs on".to_string());
        let first = columns.first().map_or(&[][..], |judged| &judged.verdicts);
        let row = |(index, verdict): (usize, &Verdict)| {
            let mut row = vec![verdict.id.clone(), verdict.title.clone()];
            row.extend(columns.iter().map(|judged| judged.verdicts[index].outcome.to_string()));
            row.push(hangs_on(columns, index).join(", "));
            row
        };
        Self { head, rows: first.iter().enumerate().map(row).collect() }
    }

    /// In columns.
    pub fn text(&self) -> String {
        grid(&self.head, &self.rows)
    }

    /// As a Markdown table.
    pub fn markdown(&self) -> String {
        let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
        let rule = vec!["---".to_string(); self.head.len()];
        let rows: String = self.rows.iter().map(|row| line(row)).collect();
        line(&self.head) + &line(&rule) + &rows
    }
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
