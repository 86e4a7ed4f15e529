//! What the tests have in common.

use anyhow::{Result, ensure};
use lossbench::network::arrays::Metadata;
use lossbench::network::unet::UNetConfig;
use lossbench::network::unet::weights::Weights;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_lossbench");

/// Weights of a small U-Net, drawn from `seed`, that say how their images are made.
pub fn weights(folder: &Path, name: &str, seed: u64) -> Result<PathBuf> {
    let path = folder.join(name);
    let config = UNetConfig::new(2, 4).map_err(anyhow::Error::msg)?;
    let said =
        [("lossbench.intensity", "[0.0,0.2]"), ("lossbench.size", "[8,12]"), ("lossbench.loss", "dice")];
    let said: Metadata = said.map(|(key, value)| (key.to_string(), value.to_string())).into();
    Weights::random(&config, seed).with_metadata(said).write(&path)?;
    Ok(path)
}

/// The command that serves weights.
pub fn served(weights: &Path) -> String {
    format!("'{PROGRAM}' serve --weights '{}'", weights.display())
}

/// Runs the program in `folder`.
pub fn lossbench(folder: &Path, arguments: &[&str]) -> Result<Output> {
    Ok(Command::new(PROGRAM).current_dir(folder).args(arguments).output()?)
}

/// The single line that the program refuses with.
pub fn refusal(folder: &Path, arguments: &[&str]) -> Result<String> {
    let output = lossbench(folder, arguments)?;
    let said = String::from_utf8(output.stderr)?;
    ensure!(output.status.code() == Some(2), "{arguments:?}: {:?}, {said}", output.status);
    ensure!(said.lines().count() == 1, "{arguments:?}: {said}");
    Ok(said)
}
