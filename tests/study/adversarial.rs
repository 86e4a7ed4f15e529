//! Adversarial training, on phantoms.

use super::records::smoke;
use anyhow::{Context, Result};
use lossbench::attack::Wanted;
use lossbench::attack::ball::{Ball, Norm};
use lossbench::attack::budget::Budget;
use lossbench::attack::dense::text::Dense;
use lossbench::attack::harness::perturbed;
use lossbench::attack::trial::Trial;
use lossbench::attack::victim::Victim;
use lossbench::data::stored_slices::StoredSlices;
use lossbench::definition::study::Study;
use lossbench::image::overlap::mean;
use lossbench::image::slice::Slice;
use lossbench::network::device;
use lossbench::network::open;
use lossbench::network::unet::weights::Weights;
use lossbench::study::prepared::Prepared;
use lossbench::train::Training;

const RANGE: [f32; 2] = [0.0, 0.2];

/// Arms that differ in what attacks their training alone.
fn study(changes: &[&str], attack: &str) -> Result<Study> {
    let arms = format!(
        "arms=[{{name='plain', loss='bce+dice'}}, {{name='hardened', loss='bce+dice', train={attack}}}]"
    );
    smoke(&[&["losses=[]", &arms], changes].concat())
}

fn train(study: &Study, arm: &str, seed: u64, slices: &StoredSlices) -> Result<Weights> {
    let arm = study.arm(arm).context("an arm")?;
    let device = device::open(device::available()[0])?;
    let (model, config, size) = (study.model, &arm.train, slices.size());
    let training = Training { model, config, loss: &arm.loss, seed, size, range: RANGE, device: &device };
    Ok(training.run(slices, &slices.of_volumes(&[]), |_, _| {})?.0)
}

/// The slices under an attack by hand.
fn attacked(
    study: &Study,
    weights: &Weights,
    slices: &[Slice],
    text: &str,
    radius: f32,
) -> Result<Vec<Slice>> {
    let device = device::open(device::available()[0])?;
    let predictor = open::predictor(
        weights,
        &device,
        [slices[0].mask.len() / slices[0].region.row, slices[0].region.row],
    );
    let victim = Victim::new(&predictor, Some(&study.arms[0].loss));
    let budgets = vec![Budget::Ball(Ball { norm: Norm::Linf, radius, range: RANGE })];
    let wanted = slices.iter().map(|slice| {
        let trial = Trial { slice, saliency: &[], volume: "", seed: "", number: 0 };
        Wanted { trial, budgets: budgets.clone() }
    });
    let attack = Dense::parse(text).map_err(anyhow::Error::msg)?;
    let images = perturbed(&attack, &wanted.collect::<Vec<_>>(), &victim)?;
    let changed = slices.iter().zip(images.chunks(slices[0].image.len()));
    Ok(changed.map(|(slice, image)| Slice { image: image.to_vec(), ..slice.clone() }).collect())
}

fn dice(weights: &Weights, slices: &[Slice]) -> Result<f64> {
    let device = device::open(device::available()[0])?;
    let row = slices[0].region.row;
    let predictor = open::predictor(weights, &device, [slices[0].mask.len() / row, row]);
    let images: Vec<f32> = slices.iter().flat_map(|slice| slice.image.clone()).collect();
    let logits = predictor.logits(&images)?;
    let scores = slices.iter().zip(logits.chunks(predictor.pixels()));
    Ok(mean(&scores.map(|(slice, logits)| slice.score(logits).dice()).collect::<Vec<f64>>()))
}

/// One step on all slices: the plain step on slices that were attacked by hand under the initial network.
#[test]
fn a_step_is_the_plain_one_on_what_the_attack_makes_of_the_batch() -> Result<()> {
    let one = ["train={steps=1, batch=4096, learning_rate=1e-2}"];
    let text = "{steps=1, attack='fgsm', radius=0.01}";
    let study = study(&one, text)?;
    let slices = Prepared::load(&study, None)?.train;
    let initial = Weights::random(&study.model, 0);
    let by_hand = attacked(&study, &initial, &slices.all()?, "fgsm", 0.01)?;
    assert!(by_hand != slices.all()?);
    let by_hand = train(&study, "plain", 0, &StoredSlices::at_hand(&by_hand, slices.size())?)?;
    let hardened = train(&study, "hardened", 0, &slices)?;
    assert!(hardened.arrays() == by_hand.arrays());
    assert!(hardened.arrays() != train(&study, "plain", 0, &slices)?.arrays());
    Ok(())
}

#[test]
fn numbers_do_not_depend_on_threads_though_starts_are_drawn() -> Result<()> {
    let study = study(&[], "{attack='pgd(steps=2)', radius=0.1, norm='l2', feed='hide-salient'}")?;
    let slices = Prepared::load(&study, None)?.train;
    let on = |threads: usize| -> Result<Weights> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
        pool.install(|| train(&study, "hardened", 0, &slices))
    };
    assert!(on(1)?.arrays() == on(3)?.arrays());
    Ok(())
}

/// The defence does what it is for: against a longer attack of the same radius hardened networks hold better, on average
/// of two. What it costs without an attack is printed; they still have to have learned.
#[test]
fn hardened_networks_hold_better_under_the_attack_of_their_radius() -> Result<()> {
    let radius = 0.005;
    let study = study(
        &["train.epochs=32", "data.phantom.volumes=6"],
        &format!("{{attack='pgd(steps=2,step=0.75)', radius={radius}}}"),
    )?;
    let prepared = Prepared::load(&study, None)?;
    let test = prepared.test.all()?;
    let scores = |arm: &str| -> Result<[f64; 2]> {
        let of_seed = |seed: u64| -> Result<[f64; 2]> {
            let weights = train(&study, arm, seed, &prepared.train)?;
            let worse = attacked(&study, &weights, &test, "pgd(start=clean)", radius)?;
            Ok([dice(&weights, &test)?, dice(&weights, &worse)?])
        };
        let scores = (0..2).map(of_seed).collect::<Result<Vec<_>>>()?;
        Ok([0, 1].map(|which| mean(&scores.iter().map(|scores| scores[which]).collect::<Vec<_>>())))
    };
    let [plain, hardened] = [scores("plain")?, scores("hardened")?];
    println!("clean and under PGD: plain {plain:.3?}, hardened {hardened:.3?}");
    assert!(hardened[1] > plain[1] + 0.05, "{plain:?} {hardened:?}");
    assert!(hardened[0] > 0.4, "{hardened:?}");
    Ok(())
}
