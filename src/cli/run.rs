//! `lossbench run`: a study from data to report.

use super::DeviceOption;
use super::dry_run;
use super::output::{print, say};
use super::progress::ProgressBars;
use super::report::table;
use anyhow::Context;
use lossbench::claims::registry;
use lossbench::definition::arm::Arm;
use lossbench::definition::study::Study;
use lossbench::records::cell::{cell_folder, cell_name};
use lossbench::records::unread;
use lossbench::study::existing::Networks;
use lossbench::study::prepared::Prepared;
use lossbench::study::run;
use lossbench::study::setting::Setting;
use lossbench::study::trained::Trained;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// Exit status after Ctrl-C, as shells have it.
const INTERRUPTED: i32 = 130;
/// How long the last word may take before the run ends without it.
const LAST_WORD: Duration = Duration::from_millis(500);

/// Options of `lossbench run`.
#[derive(clap::Args)]
pub struct Options {
    /// Study file, or a shipped study such as quick, paper or steady; a wrong name lists them all
    study: String,
    /// Your data: a task folder of the Decathlon or of nnU-Net, a folder with images/ and masks/ or labels/, or a CSV file
    /// of images and labels
    #[arg(long, value_name = "DIR-or-CSV")]
    data: Option<PathBuf>,
    /// Run folder [default: runs/NAME]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    device: DeviceOption,
    /// Only these cells, such as bce-s0,dice-s0
    #[arg(long, value_name = "CELLS", value_delimiter = ',')]
    cells: Vec<String>,
    /// Print the names of the cells, one a line, and do nothing
    #[arg(long)]
    list_cells: bool,
    /// Print what the run would do and cost, from a short timing on this machine, and do nothing
    #[arg(long, conflicts_with = "list_cells")]
    dry_run: bool,
    /// Take the networks that this run trained, to attack them in another way
    #[arg(long, value_name = "RUN")]
    weights_from: Option<PathBuf>,
    /// Change a field of the study, such as train.epochs=2; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE")]
    overrides: Vec<String>,
    /// Print the table as JSON
    #[arg(long)]
    json: bool,
}

impl Options {
    /// What `lossbench` does without a command.
    pub fn quick() -> Self {
        Self {
            study: "quick".to_string(),
            data: None,
            out: None,
            device: DeviceOption { device: None },
            cells: Vec::new(),
            list_cells: false,
            dry_run: false,
            weights_from: None,
            overrides: Vec::new(),
            json: false,
        }
    }

    pub fn run(&self) -> anyhow::Result<()> {
        let study = Study::read(&self.study, &self.overrides)?;
        // A set that is none would be found out when all is trained.
        registry::of_study(&study).context("claims")?;
        let cells = run::cells(&study, &self.cells)?;
        if self.list_cells {
            let names: String = cells.iter().map(|(arm, seed)| cell_name(arm, *seed) + "\n").collect();
            return print(&names);
        }
        let device = self.device.open()?;
        let earlier = self.weights_from.as_deref().map(|run| Trained::open(run, &study)).transpose()?;
        let networks = Networks::open(&study)?;
        let study = networks.fingerprinted(&study)?;
        let cells = run::cells(&study, &self.cells)?;
        let fit = networks.fit(study.trains().then(|| study.model.multiple()));
        let others = earlier.is_some() || !networks.is_empty();
        let trained = others.then(|| earlier.unwrap_or_default().with(networks));
        let folder = self.out.clone().unwrap_or_else(|| PathBuf::from("runs").join(&study.name));
        if !self.dry_run {
            run::check_folder(&folder, &study)?;
            on_interrupt(&folder, &cells);
        }
        let prepared = Prepared::load_for(&study, self.data.as_deref(), fit)?;
        prepared.notes.iter().for_each(|note| say(note));
        for networks in trained.iter().map(Trained::networks) {
            let mut lines = networks.differences(&study, &prepared);
            lines.extend(networks.doubts(&prepared, &device)?);
            lines.iter().for_each(|line| say(&format!("warning: {line}")));
        }
        let setting =
            Setting { study: &study, prepared: &prepared, device: &device, trained: trained.as_ref() };
        if self.weights_from.is_some() {
            run::check_weights(&folder, &setting, &cells).context("--weights-from")?;
        }
        match self.dry_run {
            true => dry_run::show(&folder, &setting, &cells, self.json),
            false => to_the_end(&folder, &setting, &cells, self.json),
        }
    }
}

