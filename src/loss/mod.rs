//! Loss functions: each term is a file of this folder, with its own parameters, and a line in [`TERMS`]; a
//! loss is a weighted sum of terms, written as `bce+dice`, `0.5*bce+dice` or `focal(gamma=1)+dice`.
//!
//! Every term takes logits and targets of shape `[batch, 1, height, width]`, targets 0 or 1, and gives
//! a scalar that is smaller the better the prediction. Reductions run over the whole batch, but for those of
//! `slice-dice`; distances and skeletons are those of each slice.

mod asymmetric_similarity;
mod bce;
mod boundary;
mod cl_dice;
mod combo;
mod dice;
mod distance;
mod exponential_log;
mod focal;
mod focal_tversky;
mod generalised_dice;
mod hausdorff_dt;
mod hinge;
mod host;
mod jaccard;
mod label_smoothed_bce;
mod log_cosh_dice;
mod lovasz;
mod mae;
mod mcc;
mod mse;
mod parameters;
mod poly;
mod region;
mod sensitivity_specificity;
mod slice_dice;
pub mod sums;
mod text;
mod topk_bce;
mod tversky;
mod unified_focal;
mod weighted_bce;

pub use crate::rules::parameter::Parameter;
pub use parameters::LossParameters;
pub use text::LossError;

use crate::rules::additions::Additions;
use burn::tensor::Tensor;
use std::fmt;

/// One term of a loss: its name in study files and its function.
pub struct Term {
    /// Name in study files.
    pub name: &'static str,
    /// Name in tables and figures.
    pub title: &'static str,
    /// Its free parameters.
    pub parameters: &'static [Parameter],
    /// The term's value, shape `[1]`, for logits and targets `[batch, 1, height, width]` and a value per
    /// parameter.
    pub forward: fn(logits: Tensor<4>, targets: Tensor<4>, parameters: &[f64]) -> Tensor<1>,
}

/// Every term that a loss can be made of.
pub const TERMS: &[Term] = &[
    bce::TERM,
    dice::TERM,
    focal::TERM,
    slice_dice::TERM,
    mse::TERM,
    mae::TERM,
    weighted_bce::TERM,
    topk_bce::TERM,
    label_smoothed_bce::TERM,
    poly::TERM,
    hinge::TERM,
    jaccard::TERM,
    tversky::TERM,
    focal_tversky::TERM,
    asymmetric_similarity::TERM,
    generalised_dice::TERM,
    log_cosh_dice::TERM,
    sensitivity_specificity::TERM,
    unified_focal::TERM,
    combo::TERM,
    lovasz::TERM,
    mcc::TERM,
    exponential_log::TERM,
    boundary::TERM,
    hausdorff_dt::TERM,
    cl_dice::TERM,
];

/// Terms of a program that uses this library.
static ADDED: Additions<Term> = Additions::new();

/// Adds a term for this process: from now on losses, studies and arms may name it.
///
/// # Errors
/// A line where its name is taken or no name.
pub fn add(term: &'static Term) -> Result<(), String> {
    ADDED.add(term, TERMS.iter(), |term| term.name)
}

/// Every term of [`TERMS`], then those that were [added](add).
pub fn terms() -> impl Iterator<Item = &'static Term> {
    TERMS.iter().chain(ADDED.all())
}

/// A weighted sum of terms.
#[derive(Clone)]
pub struct LossFunction(Vec<Weighted>);

/// A term in a sum.
#[derive(Clone)]
struct Weighted {
    weight: f64,
    term: &'static Term,
    /// One value a parameter.
    values: Vec<f64>,
    /// Which of them the loss's text has to give, since they are not what they would be without.
    given: Vec<bool>,
}

impl LossFunction {
    /// That of a network which does not tell what it was trained with: no term, and no text.
    pub fn unknown() -> Self {
        Self(Vec::new())
    }

    /// Whether it is a loss at all, see [`Self::unknown`].
    pub fn is_known(&self) -> bool {
        !self.0.is_empty()
    }

    /// Whether a term of it looks at where pixels lie, as distances and skeletons do. Of terms that were [added](add) that is not
    /// known, and taken to be so.
    pub fn looks_at_places(&self) -> bool {
        let of_places = [boundary::TERM.name, hausdorff_dt::TERM.name, cl_dice::TERM.name];
        let looks = |name: &str| of_places.contains(&name) || TERMS.iter().all(|term| term.name != name);
        self.terms().any(looks)
    }

    /// Names of its terms, in order.
    pub fn terms(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|part| part.term.name)
    }

    /// The loss of `logits` against `targets`, both `[batch, 1, height, width]`; shape `[1]`.
    pub fn forward(&self, logits: Tensor<4>, targets: Tensor<4>) -> Tensor<1> {
        self.0
            .iter()
            .map(|Weighted { weight, term, values, .. }| {
                let value = (term.forward)(logits.clone(), targets.clone(), values);
                if *weight == 1.0 { value } else { value.mul_scalar(*weight) }
            })
            .reduce(|sum, value| sum + value)
            .unwrap_or_else(|| Tensor::zeros([1], &logits.device()))
    }
}

impl fmt::Debug for LossFunction {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        write!(formatter, "LossFunction({self})")
    }
}

/// Two losses are the same where their texts are.
impl PartialEq for LossFunction {
    fn eq(&self, other: &Self) -> bool {
        self.to_string() == other.to_string()
    }
}
