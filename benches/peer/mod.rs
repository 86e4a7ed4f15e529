//! The comparison with PyTorch: the same weights, inputs and points on as many threads, each work timed
//! in turn by every contender, round after round; medians. A contender whose logits, maps or losses differ from
//! PyTorch's is named and not timed at what rests on them; the others go on.

mod agreement;
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
use process::Peer;
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

/// What every work needs.
struct Comparison<'a> {
    inputs: &'a Inputs,
    peer: Peer,
    shared: Shared,
    expected: Expected,
    contenders: Vec<(Device, Target)>,
    /// Floating-point operations per second.
    ceiling: f64,
}

/// Runs the comparison; empty, with a line that says so, where there is no PyTorch.
pub fn compare(inputs: &Inputs) -> Result<Vec<Timing>> {
    let Some(python) = process::python() else {
        return Ok(Vec::new());
    };
    let [path, answers] =
        ["peer.safetensors", "answers.safetensors"].map(|name| folder().map(|f| f.join(name)));
    let (path, answers) = (path?, answers?);
    let of_device = |device: Device| Target::new(inputs, &device, SLICES).map(|target| (device, target));
    let contenders: Vec<(Device, Target)> = devices()?.into_iter().map(of_device).collect::<Result<_>>()?;
    let shared = exchange::write(inputs, &contenders.first().context("a device")?.1, &path)?;
    let mut peer = Peer::start(&python, &path, &inputs.weights_path, &answers)?;
    eprintln!("comparing with PyTorch {}", peer.run("versions")?.torch);
    let losses = peer.run("train")?.curve.iter().map(|&loss| loss as f32).collect();
    peer.run("arrays")?;
    let [logits, maps] = ["logits", "maps"].map(|name| exchange::read(&answers, name));
    let expected = Expected { logits: logits?, maps: maps?, losses };

    let measured = peer.run("ceiling")?;
    let ceiling = measured.curve.first().copied().context("no ceiling")?;
    println!("ceiling: {:.0} GFLOP/s, a 2048 x 2048 matrix product in PyTorch", ceiling / 1e9);
    let points = inputs.study.sweeps.get("fig5").context("fig5")?.budgets().len();
    let mut comparison = Comparison { inputs, peer, shared, expected, contenders, ceiling };
    let mut timings = Vec::new();
    for (work, passes, slices) in [
        ("fig5", 1.0, (SLICES * points) as f64),
        ("saliency", 2.0, SLICES as f64),
        ("train", 3.0, (STEPS * BATCH) as f64),
    ] {
        let of_work = comparison.rounds(work, passes, slices)?;
        of_work.iter().for_each(print);
        timings.extend(of_work);
    }
    let random_levels = comparison.random_levels()?;
    random_levels.iter().for_each(print);
    timings.extend(random_levels);
    timings.push(Timing {
        work: "ceiling",
        contender: "pytorch".to_string(),
        seconds: vec![measured.seconds],
        slices: ceiling,
        ratio: 1.0,
        share: 1.0,
    });
    Ok(timings)
}

impl Comparison<'_> {
    /// The contenders whose arrays agree with PyTorch's; the others are named.
    fn agreeing(&self, work: &str) -> Result<Vec<&(Device, Target)>> {
        let mut agreeing = Vec::new();
        for contender in &self.contenders {
            let (device, target) = contender;
            let ours = work::arrays(work, self.inputs, &self.shared, device, target)?;
            match self.expected.fault(work, &ours) {
                None => agreeing.push(contender),
                Some(fault) => println!("{work:9} {:8} DIFFERS, not timed: {fault}", device.name),
            }
        }
        Ok(agreeing)
    }

    /// One work in rounds: PyTorch, then every contender that agrees with it.
    fn rounds(&mut self, work: &'static str, passes: f64, slices: f64) -> Result<Vec<Timing>> {
        let names: Vec<String> = self.agreeing(work)?.iter().map(|(device, _)| device.name.clone()).collect();
        let mut seconds = vec![Vec::new(); names.len() + 1];
        for round in 0..=ROUNDS {
            let mut taken = vec![self.peer.run(work)?.seconds];
            for (device, target) in self.contenders.iter().filter(|(device, _)| names.contains(&device.name))
            {
                taken.push(work::seconds(work, self.inputs, &self.shared, device, target)?);
            }
            // The first round warms up.
            if round > 0 {
                seconds.iter_mut().zip(taken).for_each(|(all, one)| all.push(one));
            }
        }
        let contenders = ["pytorch".to_string()].into_iter().chain(names);
        let first = median(&seconds[0]);
        let timing = |(contender, seconds): (String, Vec<f64>)| Timing {
            work,
            contender,
            ratio: first / median(&seconds),
            share: self.share(median(&seconds), slices, passes),
            seconds,
            slices,
        };
        Ok(contenders.zip(seconds.clone()).map(timing).collect())
    }

    /// Fig. 6: PyTorch's 100 trials on a few slices against our own rule on all of them, both per slice
    /// attacked.
    fn random_levels(&mut self) -> Result<Vec<Timing>> {
        let inputs = self.inputs;
        let points = inputs.study.sweeps.get("fig6").context("fig6")?.budgets();
        self.peer.run("fig6")?;
        let answers = (0..3).map(|_| self.peer.run("fig6")).collect::<Result<Vec<_>>>()?;
        let seconds: Vec<f64> = answers.iter().map(|answer| answer.seconds).collect();
        let few = answers[0].slices;
        let passes = (few * (100 * (points.len() - 1) + 1)) as f64;
        let per_slice = median(&seconds) / few as f64;
        let mut timings = vec![Timing {
            work: "fig6",
            contender: "pytorch".to_string(),
            share: self.share(median(&seconds), passes, 1.0),
            seconds,
            slices: passes,
            ratio: 1.0,
        }];
        for (device, target) in self.agreeing("fig6")?.into_iter().filter(|(device, _)| device.name != "flex")
        {
            self.say_curves(device, few, &answers[0].curve)?;
            let all = Target::new(inputs, device, inputs.prepared.test.len())?;
            let start = Instant::now();
            let rows = all.sweep(inputs, "fig6", &inputs.study.trials)?;
            let taken = start.elapsed().as_secs_f64();
            let widest = rows.iter().fold(0.0_f64, |widest, row| widest.max(row.half_width));
            ensure!(widest <= inputs.study.trials.half_width, "fig6 stopped at a half-width of {widest}");
            let slices = rows.iter().map(|row| row.slices * row.trials).sum::<usize>() as f64;
            timings.push(Timing {
                work: "fig6",
                contender: target.predictor.device().name.clone(),
                ratio: per_slice / (taken / inputs.prepared.test.len() as f64),
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
            "fig6      {:8} mean Dice of 100 trials within {apart:.3} of PyTorch's at every budget",
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
