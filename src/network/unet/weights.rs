//! A U-Net's weights on the host: names that a PyTorch user recognises, shapes and values; drawing
//! them from a seed and reading and writing them as safetensors.

use crate::network::unet::UNetConfig;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// One weight tensor, row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// Lengths of the axes.
    pub shape: Vec<usize>,
    /// Values.
    pub values: Vec<f32>,
}

/// Why weights cannot be used. Each message is one line that names the file and the fault.
#[derive(Debug, thiserror::Error)]
pub enum WeightsError {
    /// The file could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The file is not safetensors, or its tensors are not this network's.
    #[error("{}: {fault}", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        fault: String,
    },
}

/// Every tensor of a [`crate::network::unet::UNet`], checked against its configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    config: UNetConfig,
    arrays: BTreeMap<String, Array>,
}

impl Weights {
    /// Draws initial weights from `seed`: convolutions uniform in `+-sqrt(1 / fan_in)` as PyTorch's
    /// default (Kaiming uniform with `a = sqrt 5`), biases likewise, batch norm 1 and 0. The same
    /// seed gives the same weights on every backend.
    pub fn random(config: &UNetConfig, seed: u64) -> Self {
        let mut generator = ChaCha8Rng::seed_from_u64(seed);
        let mut bound = 0.0;
        let mut arrays = BTreeMap::new();
        for (name, shape) in config.tensors() {
            let count = shape.iter().product();
            let values = match name.rsplit('.').next().unwrap_or_default() {
                "running_mean" => vec![0.0; count],
                "running_var" => vec![1.0; count],
                _ if name.contains(".norm") && name.ends_with("weight") => vec![1.0; count],
                _ if name.contains(".norm") => vec![0.0; count],
                part => {
                    // A bias follows its weight and shares its bound.
                    if part == "weight" {
                        bound = 1.0 / (shape[1..].iter().product::<usize>() as f32).sqrt();
                    }
                    (0..count).map(|_| generator.random_range(-bound..bound)).collect()
                }
            };
            arrays.insert(name, Array { shape, values });
        }
        Self { config: *config, arrays }
    }

    /// Weights from named arrays, as a network hands them out.
    ///
    /// # Errors
    /// A line that names the first tensor that is missing, of another shape, unknown or not finite.
    pub fn from_arrays(config: &UNetConfig, arrays: BTreeMap<String, Array>) -> Result<Self, String> {
        let expected = config.tensors();
        for (name, shape) in &expected {
            let Some(array) = arrays.get(name) else {
                return Err(format!("tensor '{name}' is missing"));
            };
            if &array.shape != shape {
                let found = &array.shape;
                return Err(format!("tensor '{name}' should have shape {shape:?}, but has {found:?}"));
            }
            if array.values.iter().any(|value| !value.is_finite()) {
                return Err(format!("tensor '{name}' holds values that are NaN or infinite"));
            }
        }
        match arrays.keys().find(|name| expected.iter().all(|(known, _)| known != *name)) {
            Some(name) => Err(format!("tensor '{name}' belongs to no U-Net of {config}")),
            None => Ok(Self { config: *config, arrays }),
        }
    }

    /// Reads a safetensors file of 32- or 16-bit floats. Levels and base channels are read off the
    /// tensors; PyTorch's `num_batches_tracked` counters are passed over.
    ///
    /// # Errors
    /// [`WeightsError`] where the file is missing, broken, or not a U-Net of [`UNetConfig`].
    pub fn read(path: &Path) -> Result<Self, WeightsError> {
        let bytes = std::fs::read(path).map_err(|source| WeightsError::Io { path: path.into(), source })?;
        Self::from_bytes(&bytes).map_err(|fault| WeightsError::Invalid { path: path.into(), fault })
    }

