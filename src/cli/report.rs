//! `lossbench report`.

use super::output::{print, say};
use lossbench::report::Report;
use std::path::PathBuf;

/// Options of `lossbench report`.
#[derive(clap::Args)]
pub struct Options {
    /// Run folder
    run: PathBuf,
    /// Print the table as JSON
    #[arg(long)]
    json: bool,
}

impl Options {
    pub fn run(&self) -> anyhow::Result<()> {
        let report = lossbench::report::write(&self.run)?;
        let printed = print(&table(&report, self.json)?);
        say(&format!("report: {}", report.page.display()));
        printed
    }
}

/// The table of a report.
pub fn table(report: &Report, json: bool) -> anyhow::Result<String> {
    if json { Ok(report.json()?) } else { Ok(report.table.clone()) }
}
