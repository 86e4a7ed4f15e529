//! `examples.json`: a few test slices to look at, under the networks of one seed. It holds pixels of the
//! data, so it stays in the run folder; what `scripts/keep_examples.py` keeps of it for others holds none.

use super::changed::Changed;
use super::example_maps::ExampleMap;
use super::files::{content, hash, write_bytes};
use crate::definition::study::Study;
use crate::fault::Fault;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Example slices under the networks of one seed.
#[derive(Clone, Debug, PartialEq)]
pub struct Examples {
    /// The seed.
    pub seed: u64,
    /// Hash of the study.
    pub study_hash: String,
    /// SHA-256 of the networks' weights, by loss.
    pub weights: BTreeMap<String, String>,
    /// Whose slices they are and under which licence, where they are kept for others.
    pub source: Option<String>,
    /// The slices.
    pub slices: Vec<Example>,
}

/// One slice, its scanned pixels alone: rows run along x, columns along y.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Example {
    /// Volume id.
    pub volume: String,
    /// Depth index z.
    pub depth: usize,
    /// Scanned rows.
    pub height: usize,
    /// Scanned columns.
    pub width: usize,
    /// Scaled intensities, row-major; empty where the image is withheld.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub image: Vec<f32>,
    /// The largest intensity of an image that is withheld.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brightest: Option<f32>,
    /// The true mask, see [`runs`].
    pub truth: Vec<usize>,
    /// What each network makes of it, in the study's order of losses.
    pub networks: Vec<Seen>,
}

/// A slice as one network sees it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Seen {
    /// Loss that trained the network.
    pub loss: String,
    /// The saliency map, signed, row-major.
    pub gradient: Vec<f32>,
    /// The predicted mask without an attack.
    pub mask: Vec<usize>,
    /// Its hard Dice.
    pub dice: f64,
    /// The foreground probability without an attack in 255ths, row-major; empty in records of earlier versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub probability: Vec<u8>,
    /// One entry per ranking of the study.
    pub attacks: Vec<Attacked>,
    /// The map of every method, in the study's order; empty where it names none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub maps: Vec<ExampleMap>,
    /// What the attacks that sweeps name make of it, in the study's order; empty in records of earlier versions, and where it
    /// would be too much to keep.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<Changed>,
}

/// A slice under one attack.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Attacked {
    /// Name of the attack.
    pub attack: String,
    /// Scanned pixels in the order in which the attack takes them, as indices into the image.
    pub order: Vec<usize>,
    /// Points of each sweep, by its name.
    pub sweeps: BTreeMap<String, Vec<Outcome>>,
}

/// The network's answer at one point, in the first trial where values are drawn.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Outcome {
    /// The point's number of pixels.
    pub pixels: usize,
    /// How many are replaced in this slice, where that number is meant for an area.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaced: Option<usize>,
    /// What replaced them; none where values were drawn.
    pub level: Option<f32>,
    /// The drawn values; empty where a level replaced them.
    pub values: Vec<f32>,
    /// Hard Dice of the predicted mask.
    pub dice: f64,
    /// The predicted mask.
    pub mask: Vec<usize>,
}

impl Outcome {
    /// How many pixels are replaced: the first of the order.
    pub fn replaced(&self) -> usize {
        self.replaced.unwrap_or(self.pixels)
    }
}

/// A mask as the lengths of its runs, row-major, background first: `[0, 2, 1]` is two pixels of
/// foreground and one of background.
pub fn runs(mask: impl IntoIterator<Item = bool>) -> Vec<usize> {
    let mut runs = vec![0];
    let mut inside = false;
    for pixel in mask {
        if pixel != inside {
            runs.push(0);
            inside = pixel;
        }
        if let Some(last) = runs.last_mut() {
            *last += 1;
        }
    }
    runs
}

/// The mask of [`runs`].
pub fn mask(runs: &[usize]) -> Vec<bool> {
    runs.iter().enumerate().flat_map(|(place, &length)| std::iter::repeat_n(place % 2 == 1, length)).collect()
}

/// Where they lie in a run folder.
pub fn path(run: &Path) -> PathBuf {
    run.join("examples.json")
}

impl Example {
    /// Whether the image is kept.
    pub fn has_image(&self) -> bool {
        self.brightest.is_none()
    }

    /// The intensity that is shown white: the largest of the slice, so that one bright voxel elsewhere in the volume
    /// does not leave it dark.
    pub fn white(&self) -> f32 {
        let largest = self.image.iter().copied().chain(self.brightest).fold(0.0, f32::max);
        if largest > 0.0 { largest } else { 1.0 }
    }

    /// Whether every map and mask has the slice's size, so that whoever draws it can rely on that.
    fn is_sound(&self) -> bool {
        let Some(pixels) = self.height.checked_mul(self.width).filter(|&pixels| pixels > 0) else {
            return false;
        };
        let covers = |runs: &[usize]| {
            runs.iter().try_fold(0_usize, |sum, &length| sum.checked_add(length)) == Some(pixels)
        };
        let attacked = |attacked: &Attacked| {
            attacked.order.iter().all(|&pixel| pixel < pixels)
                && attacked.sweeps.values().flatten().all(|outcome| covers(&outcome.mask))
        };
        let changed = |changed: &Changed| covers(&changed.mask) && changed.change.fits(pixels);
        let seen = |seen: &Seen| {
            seen.gradient.len() == pixels
                && covers(&seen.mask)
                && seen.attacks.iter().all(attacked)
                && seen.maps.iter().all(|map| map.covers(pixels))
                && seen.changed.iter().all(changed)
        };
        let image = match self.brightest {
            Some(brightest) => self.image.is_empty() && brightest.is_finite(),
            None => self.image.len() == pixels,
        };
        image && covers(&self.truth) && self.networks.iter().all(seen)
    }
}

