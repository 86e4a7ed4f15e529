//! The comparison with PyTorch: the same weights, inputs and points on as many threads, each work timed
//! in turn by every contender, round after round; medians. A contender whose result differs from
//! PyTorch's is not timed but reported.

use crate::inputs::{Inputs, devices, folder, output};
use crate::sweeps::{Target, curve};
use anyhow::{Context, Result, bail, ensure};
use lossbench::attack::trial::Trial;
use lossbench::attack::{self, Attack};
use lossbench::definition::trials::TrialsConfig;
use lossbench::network::device::Device;
use lossbench::network::open;
use lossbench::saliency;
use lossbench::train::objective;
use safetensors::{Dtype, tensor::TensorView};
use serde::Deserialize;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

/// Slices of the forward sweep and of the saliency maps.
const SLICES: usize = 64;
/// Steps of training, and slices in each.
const STEPS: usize = 4;
const BATCH: usize = 32;
const ROUNDS: usize = 5;

/// One contender at one work.
#[derive(Clone, Debug)]
pub struct Timing {
    /// `fig5`, `saliency`, `train`, `fig6` or `ceiling`.
    pub work: &'static str,
    /// `pytorch` or the name of a device.
    pub contender: String,
    /// Seconds of each round.
    pub seconds: Vec<f64>,
    /// Slices that a round passes through the network, as the contender counts them.
    pub slices: f64,
    /// How often PyTorch's median time this is: above 1 is faster. Of Fig. 6: per attacked slice.
    pub ratio: f64,
    /// Share of the ceiling, the speed of a large matrix product, counting a forward pass's
    /// multiply-adds only; training and saliency count two and three times.
    pub share: f64,
}

#[derive(Deserialize)]
struct Answer {
    seconds: f64,
    curve: Vec<f64>,
    #[serde(default)]
    slices: usize,
    #[serde(default)]
    torch: String,
}

/// A running `peer.py`.
struct Peer(Child, BufReader<std::process::ChildStdout>);

impl Peer {
    fn start(python: &str, inputs: &Path, weights: &Path) -> Result<Self> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peer/peer.py");
        let mut child = Command::new(python)
            .arg(script)
            .args([inputs, weights])
            .arg(rayon::current_num_threads().to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let output = child.stdout.take().context("no output")?;
        Ok(Self(child, BufReader::new(output)))
    }

    fn run(&mut self, job: &str) -> Result<Answer> {
        writeln!(self.0.stdin.as_mut().context("no input")?, "{job}")?;
        let mut line = String::new();
        self.1.read_line(&mut line)?;
        serde_json::from_str(&line).with_context(|| format!("benches/peer/peer.py, job {job}: {line:?}"))
    }
}

/// Runs the comparison; empty, with a line that says so, where there is no PyTorch.
pub fn compare(inputs: &Inputs) -> Result<Vec<Timing>> {
    let python = std::env::var("LOSSBENCH_PYTHON").unwrap_or_else(|_| "python3".to_string());
    let probe = Command::new(&python).args(["-c", "import torch, safetensors.torch"]).output();
    if !probe.is_ok_and(|output| output.status.success()) {
        eprintln!(
            "SKIPPED: the comparison with PyTorch. {python} has no torch or safetensors: \
             pip install torch==2.9.0 safetensors numpy, or name another with LOSSBENCH_PYTHON"
        );
        return Ok(Vec::new());
    }
    let path = folder()?.join("peer.safetensors");
    let devices = devices()?;
    let targets =
        devices.iter().map(|device| Target::new(inputs, device, SLICES)).collect::<Result<Vec<_>>>()?;
    write_inputs(inputs, &targets[0], &path)?;
    let mut peer = Peer::start(&python, &path, &inputs.weights_path)?;
    eprintln!("comparing with PyTorch {}", peer.run("versions")?.torch);

    let ceiling = peer.run("ceiling")?;
    let most = ceiling.curve.first().copied().context("no ceiling")?;
    println!("ceiling: {:.0} GFLOP/s, a 2048 x 2048 matrix product in PyTorch", most / 1e9);
    let share =
        |seconds: f64, slices: f64, passes: f64| passes * inputs.operations() * slices / seconds / most;

    let points = inputs.study.sweeps.get("fig5").context("fig5")?.budgets().len();
    let mut timings = Vec::new();
    for (work, passes, slices, tolerance) in [
        ("fig5", 1.0, (SLICES * points) as f64, 1e-3),
        ("saliency", 2.0, SLICES as f64, 1e-2),
        ("train", 3.0, (STEPS * BATCH) as f64, 2e-2),
    ] {
        let mut seconds = vec![Vec::new(); devices.len() + 1];
        for round in 0..=ROUNDS {
            let answer = peer.run(work)?;
            // The first round warms up.
            if round > 0 {
                seconds[0].push(answer.seconds);
            }
            for (index, (device, target)) in devices.iter().zip(&targets).enumerate() {
                let (taken, result) = run(work, inputs, device, target)?;
                agree(work, &device.name, &result, &answer.curve, tolerance)?;
                if round > 0 {
                    seconds[index + 1].push(taken);
                }
            }
        }
        let contenders = ["pytorch"].into_iter().chain(devices.iter().map(|device| device.name.as_str()));
        let first = median(&seconds[0]);
        timings.extend(contenders.zip(seconds).map(|(contender, seconds)| Timing {
            work,
            contender: contender.to_string(),
            ratio: first / median(&seconds),
            share: share(median(&seconds), slices, passes),
            seconds,
            slices,
        }));
        timings.iter().filter(|timing| timing.work == work).for_each(print);
    }
    timings.extend(random_levels(inputs, &devices, &mut peer, &share)?);
    timings.push(Timing {
        work: "ceiling",
        contender: "pytorch".to_string(),
        seconds: vec![ceiling.seconds],
        slices: most,
        ratio: 1.0,
        share: 1.0,
    });
    peer.0.kill()?;
    Ok(timings)
}

