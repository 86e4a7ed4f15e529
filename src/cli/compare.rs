//! `lossbench compare`.

use super::output::print;
use anyhow::{Result, bail};
use lossbench::evidence::comparison::{Comparison, default_baseline};
use lossbench::evidence::ranking::Ranking;
use lossbench::evidence::{Evidence, Reading};
use lossbench::fault::Fault;
use lossbench::records::run::Run;
use lossbench::report::text::comparison::{FEW, counted, sentences, table};
use lossbench::report::text::grid::grid;
use lossbench::report::text::{corruptions, own_losses, ranking};
use serde::Serialize;
use std::path::PathBuf;

/// What `--json` prints.
#[derive(Serialize)]
struct Answer<'a> {
    #[serde(flatten)]
    comparison: &'a Comparison,
    rankings: &'a [Ranking],
}

/// Options of `lossbench compare`.
#[derive(clap::Args)]
pub struct Options {
    /// Run folder
    run: PathBuf,
    /// The arm that the others are compared with [default: dice, else the study's first]
    #[arg(long, value_name = "ARM")]
    baseline: Option<String>,
    /// Sweep whose attacked points count; may be repeated [default: all]
    #[arg(long, value_name = "NAME")]
    sweep: Vec<String>,
    /// Print which arm comes first, and how sure that is
    #[arg(long)]
    ranks: bool,
    /// Print comparison and ranks as JSON
    #[arg(long)]
    json: bool,
}

impl Options {
    pub fn run(&self) -> Result<()> {
        let run = Run::read(&self.run)?;
        let names = run.study.names();
        let baseline = match &self.baseline {
            Some(name) if !names.contains(name) => {
                bail!("--baseline {name}: {} has {}", self.run.display(), names.join(", "))
            }
            Some(name) => name.clone(),
            None => default_baseline(&names).cloned().unwrap_or_default(),
        };
        let known: Vec<String> = run.study.sweeps.keys().cloned().collect();
        if let Some(unknown) = self.sweep.iter().find(|name| !known.contains(name)) {
            bail!("--sweep {unknown}: {} has {}", self.run.display(), known.join(", "));
        }
        let sweeps = if self.sweep.is_empty() { known } else { self.sweep.clone() };
        let evidence = Evidence::of(&run, Reading::of(&run.study));
        let comparison =
            evidence.compare(&baseline, &sweeps).map_err(|fault| Fault::new(&self.run, fault))?;
        let rankings = if self.ranks || self.json { evidence.rankings(&sweeps) } else { Vec::new() };
        if self.json {
            let answer = Answer { comparison: &comparison, rankings: &rankings };
            return print(&(serde_json::to_string_pretty(&answer)? + "\n"));
        }
        let title = |name: &str| run.study.title(name);
        // What is said above the table, a line each.
        let notes = [own_losses::note(&run.study, &sweeps), corruptions::note(&run.study, &sweeps)];
        let said = |text: String| notes.iter().flatten().fold(text, |text, note| format!("{text}\n{note}"));
        if self.ranks {
            if rankings.is_empty() {
                bail!("--ranks: {} has fewer than three arms or two seeds to rank", self.run.display());
            }
            let table = ranking::table(&rankings, title);
            let note = said(ranking::note(&rankings, comparison.seeds, title));
            return print(&format!("{note}\n\n{}", grid(&table)));
        }
        let sentences = sentences(&comparison, title);
        let text = match sentences.len() {
            ..=FEW => sentences.join("\n"),
            _ => counted(&comparison, title),
        };
        print(&format!("{}\n\n{}", said(text), grid(&table(&comparison, title))))
    }
}
