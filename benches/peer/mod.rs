//! The comparison with other engines: the same weights, inputs and points on as many threads, each work timed
//! in turn by every contender, round after round; medians. A contender whose logits, maps or losses differ from
//! PyTorch's is named and not timed at what rests on them; the others go on.

mod agreement;
mod ceiling;
mod exchange;
mod process;
mod work;

use crate::inputs::{Inputs, devices, folder};
use crate::sweeps::Target;
use agreement::Expected;
use anyhow::{Context, Result, ensure};
use exchange::Shared;
use lossbench::definition::trials::TrialsConfig;
use lossbench::network::device::Device;
use process::{Engine, Peer};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Slices of the forward sweep and of the saliency maps.
const SLICES: usize = 64;
/// Steps of training, and slices in each: enough that the first, into fresh memory, does not decide.
const STEPS: usize = 16;
const BATCH: usize = 32;
const ROUNDS: usize = 5;
/// What goes by before a contender starts: threads of the one before it may still spin.
const REST: Duration = Duration::from_millis(300);

/// The engine that the others are held against, and that every figure is a ratio to.
const REFERENCE: &str = "pytorch";
/// Maps that Captum makes too and an attack of torchattacks, as both sides write them, and how many forward passes each is
/// worth: a gradient counts as two. They are held against the one engine that does them.
const MAPS: [(&str, f64); 7] = [
    ("gradient-x-input", 2.0),
    ("integrated-gradients(steps=10)", 20.0),
    ("occlusion(window=8,stride=8)", 49.0),
    ("guided-backprop", 2.0),
    ("grad-cam", 2.0),
    ("deeplift", 4.0),
    (work::PGD, 16.0),
];

/// One contender at one work.
#[derive(Clone, Debug)]
pub struct Timing {
    /// `fig5`, `saliency`, `train`, `fig6`, `ceiling` or one of [`MAPS`].
    pub work: &'static str,
    /// The name of an engine or of a device.
    pub contender: String,
    /// Seconds of each round.
    pub seconds: Vec<f64>,
    /// Slices that a round passes through the network, as the contender counts them.
    pub slices: f64,
    /// How often eager PyTorch's median time this is, or that of the one engine that does it: above 1 is faster. Of Fig. 6:
    /// per attacked slice.
    pub ratio: f64,
    /// The same against the fastest of the other engines.
    pub to_best: f64,
    /// Share of the ceiling, counting a convolution's multiply-adds as its definition has them, of a forward pass once,
    /// of saliency twice, of training three times.
    pub share: f64,
}

/// What every work needs.
struct Comparison<'a> {
    inputs: &'a Inputs,
    peer: Peer,
    answers: PathBuf,
    shared: Shared,
    expected: Expected,
    engines: Vec<Engine>,
    contenders: Vec<(Device, Target)>,
    /// Floating-point operations per second.
    ceiling: f64,
}

/// Runs the comparison; empty, with a line that says so, where there is no PyTorch.
pub fn compare(inputs: &Inputs) -> Result<Vec<Timing>> {
    let Some(python) = process::python() else {
        return Ok(Vec::new());
    };
    let ceiling = ceiling::ceiling();
    println!("ceiling: {:.0} GFLOP/s, a loop of fused multiply-adds on the same threads", ceiling / 1e9);
    let points = inputs.study.sweeps.get("fig5").context("fig5")?.budgets().len();
    let mut comparison = Comparison::start(inputs, &python, ceiling)?;
    let mut timings = Vec::new();
    let works = [
        ("fig5", 1.0, (SLICES * points) as f64),
        ("saliency", 2.0, SLICES as f64),
        ("train", 3.0, (STEPS * BATCH) as f64),
    ];
    for (work, passes, slices) in
        works.into_iter().chain(MAPS.map(|(work, passes)| (work, passes, SLICES as f64)))
    {
        let of_work = comparison.rounds(work, passes, slices)?;
        of_work.iter().for_each(print);
        timings.extend(of_work);
    }
    let random_levels = comparison.random_levels()?;
    random_levels.iter().for_each(print);
    timings.extend(random_levels);
    timings.push(Timing {
        work: "ceiling",
        contender: "multiply-adds".to_string(),
        seconds: vec![1.0],
        slices: ceiling,
        ratio: f64::NAN,
        to_best: f64::NAN,
        share: 1.0,
    });
    Ok(timings)
}

