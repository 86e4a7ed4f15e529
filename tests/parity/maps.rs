//! Saliency maps of every method against Captum's on the same network (`scripts/make_map_fixtures.py`).

use crate::support::{devices, path, read, tensors};
use anyhow::{Context, Result, ensure};
use lossbench::image::region::Region;
use lossbench::loss::{LossFunction, LossParameters};
use lossbench::network::open;
use lossbench::network::unet::weights::Weights;
use lossbench::saliency::method::{Explainer, METHODS, Needs};
use lossbench::saliency::{Place, Question, Scalar, find};
use serde::Deserialize;

/// Of a map's summed size: a single value may jump where rounding tips a ReLU or a pooling over.
const TOLERANCE: f64 = 1e-4;

#[derive(Deserialize)]
struct Fixture {
    shape: [usize; 4],
    input: Vec<f32>,
    target: Vec<f32>,
}

fn explainer(text: &str) -> Result<Explainer> {
    Explainer::parse("method", text).map_err(anyhow::Error::msg)
}

#[test]
fn maps_equal_captums() -> Result<()> {
    let fixture: Fixture = read("parity/unet.json")?;
    let maps = tensors("parity/maps.safetensors")?;
    let [slices, _, height, width] = fixture.shape;
    let region = Region::centred([height, width], [height, width]);
    let place = |depth| Place { region, seed: 0, volume: String::new(), depth };
    let places: Vec<Place> = (0..slices).map(place).collect();
    let weights = Weights::read(&path("parity/unet.safetensors"))?;
    let loss = &LossFunction::parse("bce", &LossParameters::default())?;
    let mut compared = Vec::new();
    for device in devices()? {
        let predictor = open::predictor(&weights, &device, [height, width]);
        for (key, expected) in maps.iter().filter(|(key, _)| *key != "noise") {
            let (output, text) = key.split_once(": ").with_context(|| format!("{key} names no output"))?;
            let explainer = explainer(text)?;
            // The maps of methods that draw are compared under given noise, in `saliency/method/noisy.rs`.
            if explainer.draws() {
                compared.push(explainer.name());
                continue;
            }
            if explainer.needs() >= Needs::Layers && predictor.network().layers().is_none() {
                continue;
            }
            compared.push(explainer.name());
            let scalar = Scalar { output: find(output).context("an output")?, loss };
            let question = Question::new(&predictor, scalar, &fixture.input, &fixture.target, &places)?;
            let found = explainer.maps(&question)?;
            ensure!(found.len() == expected.len(), "{key}: {} values", found.len());
            let size: f64 = expected.iter().map(|value| value.abs()).sum();
            let off: f64 = found.iter().zip(expected).map(|(a, b)| (f64::from(*a) - b).abs()).sum();
            ensure!(
                size > 0.0 && off <= TOLERANCE * size,
                "{key} on {}: off by {:e} of its sum",
                device.name,
                off / size
            );
        }
    }
    for kind in METHODS {
        ensure!(compared.contains(&kind.name), "{} has no map in the fixture", kind.name);
    }
    Ok(())
}
