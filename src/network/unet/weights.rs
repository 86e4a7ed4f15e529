//! A U-Net's weights on the host: names that a PyTorch user recognises, shapes and values; drawing
//! them from a seed and reading and writing them as safetensors.

use crate::network::arrays::{self, Array, Arrays, Metadata, WeightsError};
use crate::network::plan::{Parameter, Role};
use crate::network::unet::config::UNetConfig;
use crate::network::unet::inferred::{NORM, infer};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::path::Path;

/// Every array of a U-Net, checked against its plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    config: UNetConfig,
    arrays: Arrays,
    metadata: Metadata,
}

impl Weights {
    /// Draws initial weights from `seed`: convolutions uniform in `+-sqrt(1 / fan_in)` as PyTorch's
    /// default (Kaiming uniform with `a = sqrt 5`), biases likewise, norms 1 and 0. The same
    /// seed gives the same weights on every backend.
    pub fn random(config: &UNetConfig, seed: u64) -> Self {
        let mut generator = ChaCha8Rng::seed_from_u64(seed);
        let arrays = initial(config.plan().parameters(), &mut generator).collect();
        Self { config: *config, arrays, metadata: Metadata::new() }
    }

    /// The same weights but for those of the layer called `layer`, which are drawn anew as [`Self::random`] draws them;
    /// its norm is as before training, too. The same where there is no such layer.
    #[must_use]
    pub fn redrawn(&self, layer: &str, generator: &mut ChaCha8Rng) -> Self {
        let mut weights = self.clone();
        weights.arrays.extend(initial(self.config.plan().parameters_named(layer), generator));
        weights
    }

    /// Weights from named arrays, as a network hands them out.
    ///
    /// # Errors
    /// A line that names the first tensor that is missing, of another shape, unknown, not finite, or a variance
    /// below 0.
    pub fn from_arrays(config: &UNetConfig, arrays: Arrays) -> Result<Self, String> {
        let expected = config.plan().parameters();
        for Parameter { name, shape, role } in &expected {
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
            if *role == Role::RunningVariance && array.values.iter().any(|value| *value < 0.0) {
                return Err(format!("tensor '{name}' holds variances below 0"));
            }
        }
        match arrays.keys().find(|name| expected.iter().all(|known| known.name != **name)) {
            Some(name) => Err(format!("tensor '{name}' belongs to no U-Net of {config}")),
            None => Ok(Self { config: *config, arrays, metadata: Metadata::new() }),
        }
    }

    /// The same weights with what their file is to say about them.
    pub fn with_metadata(self, metadata: Metadata) -> Self {
        Self { metadata, ..self }
    }

    /// Reads a safetensors file of 32- or 16-bit floats. Size, norm and head are read off the tensors, a group
    /// norm off the metadata too; PyTorch's `num_batches_tracked` counters are passed over.
    ///
    /// # Errors
    /// [`WeightsError`] where the file is missing, broken, or not a U-Net of [`UNetConfig`].
    pub fn read(path: &Path) -> Result<Self, WeightsError> {
        let (arrays, mut metadata) = arrays::read(path, |name| name.ends_with("num_batches_tracked"))?;
        let norm = metadata.remove(NORM);
        let checked = infer(&arrays, norm.as_deref()).and_then(|config| Self::from_arrays(&config, arrays));
        checked
            .map(|weights| weights.with_metadata(metadata))
            .map_err(|fault| WeightsError::Invalid { path: path.into(), fault })
    }

    /// Writes a safetensors file of 32-bit floats, by way of a temporary file beside it. Its metadata names the
    /// norm where that is not batch norm.
    ///
    /// # Errors
    /// [`WeightsError::Io`] where the folder cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), WeightsError> {
        let mut metadata = self.metadata.clone();
        if !self.config.norm().is_batch() {
            metadata.insert(NORM.to_string(), self.config.norm().name().to_string());
        }
        arrays::write(path, &self.arrays, &metadata)
    }

    /// The network these weights belong to.
    pub fn config(&self) -> &UNetConfig {
        &self.config
    }

    /// The tensor called `name`.
    pub fn get(&self, name: &str) -> Option<&Array> {
        self.arrays.get(name)
    }

    /// Every tensor of the plan, by name.
    pub fn arrays(&self) -> &Arrays {
        &self.arrays
    }

    /// What the file that they were read from says about them, but for their norm; empty for weights that were
    /// not read.
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }
}

