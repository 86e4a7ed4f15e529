//! The fields of a study in the first schema, as its identity was first hashed over them. Never to be changed:
//! recorded evidence holds these hashes.

use super::attack::Transfer;
use super::data::Source;
use super::raw::RawStudy;
use super::sweep::Sweep;
use serde::Serialize;
use std::collections::BTreeMap;

/// The fields of schema 1, in their order. Never to be changed.
#[derive(Serialize)]
pub(super) struct Schema1<'a> {
    name: &'a str,
    losses: [&'a str; 0],
    seeds: [u64; 0],
    data: Data1<'a>,
    split: Split1,
    model: Model1,
    train: Train1,
    loss: Loss1,
    saliency: Saliency1<'a>,
    attack: Attack1<'a>,
    trials: Trials1,
    protocol: BTreeMap<&'a str, Sweep1<'a>>,
}

#[derive(Serialize)]
struct Data1<'a> {
    source: Source,
    intensity: [f32; 2],
    volumes: &'a str,
    phantom: Phantom1,
}

#[derive(Serialize)]
struct Phantom1 {
    volumes: usize,
    seed: u64,
    width: [usize; 2],
    height: [usize; 2],
    depth: [usize; 2],
    deformation: f64,
    contrast: f64,
    similarity: f64,
    vessels: f64,
    texture: f64,
    noise: f64,
    bias: f64,
    outline: f64,
    intensity: [f64; 2],
}

#[derive(Serialize)]
struct Split1 {
    validation: f64,
    test: f64,
    seed: u64,
}

#[derive(Serialize)]
struct Model1 {
    levels: usize,
    base: usize,
}

#[derive(Serialize)]
struct Train1 {
    epochs: usize,
    batch: usize,
    learning_rate: f64,
}

#[derive(Serialize)]
struct Loss1 {
    dice_epsilon: Option<f64>,
    focal_alpha: Option<f64>,
    focal_gamma: Option<f64>,
}

#[derive(Serialize)]
struct Saliency1<'a> {
    output: &'a str,
}

#[derive(Serialize)]
struct Attack1<'a> {
    methods: &'a [String],
    transfer: &'a Transfer,
}

#[derive(Serialize)]
struct Trials1 {
    least: usize,
    most: usize,
    half_width: f64,
}

#[derive(Serialize)]
struct Sweep1<'a> {
    title: &'a str,
    pixels: &'a [usize],
    levels: &'a [f32],
    uniform: Option<[f32; 2]>,
}

impl<'a> Schema1<'a> {
    pub(super) fn of(study: &'a RawStudy) -> Self {
        let made = &study.data.phantom;
        let phantom = Phantom1 {
            volumes: made.volumes,
            seed: made.seed,
            width: made.width,
            height: made.height,
            depth: made.depth,
            deformation: made.deformation,
            contrast: made.contrast,
            similarity: made.similarity,
            vessels: made.vessels,
            texture: made.texture,
            noise: made.noise,
            bias: made.bias,
            outline: made.outline,
            intensity: made.intensity,
        };
        let sweep = |sweep: &'a Sweep| Sweep1 {
            title: &sweep.title,
            pixels: &sweep.pixels,
            levels: &sweep.levels,
            uniform: sweep.uniform,
        };
        Self {
            name: "",
            losses: [],
            seeds: [],
            data: Data1 {
                source: study.data.source,
                intensity: study.data.intensity,
                volumes: &study.data.volumes,
                phantom,
            },
            split: Split1 {
                validation: study.split.validation,
                test: study.split.test,
                seed: study.split.seed,
            },
            model: Model1 { levels: study.model.levels(), base: study.model.base() },
            train: Train1 {
                epochs: study.train.epochs,
                batch: study.train.batch,
                learning_rate: study.train.learning_rate,
            },
            loss: Loss1 {
                dice_epsilon: study.loss.get("dice_epsilon"),
                focal_alpha: study.loss.get("focal_alpha"),
                focal_gamma: study.loss.get("focal_gamma"),
            },
            saliency: Saliency1 { output: &study.saliency.output },
            attack: Attack1 { methods: &study.attack.methods, transfer: &study.attack.transfer },
            trials: Trials1 {
                least: study.trials.least,
                most: study.trials.most,
                half_width: study.trials.half_width,
            },
            protocol: study.sweeps.iter().map(|(name, one)| (name.as_str(), sweep(one))).collect(),
        }
    }
}
