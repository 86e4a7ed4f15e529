//! The networks of a study that exist, all of them: whether they can take its slices and agree with it.

use crate::definition::arm::{Arm, ArmConfig};
use crate::definition::existing::{Existing, Source};
use crate::definition::saliency::Check;
use crate::definition::study::Study;
use crate::network::chunked::Predictor;
use crate::network::device::Device;
use crate::network::open;
use crate::network::unet::weights::Weights;
use crate::records::cell::WEIGHTS;
use crate::study::StudyError;
use crate::study::opened::Opened;
use crate::study::prepared::Prepared;
use crate::study::volumes::Fit;
use std::collections::BTreeMap;
use std::path::Path;

/// The networks of a study that exist, by arm.
#[derive(Default)]
pub struct Networks(BTreeMap<String, Opened>);

impl Networks {
    /// Opens those of `study`, side by side.
    ///
    /// # Errors
    /// [`StudyError`] for the first that does not open, or is another than the study's fingerprint says.
    pub fn open(study: &Study) -> Result<Self, StudyError> {
        let existing = study.arms.iter().filter_map(|arm| Some((arm.name.as_str(), arm.existing.as_ref()?)));
        let existing: Vec<(&str, &Existing)> = existing.collect();
        // Threads of their own: a process takes seconds to start, and they wait.
        std::thread::scope(|scope| {
            let open = |&(name, existing)| (name, scope.spawn(move || Opened::open(name, existing)));
            let opening: Vec<_> = existing.iter().map(open).collect();
            let opened = opening.into_iter().map(|(name, opened)| {
                let died = || StudyError::Request(format!("network {name} could not be opened"));
                Ok((name.to_string(), opened.join().map_err(|_| died())??))
            });
            Ok(Self(opened.collect::<Result<_, StudyError>>()?))
        })
    }

    /// `study` with the fingerprint of each, as far as one is known: its cells are those of these networks, not of whatever
    /// will lie at their paths.
    ///
    /// # Errors
    /// [`StudyError::Request`], what [`Study::of`] says.
    pub fn fingerprinted(&self, study: &Study) -> Result<Study, StudyError> {
        let mut raw = study.raw().clone();
        self.fingerprint(&mut raw.arms);
        Study::of(raw).map_err(StudyError::Request)
    }

    /// Notes the fingerprint of each in its arm, as far as one is known.
    pub fn fingerprint(&self, arms: &mut [ArmConfig]) {
        for arm in arms {
            if let Some(one) = self.get(&arm.name) {
                arm.fingerprint.clone_from(&one.fingerprint);
            }
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each with the name of its arm.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Opened)> {
        self.0.iter().map(|(name, one)| (name.as_str(), one))
    }

    /// That of the arm called `name`.
    pub fn get(&self, name: &str) -> Option<&Opened> {
        self.0.get(name)
    }

    /// What slices have to be for all of them; `own` is what a network that the study trains takes, where it does.
    pub fn fit(&self, own: Option<usize>) -> Fit {
        let multiples = self.0.values().map(Opened::multiple).chain(own);
        let multiple = multiples.reduce(|a, b| a / common_divisor(a, b) * b);
        let sizes = self.0.values().filter_map(|one| one.preprocessing.size);
        let least = sizes.fold([1, 1], |[height, width], size| [height.max(size[0]), width.max(size[1])]);
        let up = |side: usize| multiple.map_or(side, |multiple| side.next_multiple_of(multiple));
        Fit { least: least.map(up), multiple }
    }

    /// A line for each that says it was trained on images of another scale, on other slices, or on other channels than those of
    /// `study`, whose data are `prepared`.
    pub fn differences(&self, study: &Study, prepared: &Prepared) -> Vec<String> {
        let (range, scale) = (study.data.intensity, study.data.scale);
        let slicing = study.data.slicing();
        let differs = |one: &Opened| {
            let said = &one.preprocessing;
            said.intensity.is_some_and(|said| said != range) || said.scale.is_some_and(|said| said != scale)
        };
        let line = |name: &str| {
            format!(
                "network {name}: was trained on images of another scale than data.intensity and data.scale of the study make"
            )
        };
        let cut = self.iter().filter_map(|(name, one)| {
            let said = one.preprocessing.slicing.filter(|said| *said != slicing)?;
            Some(format!(
                "network {name}: was trained on slices {said}, but those of the study are {slicing} (data.axis, data.spacing, data.size)"
            ))
        });
        let seen = self.iter().filter_map(|(name, one)| {
            let said = one.preprocessing.channels.as_ref().filter(|said| **said != prepared.selected)?;
            Some(format!(
                "network {name}: was trained on the channels {said:?}, but those of the study are {:?} (data.channels)",
                prepared.selected
            ))
        });
        let scaled = self.iter().filter(|(_, one)| differs(one)).map(|(name, _)| line(name));
        scaled.chain(cut).chain(seen).collect()
    }

    /// Whether each can take the slices and be explained by every method of the study.
    ///
    /// # Errors
    /// [`StudyError::Request`] that names the first that cannot, and why.
    pub fn check(&self, study: &Study, prepared: &Prepared, device: &Device) -> Result<(), StudyError> {
        for (name, one) in &self.0 {
            let network = one.network(device);
            let (takes, gets) = (network.channels(), prepared.channels);
            if takes != gets {
                return Err(StudyError::Request(format!(
                    "network {name} takes {takes} channels, but the study selects {gets}: choose them with --set data.channels=[..]"
                )));
            }
            if study.checks.contains(&Check::Sanity) && one.own().is_none() {
                return Err(StudyError::Request(format!(
                    "saliency.checks: sanity draws weights anew, and those of network {name} lie in a process of its own: leave sanity out"
                )));
            }
            let explained =
                study.explainers.iter().try_for_each(|one| one.check(network.as_ref(), prepared.size));
            explained
                .map_err(|error| StudyError::Request(format!("network {name}: attack.maps: {error}")))?;
        }
        Ok(())
    }
}

/// The network of `arm` whose finished cell lies in `cell`.
///
/// # Errors
/// [`StudyError`] where its weights cannot be read, or nobody started its process.
pub fn predictor(
    opened: Option<&Networks>,
    arm: &Arm,
    cell: &Path,
    device: &Device,
    size: [usize; 2],
) -> Result<Predictor, StudyError> {
    match (opened.and_then(|opened| opened.get(&arm.name)), &arm.existing) {
        (Some(one), _) => Ok(one.predictor(device, size)),
        (None, Some(Existing { source: Source::Process(_), .. })) => Err(not_opened(arm)),
        _ => Ok(open::predictor(&Weights::read(&cell.join(WEIGHTS))?, device, size)),
    }
}

/// What is said of a network that exists and was not opened.
pub fn not_opened(arm: &Arm) -> StudyError {
    StudyError::Request(format!(
        "the network {} exists already and has to be opened, see Networks::open",
        arm.name
    ))
}

fn common_divisor(a: usize, b: usize) -> usize {
    if b == 0 { a } else { common_divisor(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(16, 32, 16)]
    #[case(12, 18, 6)]
    #[case(7, 5, 1)]
    fn the_common_divisor_is_the_greatest(#[case] a: usize, #[case] b: usize, #[case] expected: usize) {
        assert_eq!((common_divisor(a, b), common_divisor(b, a)), (expected, expected));
    }
}
