//! What every bench works on: phantoms of the hippocampus volumes' size and a network trained on them.
//! Made once, outside any timing; the network is kept in the target folder.

use anyhow::{Context, Result};
use lossbench::data::stored_slices::StoredSlices;
use lossbench::definition::shipped;
use lossbench::definition::study::Study;
use lossbench::image::gather::gather;
use lossbench::loss::{LossFunction, LossParameters};
use lossbench::network::chunked::Predictor;
use lossbench::network::device::{self, Device};
use lossbench::network::open;
use lossbench::network::unet::weights::Weights;
use lossbench::saliency::{OUTPUTS, Output};
use lossbench::study::prepared::Prepared;
use lossbench::train::Training;
use std::path::{Path, PathBuf};

/// Inputs of the benches.
pub struct Inputs {
    /// The paper's study on phantoms.
    pub study: Study,
    /// 60 test volumes, about as many test slices as the hippocampus study has.
    pub prepared: Prepared,
    /// A U-Net of base 16 trained on the rest.
    pub weights: Weights,
    /// Where [`Self::weights`] lie.
    pub weights_path: PathBuf,
    /// BCE + Dice.
    pub loss: LossFunction,
}

impl Inputs {
    /// Makes them. The first time takes about a minute.
    pub fn make() -> Result<Self> {
        let overrides =
            ["data.source=phantom", "data.phantom.volumes=84", "split.test=0.7143", "train.epochs=10"];
        let paper = shipped::text("paper").context("the paper study")?;
        let study = Study::parse(paper, &overrides.map(String::from)).map_err(anyhow::Error::msg)?;
        let prepared = Prepared::load(&study, None)?;
        let loss = LossFunction::parse("bce+dice", &LossParameters::default())?;
        let weights_path = folder()?.join(format!("base16-{:.8}.safetensors", prepared.hash));
        if !weights_path.exists() {
            eprintln!("training the network that the benches use: {}", weights_path.display());
            let training = Training {
                model: study.model,
                config: &study.train,
                loss: &loss,
                seed: 0,
                size: prepared.size,
                range: prepared.range,
                device: &device::open(device::available().first().context("no device in this build")?)?,
            };
            training
                .run(&prepared.train, &StoredSlices::at_hand(&[], prepared.size)?, |_, _| {})?
                .0
                .write(&weights_path)?;
        }
        Ok(Self { weights: Weights::read(&weights_path)?, study, prepared, weights_path, loss })
    }

    /// Images and masks of the first `count` test slices, laid end to end.
    pub fn slices(&self, count: usize) -> Result<(Vec<f32>, Vec<f32>)> {
        Ok(gather(&self.prepared.test.read(0..count)?))
    }

    /// The trained network on `device`.
    pub fn predictor(&self, device: &Device) -> Predictor {
        open::predictor(&self.weights, device, self.prepared.size)
    }

    /// Multiply-adds of one forward pass of one slice, counted twice.
    pub fn operations(&self) -> f64 {
        self.study.model.plan().operations(self.prepared.size)
    }
}

/// The gradient that the studies take.
pub fn output() -> &'static Output {
    &OUTPUTS[0]
}

/// The devices that are worth timing: the second opinion on tiny shapes is not.
pub fn devices() -> Result<Vec<Device>> {
    let names = device::available().into_iter().filter(|name| *name != "ndarray");
    names.map(|name| Ok(device::open(name)?)).collect()
}

/// Where the benches keep what they make.
pub fn folder() -> Result<PathBuf> {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(target).join("lossbench-bench");
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}