impl<'a> Comparison<'a> {
    /// Starts the other engines and takes what PyTorch gives as what is expected.
    fn start(inputs: &'a Inputs, python: &str, ceiling: f64) -> Result<Self> {
        let [path, answers] =
            ["peer.safetensors", "answers.safetensors"].map(|name| folder().map(|f| f.join(name)));
        let (path, answers) = (path?, answers?);
        let of_device = |device: Device| Target::new(inputs, &device, SLICES).map(|target| (device, target));
        let contenders: Vec<(Device, Target)> =
            devices()?.into_iter().map(of_device).collect::<Result<_>>()?;
        let shared = exchange::write(inputs, &contenders.first().context("a device")?.1, &path)?;
        let mut peer = Peer::start(python, &path, &inputs.weights_path, &answers)?;
        let engines = peer.engines()?;
        let losses = peer.run("train", REFERENCE)?.curve.iter().map(|&loss| loss as f32).collect();
        peer.run("arrays", REFERENCE)?;
        let [logits, maps] = ["logits", "maps"].map(|name| exchange::read(&answers, name));
        let expected = Expected { logits: logits?, maps: maps?, losses, others: BTreeMap::new() };
        Ok(Self { inputs, peer, answers, shared, expected, engines, contenders, ceiling })
    }

    /// The devices whose arrays agree with PyTorch's; the others are named.
    fn agreeing(&self, work: &str) -> Result<Vec<&(Device, Target)>> {
        let mut agreeing = Vec::new();
        for contender in &self.contenders {
            let (device, target) = contender;
            let ours = work::arrays(work, self.inputs, &self.shared, device, target)?;
            if self.agrees(work, &device.name, &ours) {
                agreeing.push(contender);
            }
        }
        Ok(agreeing)
    }

    /// The same of the other engines that do `work`, the reference first. What one engine alone does becomes what is expected.
    fn agreeing_engines(&mut self, work: &'static str) -> Result<Vec<String>> {
        let able = self.engines.iter().filter(|engine| engine.works.iter().any(|known| known == work));
        let able: Vec<String> = able.map(|engine| engine.name.clone()).collect();
        let mut agreeing = Vec::new();
        for engine in able {
            let theirs = match work {
                "train" => {
                    let answer = self.peer.run("train", &engine)?;
                    answer.curve.iter().map(|&loss| loss as f32).collect()
                }
                work if MAPS.iter().any(|(name, _)| *name == work) => {
                    self.peer.run(work, &engine)?;
                    let maps = exchange::read(&self.answers, "maps")?;
                    self.expected.others.insert(work, maps.clone());
                    maps
                }
                work => {
                    self.peer.run("arrays", &engine)?;
                    exchange::read(&self.answers, if work == "saliency" { "maps" } else { "logits" })?
                }
            };
            if self.agrees(work, &engine, &theirs) {
                agreeing.push(engine);
            }
        }
        Ok(agreeing)
    }

    fn agrees(&self, work: &str, name: &str, arrays: &[f32]) -> bool {
        let fault = self.expected.fault(work, arrays);
        if let Some(fault) = &fault {
            println!("{work:9} {name:12} DIFFERS, not timed: {fault}");
        }
        fault.is_none()
    }

    /// One work in rounds: every engine, then every device, that agree with PyTorch.
    fn rounds(&mut self, work: &'static str, passes: f64, slices: f64) -> Result<Vec<Timing>> {
        let engines = self.agreeing_engines(work)?;
        if engines.is_empty() {
            return Ok(Vec::new());
        }
        let devices: Vec<String> =
            self.agreeing(work)?.iter().map(|(device, _)| device.name.clone()).collect();
        let mut seconds = vec![Vec::new(); engines.len() + devices.len()];
        for round in 0..=ROUNDS {
            let mut taken = Vec::new();
            for engine in &engines {
                sleep(REST);
                taken.push(self.peer.run(work, engine)?.seconds);
            }
            for (device, target) in
                self.contenders.iter().filter(|(device, _)| devices.contains(&device.name))
            {
                sleep(REST);
                taken.push(work::seconds(work, self.inputs, &self.shared, device, target)?);
            }
            // The first round warms up.
            if round > 0 {
                seconds.iter_mut().zip(taken).for_each(|(all, one)| all.push(one));
            }
        }
        let medians: Vec<f64> = seconds.iter().map(|seconds| median(seconds)).collect();
        let best = medians[..engines.len()].iter().copied().fold(f64::INFINITY, f64::min);
        let timing = |((contender, seconds), middle): ((String, Vec<f64>), &f64)| Timing {
            work,
            contender,
            ratio: medians[0] / middle,
            to_best: best / middle,
            share: self.share(*middle, slices, passes),
            seconds,
            slices,
        };
        Ok(engines.into_iter().chain(devices).zip(seconds).zip(&medians).map(timing).collect())
    }

