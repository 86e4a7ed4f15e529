//! A network trained for real on the smoke study's phantoms, once for all tests that attack it.

use super::records::smoke;
use anyhow::Result;
use lossbench::loss::LossFunction;
use lossbench::network::chunked::Predictor;
use lossbench::network::unet::weights::Weights;
use lossbench::network::{device, open};
use lossbench::study::prepared::Prepared;
use lossbench::train::Training;
use std::sync::OnceLock;

/// The phantoms, the network and the loss that trained it.
pub fn trained() -> Result<(Prepared, Predictor, LossFunction)> {
    static TRAINED: OnceLock<Weights> = OnceLock::new();
    let study = smoke(&["train.epochs=16"])?;
    let prepared = Prepared::load(&study, None)?;
    let device = device::open(device::available()[0])?;
    let loss = LossFunction::parse("bce+dice", &study.loss)?;
    let weights = match TRAINED.get() {
        Some(weights) => weights,
        None => {
            let (model, config, size) = (study.model, &study.train, prepared.size);
            let range = prepared.range;
            let training = Training { model, config, loss: &loss, seed: 0, size, range, device: &device };
            let weights = training.run(&prepared.train, &prepared.validation, |_, _| {})?.0;
            TRAINED.get_or_init(|| weights)
        }
    };
    let predictor = open::predictor(weights, &device, prepared.size);
    Ok((prepared, predictor, loss))
}
