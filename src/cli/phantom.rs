//! `lossbench phantom`.

use super::output::tell;
use lossbench::data::decathlon;
use lossbench::phantom::{self, PhantomConfig};
use std::borrow::Cow;
use std::path::PathBuf;

/// Options of `lossbench phantom`.
#[derive(clap::Args)]
pub struct Options {
    /// Folder to make
    folder: PathBuf,
    /// Number of volumes
    #[arg(long, value_name = "N", default_value_t = PhantomConfig::default().volumes)]
    volumes: usize,
    /// Seed of every random number
    #[arg(long, value_name = "S", default_value_t = 0)]
    seed: u64,
}

impl Options {
    pub fn run(&self) -> anyhow::Result<()> {
        let config = PhantomConfig { volumes: self.volumes, seed: self.seed, ..PhantomConfig::default() };
        config.check()?;
        let volume = |number| Cow::Owned(phantom::volume(&config, number + 1));
        decathlon::write_each(&self.folder, "Phantom", self.volumes, volume)?;
        let folder = self.folder.display();
        tell(&format!("{folder}: {} phantoms, imagesTr, labelsTr and dataset.json", self.volumes));
        Ok(())
    }
}
