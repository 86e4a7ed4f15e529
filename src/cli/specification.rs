//! `lossbench specification`.

use super::output::{print, say};
use anyhow::{Context, Result, bail};
use lossbench::evidence::specification::{At, PAPERS_PAIRS, PAPERS_POINTS, Pair, Specifications};
use lossbench::fault::Fault;
use lossbench::records::run::Run;
use lossbench::report::figures::specification::svg;
use lossbench::report::text::specification::{left_out, text};
use lossbench::rules::distinct;
use std::fs;
use std::path::PathBuf;

/// Options of `lossbench specification`.
#[derive(clap::Args)]
pub struct Options {
    /// Run folders, one a reading of the experiment; choices are told from those of the first
    #[arg(required = true, value_name = "RUN")]
    runs: Vec<PathBuf>,
    /// Point at which Dice is compared, as SWEEP:PIXELS or SWEEP:PIXELS:LEVEL; may be repeated [default: those of
    /// fig2:5:0.2, fig3:5:0.6, fig5:30 and fig6:30 that the first run has]
    #[arg(long, value_name = "POINT")]
    at: Vec<String>,
    /// Two arms of the first run, the second taken from the first; a run that lacks one has the arm at its place
    /// instead; may be repeated [default: bce+dice,dice and bce,dice]
    #[arg(long, value_name = "ARM,ARM")]
    pair: Vec<String>,
    /// Attack of the runs; may be repeated [default: the first of each run]
    #[arg(long, value_name = "NAME")]
    attack: Vec<String>,
    /// Write the figure to this SVG file
    #[arg(long, value_name = "FIGURE")]
    out: Option<PathBuf>,
    /// Print the curves as JSON
    #[arg(long)]
    json: bool,
}

impl Options {
    pub fn run(&self) -> Result<()> {
        let [first, others @ ..] = self.runs.as_slice() else {
            bail!("name a run folder at least");
        };
        let places = self.runs.iter().map(|run| fs::canonicalize(run).unwrap_or_else(|_| run.clone()));
        distinct("RUN", places.map(|place| place.display().to_string())).map_err(anyhow::Error::msg)?;
        let run = Run::read(first)?;
        let known = run.study.attack_names();
        if let Some(unknown) = self.attack.iter().find(|name| !known.contains(name)) {
            bail!("--attack {unknown}: {} has {}", first.display(), known.join(", "));
        }
        let title = |name: &str| run.study.title(name);
        let mut specifications =
            Specifications::new(&run.study, self.pairs()?, self.points(&run)?, self.attack.clone())
                .map_err(|fault| Fault::new(first, fault))?;
        specifications.add(&run).map_err(|fault| Fault::new(first, fault))?;
        for folder in others {
            let other = Run::read(folder)?;
            specifications.add(&other).map_err(|fault| Fault::new(folder, fault))?;
        }
        if specifications.curves.iter().all(|curve| curve.specifications.is_empty()) {
            left_out(&specifications).for_each(|line| say(&line));
            bail!(
                "no run has what a specification needs: two seeds with all their cells, and a point of --at"
            );
        }
        if let Some(path) = &self.out {
            lossbench::atomic::write(path, svg(&specifications, title)?.as_bytes())
                .map_err(|error| Fault::new(path, error))?;
            say(&format!("figure: {}", path.display()));
        }
        if self.json {
            return print(&(serde_json::to_string_pretty(&specifications)? + "\n"));
        }
        print(&text(&specifications, title))
    }

    fn pairs(&self) -> Result<Vec<Pair>> {
        let given: Vec<&str> = match self.pair.is_empty() {
            true => PAPERS_PAIRS.to_vec(),
            false => self.pair.iter().map(String::as_str).collect(),
        };
        let pairs = given.iter().map(|text| Pair::parse(text).map_err(|fault| format!("--pair {fault}")));
        pairs.collect::<Result<_, String>>().map_err(anyhow::Error::msg)
    }

    /// Those that are named, else those of the paper's that the first run has.
    fn points(&self, first: &Run) -> Result<Vec<At>> {
        let read = |text: &str| At::parse(text).map_err(|fault| format!("--at {fault}"));
        if !self.at.is_empty() {
            let points = self.at.iter().map(|text| read(text)).collect::<Result<_, String>>();
            return points.map_err(anyhow::Error::msg);
        }
        let papers = PAPERS_POINTS.iter().map(|text| read(text)).collect::<Result<Vec<At>, String>>();
        let mut points = papers.map_err(anyhow::Error::msg)?;
        points.retain(|at| at.is_in(&first.study));
        if points.is_empty() {
            let known: Vec<&str> = first.study.sweeps.keys().map(String::as_str).collect();
            return Err(anyhow::anyhow!("name points with --at")).with_context(|| {
                format!(
                    "the first run has none of {}, only the sweeps {}",
                    PAPERS_POINTS.join(", "),
                    known.join(", ")
                )
            });
        }
        Ok(points)
    }
}
