//! `lossbench serve`: trained weights as the process that NETWORKS.md describes.

use super::DeviceOption;
use anyhow::Context;
use lossbench::data::hash::hex;
use lossbench::network::open;
use lossbench::network::process::serve::serve;
use lossbench::network::unet::weights::Weights;
use sha2::{Digest, Sha256};
use std::io::{BufWriter, stdin, stdout};
use std::path::PathBuf;

/// Options of `lossbench serve`.
#[derive(clap::Args)]
pub struct Options {
    /// Weights, as a study's cells hold them
    #[arg(long, value_name = "FILE")]
    weights: PathBuf,
    #[command(flatten)]
    device: DeviceOption,
}

impl Options {
    pub fn run(&self) -> anyhow::Result<()> {
        let weights = Weights::read(&self.weights)?;
        let device = self.device.open()?;
        let bytes = std::fs::read(&self.weights).with_context(|| self.weights.display().to_string())?;
        let mut said = weights.metadata().clone();
        let own = [
            ("lossbench.fingerprint", hex(&Sha256::digest(bytes))),
            ("lossbench.device", device.name.clone()),
            ("lossbench.batch", device.chunk.to_string()),
        ];
        said.extend(own.map(|(key, value)| (key.to_string(), value)));
        let network = open::network(&weights, &device);
        let (mut input, mut output) = (stdin().lock(), BufWriter::new(stdout().lock()));
        serve(network.as_ref(), &said, &mut input, &mut output)
            .map_err(anyhow::Error::msg)
            .context("standard input should ask in frames, as NETWORKS.md says")
    }
}
