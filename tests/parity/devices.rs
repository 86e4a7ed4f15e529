//! Every backend of the build against the others: forward pass, saliency, a training step and a small
//! sweep, on networks of several sizes.

use crate::support::{Tolerance, device};
use anyhow::{Context, Result, ensure};
use lossbench::attack;
use lossbench::data::stored_slices::StoredSlices;
use lossbench::definition::shipped;
use lossbench::definition::study::Study;
use lossbench::image::gather::gather;
use lossbench::loss::{LossFunction, LossParameters};
use lossbench::network::Learner;
use lossbench::network::arrays::Arrays;
use lossbench::network::chunked::Predictor;
use lossbench::network::device::{Device, available, open as opened};
use lossbench::network::open;
use lossbench::network::plan::{Parameter, Role};
use lossbench::network::unet::weights::Weights;
use lossbench::network::unet::{Head, Normalisation, UNetConfig};
use lossbench::saliency::{self, OUTPUTS};
use lossbench::study::maps::Maps;
use lossbench::study::prepared::Prepared;
use lossbench::study::sweep::Sweeper;
use lossbench::train::objective;
use rstest::rstest;

/// Elementwise, with a floor for elements that are small beside the largest.
const LOGITS: Tolerance = Tolerance { relative: 1e-4, of_largest: 1e-5, absolute: 0.0 };
/// The same on a GPU, whose division and square root may be off in their last places (WGSL, 15.7.4).
const GPU_LOGITS: Tolerance = Tolerance { relative: 1e-3, of_largest: 1e-4, absolute: 0.0 };
/// Of the summed size of a gradient: a single value may jump where rounding tips a ReLU or a pooling over.
const GRADIENTS: f64 = 1e-4;
/// The same on a GPU.
const GPU_GRADIENTS: f64 = 1e-3;
const LOSS: Tolerance = Tolerance { relative: 1e-5, of_largest: 0.0, absolute: 0.0 };
/// A bias before a batch norm has no gradient. Burn finds rounding noise, which Adam's first step blows
/// up to the learning rate, 1e-4; a tenth of that reaches the running mean.
const STATISTICS: Tolerance = Tolerance { relative: 1e-4, of_largest: 1e-5, absolute: 1.1e-5 };
/// The rate of steps whose outcome is compared.
const RATE: f64 = 1e-2;
/// Largest difference of a volume's Dice score at any point of a sweep.
const DICE: f64 = 0.003;

/// The device that the others are compared with.
fn first() -> Result<Device> {
    Ok(opened(available().first().context("no backend in this build")?)?)
}

/// The smoke study's phantoms, and weights that were trained on them for a few steps, so that batch norm
/// and masks are not trivial.
fn trained(levels: usize, base: usize) -> Result<(Study, Prepared, Weights)> {
    trained_network(UNetConfig::new(levels, base).map_err(anyhow::Error::msg)?)
}

/// [`trained`], of any norm and head.
fn trained_network(config: UNetConfig) -> Result<(Study, Prepared, Weights)> {
    let (levels, base) = (config.levels(), config.base());
    let smoke = shipped::text("smoke").context("the smoke study")?;
    let overrides =
        [format!("model.levels={levels}"), format!("model.base={base}"), "data.phantom.volumes=4".into()];
    let study = Study::parse(smoke, &overrides).map_err(anyhow::Error::msg)?;
    let prepared = Prepared::load(&study, None)?;
    let loss = LossFunction::parse("bce+dice", &LossParameters::default())?;
    let device = first()?;
    let mut learner = open::learner(&Weights::random(&config, 4), &device);
    for batch in prepared.train.batches(12).take(8) {
        let (images, targets) = gather(&batch?);
        learner.step(&images, prepared.size, &objective(&loss, targets, prepared.size, &device), 1e-2);
    }
    let weights = Weights::from_arrays(&config, learner.arrays()).map_err(anyhow::Error::msg)?;
    Ok((study, prepared, weights))
}

fn doubles(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&value| f64::from(value)).collect()
}

fn some(slices: &StoredSlices) -> Result<(Vec<f32>, Vec<f32>)> {
    Ok(gather(&slices.read((0..slices.len()).step_by(5).take(7))?))
}

/// What networks are shown: slices laid end to end.
struct Shown {
    images: Vec<f32>,
    targets: Vec<f32>,
    size: [usize; 2],
}

impl Shown {
    /// Some test slices.
    fn of(prepared: &Prepared) -> Result<Self> {
        let (images, targets) = some(&prepared.test)?;
        Ok(Self { images, targets, size: prepared.size })
    }

