//! `lossbench report`.

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
        lossbench::report::write(&self.run, self.json)?;
        Ok(())
    }
}
