//! Verdicts as people read them: tables for the terminal, and the same for Markdown files.

use crate::claims::claim::Claim;
use crate::claims::finding::Comparison;
use crate::claims::readings::{Judged, hangs_on};
use crate::claims::verdict::{Outcome, PUBLISHED_SEEDS, Verdict, judge};
use crate::definition::data::Source;
use crate::definition::study::Study;
use crate::evidence::{Evidence, tested};
use crate::report::numbers::{count, interval, number, p_value};
use crate::report::table::Table;
use crate::report::text::grid::grid;
use crate::report::text::markdown::markdown;

/// The claims judged by a run, and what they were judged by.
#[derive(Debug)]
pub struct Judgement {
    /// What the verdicts rest on, in a line.
    pub heading: String,
    /// The networks that did not learn, a line each.
    pub unlearned: Vec<String>,
    /// One a claim.
    pub verdicts: Vec<Verdict>,
}

impl Judgement {
    /// `claims` judged by the records of a run of `study`.
    pub fn of(study: &Study, claims: &[Claim], evidence: &Evidence) -> Self {
        let verdicts = judge(claims, evidence);
        Self { heading: heading(study, evidence), unlearned: evidence.unlearned(), verdicts }
    }

    /// Heading and table for the terminal.
    pub fn text(&self) -> String {
        format!("{}\n{}{}", self.heading, self.warnings(), grid(&table(&self.verdicts)))
    }

    /// A line for each network that did not learn.
    fn warnings(&self) -> String {
        self.unlearned.iter().map(|line| format!("warning: {line}\n")).collect()
    }

    /// Heading and table for a Markdown file.
    pub fn markdown(&self) -> String {
        format!("{}\n{}\n{}", self.heading, self.warnings(), markdown(&table(&self.verdicts)))
    }
}

/// What verdicts on these records rest on, in a line.
pub fn heading(study: &Study, evidence: &Evidence) -> String {
    let seeds = evidence.seeds.len();
    let (all, of_a_seed) = evidence.test_volumes();
    let size =
        format!("study {}, {}, {}", study.name, count(seeds, "seed"), tested::in_words(all, of_a_seed));
    let claims = match study.claims.as_deref() {
        None | Some("rajput" | "steady") => "The paper's claims".to_string(),
        Some(set) => format!("The claims of {set}"),
    };
    match study.data.source {
        Source::Phantom => {
            format!("{claims} on phantoms: a demonstration, no verdict on the paper ({size})")
        }
        Source::Decathlon if seeds == 1 => {
            format!("{claims} by one seed: intervals are over volumes alone, no verdict ({size})")
        }
        Source::Decathlon if seeds < PUBLISHED_SEEDS => {
            format!("{claims} with fewer than {PUBLISHED_SEEDS} seeds: provisional ({size})")
        }
        Source::Decathlon => format!("{claims} ({size})"),
    }
}

/// A line a claim: what the paper says, what was measured, the verdict.
pub fn table(verdicts: &[Verdict]) -> Table {
    let head =
        ["claim", "", "the paper", "measured", "95% interval", "excluded above", "adjusted p", "verdict"];
    Table { head: head.map(String::from).to_vec(), rows: verdicts.iter().map(row).collect() }
}

/// A line a claim: the verdict under each reading, and under which of them it is another.
pub fn readings(columns: &[Judged]) -> Table {
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
    Table { head, rows: first.iter().enumerate().map(row).collect() }
}

fn row(verdict: &Verdict) -> Vec<String> {
    let [measured, interval, excluded, p] = match verdict.comparisons.get(verdict.decisive) {
        Some(decisive) => [
            measured(decisive),
            interval(decisive.interval),
            decisive.excluded.map(number).unwrap_or_default(),
            if verdict.outcome == Outcome::OneSeed { String::new() } else { p_value(verdict.adjusted_p) },
        ],
        None => [verdict.lacks.clone(), String::new(), String::new(), String::new()],
    };
    let outcome = verdict.outcome.to_string();
    vec![
        verdict.id.clone(),
        verdict.title.clone(),
        verdict.reported.clone(),
        measured,
        interval,
        excluded,
        p,
        outcome,
    ]
}

/// Such as `bce - dice: 0.12 clean Dice`.
fn measured(comparison: &Comparison) -> String {
    format!("{}: {} {}", comparison.what, number(comparison.value), comparison.quantity)
}
