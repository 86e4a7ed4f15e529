//! Parameters that a study sets for all of its losses, in its table `loss`: `focal_gamma = 1.0` is what
//! `focal` has where a loss's own text gives no other. Studies of schema 1 wrote all parameters so.

use super::{Parameter, Term, terms};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Values by `TERM_PARAMETER`; a parameter that is not there has the term's own default.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(transparent)]
pub struct LossParameters(BTreeMap<String, f64>);

fn key(term: &Term, parameter: &Parameter) -> String {
    format!("{}_{}", term.name, parameter.name)
}

/// Every parameter of every term.
fn every() -> impl Iterator<Item = (&'static Term, &'static Parameter)> {
    terms().flat_map(|term| term.parameters.iter().map(move |parameter| (term, parameter)))
}

/// The keys of the term that `name` begins with, or all where there is none.
fn near(name: &str) -> Vec<String> {
    let of_term =
        every().filter(|(term, _)| name.strip_prefix(term.name).is_some_and(|rest| rest.starts_with('_')));
    let keys: Vec<String> = of_term.map(|(term, parameter)| key(term, parameter)).collect();
    if keys.is_empty() { every().map(|(term, parameter)| key(term, parameter)).collect() } else { keys }
}

impl LossParameters {
    /// These without those that say the term's own default, their names and ranges checked.
    ///
    /// # Errors
    /// A line that names the parameter that is none or out of range.
    pub fn checked(&self) -> Result<Self, String> {
        let mut kept = BTreeMap::new();
        for (name, &value) in &self.0 {
            let Some((_, parameter)) = every().find(|(term, parameter)| key(term, parameter) == *name) else {
                return Err(format!("loss.{name} is no parameter: there are {}", near(name).join(", ")));
            };
            parameter.range.check(&format!("loss.{name}"), value)?;
            if value != parameter.default {
                kept.insert(name.clone(), value);
            }
        }
        Ok(Self(kept))
    }

    /// Whether every parameter is at its term's default.
    pub fn is_plain(&self) -> bool {
        self.0.is_empty()
    }

    /// Those of terms that are `used`.
    pub fn of_terms(&self, used: impl Fn(&str) -> bool) -> Self {
        let names: Vec<String> = every()
            .filter(|(term, _)| used(term.name))
            .map(|(term, parameter)| key(term, parameter))
            .collect();
        Self(self.0.iter().filter(|(name, _)| names.contains(name)).map(|(n, v)| (n.clone(), *v)).collect())
    }

    /// The value of a term's parameter.
    pub(super) fn value(&self, term: &Term, parameter: &Parameter) -> f64 {
        self.0.get(&key(term, parameter)).copied().unwrap_or(parameter.default)
    }

    /// The value called `name`, such as `focal_gamma`; none where no term has it.
    pub fn get(&self, name: &str) -> Option<f64> {
        let (term, parameter) = every().find(|(term, parameter)| key(term, parameter) == name)?;
        Some(self.value(term, parameter))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn parameters(text: &str) -> LossParameters {
        toml::from_str(text).expect("a table")
    }

    #[test]
    fn what_says_the_default_says_nothing() {
        let plain = parameters("dice_epsilon = 1e-7\nfocal_alpha = 0.25\nfocal_gamma = 2").checked();
        assert_eq!(plain, Ok(LossParameters::default()));
        let other = parameters("focal_gamma = 1").checked().expect("parameters");
        assert_eq!(
            (other.get("focal_gamma"), other.get("focal_alpha"), other.get("x_y")),
            (Some(1.0), Some(0.25), None)
        );
        assert!(other.of_terms(|term| term == "bce").is_plain());
        assert_eq!(other.of_terms(|term| term == "focal"), other);
    }

    #[rstest]
    #[case("dice_epsilon = 0.0", "loss.dice_epsilon should be 0.0000000001 to 1000000, but is 0")]
    #[case("focal_alpha = 1.5", "loss.focal_alpha should be 0 to 1, but is 1.5")]
    #[case("focal_beta = 1.0", "loss.focal_beta is no parameter: there are focal_alpha, focal_gamma")]
    #[case("bce_beta = 1.0", "loss.bce_beta is no parameter: there are dice_epsilon, ")]
    #[case("tversky_alpha = 0", "loss.tversky_alpha should be above 0 and at most 100, but is 0")]
    fn wrong_parameters_are_named(#[case] text: &str, #[case] says: &str) {
        let message = parameters(text).checked().unwrap_err();
        assert!(message.contains(says), "{message}");
    }

    /// The table's keys join names by `_`: no two parameters may come to the same.
    #[test]
    fn no_two_parameters_share_a_key_and_defaults_are_in_range() {
        let mut keys: Vec<String> = every().map(|(term, parameter)| key(term, parameter)).collect();
        let count = keys.len();
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), count);
        assert!(every().all(|(_, parameter)| parameter.range.contains(parameter.default)));
    }
}