/// Initial values of `parameters`, in which a bias follows its weight.
fn initial(parameters: Vec<Parameter>, generator: &mut ChaCha8Rng) -> impl Iterator<Item = (String, Array)> {
    let mut bound = 0.0;
    parameters.into_iter().map(move |Parameter { name, shape, role }| {
        let count = shape.iter().product();
        let values = match role {
            Role::RunningMean | Role::Beta => vec![0.0; count],
            Role::RunningVariance | Role::Gamma => vec![1.0; count],
            Role::Weight | Role::Bias => {
                // A bias shares its weight's bound.
                if role == Role::Weight {
                    bound = 1.0 / (shape[1..].iter().product::<usize>() as f32).sqrt();
                }
                (0..count).map(|_| generator.random_range(-bound..bound)).collect()
            }
        };
        (name, Array { shape, values })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::unet::variation::{Head, Normalisation};
    use std::collections::BTreeMap;

    fn small() -> UNetConfig {
        UNetConfig::new(1, 2).expect("a small network")
    }

    #[test]
    fn a_seed_gives_the_same_weights_and_another_seed_others() {
        assert_eq!(Weights::random(&small(), 3), Weights::random(&small(), 3));
        assert_ne!(Weights::random(&small(), 3), Weights::random(&small(), 4));
    }

    #[test]
    fn a_layer_is_drawn_anew_with_its_norm_and_nothing_else_changes() {
        let mut trained = Weights::random(&small(), 3);
        trained.arrays.values_mut().flat_map(|array| &mut array.values).for_each(|value| *value += 2.0);
        let mut changed = Vec::new();
        let plan = small().plan();
        for layer in plan.weighted() {
            let mut generator = ChaCha8Rng::seed_from_u64(5);
            let redrawn = trained.redrawn(layer, &mut generator);
            for (name, array) in
                redrawn.arrays.iter().filter(|(name, array)| trained.get(name) != Some(array))
            {
                changed.push(name.clone());
                let bound = if name.contains("norm") { 1.0 } else { 0.6 };
                assert!(array.values.iter().all(|value| value.abs() <= bound), "{name}");
            }
        }
        changed.sort();
        assert_eq!(changed, trained.arrays.keys().cloned().collect::<Vec<_>>());
        assert_eq!(trained.redrawn("pool.0", &mut ChaCha8Rng::seed_from_u64(5)), trained);
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
    fn input_channels_and_metadata_come_with_the_file() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("weights.safetensors");
        let config = small().with_channels(4).map_err(anyhow::Error::msg)?;
        let metadata: Metadata = [("scale".to_string(), "min-max".to_string())].into();
        let weights = Weights::random(&config, 1).with_metadata(metadata.clone());
        weights.write(&path)?;
        let read = Weights::read(&path)?;
        assert_eq!((read.config(), read.metadata()), (&config, &metadata));
        assert_eq!(read, weights);
        Ok(())
    }

    #[test]
    fn every_norm_and_head_reads_back_the_same() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("weights.safetensors");
        let metadata: Metadata = [("scale".to_string(), "min-max".to_string())].into();
        for norm in Normalisation::ALL {
            for head in [Head::Sigmoid, Head::Softmax] {
                let config = small().with_norm(norm).map_err(anyhow::Error::msg)?.with_head(head);
                let weights = Weights::random(&config, 1).with_metadata(metadata.clone());
                weights.write(&path)?;
                assert_eq!(Weights::read(&path)?, weights);
            }
        }
        Ok(())
    }

    #[test]
    fn networks_of_a_seed_start_alike_whatever_their_norm_and_head() -> Result<(), String> {
        let plain = Weights::random(&small(), 3);
        for norm in Normalisation::ALL {
            let other = Weights::random(&small().with_norm(norm)?.with_head(Head::Softmax), 3);
            let shared: Vec<_> = other.arrays().iter().filter(|(name, _)| !name.contains("head")).collect();
            assert!(shared.len() >= 14 && shared.iter().all(|(name, array)| plain.get(name) == Some(*array)));
        }
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
        let variance = "bottleneck.norm2.running_var";
        let below = altered(&|arrays| arrays.get_mut(variance).expect("variances").values[1] = -1e-30);
        assert!(below.contains(&format!("'{variance}' holds variances below 0")), "{below}");
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