    /// Writes a safetensors file of 32-bit floats, by way of a temporary file beside it.
    ///
    /// # Errors
    /// [`WeightsError::Io`] where the folder cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), WeightsError> {
        let io = |source| WeightsError::Io { path: path.into(), source };
        let bytes = self.to_bytes().map_err(|fault| WeightsError::Invalid { path: path.into(), fault })?;
        crate::atomic::write(path, &bytes).map_err(io)
    }

    /// The network these weights belong to.
    pub fn config(&self) -> &UNetConfig {
        &self.config
    }

    /// The tensor called `name`.
    pub fn get(&self, name: &str) -> Option<&Array> {
        self.arrays.get(name)
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        let file = SafeTensors::deserialize(bytes).map_err(|fault| format!("is not safetensors: {fault}"))?;
        let mut arrays = BTreeMap::new();
        for (name, view) in file.iter().filter(|(name, _)| !name.ends_with("num_batches_tracked")) {
            let values = floats(&view).ok_or_else(|| {
                format!("tensor '{name}' should hold F32 or F16 values, but holds {:?}", view.dtype())
            })?;
            arrays.insert(name.to_string(), Array { shape: view.shape().to_vec(), values });
        }
        let config = infer_config(&arrays)?;
        Self::from_arrays(&config, arrays)
    }

    fn to_bytes(&self) -> Result<Vec<u8>, String> {
        let raw: Vec<(&String, &Array, Vec<u8>)> = self
            .arrays
            .iter()
            .map(|(name, array)| (name, array, array.values.iter().flat_map(|v| v.to_le_bytes()).collect()))
            .collect();
        let views = raw
            .iter()
            .map(|(name, array, bytes)| {
                TensorView::new(Dtype::F32, array.shape.clone(), bytes).map(|view| (name.as_str(), view))
            })
            .collect::<Result<Vec<_>, _>>()
            .map_err(|fault| fault.to_string())?;
        safetensors::serialize(views, None).map_err(|fault| fault.to_string())
    }
}

fn floats(view: &TensorView) -> Option<Vec<f32>> {
    let data = view.data();
    match view.dtype() {
        Dtype::F32 => {
            Some(data.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect())
        }
        Dtype::F16 => {
            Some(data.chunks_exact(2).map(|b| half::f16::from_le_bytes([b[0], b[1]]).to_f32()).collect())
        }
        _ => None,
    }
}

/// Reads levels and base channels off the names and shapes.
fn infer_config(arrays: &BTreeMap<String, Array>) -> Result<UNetConfig, String> {
    let levels =
        (0..).take_while(|level| arrays.contains_key(&format!("encoder.{level}.conv1.weight"))).count();
    let base = arrays.get("encoder.0.conv1.weight").and_then(|array| array.shape.first().copied());
    match base {
        Some(base) => UNetConfig::new(levels, base).map_err(|fault| format!("is no usable U-Net: {fault}")),
        None => Err("is no U-Net of ours: tensor 'encoder.0.conv1.weight' is missing".to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small() -> UNetConfig {
        UNetConfig::new(1, 2).expect("a small network")
    }

    #[test]
    fn a_seed_gives_the_same_weights_and_another_seed_others() {
        assert_eq!(Weights::random(&small(), 3), Weights::random(&small(), 3));
        assert_ne!(Weights::random(&small(), 3), Weights::random(&small(), 4));
    }

    #[test]
    fn a_file_reads_back_the_same() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("weights.safetensors");
        let weights = Weights::random(&small(), 1);
        weights.write(&path)?;
        assert_eq!(Weights::read(&path)?, weights);
        Ok(())
    }

    #[test]
    fn wrong_tensors_are_named() {
        let weights = Weights::random(&small(), 1);
        let altered = |change: &dyn Fn(&mut BTreeMap<String, Array>)| {
            let mut arrays = weights.arrays.clone();
            change(&mut arrays);
            Weights::from_arrays(&small(), arrays).unwrap_err()
        };
        let missing = altered(&|arrays| drop(arrays.remove("head.bias")));
        assert!(missing.contains("'head.bias' is missing"), "{missing}");
        let extra = altered(&|arrays| {
            drop(arrays.insert("tail.bias".into(), Array { shape: vec![1], values: vec![0.0] }));
        });
        assert!(extra.contains("'tail.bias' belongs to no U-Net"), "{extra}");
        let wrong = altered(&|arrays| arrays.get_mut("head.bias").expect("a bias").shape = vec![2]);
        assert!(wrong.contains("should have shape [1], but has [2]"), "{wrong}");
        let nan = altered(&|arrays| arrays.get_mut("head.bias").expect("a bias").values[0] = f32::NAN);
        assert!(nan.contains("NaN"), "{nan}");
    }

    #[test]
    fn a_file_that_is_no_safetensors_is_refused_by_name() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("broken.safetensors");
        std::fs::write(&path, b"no tensors here")?;
        let message = Weights::read(&path).unwrap_err().to_string();
        assert!(message.contains("broken.safetensors: is not safetensors"), "{message}");
        Ok(())
    }
}
