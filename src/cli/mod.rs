//! The commands of the command line, one a file.

mod agreed;
mod attack;
mod attack_networks;
mod compare;
mod devices;
mod dry_run;
mod fetch;
mod image;
mod output;
mod phantom;
mod preprocessing;
mod progress;
mod report;
mod run;
mod serve;
mod specification;
mod verify;

use clap::{Args, Parser, Subcommand};
use lossbench::network::device::Device;
pub use output::say;
use std::process::ExitCode;

/// Trains segmentation networks with different losses, attacks them and compares their Dice scores.
///
/// Without a command: runs the quick study on phantoms, which takes minutes, and writes runs/quick/report.html.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Run a study: train, attack, report; goes on where an earlier run stopped
    Run(run::Options),
    /// Judge the paper's claims by a run
    Verify(verify::Options),
    /// Compare every arm of a run with a baseline, without an attack and under it
    Compare(compare::Options),
    /// Estimate a difference between two arms under every reading of the experiment, one run per reading
    Specification(specification::Options),
    /// Make a run's table, figures and page again
    Report(report::Options),
    /// Segment one image with trained weights
    Predict(image::PredictOptions),
    /// Map what the voxels of one image have to do with the output of trained weights
    Saliency(image::SaliencyOptions),
    /// Attack trained networks, such as were trained elsewhere, on a folder of volumes
    Attack(attack::Options),
    /// Serve trained weights to another program, which asks in frames (NETWORKS.md)
    Serve(serve::Options),
    /// Write phantoms as a Medical Segmentation Decathlon task folder
    Phantom(phantom::Options),
    /// Download a public data set, check it and unpack it
    Fetch(fetch::Options),
    /// List the devices of this build
    Devices(devices::Options),
}

/// The device that a command runs on.
#[derive(Args)]
struct DeviceOption {
    /// Device to run on; `lossbench devices` lists them [default: the first]
    #[arg(long, value_name = "NAME")]
    device: Option<String>,
}

impl DeviceOption {
    fn open(&self) -> anyhow::Result<Device> {
        let name = match &self.device {
            Some(name) => name.as_str(),
            None => lossbench::network::device::available().first().copied().unwrap_or("cpu"),
        };
        let device = lossbench::network::device::open(name)?;
        if lossbench::network::device::may_round(name) {
            output::say(&format!(
                "{name} may round to ten bits in convolutions (TF32): NVIDIA_TF32_OVERRIDE=0 keeps float32"
            ));
        }
        Ok(device)
    }
}

/// Runs the command that was asked for.
pub fn main() -> anyhow::Result<ExitCode> {
    let done = match Cli::parse().command {
        Some(Command::Verify(options)) => return options.run(),
        None => run::Options::quick().run(),
        Some(Command::Run(options)) => options.run(),
        Some(Command::Compare(options)) => options.run(),
        Some(Command::Specification(options)) => options.run(),
        Some(Command::Report(options)) => options.run(),
        Some(Command::Predict(options)) => options.run(),
        Some(Command::Saliency(options)) => options.run(),
        Some(Command::Attack(options)) => options.run(),
        Some(Command::Serve(options)) => options.run(),
        Some(Command::Phantom(options)) => options.run(),
        Some(Command::Fetch(options)) => options.run(),
        Some(Command::Devices(options)) => options.run(),
    };
    done.map(|()| ExitCode::SUCCESS)
}
