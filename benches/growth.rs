//! How time and memory grow with slices, pixels, width, volumes, losses and seeds. Every point is a process of its own, so that the
//! system counts its memory, and none finds memory warm that another left.

use crate::inputs::output;
use crate::peer::median;
use anyhow::{Context, Result, bail, ensure};
use lossbench::definition::shipped;
use lossbench::definition::study::Study;
use lossbench::loss::{LossFunction, LossParameters};
use lossbench::network::unet::UNetConfig;
use lossbench::network::unet::weights::Weights;
use lossbench::network::{device, open};
use lossbench::study::prepared::Prepared;
use lossbench::study::run;
use lossbench::study::setting::Setting;
use lossbench::train::objective;
use std::process::Command;
use std::time::Instant;

/// A program started with this in its environment measures one point and ends.
const POINT: &str = "LOSSBENCH_GROWTH_POINT";
const ROUNDS: usize = 3;
const LOSSES: [&str; 4] = ["bce", "dice", "bce+dice", "bce+dice+focal"];
/// Slices of a training step.
const BATCH: usize = 8;

/// What is measured at a point: a name and numbers, which travel as words.
#[derive(Clone, Copy)]
enum Work {
    /// `forward`, `saliency` or `training`, of `slices` slices of `size` by a U-Net of `base`.
    Network { name: &'static str, slices: usize, size: [usize; 2], base: usize },
    /// The smoke study with so many of each.
    Study { volumes: usize, losses: usize, seeds: usize },
}

impl Work {
    fn words(self) -> String {
        match self {
            Self::Network { name, slices, size: [height, width], base } => {
                format!("{name} {slices} {height} {width} {base}")
            }
            Self::Study { volumes, losses, seeds } => format!("study {volumes} {losses} {seeds}"),
        }
    }

