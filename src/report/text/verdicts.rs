//! Verdicts as people read them: tables for the terminal, and the same for Markdown files.

use crate::claims::claim::{Claim, Predicate, Quantity};
use crate::claims::compare::Comparison;
use crate::claims::readings::{Judged, hangs_on};
use crate::claims::verdict::{Outcome, PUBLISHED_SEEDS, Verdict, judge};
use crate::definition::data::Source;
use crate::definition::study::Study;
use crate::evidence::Evidence;
use crate::report::figure::Figure;
use crate::report::page::html::{self, escape};
use crate::report::text::table::grid;
use crate::stats::bootstrap::Bootstrap;

const HEAD: [&str; 7] = ["claim", "", "the paper", "measured", "95% interval", "adjusted p", "verdict"];

/// The claims judged by a run, and what they were judged by.
#[derive(Debug)]
pub struct Judgement {
    /// What the verdicts rest on, in a line.
    pub heading: String,
    /// One a claim.
    pub verdicts: Vec<Verdict>,
}

impl Judgement {
    /// `claims` judged by the records of a run of `study`.
    pub fn of(study: &Study, claims: &[Claim], evidence: &Evidence) -> Self {
        Self { heading: heading(study, evidence), verdicts: judge(claims, evidence, &Bootstrap::default()) }
    }

    /// Heading and table for the terminal.
    pub fn text(&self) -> String {
        format!("{}\n{}", self.heading, Table::of(&self.verdicts).text())
    }

    /// Heading and table for a Markdown file.
    pub fn markdown(&self) -> String {
        format!("{}\n\n{}", self.heading, Table::of(&self.verdicts).markdown())
    }

    /// Heading and table for the page; each claim links to the figure that shows it.
    pub fn html(&self, claims: &[Claim], figures: &[Figure]) -> String {
        // The verdict beside its claim, where a narrow screen still shows it.
        let verdict_first = |cells: &mut [String]| cells[2..].rotate_right(1);
        let mut head = HEAD.map(String::from);
        verdict_first(&mut head);
        let rows = self.verdicts.iter().zip(claims).map(|(verdict, claim)| {
            let mut cells: Vec<String> = row(verdict).iter().map(|cell| escape(cell)).collect();
            if let (Some(anchor), Some(title)) = (anchor(claim, figures), cells.get_mut(1)) {
                *title = format!("<a href=\"#{anchor}\">{title}</a>");
            }
            for cell in cells.iter_mut().take(4).skip(1) {
                *cell = format!("<span class=\"words\">{cell}</span>");
            }
            if let Some(outcome) = cells.last_mut() {
                *outcome = format!("<span class=\"verdict {}\">{outcome}</span>", class(verdict.outcome));
            }
            verdict_first(&mut cells);
            cells
        });
        format!("<p>{}</p>\n{}", escape(&self.heading), html::table(&head, rows))
    }
}

fn class(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Reproduced => "holds",
        Outcome::NotReproduced => "fails",
        Outcome::Inconclusive | Outcome::NotMeasured => "open",
    }
}

/// Where the page shows what a claim is about.
fn anchor(claim: &Claim, figures: &[Figure]) -> Option<String> {
    let predicate = claim.predicates.first()?;
    let name = match (predicate, predicate.quantities().first()?) {
        (Predicate::Correlation { .. }, _) => claim.id.clone(),
        (_, Quantity::Spread { .. } | Quantity::Sharpness) => return Some("spread".to_string()),
        (_, Quantity::Clean) => return Some("losses".to_string()),
        (_, Quantity::Softness) => "margins".to_string(),
        (_, Quantity::Agreement) => "fig7".to_string(),
        (_, Quantity::Dice { .. } | Quantity::Drop { .. } | Quantity::Area { .. }) => {
            claim.sweeps().first()?.clone()
        }
    };
    figures.iter().any(|figure| figure.name == name).then(|| format!("figure-{name}"))
}

/// What verdicts on these records rest on, in a line.
pub fn heading(study: &Study, evidence: &Evidence) -> String {
    let (seeds, volumes) = (evidence.seeds.len(), evidence.volumes.len());
    let of = if seeds == 1 { "seed" } else { "seeds" };
    let size = format!("study {}, {seeds} {of}, {volumes} test volumes", study.name);
    match study.data.source {
        Source::Phantom => {
            format!("The paper's claims on phantoms: a demonstration, no verdict on the paper ({size})")
        }
        Source::Decathlon if seeds == 1 => {
            format!("The paper's claims by one seed: intervals are over volumes alone, no verdict ({size})")
        }
        Source::Decathlon if seeds < PUBLISHED_SEEDS => {
            format!("The paper's claims with fewer than {PUBLISHED_SEEDS} seeds: provisional ({size})")
        }
        Source::Decathlon => format!("The paper's claims ({size})"),
    }
}

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

/// Three digits behind the point, fewer for large numbers; in words where there is no number, as for the
/// rank correlation of values that are all the same.
pub fn number(value: f64) -> String {
    match value.abs() {
        size if size.is_nan() => "undefined".to_string(),
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.3}"),
    }
}

/// Three digits behind the point, or how small it is.
pub fn p_value(p: f64) -> String {
    if p < 0.001 { "< 0.001".to_string() } else { format!("{p:.3}") }
}
