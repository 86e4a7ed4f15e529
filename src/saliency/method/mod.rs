//! Ways of explaining: each is a file of this folder, with its formula and source at the head, its own settings, and
//! a line in [`METHODS`]. A study names one as `gradient` or `integrated-gradients(steps=16)`.
//!
//! A map has a value for each value of the image, signed. Its channels add up to what a position is worth
//! ([`Positions`](crate::saliency::positions::Positions)); a method that knows positions alone shares the worth of
//! each out evenly among its channels. What is explained is a scalar of the network's output
//! ([`Output`](crate::saliency::Output)), the same for every method.

pub mod baseline;
mod deep_lift;
mod grad_cam;
mod gradient;
mod gradient_x_input;
mod guided_backprop;
mod guided_grad_cam;
mod integrated_gradients;
mod layers;
mod noisy;
mod occlusion;
pub mod quadrature;
mod smooth_grad;
mod smooth_grad_squared;
mod var_grad;

use crate::network::Network;
use crate::network::finite::NotFinite;
use crate::rules::one_of;
use crate::rules::settings::Settings;
use crate::saliency::Question;
use std::fmt;
use std::sync::Arc;

/// What a method needs of a network, each including those before it.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Needs {
    /// Its answers.
    Logits,
    /// The gradient of a scalar of them.
    Gradient,
    /// What happens in its layers.
    Layers,
}

/// A way of explaining, with its settings.
pub trait Method: Send + Sync {
    /// What it needs of a network.
    fn needs(&self) -> Needs;

    /// Whether it draws random numbers.
    fn draws(&self) -> bool {
        false
    }

    /// Whether it can explain `network` for images of `size`.
    ///
    /// # Errors
    /// A line that says why not.
    fn check(&self, network: &dyn Network, size: [usize; 2]) -> Result<(), String> {
        let _ = (network, size);
        Ok(())
    }

    /// The map of each slice, laid end to end as the images. No slice's map depends on the others.
    ///
    /// # Errors
    /// [`ExplainError`] where a number is not finite.
    fn maps(&self, question: &Question) -> Result<Vec<f32>, ExplainError>;

    /// What the values of each slice's map would add up to, were the method exact; none where it promises nothing.
    ///
    /// # Errors
    /// [`ExplainError`] where a number is not finite.
    fn totals(&self, question: &Question) -> Result<Option<Vec<f64>>, ExplainError> {
        let _ = question;
        Ok(None)
    }
}

/// Why there is no map.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ExplainError {
    /// The method cannot explain this network or slices of this size.
    #[error("{0}")]
    Refused(String),
    /// See [`NotFinite`].
    #[error(transparent)]
    NotFinite(#[from] NotFinite),
}

/// A kind of method.
pub struct Kind {
    /// Name in study files and records.
    pub name: &'static str,
    /// Name in tables and figures.
    pub title: &'static str,
    /// Takes its settings.
    pub read: fn(&mut Settings) -> Result<Box<dyn Method>, String>,
}

/// Every kind, the paper's first.
pub const METHODS: &[Kind] = &[
    gradient::KIND,
    gradient_x_input::KIND,
    smooth_grad::KIND,
    smooth_grad_squared::KIND,
    var_grad::KIND,
    integrated_gradients::KIND,
    occlusion::KIND,
    grad_cam::KIND,
    guided_backprop::KIND,
    guided_grad_cam::KIND,
    deep_lift::KIND,
];

/// A method that was chosen by its text.
#[derive(Clone)]
pub struct Explainer {
    kind: &'static Kind,
    settings: String,
    method: Arc<dyn Method>,
}

impl Explainer {
    /// Reads the name of one of [`METHODS`] with its settings in parentheses behind it. Messages call the text `key`.
    ///
    /// # Errors
    /// A line for another name, and for a setting that the method does not have or that is out of its range.
    pub fn parse(key: &str, text: &str) -> Result<Self, String> {
        let (name, behind) = text.find('(').map_or((text, ""), |open| text.split_at(open));
        let kind = one_of(key, name.trim(), METHODS, |kind| kind.name)?;
        let read = || {
            let mut settings = Settings::parse(kind.name, behind)?;
            let method = (kind.read)(&mut settings)?;
            Ok(Self { kind, settings: settings.finish()?, method: method.into() })
        };
        read().map_err(|fault: String| format!("{key}: {fault}"))
    }

    /// Name of its kind.
    pub fn name(&self) -> &'static str {
        self.kind.name
    }

    /// Name for tables and figures, such as `integrated gradients (steps=16)`.
    pub fn title(&self) -> String {
        let space = if self.settings.is_empty() { "" } else { " " };
        format!("{}{space}{}", self.kind.title, self.settings)
    }

    /// What it needs of a network.
    pub fn needs(&self) -> Needs {
        self.method.needs()
    }

    /// Whether it draws random numbers.
    pub fn draws(&self) -> bool {
        self.method.draws()
    }

    /// Whether it can explain `network` for images of `size`.
    ///
    /// # Errors
    /// [`ExplainError::Refused`] where not, with the reason.
    pub fn check(&self, network: &dyn Network, size: [usize; 2]) -> Result<(), ExplainError> {
        if self.needs() == Needs::Layers && network.layers().is_none() {
            let usable: Vec<&str> =
                METHODS.iter().filter(|kind| kind.is_of_any_network()).map(|kind| kind.name).collect();
            return Err(ExplainError::Refused(format!(
                "{self} looks into layers, which this network does not show: take one of {}",
                usable.join(", ")
            )));
        }
        self.method.check(network, size).map_err(ExplainError::Refused)
    }

    /// The map of each slice, laid end to end as the images.
    ///
    /// # Errors
    /// [`ExplainError`] where the method does not fit the network or a number is not finite.
    pub fn maps(&self, question: &Question) -> Result<Vec<f32>, ExplainError> {
        self.check(question.predictor().network(), question.predictor().size())?;
        self.method.maps(question)
    }

    /// What the values of each slice's map would add up to, were the method exact; none where it promises nothing.
    ///
    /// # Errors
    /// [`ExplainError`] where the method does not fit the network or a number is not finite.
    pub fn totals(&self, question: &Question) -> Result<Option<Vec<f64>>, ExplainError> {
        self.check(question.predictor().network(), question.predictor().size())?;
        self.method.totals(question)
    }
}

impl Kind {
    /// Whether it serves any network as it is without settings.
    fn is_of_any_network(&self) -> bool {
        let method = Settings::parse(self.name, "").and_then(|mut settings| (self.read)(&mut settings));
        method.is_ok_and(|method| method.needs() < Needs::Layers)
    }
}

impl Default for Explainer {
    fn default() -> Self {
        Self { kind: &gradient::KIND, settings: String::new(), method: Arc::new(gradient::Gradient) }
    }
}

/// The text that [`Explainer::parse`] reads back: settings at their default are left out.
impl fmt::Display for Explainer {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        write!(formatter, "{}{}", self.kind.name, self.settings)
    }
}

impl fmt::Debug for Explainer {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        write!(formatter, "Explainer({self})")
    }
}

/// Two are the same where their texts are.
impl PartialEq for Explainer {
    fn eq(&self, other: &Self) -> bool {
        self.to_string() == other.to_string()
    }
}

#[cfg(test)]
mod tests;
