//! Areas and max-sensitivity against Quantus's on the same network, images, noise and replacements
//! (`scripts/make_faithfulness_fixtures.py`). Each side makes its own maps.

use super::super::curve::{Replacing, areas};
use super::super::sample::Sample;
use super::{Maps, max_sensitivity};
use crate::image::region::Region;
use crate::image::slice::Slice;
use crate::loss::{LossFunction, LossParameters};
use crate::network::unet::weights::Weights;
use crate::network::{device, open};
use crate::saliency::method::Explainer;
use crate::saliency::{Scalar, find};
use crate::similarity::top::order;
use anyhow::{Context, Result};
use approx::assert_relative_eq;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

#[derive(Deserialize)]
struct Fixture {
    size: [usize; 2],
    range: [f32; 2],
    images: Vec<f32>,
    noise: Vec<Vec<f32>>,
    found: Vec<Found>,
}

#[derive(Deserialize)]
struct Found {
    output: String,
    method: String,
    /// By what pixels are replaced with: the scalar of each slice, from none replaced to all.
    curves: BTreeMap<String, Vec<Vec<f64>>>,
    #[serde(rename = "max-sensitivity")]
    max_sensitivity: Vec<f64>,
}

fn sample(fixture: &Fixture) -> Sample {
    let [height, width] = fixture.size;
    let slice = |(depth, image): (usize, &[f32])| Slice {
        volume: 0,
        depth,
        region: Region::centred(fixture.size, fixture.size),
        image: image.to_vec(),
        mask: vec![false; height * width],
        ignored: Vec::new(),
    };
    let slices = fixture.images.chunks(height * width).enumerate().map(slice).collect();
    Sample::at_hand(slices, |_| "a".into(), 0)
}

#[test]
fn areas_and_max_sensitivity_equal_quantuss() -> Result<()> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/parity");
    let fixture: Fixture = serde_json::from_slice(&std::fs::read(folder.join("faithfulness.json"))?)?;
    let weights = Weights::read(&folder.join("unet.safetensors"))?;
    let loss = LossFunction::parse("bce", &LossParameters::default())?;
    let device = device::open(device::available()[0])?;
    let predictor = open::predictor(&weights, &device, fixture.size);
    let sample = sample(&fixture);
    assert_eq!(fixture.found.len(), 8);
    for Found { output, method, curves, max_sensitivity: expected } in &fixture.found {
        let output = find(output).context("an output")?;
        let explainer = Explainer::parse("method", method).map_err(anyhow::Error::msg)?;
        let question = sample.question(&predictor, Scalar { output, loss: &loss })?;
        let maps = sample.maps(&explainer, &question)?;
        let orders: Vec<Vec<usize>> = maps.iter().map(|map| order(map)).collect();
        for replacing in Replacing::ALL {
            let [found, _] = areas(&question, &sample, &orders, replacing, fixture.range)?;
            for ((found, curve), whole) in
                found.iter().zip(&curves[replacing.name()]).zip(&curves["deletion"])
            {
                let ends = [curve[0], curve[curve.len() - 1]];
                let area = curve.iter().sum::<f64>() - (ends[0] + ends[1]) / 2.0;
                let expected = area / (curve.len() - 1) as f64 / whole[0];
                assert_relative_eq!(*found, expected, max_relative = 1e-5);
            }
        }
        let copies = fixture.noise.iter().map(|noise| -> Result<Maps> {
            let noisy = fixture.images.iter().zip(noise).map(|(value, noise)| value + noise).collect();
            Ok(sample.maps(&explainer, &question.at(noisy))?)
        });
        for (found, expected) in max_sensitivity(&maps, copies)?.iter().zip(expected) {
            assert_relative_eq!(*found, *expected, max_relative = 1e-4);
        }
    }
    Ok(())
}