    /// The 16 x 16 pixels in the middle of each.
    fn middle(self) -> Self {
        let [height, width] = self.size;
        let (top, left) = ((height - 16) / 2, (width - 16) / 2);
        let cut = |values: &[f32]| {
            let rows = values.chunks(height * width).flat_map(|slice| slice.chunks(width).skip(top).take(16));
            rows.flat_map(|row| &row[left..left + 16]).copied().collect()
        };
        Self { images: cut(&self.images), targets: cut(&self.targets), size: [16, 16] }
    }
}

#[rstest]
fn logits_and_saliency_agree(
    #[values("flex", "ndarray", "tch-cpu", "tch-cuda:0", "wgpu:0", "cuda:0")] name: &str,
    #[values((1, 3), (2, 8), (3, 5))] size: (usize, usize),
) -> Result<()> {
    let Some(device) = device(name)? else {
        return Ok(());
    };
    let (_, prepared, weights) = trained(size.0, size.1)?;
    let shown = Shown::of(&prepared)?;
    logits_agree(&device, &shown, &weights)?;
    gradients_agree(&device, &shown, &weights)
}

#[rstest]
fn norms_and_heads_agree_in_use(
    #[values("flex", "ndarray", "tch-cpu", "tch-cuda:0", "wgpu:0", "cuda:0")] name: &str,
    #[values(Normalisation::Group, Normalisation::None)] norm: Normalisation,
    #[values(Head::Sigmoid, Head::Softmax)] head: Head,
) -> Result<()> {
    let Some(device) = device(name)? else {
        return Ok(());
    };
    let config = UNetConfig::new(2, 8).and_then(|config| config.with_norm(norm));
    let (_, prepared, weights) = trained_network(config.map_err(anyhow::Error::msg)?.with_head(head))?;
    let shown = Shown::of(&prepared)?;
    // ndarray adds the values of a group up one by one in float32: over whole slices it is 1.5e-5 of the largest logit off,
    // where all others are within 4e-6 of each other.
    let shown = if name == "ndarray" { shown.middle() } else { shown };
    logits_agree(&device, &shown, &weights)?;
    gradients_agree(&device, &shown, &centred(&shown, &weights)?)
}

/// The weights with the head's last bias moved to where about half of the test slices' logits are above 0: after
/// few steps a network may predict no foreground, and the gradient of its mask would be 0 everywhere. 0 comes to
/// lie in the widest gap of the middle half, so that no pixel tips by a rounding.
fn centred(shown: &Shown, weights: &Weights) -> Result<Weights> {
    let mut logits = open::predictor(weights, &first()?, shown.size).logits(&shown.images)?;
    logits.sort_by(f32::total_cmp);
    let middle = &logits[logits.len() / 4..logits.len() * 3 / 4];
    let gaps = middle.windows(2).max_by(|a, b| (a[1] - a[0]).total_cmp(&(b[1] - b[0])));
    let [below, above] = gaps.context("logits")? else {
        unreachable!("windows of two");
    };
    let mut arrays = weights.arrays().clone();
    let bias = arrays.get_mut("head.bias").and_then(|bias| bias.values.last_mut()).context("a bias")?;
    *bias -= below.midpoint(*above);
    Weights::from_arrays(weights.config(), arrays).map_err(anyhow::Error::msg)
}

/// Logits on `device` are those on the first one.
fn logits_agree(device: &Device, shown: &Shown, weights: &Weights) -> Result<()> {
    let [ours, theirs] = [&first()?, device].map(|device| open::predictor(weights, device, shown.size));
    let tolerance = if device.name.contains(':') { GPU_LOGITS } else { LOGITS };
    tolerance.check("logits", &theirs.logits(&shown.images)?, &doubles(&ours.logits(&shown.images)?))
}

/// The gradient of every output on `device` is that on the first one.
fn gradients_agree(
    device: &Device,
    Shown { images, targets, size }: &Shown,
    weights: &Weights,
) -> Result<()> {
    let loss = LossFunction::parse("bce", &LossParameters::default())?;
    let [ours, theirs] = [&first()?, device].map(|device| open::predictor(weights, device, *size));
    for output in OUTPUTS {
        let map = |predictor: &Predictor| saliency::gradient(predictor, images, targets, output, &loss);
        let (theirs, ours) = (doubles(&map(&theirs)?), doubles(&map(&ours)?));
        let size: f64 = ours.iter().map(|value| value.abs()).sum();
        let off: f64 = ours.iter().zip(&theirs).map(|(a, b)| (a - b).abs()).sum();
        let most = if device.name.contains(':') { GPU_GRADIENTS } else { GRADIENTS };
        ensure!(size > 0.0 && off <= most * size, "{}: off by {:e} of its size", output.name, off / size);
    }
    Ok(())
}

