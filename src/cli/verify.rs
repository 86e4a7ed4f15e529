//! `lossbench verify`.

use super::output::{print, say};
use anyhow::{Context, Result, bail};
use lossbench::claims::readings::judge_all;
use lossbench::claims::registry;
use lossbench::claims::verdict::{Outcome, Verdict};
use lossbench::evidence::{Evidence, Reading};
use lossbench::plain_text;
use lossbench::records::run::Run;
use lossbench::report::text::grid::grid;
use lossbench::report::text::markdown::markdown;
use lossbench::report::text::verdicts::{self, Judgement, heading};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Options of `lossbench verify`.
#[derive(clap::Args)]
pub struct Options {
    /// Run folder
    run: PathBuf,
    /// Set of claims: rajput (twenty of the paper), steady (33 of the paper), maps, attacks, or a folder of TOML files such
    /// as claims/rajput; without it the one that the study names, else rajput
    #[arg(long, value_name = "SET")]
    claims: Option<String>,
    /// Judge by this attack instead of the study's first
    #[arg(long, value_name = "NAME")]
    attack: Option<String>,
    /// Score all slices of a seed together instead of slice by slice
    #[arg(long)]
    micro: bool,
    /// Print the verdicts as JSON
    #[arg(long)]
    json: bool,
    /// Compare with the verdicts.json in this folder; exit with 1 where a verdict differs
    #[arg(long, value_name = "DIR")]
    against: Option<PathBuf>,
    /// Judge by every ranking of the run and by micro Dice, to see which verdicts hang on a choice
    #[arg(long, conflicts_with_all = ["attack", "micro", "against"])]
    readings: bool,
    /// With --readings: judge by this run too, such as one that takes another gradient; may be repeated
    #[arg(long, value_name = "RUN", requires = "readings")]
    beside: Vec<PathBuf>,
    /// Put the table between the marks `<!-- verdicts STUDY -->` and `<!-- /verdicts STUDY -->` (or `readings STUDY`) of this
    /// Markdown file
    #[arg(long, value_name = "FILE")]
    splice: Option<PathBuf>,
}

impl Options {
    pub fn run(&self) -> Result<ExitCode> {
        let mut run = Run::read(&self.run)?;
        if let Some(set) = &self.claims {
            run.study.claims = Some(set.clone());
        }
        if self.readings {
            return self.all_readings(&run);
        }
        let own = Reading::of(&run.study);
        let reading = Reading { attack: self.attack.clone().unwrap_or(own.attack), micro: self.micro };
        let attacks = run.study.attack_names();
        if !attacks.contains(&reading.attack) {
            bail!("--attack {}: {} has {}", reading.attack, self.run.display(), attacks.join(", "));
        }
        let claims = registry::of_study(&run.study)?;
        let judged = Judgement::of(&run.study, &claims, &Evidence::of(&run, reading));
        if let Some(file) = &self.splice {
            splice(file, &format!("verdicts {}", run.study.name), &judged.markdown())?;
        }
        match self.json {
            true => print(&(serde_json::to_string_pretty(&judged.verdicts)? + "\n"))?,
            false => print(&judged.text())?,
        }
        match &self.against {
            Some(folder) => compare(&folder.join("verdicts.json"), &judged.verdicts),
            None => Ok(ExitCode::SUCCESS),
        }
    }

    fn all_readings(&self, run: &Run) -> Result<ExitCode> {
        let beside: Vec<Run> = self.beside.iter().map(|run| Run::read(run)).collect::<Result<_, _>>()?;
        let claims = registry::of_study(&run.study)?;
        let readings = judge_all(&claims, run, &beside);
        let table = verdicts::readings(&readings);
        let heading = heading(&run.study, &Evidence::of(run, Reading::of(&run.study)));
        if let Some(file) = &self.splice {
            let marks = format!("readings {}", run.study.name);
            splice(file, &marks, &format!("{heading}\n\n{}", markdown(&table)))?;
        }
        match self.json {
            true => print(&(serde_json::to_string_pretty(&readings)? + "\n"))?,
            false => print(&format!("{heading}\n{}", grid(&table)))?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// What is compared of a verdict: its numbers may be undefined, which JSON has as null.
#[derive(serde::Deserialize)]
struct Recorded {
    id: String,
    outcome: Outcome,
}

/// Says which verdicts differ from those in `path`.
fn compare(path: &Path, verdicts: &[Verdict]) -> Result<ExitCode> {
    let text = plain_text::read(path).with_context(|| format!("{}", path.display()))?;
    let golden: Vec<Recorded> = serde_json::from_str(&text)
        .with_context(|| format!("{}: should be what `lossbench verify --json` prints", path.display()))?;
    let mut differ = 0;
    for verdict in verdicts {
        let expected = golden.iter().find(|golden| golden.id == verdict.id);
        let expected = expected.map_or("no verdict".to_string(), |golden| golden.outcome.to_string());
        if expected != verdict.outcome.to_string() {
            differ += 1;
            say(&format!("{}: {} here, {expected} in {}", verdict.id, verdict.outcome, path.display()));
        }
    }
    for lost in golden.iter().filter(|golden| verdicts.iter().all(|verdict| verdict.id != golden.id)) {
        differ += 1;
        say(&format!("{}: not judged here, {} in {}", lost.id, lost.outcome, path.display()));
    }
    Ok(if differ == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// Replaces what stands between the marks called `name` of a Markdown file.
fn splice(path: &Path, name: &str, table: &str) -> Result<()> {
    let [open, close] = [format!("<!-- {name} -->\n"), format!("<!-- /{name} -->\n")];
    let text = fs::read_to_string(path).with_context(|| format!("{}", path.display()))?;
    let parts = text.split_once(&open).and_then(|(before, rest)| Some((before, rest.split_once(&close)?.1)));
    let Some((before, after)) = parts else {
        bail!("{}: should have the lines {} and {}", path.display(), open.trim(), close.trim());
    };
    let text = [before, &open, table, &close, after].concat();
    lossbench::atomic::write(path, text.as_bytes()).with_context(|| format!("{}", path.display()))
}