/// Runs cells, writes the report and prints the table, unless the folder is kept unread.
pub fn to_the_end(folder: &Path, setting: &Setting, cells: &[(Arm, u64)], json: bool) -> anyhow::Result<()> {
    say(&summary(setting, cells)?);
    let mut bars = ProgressBars::new();
    run::run(folder, setting, cells, &mut |event| bars.hear(event))?;
    bars.finish();
    if let Err(unread) = unread::check(folder) {
        say(&unread.to_string());
        return Ok(());
    }
    let report = lossbench::report::write(folder)?;
    // Claims are about losses, and say nothing of networks that somebody else trained.
    let silent = json || !setting.study.trains();
    let verdicts = if silent { String::new() } else { format!("\n{}", report.judgement.text()) };
    if silent {
        report.judgement.unlearned.iter().for_each(|line| say(&format!("warning: {line}")));
    }
    let shown = print(&(table(&report, json)? + &verdicts));
    say(&format!("report: {}", report.page.display()));
    // The run is done and kept, whatever became of its table.
    if let Err(error) = shown {
        say(&format!("warning: {error:#}; `lossbench report {}` shows the table again", folder.display()));
    }
    Ok(())
}

/// Lets Ctrl-C end the run with a word on what is kept. Records are written whole or not at all, so that
/// nothing has to be finished first.
pub fn on_interrupt(folder: &Path, cells: &[(Arm, u64)]) {
    let records: Vec<PathBuf> =
        cells.iter().map(|(arm, seed)| cell_folder(folder, arm, *seed).join("cell.json")).collect();
    let folder = folder.to_path_buf();
    let last_word = move || {
        let kept = records.iter().filter(|record| record.is_file()).count();
        say(&format!(
            "\nstopped: {kept} of {} cells are kept in {}; the same command goes on from there",
            records.len(),
            folder.display()
        ));
    };
    let mut last_word = Some(last_word);
    let stop = move || {
        // On a thread of its own: a terminal that was stopped or a pipe that nobody reads would hold it for ever.
        let (said, heard) = mpsc::channel();
        if let Some(word) = last_word.take() {
            let spoken = thread::Builder::new().spawn(move || {
                word();
                let _ = said.send(());
            });
            let _ = spoken.map(|_| heard.recv_timeout(LAST_WORD));
        }
        std::process::exit(INTERRUPTED);
    };
    // Without the handler Ctrl-C still ends the run, only without the word.
    let _ = ctrlc::set_handler(stop);
}

/// What is run. Where each seed has a split of its own, volumes and slices are those of the first.
fn summary(setting: &Setting, cells: &[(Arm, u64)]) -> anyhow::Result<String> {
    let Setting { study, device, .. } = setting;
    let seed = cells.first().map_or(study.seeds[0], |(_, seed)| *seed);
    let prepared = setting.prepared.of_seed(study, seed)?;
    let [height, width] = prepared.size;
    if !study.trains() {
        let volumes = prepared.split.test.len();
        let slices = prepared.test.len();
        return Ok(format!(
            "study {}: {} networks that exist; {slices} slices of {volumes} volumes to attack, each {height} x {width}",
            study.name,
            cells.len()
        ));
    }
    let whose =
        if study.split.each_seed { format!("seed {seed}, each seed otherwise: ") } else { String::new() };
    Ok(format!(
        "study {}: {} cells on {}; {whose}{} volumes to train, {} to validate, {} to test; {} training slices of {height} x {width}, {} to attack",
        study.name,
        cells.len(),
        device.name,
        prepared.split.train.len(),
        prepared.split.validation.len(),
        prepared.split.test.len(),
        prepared.train.len(),
        prepared.test.len()
    ))
}
