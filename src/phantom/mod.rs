//! Phantoms: seeded 3-D crops that resemble the Decathlon's hippocampus volumes, so that everything
//! can be run and tested without the real data.
//!
//! A bent, tapering grey body runs from the front of the crop to its back among tissues of similar
//! and of opposite brightness: cortex and amygdala as grey as the body, white matter, fluid. On top
//! come a smooth deformation, partial volume, mottle, a bias field, Rician noise, an annotator's
//! wavering outline, and a scale that differs between volumes by orders of magnitude.

mod anatomy;
mod config;
mod noise;
mod random;
mod tables;

pub use config::{PhantomConfig, PhantomError};

use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;

use crate::data::Volume;
use anatomy::Anatomy;
use noise::Field;
use random::{between, stream, whole};

/// Where within a voxel the tissue is sampled, along each axis.
const SAMPLES: [f64; 2] = [-0.45, 0.45];

/// Makes the phantoms, `phantom_001` first.
///
/// Volume k depends on the configuration and the seed alone, not on how many are made.
///
/// # Errors
/// If a field is out of its range.
pub fn volumes(config: &PhantomConfig) -> Result<Vec<Volume>, PhantomError> {
    config.check()?;
    Ok((1..=config.volumes).into_par_iter().map(|k| volume(config, k)).collect())
}

/// The phantom numbered `index`, from 1, of a configuration that [`PhantomConfig::check`] lets pass.
pub fn volume(config: &PhantomConfig, index: usize) -> Volume {
    let mut rng = stream(config.seed, index);
    let rng = &mut rng;
    let shape = [config.width, config.height, config.depth].map(|range| whole(rng, range));
    let anatomy = Anatomy::new(rng, config, shape);
    let warp = [7.0, 7.0, 9.0].map(|period| Field::new(rng, shape, period));
    let outline = Field::new(rng, shape, 4.0);
    let mottle = Field::new(rng, shape, 2.5);
    let bias = Field::new(rng, shape, 25.0);
    let scale = scale(rng, config.intensity);

    let count = shape.iter().product();
    let mut image = Vec::with_capacity(count);
    let mut label = Vec::with_capacity(count);
    for z in 0..shape[2] {
        for y in 0..shape[1] {
            for x in 0..shape[0] {
                let place = [x, y, z].map(|i| i as f64);
                let moved: [f64; 3] =
                    std::array::from_fn(|i| place[i] + config.deformation * warp[i].at(place));
                let drawn = anatomy.section(moved[2]).depth(moved) + config.outline * outline.at(place);
                label.push(if drawn < 0.0 { anatomy.part(place) } else { 0 });

                let tissue = mixed(&anatomy, moved);
                let contrasted = 1.0 - config.contrast * (1.0 - tissue);
                let coil = 1.0 + config.bias * bias.at(place) / Field::LIMIT;
                let clean = contrasted * coil + config.texture * mottle.at(place);
                image.push((rician(rng, clean, config.noise) * scale).round() as f32);
            }
        }
    }
    Volume { id: format!("phantom_{index:03}"), shape, image, label }
}

/// Mean brightness over a voxel: its partial volume.
fn mixed(anatomy: &Anatomy, [x, y, z]: [f64; 3]) -> f64 {
    let grain = anatomy.grain([x, y, z]);
    let mut sum = 0.0;
    for dz in SAMPLES {
        let section = anatomy.section(z + dz);
        for dy in SAMPLES {
            for dx in SAMPLES {
                sum += anatomy.brightness([x + dx, y + dy, z + dz], &section, &grain);
            }
        }
    }
    sum / 8.0
}

/// The magnitude of a complex signal with Gaussian noise of deviation `sigma` in both channels.
fn rician(rng: &mut ChaCha8Rng, signal: f64, sigma: f64) -> f64 {
    let real: f64 = StandardNormal.sample(rng);
    let imaginary: f64 = StandardNormal.sample(rng);
    let (real, imaginary) = (signal + sigma * real, sigma * imaginary);
    (real * real + imaginary * imaginary).sqrt()
}

/// White matter's intensity, log-uniform over the range and whole.
fn scale(rng: &mut ChaCha8Rng, [low, high]: [f64; 2]) -> f64 {
    between(rng, low.ln(), high.ln()).exp().round()
}