/// Fig. 6: PyTorch's 100 trials on a few slices against our own rule on all of them, both per slice
/// attacked. On the few slices our 100 trials must give PyTorch's curve.
fn random_levels(
    inputs: &Inputs,
    devices: &[Device],
    peer: &mut Peer,
    share: &dyn Fn(f64, f64, f64) -> f64,
) -> Result<Vec<Timing>> {
    let points = inputs.study.sweeps.get("fig6").context("fig6")?.budgets();
    let mut seconds = Vec::new();
    let mut answer = peer.run("fig6")?;
    for _ in 0..3 {
        answer = peer.run("fig6")?;
        seconds.push(answer.seconds);
    }
    let passes = (answer.slices * (100 * (points.len() - 1) + 1)) as f64;
    let few = Target::new(inputs, &devices[0], answer.slices)?;
    let fixed = TrialsConfig { least: 100, most: 100, ..inputs.study.trials.clone() };
    let ours = curve(&few.sweep(inputs, "fig6", &fixed)?);
    agree("fig6", &devices[0].name, &ours, &answer.curve, 0.02)?;
    let per_slice = median(&seconds) / answer.slices as f64;
    let first = Timing {
        work: "fig6",
        contender: "pytorch".to_string(),
        share: share(median(&seconds), passes, 1.0),
        seconds,
        slices: passes,
        ratio: 1.0,
    };
    print(&first);
    let mut timings = vec![first];
    for device in devices.iter().filter(|device| device.name != "flex") {
        let all = Target::new(inputs, device, inputs.prepared.test.len())?;
        let start = Instant::now();
        let rows = all.sweep(inputs, "fig6", &inputs.study.trials)?;
        let taken = start.elapsed().as_secs_f64();
        let widest = rows.iter().fold(0.0_f64, |widest, row| widest.max(row.half_width));
        ensure!(widest <= inputs.study.trials.half_width, "fig6 stopped at a half-width of {widest}");
        let slices = rows.iter().map(|row| row.slices * row.trials).sum::<usize>() as f64;
        let timing = Timing {
            work: "fig6",
            contender: device.name.clone(),
            ratio: per_slice / (taken / inputs.prepared.test.len() as f64),
            share: share(taken, slices, 1.0),
            seconds: vec![taken],
            slices,
        };
        print(&timing);
        timings.push(timing);
    }
    Ok(timings)
}