/// The file: what the slices are of, and the slices as the text that their hash vouches for.
#[derive(Deserialize, Serialize)]
struct Stored {
    seed: u64,
    study_hash: String,
    weights: BTreeMap<String, String>,
    /// SHA-256 of the slices' text; absent in files of schema 1.
    #[serde(default)]
    sha256: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    slices: Box<RawValue>,
}

impl Examples {
    /// Writes them into the run folder `run`, whole or not at all.
    ///
    /// # Errors
    /// [`Fault`] that names the file.
    pub fn write(&self, run: &Path) -> Result<(), Fault> {
        let path = path(run);
        let fault = |error: serde_json::Error| Fault::new(&path, error);
        let slices = serde_json::value::to_raw_value(&self.slices).map_err(fault)?;
        let stored = Stored {
            seed: self.seed,
            study_hash: self.study_hash.clone(),
            weights: self.weights.clone(),
            sha256: Some(hash(slices.get().as_bytes())),
            source: self.source.clone(),
            slices,
        };
        write_bytes(&path, (serde_json::to_string(&stored).map_err(fault)? + "\n").as_bytes())
    }

    /// The examples of a run; none where there are none, or where they are of other networks than now lie
    /// there.
    ///
    /// `weights` gives those of a seed's cells ([`super::cell::weights_of`]), where all are finished.
    ///
    /// # Errors
    /// [`Fault`] where the file is damaged, or what `weights` says.
    pub fn read(
        run: &Path,
        study: &Study,
        weights: impl FnOnce(u64) -> Result<Option<BTreeMap<String, String>>, Fault>,
    ) -> Result<Option<Self>, Fault> {
        let path = path(run);
        let bytes = match content(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            read => read.map_err(|error| Fault::new(&path, error))?,
        };
        let examples = Self::parse(&bytes).map_err(|fault| {
            Fault::new(
                &path,
                format!(
                    "is damaged ({fault}): put back the file as it was, or rename it and run the study again"
                ),
            )
        })?;
        let current = weights(examples.seed)?.is_some_and(|weights| weights == examples.weights);
        let identity = study.identity().map_err(|fault| Fault::new(&path, fault))?;
        Ok((current && identity.is(&examples.study_hash)).then_some(examples))
    }

    fn parse(bytes: &[u8]) -> Result<Self, String> {
        let Stored { seed, study_hash, weights, sha256, source, slices } =
            serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        if sha256.is_some_and(|recorded| recorded != hash(slices.get().as_bytes())) {
            return Err("its slices were changed".to_string());
        }
        let slices: Vec<Example> = serde_json::from_str(slices.get()).map_err(|error| error.to_string())?;
        match slices.iter().all(Example::is_sound) {
            true => Ok(Self { seed, study_hash, weights, source, slices }),
            false => Err("a map or mask is not of its slice's size".to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(&[false, false, true], &[2, 1])]
    #[case(&[true, true, false], &[0, 2, 1])]
    #[case(&[], &[0])]
    fn masks_are_runs_and_come_back(#[case] pixels: &[bool], #[case] lengths: &[usize]) {
        assert_eq!(runs(pixels.iter().copied()), lengths);
        assert_eq!(mask(lengths), pixels);
    }

    const KEPT: &str = r#""image":[0.5,0.25]"#;

    /// A file of schema 1, without a hash: whoever draws its slices must be able to rely on their sizes.
    #[rstest]
    #[case("2", "[1, 1]", KEPT, "")]
    #[case("0", "[1, 1]", KEPT, "is not of its slice's size")]
    #[case("2", "[1, 2]", KEPT, "is not of its slice's size")]
    #[case("2", "[18446744073709551615, 1]", KEPT, "is not of its slice's size")]
    #[case("two", "[1, 1]", KEPT, "expected")]
    #[case::withheld("2", "[1, 1]", r#""brightest":0.5"#, "")]
    #[case::neither("2", "[1, 1]", r#""image":[]"#, "is not of its slice's size")]
    #[case::both("2", "[1, 1]", r#""image":[0.5,0.25],"brightest":0.5"#, "is not of its slice's size")]
    fn slices_whose_parts_do_not_fit_are_refused(
        #[case] width: &str,
        #[case] truth: &str,
        #[case] image: &str,
        #[case] says: &str,
    ) {
        let slice = format!(
            r#"{{"volume":"a","depth":0,"height":1,"width":{width},{image},"truth":{truth},"networks":[]}}"#
        );
        let file = format!(r#"{{"seed":0,"study_hash":"h","weights":{{}},"slices":[{slice}]}}"#);
        match Examples::parse(file.as_bytes()) {
            Ok(examples) => {
                let kept: &[f32] = if image == KEPT { &[0.5, 0.25] } else { &[] };
                assert!(says.is_empty() && examples.slices[0].image == kept);
                assert_eq!(examples.slices[0].white(), 0.5);
            }
            Err(fault) => assert!(!says.is_empty() && fault.contains(says), "{fault}"),
        }
    }
}
