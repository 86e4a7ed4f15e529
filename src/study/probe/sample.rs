//! The slices that checks of ways of explaining look at: of each test volume the one with the most foreground, since
//! every check explains a slice hundreds of times.

use crate::image::gather::gather;
use crate::image::slice::Slice;
use crate::network::chunked::Predictor;
use crate::saliency::method::{ExplainError, Explainer};
use crate::saliency::positions::Positions;
use crate::saliency::{Place, Question, Scalar};
use crate::study::StudyError;
use crate::study::prepared::Prepared;

/// One slice of each test volume.
pub struct Sample {
    /// The slices.
    pub slices: Vec<Slice>,
    /// Where each comes from.
    pub places: Vec<Place>,
    images: Vec<f32>,
    targets: Vec<f32>,
}

impl Sample {
    /// That of `prepared`; draws are those of `seed`.
    ///
    /// # Errors
    /// [`StudyError`] where slices cannot be read.
    pub fn of(prepared: &Prepared, seed: u64) -> Result<Self, StudyError> {
        let mut slices = Vec::new();
        for (_, range) in prepared.test_volumes() {
            let foreground = |slice: &Slice| slice.mask.iter().filter(|&&inside| inside).count();
            let of_volume = prepared.test.read(range)?.into_iter();
            // The first of equal ones.
            slices.extend(of_volume.rev().max_by_key(foreground));
        }
        let name = |slice: &Slice| prepared.volumes[slice.volume].id.clone();
        Ok(Self::at_hand(slices, name, seed))
    }

    /// That of `slices`, whose volumes `name` names.
    pub fn at_hand(slices: Vec<Slice>, name: impl Fn(&Slice) -> String, seed: u64) -> Self {
        let place =
            |slice: &Slice| Place { region: slice.region, seed, volume: name(slice), depth: slice.depth };
        let places = slices.iter().map(place).collect();
        let (images, targets) = gather(&slices);
        Self { places, images, targets, slices }
    }

    /// What is asked of `predictor`.
    ///
    /// # Errors
    /// [`ExplainError`] where a logit is not finite.
    pub fn question<'a>(
        &'a self,
        predictor: &'a Predictor,
        scalar: Scalar<'a>,
    ) -> Result<Question<'a>, ExplainError> {
        Ok(Question::new(predictor, scalar, &self.images, &self.targets, &self.places)?)
    }

    /// What each scanned position of each slice is worth to `explainer`, row-major; 0 for a pixel to ignore.
    ///
    /// # Errors
    /// [`ExplainError`] where the method does not fit or a number is not finite.
    pub fn maps(&self, explainer: &Explainer, question: &Question) -> Result<Vec<Vec<f64>>, ExplainError> {
        let maps = explainer.maps(question)?;
        let each = self.slices.iter().zip(maps.chunks(question.image()));
        Ok(each.map(|(slice, map)| positions(slice, map)).collect())
    }
}

/// What each scanned position is worth.
fn positions(slice: &Slice, map: &[f32]) -> Vec<f64> {
    let positions = Positions::of(map, slice.mask.len());
    let worth = |pixel: usize| match slice.ignored.binary_search(&pixel) {
        Ok(_) => 0.0,
        Err(_) => f64::from(positions.signed(pixel)),
    };
    slice.region.pixels().map(worth).collect()
}