/// Seconds and result of one work.
fn run(work: &str, inputs: &Inputs, device: &Device, target: &Target) -> Result<(f64, Vec<f64>)> {
    let (images, masks) = inputs.slices(SLICES)?;
    let pixels = target.predictor.pixels();
    match work {
        "fig5" => {
            let start = Instant::now();
            let rows = target.sweep(inputs, work, &inputs.study.trials)?;
            Ok((start.elapsed().as_secs_f64(), curve(&rows)))
        }
        "saliency" => {
            let start = Instant::now();
            let maps = saliency::gradient(&target.predictor, &images, &masks, output(), &inputs.loss)?;
            let taken = start.elapsed().as_secs_f64();
            Ok((taken, maps.chunks(pixels).map(|map| map.iter().map(|g| f64::from(g.abs())).sum()).collect()))
        }
        "train" => {
            let rate = inputs.study.train.learning_rate;
            let size = inputs.prepared.size;
            let mut learner = open::learner(&inputs.weights, device);
            let part = |values: &[f32], step: usize| -> Vec<f32> {
                batch(step).iter().flat_map(|slice| values[slice * pixels..][..pixels].to_vec()).collect()
            };
            let start = Instant::now();
            let mut losses = Vec::new();
            for step in 0..STEPS {
                let objective = objective(&inputs.loss, part(&masks, step), size, device);
                losses.push(learner.step(&part(&images, step), size, &objective, rate));
            }
            Ok((start.elapsed().as_secs_f64(), losses))
        }
        _ => bail!("no work is called {work}"),
    }
}

/// Slices of a training step.
fn batch(step: usize) -> Vec<usize> {
    (0..BATCH).map(|slice| (step * BATCH / 2 + slice) % SLICES).collect()
}

/// Results must be as near as two float32 programs come.
fn agree(work: &str, contender: &str, ours: &[f64], theirs: &[f64], tolerance: f64) -> Result<()> {
    ensure!(
        ours.len() == theirs.len(),
        "{work}: {contender} gives {} values, PyTorch {}",
        ours.len(),
        theirs.len()
    );
    for (index, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
        let near = (ours - theirs).abs() <= tolerance * theirs.abs().max(1.0);
        ensure!(
            near,
            "{work}: value {index} is {ours} on {contender}, {theirs} in PyTorch: no timing counts"
        );
    }
    Ok(())
}

fn print(timing: &Timing) {
    let Timing { work, contender, seconds, slices, ratio, share } = timing;
    let middle = median(seconds);
    println!(
        "{work:9} {contender:8} {middle:8.3} s, {:7.0} slices/s, {ratio:5.2} x PyTorch, {:3.0}% of the ceiling",
        slices / middle,
        100.0 * share
    );
}

/// The middle one, or the upper of the two.
pub fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Writes what the peer reads.
fn write_inputs(inputs: &Inputs, target: &Target, path: &Path) -> Result<()> {
    let [height, width] = inputs.prepared.size;
    let (images, masks) = inputs.slices(SLICES)?;
    let slices = target.prepared.test.all()?;
    let budgets: Vec<usize> = inputs
        .study
        .sweeps
        .get("fig5")
        .context("fig5")?
        .budgets()
        .iter()
        .map(|budget| budget.pixels())
        .collect();
    let most = budgets.iter().copied().max().unwrap_or(0);
    let signed = attack::find("signed").and_then(Attack::ranked).context("no such attack")?;
    let mut order = Vec::new();
    for (number, slice) in slices.iter().enumerate() {
        let saliency = &target.maps.read(number)?;
        order.extend(signed.choose(&Trial { slice, saliency, volume: "", seed: "", number: 0 }, most)?);
    }
    let regions: Vec<usize> = slices
        .iter()
        .flat_map(|slice| [slice.region.top, slice.region.left, slice.region.height, slice.region.width])
        .collect();
    let batches: Vec<usize> = (0..STEPS).flat_map(batch).collect();

    let floats = |values: &[f32]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
    let whole = |values: &[usize]| values.iter().flat_map(|&v| (v as i64).to_le_bytes()).collect::<Vec<u8>>();
    let parts = [
        ("images", Dtype::F32, vec![SLICES, height, width], floats(&images)),
        ("masks", Dtype::F32, vec![SLICES, height, width], floats(&masks)),
        ("regions", Dtype::I64, vec![SLICES, 4], whole(&regions)),
        ("order", Dtype::I64, vec![SLICES, most], whole(&order)),
        ("budgets", Dtype::I64, vec![budgets.len()], whole(&budgets)),
        ("batches", Dtype::I64, vec![STEPS, BATCH], whole(&batches)),
    ];
    let views = parts
        .iter()
        .map(|(name, dtype, shape, bytes)| Ok((*name, TensorView::new(*dtype, shape.clone(), bytes)?)))
        .collect::<Result<Vec<_>>>()?;
    Ok(std::fs::write(path, safetensors::serialize(views, None)?)?)
}
