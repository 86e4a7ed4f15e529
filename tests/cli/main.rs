//! The command line as a user meets it: exit status, what is printed, what is left behind.

mod images;
mod judged;
mod misuse;
mod output;
mod own_data;
mod plans;
mod predictions;

use anyhow::Result;
use lossbench::network::unet::UNetConfig;
use lossbench::network::unet::weights::Weights;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn lossbench(folder: &Path, arguments: &[&str]) -> Result<Output> {
    let program = env!("CARGO_BIN_EXE_lossbench");
    Ok(Command::new(program).args(arguments).current_dir(folder).output()?)
}

/// Runs a command that must fail as wrong use: exit 2 and one line on standard error, which is returned.
fn refused(folder: &Path, arguments: &[&str]) -> Result<String> {
    let output = lossbench(folder, arguments)?;
    let message = String::from_utf8(output.stderr)?;
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {message}");
    assert_eq!(message.lines().count(), 1, "{arguments:?}: {message}");
    assert!(message.starts_with("lossbench: "), "{message}");
    assert!(output.stdout.is_empty());
    Ok(message)
}

fn done(folder: &Path, arguments: &[&str]) -> Result<String> {
    let output = lossbench(folder, arguments)?;
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {message}");
    Ok(String::from_utf8(output.stdout)?)
}

fn write_weights(folder: &Path) -> Result<PathBuf> {
    let path = folder.join("weights.safetensors");
    Weights::random(&UNetConfig::new(2, 2).map_err(anyhow::Error::msg)?, 0).write(&path)?;
    Ok(path)
}

/// A decathlon folder of three small phantoms.
fn phantoms(folder: &Path) -> Result<PathBuf> {
    done(folder, &["phantom", "task", "--volumes", "3", "--seed", "7"])?;
    Ok(folder.join("task"))
}
