//! Loss functions: each term is a file of this folder and a line in [`TERMS`]; a loss is a weighted
//! sum of terms, written as `bce+dice` or `0.5*bce+dice`.
//!
//! Every term takes logits and targets of shape `[batch, 1, height, width]`, targets 0 or 1, and gives
//! a scalar that is smaller the better the prediction. Reductions run over the whole batch.

mod bce;
mod dice;
mod focal;

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The free parameters of the terms.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct LossParameters {
    /// Added to the denominator of the Dice loss; above 0.
    pub dice_epsilon: f64,
    /// Weight of the foreground in the focal loss, 0 to 1; the background has the rest.
    pub focal_alpha: f64,
    /// Focusing exponent of the focal loss, 0 or above.
    pub focal_gamma: f64,
}

impl Default for LossParameters {
    fn default() -> Self {
        Self { dice_epsilon: 1e-7, focal_alpha: 0.25, focal_gamma: 2.0 }
    }
}

impl LossParameters {
    /// These, but at their defaults for terms that are not `used`.
    pub fn of_terms(&self, used: impl Fn(&str) -> bool) -> Self {
        let plain = Self::default();
        let kept = |term: &str, own: f64, plain: f64| if used(term) { own } else { plain };
        Self {
            dice_epsilon: kept("dice", self.dice_epsilon, plain.dice_epsilon),
            focal_alpha: kept("focal", self.focal_alpha, plain.focal_alpha),
            focal_gamma: kept("focal", self.focal_gamma, plain.focal_gamma),
        }
    }
}

/// One term of a loss: its name in study files and its function.
pub struct Term {
    /// Name in study files.
    pub name: &'static str,
    /// Name in tables and figures.
    pub title: &'static str,
    /// The term's value, shape `[1]`, for logits and targets `[batch, 1, height, width]`.
    pub forward: fn(logits: Tensor<4>, targets: Tensor<4>, parameters: &LossParameters) -> Tensor<1>,
}

/// Every term that a loss can be made of.
pub const TERMS: &[Term] = &[bce::TERM, dice::TERM, focal::TERM];

/// A text that is no loss.
#[derive(Debug, thiserror::Error)]
#[error("loss '{text}': {fault}")]
pub struct LossError {
    text: String,
    fault: String,
}

/// A weighted sum of terms.
#[derive(Clone)]
pub struct LossFunction {
    terms: Vec<(f64, &'static Term)>,
    parameters: LossParameters,
}

impl LossFunction {
    /// Reads `term+term`, each term a name from [`TERMS`] with an optional `weight*` before it.
    ///
    /// # Errors
    /// [`LossError`] for an unknown name, a name given twice, or a weight that is not above 0.
    pub fn parse(text: &str, parameters: &LossParameters) -> Result<Self, LossError> {
        let fault = |fault: String| LossError { text: text.to_string(), fault };
        let mut terms: Vec<(f64, &'static Term)> = Vec::new();
        for part in text.split('+').map(str::trim) {
            let (weight, name) = match part.split_once('*') {
                Some((weight, name)) => (weight.trim().parse::<f64>().ok(), name.trim()),
                None => (Some(1.0), part),
            };
            let Some(weight) = weight.filter(|weight| weight.is_finite() && *weight > 0.0) else {
                return Err(fault(format!("the weight in '{part}' should be a number above 0")));
            };
            let Some(term) = TERMS.iter().find(|term| term.name == name) else {
                let known: Vec<_> = TERMS.iter().map(|term| term.name).collect();
                return Err(fault(format!("'{name}' should be one of {}", known.join(", "))));
            };
            if terms.iter().any(|(_, other)| other.name == name) {
                return Err(fault(format!("'{name}' is given twice")));
            }
            terms.push((weight, term));
        }
        Ok(Self { terms, parameters: parameters.clone() })
    }

    /// Names of its terms, in order.
    pub fn terms(&self) -> impl Iterator<Item = &'static str> {
        self.terms.iter().map(|(_, term)| term.name)
    }

    /// The loss of `logits` against `targets`, both `[batch, 1, height, width]`; shape `[1]`.
    pub fn forward(&self, logits: Tensor<4>, targets: Tensor<4>) -> Tensor<1> {
        self.terms
            .iter()
            .map(|(weight, term)| {
                let value = (term.forward)(logits.clone(), targets.clone(), &self.parameters);
                if *weight == 1.0 { value } else { value.mul_scalar(*weight) }
            })
            .reduce(|sum, value| sum + value)
            .unwrap_or_else(|| Tensor::zeros([1], &logits.device()))
    }

    /// Name for tables and figures, such as `BCE + Dice`.
    pub fn title(&self) -> String {
        self.join(" + ", |term| term.title, " ")
    }

    /// Name for file names: the text with `x` for `*`.
    pub fn slug(&self) -> String {
        self.join("+", |term| term.name, "x")
    }

    fn join(&self, plus: &str, name: fn(&Term) -> &'static str, times: &str) -> String {
        let parts = self.terms.iter().map(|(weight, term)| {
            if *weight == 1.0 { name(term).to_string() } else { format!("{weight}{times}{}", name(term)) }
        });
        parts.collect::<Vec<_>>().join(plus)
    }
}

/// The text that [`LossFunction::parse`] reads back.
impl fmt::Display for LossFunction {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str(&self.join("+", |term| term.name, "*"))
    }
}

impl fmt::Debug for LossFunction {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        write!(formatter, "LossFunction({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("bce", "bce", "BCE")]
    #[case(" bce + dice+focal ", "bce+dice+focal", "BCE + Dice + Focal")]
    #[case("0.5*bce+dice", "0.5xbce+dice", "0.5 BCE + Dice")]
    fn texts_read_as_losses(#[case] text: &str, #[case] slug: &str, #[case] title: &str) {
        let loss = LossFunction::parse(text, &LossParameters::default()).expect("a loss");
        assert_eq!(loss.slug(), slug);
        assert_eq!(loss.title(), title);
        let again = LossFunction::parse(&loss.to_string(), &LossParameters::default()).expect("a loss");
        assert_eq!(again.to_string(), loss.to_string());
    }

    #[rstest]
    #[case("", "'' should be one of bce, dice, focal")]
    #[case("bce+hinge", "'hinge' should be one of")]
    #[case("bce+bce", "given twice")]
    #[case("-1*bce", "above 0")]
    #[case("x*bce", "above 0")]
    fn texts_that_are_no_loss_are_refused(#[case] text: &str, #[case] says: &str) {
        let message = LossFunction::parse(text, &LossParameters::default()).unwrap_err().to_string();
        assert!(message.contains(says), "{message}");
    }
}
