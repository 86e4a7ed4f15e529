//! `lossbench report`.

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
        show(&self.run, self.json)
    }
}

/// Makes the figures and the page of a run, prints its table and says where the page is.
pub fn show(folder: &Path, json: bool) -> anyhow::Result<()> {
    let report = lossbench::report::write(folder)?;
    let text = if json { report.json()? } else { report.table };
    super::print(&text)?;
    eprintln!("report: {}", report.page.display());
    Ok(())
}
