//! How long a process takes over the frames: `time_network COMMAND HEIGHT WIDTH IMAGES ROUNDS` prints seconds of as many
//! rounds of logits, then of gradients, each of as many images. `scripts/time_network.py` sets it beside the same work
//! without frames.

use anyhow::{Context, ensure};
use lossbench::network::chunked::Predictor;
use lossbench::network::device;
use lossbench::network::process::Process;
use std::io::{Write, stdout};
use std::time::Instant;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [command, numbers @ ..] = arguments.as_slice() else {
        anyhow::bail!("time_network COMMAND HEIGHT WIDTH IMAGES ROUNDS");
    };
    let numbers: Vec<usize> = numbers.iter().map(|text| text.parse()).collect::<Result<_, _>>()?;
    ensure!(numbers.len() == 4, "time_network COMMAND HEIGHT WIDTH IMAGES ROUNDS");
    let (size, images, rounds) = ([numbers[0], numbers[1]], numbers[2], numbers[3]);
    let process = Process::start("timed", command)?;
    let values = images * process.greeting().channels * size[0] * size[1];
    let mut device = device::open("cpu")?;
    device.chunk = process.greeting().batch;
    let network = Predictor::new(Box::new(process), &device, size);
    let images: Vec<f32> = (0..values).map(|index| 0.1 + 0.1 * (index as f32 * 0.7).sin()).collect();
    let mut seconds = Vec::new();
    for gradient in [false, true] {
        let once = || match gradient {
            false => network.logits(&images),
            true => network.gradient(&images, |_, logits| logits),
        };
        once().context("the first round")?;
        let begun = Instant::now();
        for _ in 0..rounds {
            once()?;
        }
        seconds.push(begun.elapsed().as_secs_f64());
    }
    writeln!(stdout(), "{} {}", seconds[0], seconds[1])?;
    Ok(())
}