#[rstest]
fn a_training_step_agrees(
    #[values("flex", "ndarray", "tch-cpu", "tch-cuda:0", "wgpu:0", "cuda:0")] name: &str,
    #[values("bce", "dice", "bce+dice+focal")] loss: &str,
) -> Result<()> {
    let Some(device) = device(name)? else {
        return Ok(());
    };
    let (_, prepared, weights) = trained(2, 5)?;
    training_agrees(&device, &prepared, &weights, loss)
}

#[rstest]
fn norms_and_heads_agree_in_training(
    #[values("flex", "ndarray", "tch-cpu", "tch-cuda:0", "wgpu:0", "cuda:0")] name: &str,
    #[values(Normalisation::Group, Normalisation::None)] norm: Normalisation,
    #[values(Head::Sigmoid, Head::Softmax)] head: Head,
) -> Result<()> {
    let Some(device) = device(name)? else {
        return Ok(());
    };
    let config = UNetConfig::new(2, 8).and_then(|config| config.with_norm(norm));
    let (_, prepared, weights) = trained_network(config.map_err(anyhow::Error::msg)?.with_head(head))?;
    training_agrees(&device, &prepared, &weights, "bce+dice")
}

/// Where a device gives what its optimiser remembers, a learner that is made of it takes the step that the first one takes. A GPU
/// adds in no fixed order: what has no gradient but rounding, a bias before a norm, it moves anywhere within the rate.
#[rstest]
fn a_training_goes_on_from_what_the_optimiser_remembers(
    #[values("cpu", "tch-cpu", "tch-cuda:0")] name: &str,
    #[values(Normalisation::Batch, Normalisation::Group)] norm: Normalisation,
) -> Result<()> {
    let Some(device) = device(name)? else {
        return Ok(());
    };
    let config = UNetConfig::new(2, 4).and_then(|config| config.with_norm(norm));
    let (_, prepared, weights) = trained_network(config.map_err(anyhow::Error::msg)?)?;
    let (images, targets) = some(&prepared.train)?;
    let loss = LossFunction::parse("bce", &LossParameters::default())?;
    let objective = objective(&loss, targets, prepared.size, &device);
    let step = |learner: &mut dyn Learner| learner.step(&images, prepared.size, &objective, RATE);
    let mut first = open::learner(&weights, &device);
    for _ in 0..2 {
        step(&mut *first);
    }
    let then = Weights::from_arrays(weights.config(), first.arrays()).map_err(anyhow::Error::msg)?;
    let mut second = open::learner(&then, &device);
    second.remember(&first.memory().context("what it remembers")?, 2);
    let before = second.arrays();
    let is_gpu = device.name.contains(':');
    let [ours, theirs] = [step(&mut *first), step(&mut *second)];
    ensure!(ours == theirs || is_gpu && (ours - theirs).abs() <= 1e-5 * ours.abs(), "{ours} and {theirs}");
    let (first, second) = (first.arrays(), second.arrays());
    ensure!(first != before, "a step should move the weights");
    let tolerance = if is_gpu { Tolerance { absolute: RATE / 10.0, ..LOSS } } else { LOSS };
    for (name, array) in first.iter().filter(|(name, _)| !(is_gpu && name.ends_with("bias"))) {
        tolerance.check(name, &second[name].values, &doubles(&array.values))?;
    }
    Ok(())
}

/// A step whose loss is not a number leaves the weights as they were.
#[rstest]
fn a_step_whose_loss_is_not_finite_moves_no_weight(
    #[values("cpu", "flex", "ndarray", "tch-cpu", "tch-cuda:0", "wgpu:0", "cuda:0")] name: &str,
) -> Result<()> {
    let Some(device) = device(name)? else {
        return Ok(());
    };
    let config = UNetConfig::new(1, 2).map_err(anyhow::Error::msg)?;
    let (_, prepared, weights) = trained_network(config)?;
    let (images, _) = some(&prepared.train)?;
    let mut learner = open::learner(&weights, &device);
    let learned = |learner: &dyn Learner| -> Arrays {
        learner.arrays().into_iter().filter(|(name, _)| !name.contains("running")).collect()
    };
    let before = learned(&*learner);
    let lost = |logits: Vec<f32>| (f64::NAN, logits);
    ensure!(learner.step(&images, prepared.size, &lost, 1e-2).is_nan(), "the loss is not told");
    ensure!(learned(&*learner) == before, "weights moved");
    Ok(())
}

