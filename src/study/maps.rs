//! Saliency maps of a network, one a slice, kept in a temporary file: a large study has more of them than
//! memory.

use crate::data::DataError;
use crate::data::spill::{Spill, from_bytes, to_bytes};
use crate::data::stored_slices::StoredSlices;
use crate::definition::study::Study;
use crate::image::gather::gather;
use crate::image::slice::Slice;
use crate::loss::LossFunction;
use crate::network::chunked::Predictor;
use crate::network::device::Device;
use crate::network::open;
use crate::network::unet::weights::Weights;
use crate::saliency::method::Explainer;
use crate::saliency::{Output, Place, Question, Scalar, gradient};
use crate::study::StudyError;
use crate::study::prepared::Prepared;

/// Slices whose saliency is taken at a time.
const BATCH: usize = 256;

/// One map a slice.
pub struct Maps {
    spill: Spill,
    /// Values of one map.
    values: usize,
}

/// The maps of a network by one method.
pub struct MethodMaps {
    /// The method, where records say it.
    pub name: Option<String>,
    /// Its maps.
    pub maps: Maps,
}

impl MethodMaps {
    /// The maps of `predictor`, whose loss is `loss`, at each test slice, by every method of the study in its order;
    /// draws are those of `seed`. `begun` hears of each method before it starts on some slices, with the number of such
    /// pieces of work that are done and that there are.
    ///
    /// # Errors
    /// [`StudyError`] where the temporary files refuse, a number is not finite or a method does not fit.
    pub fn of_study(
        predictor: &Predictor,
        of: (&Study, &Prepared),
        loss: &LossFunction,
        seed: u64,
        mut begun: impl FnMut([usize; 2], &Explainer),
    ) -> Result<Vec<Self>, StudyError> {
        Self::by(&of.0.explainers, predictor, of, loss, seed, &mut begun)
    }

    /// Those of the study's first method.
    ///
    /// # Errors
    /// As [`Self::of_study`].
    pub fn first(
        predictor: &Predictor,
        of: (&Study, &Prepared),
        loss: &LossFunction,
        seed: u64,
    ) -> Result<Self, StudyError> {
        let default = Explainer::default();
        let first = of.0.explainers.first().unwrap_or(&default);
        let mut maps = Self::by(std::slice::from_ref(first), predictor, of, loss, seed, &mut |_, _| {})?;
        Ok(maps.remove(0))
    }

    fn by(
        explainers: &[Explainer],
        predictor: &Predictor,
        (study, prepared): (&Study, &Prepared),
        loss: &LossFunction,
        seed: u64,
        begun: &mut dyn FnMut([usize; 2], &Explainer),
    ) -> Result<Vec<Self>, StudyError> {
        if !study.names_methods() {
            return Ok(vec![Self {
                name: None,
                maps: Maps::of(predictor, &prepared.test, study.output, loss)?,
            }]);
        }
        let scalar = Scalar { output: study.output, loss };
        let id = |volume: usize| prepared.volumes[volume].id.clone();
        let maps = Maps::by(explainers, predictor, scalar, &prepared.test, id, seed, begun)?;
        let named = explainers.iter().zip(maps);
        Ok(named.map(|(explainer, maps)| Self { name: Some(explainer.to_string()), maps }).collect())
    }
}

/// Whether every method of the study can explain the network that it trains, before any is trained.
///
/// # Errors
/// [`StudyError::Request`] for the first that cannot, with the reason.
pub fn check_methods(study: &Study, prepared: &Prepared, device: &Device) -> Result<(), StudyError> {
    if !study.trains() {
        return Ok(());
    }
    let network = open::network(&Weights::random(&prepared.model(study)?, 0), device);
    Ok(study.explainers.iter().try_for_each(|explainer| explainer.check(network.as_ref(), prepared.size))?)
}

impl Maps {
    /// The gradient of `output` at each of `slices`; `loss` is that of the network.
    ///
    /// # Errors
    /// [`StudyError`] where the temporary files refuse or a gradient is not finite.
    pub fn of(
        predictor: &Predictor,
        slices: &StoredSlices,
        output: &Output,
        loss: &LossFunction,
    ) -> Result<Self, StudyError> {
        let mut maps = Self { spill: Spill::new()?, values: slices.channels() * predictor.pixels() };
        for batch in slices.batches(BATCH) {
            let (images, targets) = gather(&batch?);
            maps.spill.append(&to_bytes(&gradient(predictor, &images, &targets, output, loss)?))?;
        }
        Ok(maps)
    }

    /// The maps of each of `explainers` at each of `slices`, whose volumes are called `ids`; draws are those of `seed`.
    /// Slices are asked by all methods before the next ones, since some methods ask the same.
    ///
    /// # Errors
    /// [`StudyError`] where the temporary files refuse, a number is not finite or the method does not fit.
    fn by(
        explainers: &[Explainer],
        predictor: &Predictor,
        scalar: Scalar,
        slices: &StoredSlices,
        ids: impl Fn(usize) -> String,
        seed: u64,
        begun: &mut dyn FnMut([usize; 2], &Explainer),
    ) -> Result<Vec<Self>, StudyError> {
        let values = slices.channels() * predictor.pixels();
        let empty = || Ok(Self { spill: Spill::new()?, values });
        let mut each: Vec<Self> = explainers.iter().map(|_| empty()).collect::<Result<_, DataError>>()?;
        let pieces = explainers.len() * slices.len().div_ceil(BATCH);
        let mut done = 0;
        for batch in slices.batches(BATCH) {
            let batch = batch?;
            let place = |slice: &Slice| Place {
                region: slice.region,
                seed,
                volume: ids(slice.volume),
                depth: slice.depth,
            };
            let places: Vec<Place> = batch.iter().map(place).collect();
            let (images, targets) = gather(&batch);
            let question = Question::new(predictor, scalar, &images, &targets, &places)?;
            for (explainer, maps) in explainers.iter().zip(&mut each) {
                begun([done, pieces], explainer);
                maps.spill.append(&to_bytes(&explainer.maps(&question)?))?;
                done += 1;
            }
        }
        Ok(each)
    }

    /// Maps at hand, laid end to end, each of `values` values.
    ///
    /// # Errors
    /// [`DataError`] where the temporary file refuses.
    pub fn at_hand(maps: &[f32], values: usize) -> Result<Self, DataError> {
        let mut spill = Spill::new()?;
        spill.append(&to_bytes(maps))?;
        Ok(Self { spill, values })
    }

    /// The map of the slice numbered `slice`, signed, row-major over the padded slice, channel by
    /// channel.
    ///
    /// # Errors
    /// [`DataError`] where the temporary file refuses or there is no such slice.
    pub fn read(&self, slice: usize) -> Result<Vec<f32>, DataError> {
        let bytes = 4 * self.values;
        Ok(from_bytes(&self.spill.read((slice * bytes) as u64, bytes)?).collect())
    }
}
