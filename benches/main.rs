//! `cargo bench`: how fast networks train, predict, are explained and attacked, on every backend of the
//! build, and beside the same work in PyTorch, OpenVINO and ONNX Runtime where those are installed.
//!
//!     cargo bench                                      # all of it, some 15 minutes on two cores
//!     cargo bench -- forward                           # ids that contain a word
//!     cargo bench -- peer                              # the comparison with PyTorch alone
//!     cargo bench -- growth                            # time and memory against slices, pixels, width, losses, seeds
//!     cargo bench --features tch -- batches            # every GPU in batches of 32 to 2048, and nothing else
//!     LOSSBENCH_PYTHON=venv/bin/python cargo bench     # a Python that has torch and safetensors
//!     LOSSBENCH_RECORD=golden/bench cargo bench        # keep the figures: golden/bench/MACHINE/DATE.csv

mod batches;
mod data;
mod growth;
mod inputs;
mod maps;
mod measurement;
mod network;
mod peer;
mod record;
mod sweeps;

use anyhow::Result;
use criterion::Criterion;

fn main() -> Result<()> {
    if growth::answer()? {
        return Ok(());
    }
    let inputs = inputs::Inputs::make()?;
    if std::env::args().any(|argument| argument == "batches") {
        return batches::show(&inputs);
    }
    let mut criterion = Criterion::default()
        .with_measurement(measurement::SliceTime::new())
        .sample_size(10)
        .configure_from_args();
    network::benches(&mut criterion, &inputs)?;
    maps::benches(&mut criterion, &inputs)?;
    sweeps::benches(&mut criterion, &inputs)?;
    data::benches(&mut criterion, &inputs)?;
    criterion.final_summary();

    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let timed = !arguments.iter().any(|argument| argument == "--test" || argument == "--list");
    let filters: Vec<&String> = arguments.iter().filter(|argument| !argument.starts_with('-')).collect();
    let wanted = |name: &str| timed && (filters.is_empty() || filters.iter().any(|word| *word == name));
    if wanted("growth") {
        growth::show()?;
    }
    let comparison = if wanted("peer") { peer::compare(&inputs)? } else { Vec::new() };
    match std::env::var_os("LOSSBENCH_RECORD") {
        Some(folder) if timed => record::write(folder.as_ref(), &comparison),
        _ => Ok(()),
    }
}