    fn shown(self) -> String {
        match self {
            Self::Network { name, slices, size: [height, width], base } => {
                format!("{name:9} {slices:5} slices of {height} x {width}, base {base}")
            }
            Self::Study { volumes, losses, seeds } => {
                format!("study     volumes {volumes}, losses {losses}, seeds {seeds}")
            }
        }
    }
}

/// The axes, each with its points.
fn axes() -> Vec<(&'static str, Vec<Work>)> {
    let network = |slices, size, base| {
        ["forward", "saliency", "training"].map(|name| Work::Network { name, slices, size, base })
    };
    let small = [48, 64];
    let squares = [128, 256, 512].map(|side| [side, side]);
    let study = |volumes, losses, seeds| Work::Study { volumes, losses, seeds };
    vec![
        ("slices", [32, 128, 512].into_iter().flat_map(|slices| network(slices, small, 16)).collect()),
        (
            "pixels of a slice",
            [small].into_iter().chain(squares).flat_map(|size| network(24, size, 16)).collect(),
        ),
        ("base width", [8, 16, 32].into_iter().flat_map(|base| network(64, small, base)).collect()),
        ("volumes", [6, 12, 24].map(|volumes| study(volumes, 2, 1)).to_vec()),
        ("losses", [1, 2, 4].map(|losses| study(6, losses, 1)).to_vec()),
        ("seeds", [1, 2, 4].map(|seeds| study(6, 2, seeds)).to_vec()),
    ]
}

/// Prints every axis.
pub fn show() -> Result<()> {
    for (axis, points) in axes() {
        println!("\ngrowth with {axis}");
        let mut measured = vec![Vec::new(); points.len()];
        for _ in 0..ROUNDS {
            for (point, measured) in points.iter().zip(&mut measured) {
                measured.push(in_a_process(*point)?);
            }
        }
        for (point, measured) in points.iter().zip(&measured) {
            let of = |which: fn(&(f64, f64)) -> f64| median(&measured.iter().map(which).collect::<Vec<_>>());
            println!("{}: {:8.3} s, {:6.0} MB", point.shown(), of(|point| point.0), of(|point| point.1));
        }
    }
    Ok(())
}

/// Seconds of the work and megabytes that its process held at most.
fn in_a_process(work: Work) -> Result<(f64, f64)> {
    let output = Command::new(std::env::current_exe()?).env(POINT, work.words()).output()?;
    ensure!(output.status.success(), "{}: {}", work.words(), String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout)?;
    let (seconds, megabytes) = text.trim().split_once(' ').context("two numbers")?;
    Ok((seconds.parse()?, megabytes.parse()?))
}

/// Measures the point that the environment asks for; whether it does.
pub fn answer() -> Result<bool> {
    let Ok(point) = std::env::var(POINT) else {
        return Ok(false);
    };
    let (name, numbers) = point.split_once(' ').context("a name and numbers")?;
    let numbers: Vec<usize> = numbers.split(' ').map(str::parse).collect::<Result<_, _>>()?;
    let seconds = match (name, &numbers[..]) {
        ("study", &[volumes, losses, seeds]) => study(volumes, losses, seeds)?,
        (name, &[slices, height, width, base]) => network(name, slices, [height, width], base)?,
        _ => bail!("'{point}' is no point"),
    };
    println!("{seconds} {}", peak()?);
    Ok(true)
}

/// Seconds of a pass over `slices` slices whose pixels differ.
fn network(name: &str, slices: usize, size: [usize; 2], base: usize) -> Result<f64> {
    let weights = Weights::random(&UNetConfig::new(4, base).map_err(anyhow::Error::msg)?, 0);
    let device = device::open("cpu")?;
    let pixels = size[0] * size[1];
    let images: Vec<f32> = (0..slices * pixels).map(|index| (index * 7919 % 1000) as f32 / 1000.0).collect();
    let targets: Vec<f32> = images.iter().map(|&value| f32::from(u8::from(value > 0.5))).collect();
    let loss = LossFunction::parse("bce+dice", &LossParameters::default())?;
    let predictor = open::predictor(&weights, &device, size);
    let start = Instant::now();
    match name {
        "forward" => drop(predictor.logits(&images)?),
        "saliency" => drop(lossbench::saliency::gradient(&predictor, &images, &targets, output(), &loss)?),
        "training" => {
            let mut learner = open::learner(&weights, &device);
            for (images, targets) in images.chunks(BATCH * pixels).zip(targets.chunks(BATCH * pixels)) {
                let objective = objective(&loss, targets.to_vec(), size, &device);
                ensure!(learner.step(images, size, &objective, 1e-3).is_finite(), "the loss is not finite");
            }
        }
        _ => bail!("no work is called {name}"),
    }
    Ok(start.elapsed().as_secs_f64())
}

/// Seconds of the smoke study from its volumes to its records.
fn study(volumes: usize, losses: usize, seeds: usize) -> Result<f64> {
    let losses = LOSSES.get(..losses).context("at most four losses")?;
    let overrides = [
        format!("losses={losses:?}"),
        format!("seeds={:?}", (0..seeds).collect::<Vec<_>>()),
        format!("data.phantom.volumes={volumes}"),
    ];
    let text = shipped::text("smoke").context("the smoke study")?;
    let study = Study::parse(text, &overrides).map_err(anyhow::Error::msg)?;
    let (folder, device) = (tempfile::tempdir()?, device::open("cpu")?);
    let start = Instant::now();
    let prepared = Prepared::load(&study, None)?;
    let setting = Setting { study: &study, prepared: &prepared, device: &device, trained: None };
    run::run(folder.path(), &setting, &run::cells(&study, &[])?, &mut |_| {})?;
    Ok(start.elapsed().as_secs_f64())
}

/// The most memory that this process has held, in megabytes; not a number where the system does not say.
fn peak() -> Result<f64> {
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else {
        return Ok(f64::NAN);
    };
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("VmHWM")?;
    let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kilobytes / 1000.0)
}