/// The losses of two steps on `device` are those on the first one, and so are the running statistics after.
fn training_agrees(device: &Device, prepared: &Prepared, weights: &Weights, loss: &str) -> Result<()> {
    let (images, targets) = some(&prepared.train)?;
    let loss = LossFunction::parse(loss, &LossParameters::default())?;
    // A rate so small that the second loss still tells whether the first step went the same way.
    let run = |device: &Device| -> Result<(Vec<f32>, Weights)> {
        let mut learner = open::learner(weights, device);
        let objective = objective(&loss, targets.clone(), prepared.size, device);
        let mut losses = Vec::new();
        for _ in 0..2 {
            losses.push(learner.step(&images, prepared.size, &objective, 1e-4) as f32);
        }
        let weights = Weights::from_arrays(weights.config(), learner.arrays()).map_err(anyhow::Error::msg)?;
        Ok((losses, weights))
    };
    let ((ours, our_weights), (theirs, their_weights)) = (run(&first()?)?, run(device)?);
    LOSS.check("losses", &theirs, &doubles(&ours))?;
    ensure!(ours[1] < ours[0], "the step should bring the loss down: {ours:?}");
    let running = |parameter: &Parameter| matches!(parameter.role, Role::RunningMean | Role::RunningVariance);
    for parameter in weights.config().plan().parameters().into_iter().filter(running) {
        let tensor = parameter.name.as_str();
        let of = |weights: &Weights| weights.get(tensor).map(|array| array.values.clone());
        let (ours, theirs) = (of(&our_weights).context("a tensor")?, of(&their_weights).context("a tensor")?);
        STATISTICS.check(tensor, &theirs, &doubles(&ours))?;
    }
    Ok(())
}

#[rstest]
fn a_sweep_agrees(
    #[values("flex", "ndarray", "tch-cpu", "tch-cuda:0", "wgpu:0", "cuda:0")] name: &str,
) -> Result<()> {
    let Some(device) = device(name)? else {
        return Ok(());
    };
    let (study, prepared, weights) = trained(2, 4)?;
    let loss = LossFunction::parse("bce", &LossParameters::default())?;
    let (images, targets) = gather(&prepared.test.all()?);
    let signed = attack::find("signed").context("an attack")?;
    // One saliency map for both: near-ties rank differently from backend to backend.
    let maps = saliency::gradient(
        &open::predictor(&weights, &first()?, prepared.size),
        &images,
        &targets,
        &OUTPUTS[0],
        &loss,
    )?;
    let maps = Maps::at_hand(&maps, prepared.size.iter().product())?;
    let run = |device: &Device| -> Result<Vec<_>> {
        let predictor = open::predictor(&weights, device, prepared.size);
        let mut sweeper = Sweeper::new(&predictor, &prepared, &study.trials, "dice", 0);
        let mut rows = Vec::new();
        for (name, sweep) in &study.sweeps {
            rows.extend(sweeper.sweep(name, sweep, signed, "own", &maps)?);
        }
        Ok(rows)
    };
    let (ours, theirs) = (run(&first()?)?, run(&device)?);
    ensure!(ours.len() == theirs.len() && ours.iter().any(|row| row.dice > 0.1), "{ours:?}");
    for (ours, theirs) in ours.iter().zip(&theirs) {
        let difference = (ours.dice - theirs.dice).abs();
        ensure!(difference <= DICE, "off by {difference}: {ours:?}, {theirs:?}");
    }
    Ok(())
}

#[test]
fn our_kernels_give_the_same_bits_on_any_number_of_threads() -> Result<()> {
    let plain = UNetConfig::new(2, 8).map_err(anyhow::Error::msg)?;
    for norm in Normalisation::ALL {
        let config = plain.with_norm(norm).map_err(anyhow::Error::msg)?;
        bits_do_not_depend_on_threads(config)?;
    }
    bits_do_not_depend_on_threads(plain.with_head(Head::Softmax))
}

fn bits_do_not_depend_on_threads(config: UNetConfig) -> Result<()> {
    let (_, prepared, weights) = trained_network(config)?;
    let (images, targets) = gather(&prepared.test.read(0..20)?);
    let loss = LossFunction::parse("bce+dice", &LossParameters::default())?;
    let run = |threads: usize| -> Result<(Vec<f32>, Vec<f32>, Weights)> {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build()?.install(|| {
            let device = first()?;
            let predictor = open::predictor(&weights, &device, prepared.size);
            let mut learner = open::learner(&weights, &device);
            let objective = objective(&loss, targets.clone(), prepared.size, &device);
            learner.step(&images, prepared.size, &objective, 1e-3);
            Ok((
                predictor.logits(&images)?,
                saliency::gradient(&predictor, &images, &targets, &OUTPUTS[0], &loss)?,
                Weights::from_arrays(weights.config(), learner.arrays()).map_err(anyhow::Error::msg)?,
            ))
        })
    };
    let one = run(1)?;
    for threads in [2, 3, 8] {
        ensure!(run(threads)? == one, "{threads} threads give other bits: {config}");
    }
    Ok(())
}
