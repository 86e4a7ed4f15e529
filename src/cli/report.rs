//! `lossbench report`.

use lossbench::report::Report;
use std::path::{Path, PathBuf};

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
        show(&self.run, self.json).map(drop)
    }
}

/// Makes the figures and the page of a run, prints its table and says where the page is.
pub fn show(folder: &Path, json: bool) -> anyhow::Result<Report> {
    let report = lossbench::report::write(folder)?;
    match json {
        true => super::print(&report.json()?)?,
        false => super::print(&report.table)?,
    }
    eprintln!("report: {}", report.page.display());
    Ok(report)
}
