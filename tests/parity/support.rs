//! What the parity tests share: reading fixtures, the devices to test on, and comparing numbers.
//! The fixtures are made by the scripts in `scripts/`; each names the versions it was made with.

use anyhow::{Context, Result, ensure};
use burn::tensor::{Device as BurnDevice, Tensor, TensorData};
use lossbench::image::region::Region;
use lossbench::image::slice::Slice;
use lossbench::network::device::Device;
use safetensors::SafeTensors;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A file of `fixtures/`.
pub fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)
}

/// A JSON file of `fixtures/`.
pub fn read<T: DeserializeOwned>(name: &str) -> Result<T> {
    let text = std::fs::read_to_string(path(name)).with_context(|| format!("fixtures/{name}"))?;
    serde_json::from_str(&text).with_context(|| format!("fixtures/{name}"))
}

/// The float32 tensors of a safetensors file by name.
pub fn tensors(name: &str) -> Result<BTreeMap<String, Vec<f64>>> {
    let bytes = std::fs::read(path(name)).with_context(|| format!("fixtures/{name}"))?;
    let file = SafeTensors::deserialize(&bytes)?;
    let float = |b: &[u8]| f64::from(f32::from_le_bytes([b[0], b[1], b[2], b[3]]));
    Ok(file
        .iter()
        .map(|(name, view)| (name.to_string(), view.data().chunks_exact(4).map(float).collect()))
        .collect())
}

/// Every device in this build that runs on the processor.
pub fn devices() -> Result<Vec<Device>> {
    let names = lossbench::network::device::available();
    let devices = names
        .into_iter()
        .filter(|name| !name.contains(':'))
        .map(|name| Ok(lossbench::network::device::open(name)?))
        .collect::<Result<Vec<_>>>()?;
    ensure!(!devices.is_empty(), "no backend in this build");
    Ok(devices)
}

/// The device called `name`; none where this build or machine lacks it, unless the environment's `LOSSBENCH_DEVICE` asks for it:
/// whoever lends a GPU would else see tests pass that ran on none.
pub fn device(name: &str) -> Result<Option<Device>> {
    let here = lossbench::network::device::available().contains(&name);
    let asked = std::env::var("LOSSBENCH_DEVICE").is_ok_and(|asked| asked == name);
    match here || asked {
        true => Ok(Some(lossbench::network::device::open(name)?)),
        false => Ok(None),
    }
}

/// A tensor of `values`, row-major.
pub fn tensor(values: &[f32], shape: [usize; 4], device: &BurnDevice) -> Tensor<4> {
    Tensor::from_data(TensorData::new(values.to_vec(), shape), device)
}

/// A tensor's values, row-major.
pub fn values<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>> {
    Ok(tensor.try_into_vec_as::<f32>()?)
}

/// How far numbers may be off: `relative * |expected| + of_largest * max |expected| + absolute`.
pub struct Tolerance {
    pub relative: f64,
    pub of_largest: f64,
    pub absolute: f64,
}

impl Tolerance {
    /// Fails with the first element that is too far off, or NaN.
    pub fn check(&self, what: &str, actual: &[f32], expected: &[f64]) -> Result<()> {
        ensure!(!expected.is_empty(), "{what}: nothing to compare with");
        ensure!(actual.len() == expected.len(), "{what}: {} values for {}", actual.len(), expected.len());
        let largest = expected.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
        let floor = self.of_largest * largest + self.absolute;
        for (index, (&actual, &expected)) in actual.iter().zip(expected).enumerate() {
            let difference = (f64::from(actual) - expected).abs();
            // Asked this way round, a NaN fails.
            let near = difference <= self.relative * expected.abs() + floor;
            ensure!(near, "{what}: element {index} should be {expected:e}, but is {actual:e}");
        }
        Ok(())
    }
}

/// Images and masks of the network that most fixtures are of, `parity/unet.json`.
#[derive(Deserialize)]
pub struct Inputs {
    pub shape: [usize; 4],
    pub input: Vec<f32>,
    pub target: Vec<f32>,
}

impl Inputs {
    /// Each as a slice of its own that is scanned throughout.
    pub fn slices(&self) -> Vec<Slice> {
        let [count, _, height, width] = self.shape;
        let pixels = height * width;
        let slice = |depth: usize| Slice {
            volume: 0,
            depth,
            region: Region::centred([height, width], [height, width]),
            image: self.input[depth * pixels..][..pixels].to_vec(),
            mask: self.target[depth * pixels..][..pixels].iter().map(|&label| label > 0.5).collect(),
            ignored: Vec::new(),
        };
        (0..count).map(slice).collect()
    }
}