    /// Fig. 6: 100 trials on a few slices in the other engines against our own rule on all of them, both per slice
    /// attacked.
    fn random_levels(&mut self) -> Result<Vec<Timing>> {
        let inputs = self.inputs;
        let points = inputs.study.sweeps.get("fig6").context("fig6")?.budgets();
        let mut timings = Vec::new();
        let (mut few, mut curve) = (0, Vec::new());
        for engine in self.agreeing_engines("fig6")? {
            let answer = self.peer.run("fig6", &engine)?;
            let again = (0..2).map(|_| self.peer.run("fig6", &engine)).collect::<Result<Vec<_>>>()?;
            let seconds: Vec<f64> = again.iter().map(|answer| answer.seconds).collect();
            few = answer.slices;
            let passes = (few * (100 * (points.len() - 1) + 1)) as f64;
            if curve.is_empty() {
                curve = answer.curve;
            }
            timings.push(Timing {
                work: "fig6",
                contender: engine,
                share: self.share(median(&seconds), passes, 1.0),
                seconds,
                slices: passes,
                ratio: 1.0,
                to_best: 1.0,
            });
        }
        let per_slice = |timing: &Timing| median(&timing.seconds) / few as f64;
        let first = timings.first().map(per_slice).context("no engine does Fig. 6")?;
        let best = timings.iter().map(per_slice).fold(f64::INFINITY, f64::min);
        for timing in &mut timings {
            let own = median(&timing.seconds) / few as f64;
            (timing.ratio, timing.to_best) = (first / own, best / own);
        }
        for (device, target) in self.agreeing("fig6")?.into_iter().filter(|(device, _)| device.name != "flex")
        {
            self.say_curves(device, few, &curve)?;
            let all = Target::new(inputs, device, inputs.prepared.test.len())?;
            let start = Instant::now();
            let rows = all.sweep(inputs, "fig6", &inputs.study.trials)?;
            let taken = start.elapsed().as_secs_f64();
            let widest = rows.iter().fold(0.0_f64, |widest, row| widest.max(row.half_width));
            ensure!(widest <= inputs.study.trials.half_width, "fig6 stopped at a half-width of {widest}");
            let slices = rows.iter().map(|row| row.slices * row.trials).sum::<usize>() as f64;
            let own = taken / inputs.prepared.test.len() as f64;
            timings.push(Timing {
                work: "fig6",
                contender: target.predictor.device().name.clone(),
                ratio: first / own,
                to_best: best / own,
                share: self.share(taken, slices, 1.0),
                seconds: vec![taken],
                slices,
            });
        }
        Ok(timings)
    }

    /// How far our 100 trials on a few slices lie from PyTorch's, which draw other numbers.
    fn say_curves(&self, device: &Device, few: usize, theirs: &[f64]) -> Result<()> {
        let fixed = TrialsConfig { least: 100, most: 100, ..self.inputs.study.trials.clone() };
        let rows = Target::new(self.inputs, device, few)?.sweep(self.inputs, "fig6", &fixed)?;
        let ours = crate::sweeps::curve(&rows);
        let apart = ours.iter().zip(theirs).fold(0.0_f64, |most, (a, b)| most.max((a - b).abs()));
        println!(
            "fig6      {:12} mean Dice of 100 trials within {apart:.3} of PyTorch's at every budget",
            device.name
        );
        Ok(())
    }

    /// Share of the ceiling.
    fn share(&self, seconds: f64, slices: f64, passes: f64) -> f64 {
        passes * self.inputs.operations() * slices / seconds / self.ceiling
    }
}

/// Slices of a training step.
fn batch(step: usize) -> Vec<usize> {
    (0..BATCH).map(|slice| (step * BATCH / 2 + slice) % SLICES).collect()
}

fn print(timing: &Timing) {
    let Timing { work, contender, seconds, slices, ratio, to_best, share } = timing;
    let middle = median(seconds);
    println!(
        "{work:9} {contender:12} {middle:8.3} s, {:7.0} slices/s, {ratio:5.2} x the first, {to_best:5.2} x the best other engine, {:3.0}% of the ceiling",
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
