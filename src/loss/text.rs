//! A loss as text: `0.5*bce+focal(alpha=0.5,gamma=1)`.

use super::{LossFunction, LossParameters, Parameter, Weighted, terms};
use crate::rules::parameter;
use std::fmt;

/// A text that is no loss.
#[derive(Debug, thiserror::Error)]
#[error("loss '{text}': {fault}")]
pub struct LossError {
    text: String,
    fault: String,
}

impl LossFunction {
    /// Reads `term+term`, each a name from [`terms`] with an optional `weight*` before it and its parameters
    /// in parentheses behind it. A parameter that is not given is what `parameters` says.
    ///
    /// # Errors
    /// [`LossError`] for an unknown name, a name given twice, a weight that is not above 0, or a parameter
    /// that the term does not have or that is out of its range.
    pub fn parse(text: &str, parameters: &LossParameters) -> Result<Self, LossError> {
        let fault = |fault: String| LossError { text: text.to_string(), fault };
        let mut parts: Vec<Weighted> = Vec::new();
        for part in parameter::outside_brackets(text, '+') {
            let part = Weighted::parse(part.trim(), parameters).map_err(fault)?;
            if parts.iter().any(|other| other.term.name == part.term.name) {
                return Err(fault(format!("'{}' is given twice", part.term.name)));
            }
            parts.push(part);
        }
        Ok(Self(parts))
    }

    /// Name for tables and figures, such as `BCE + Dice` or `Focal (gamma 1)`.
    pub fn title(&self) -> String {
        self.join(" + ", " ", |part| {
            let given: Vec<String> = part.given().map(|(name, value)| format!("{name} {value}")).collect();
            let given = if given.is_empty() { String::new() } else { format!(" ({})", given.join(", ")) };
            format!("{}{given}", part.term.title)
        })
    }

    /// Name for file names: letters, digits and `+`, `.`, `_`, `=`, such as `0.5xbce+focal_gamma=1`.
    pub fn slug(&self) -> String {
        self.join("+", "x", |part| {
            let given = part.given().map(|(name, value)| format!("_{name}={value}"));
            part.term.name.to_string() + &given.collect::<String>()
        })
    }

    /// The text that [`Self::parse`] reads back without a study's parameters: what differs from a term's own default is given.
    pub fn in_full(&self) -> String {
        self.join("+", "*", |part| part.text(part.beside_defaults()))
    }

    fn join(&self, plus: &str, times: &str, name: impl Fn(&Weighted) -> String) -> String {
        let parts = self.0.iter().map(|part| {
            if part.weight == 1.0 { name(part) } else { format!("{}{times}{}", part.weight, name(part)) }
        });
        parts.collect::<Vec<_>>().join(plus)
    }
}

/// The text that [`LossFunction::parse`] reads back.
impl fmt::Display for LossFunction {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str(&self.join("+", "*", |part| part.text(part.given())))
    }
}

impl Weighted {
    fn parse(part: &str, parameters: &LossParameters) -> Result<Self, String> {
        // A `*` within the parentheses would be part of a parameter.
        let (before, behind) = part.find('(').map_or((part, ""), |open| part.split_at(open));
        let (weight, name) = match before.split_once('*') {
            Some((weight, name)) => (weight.trim().parse::<f64>().ok(), name.trim()),
            None => (Some(1.0), before.trim()),
        };
        // Losses are computed in single precision.
        let Some(weight) = weight.filter(|&weight| (weight as f32).is_finite() && weight as f32 > 0.0) else {
            return Err(format!(
                "the weight in '{part}' should be a number above 0 that single precision can hold"
            ));
        };
        let Some(term) = terms().find(|term| term.name == name) else {
            let known: Vec<_> = terms().map(|term| term.name).collect();
            return Err(format!("'{name}' should be one of {}", known.join(", ")));
        };
        let plain = |parameter: &Parameter| parameters.value(term, parameter);
        let mut values: Vec<f64> = term.parameters.iter().map(plain).collect();
        for (index, value) in parameter::given(term.name, term.parameters, behind)? {
            values[index] = value;
        }
        let given = term.parameters.iter().zip(&values).map(|(parameter, value)| *value != plain(parameter));
        Ok(Self { weight, term, given: given.collect(), values })
    }

    /// Its term with `parameters`.
    fn text(&self, parameters: impl Iterator<Item = (&'static str, f64)>) -> String {
        format!("{}{}", self.term.name, parameter::text(parameters))
    }

    /// The parameters that are not at the term's own default.
    fn beside_defaults(&self) -> impl Iterator<Item = (&'static str, f64)> {
        let values = self.term.parameters.iter().zip(&self.values);
        let other = values.filter(|(parameter, value)| parameter.default != **value);
        other.map(|(parameter, value)| (parameter.name, *value))
    }

    /// The parameters that its text gives.
    fn given(&self) -> impl Iterator<Item = (&'static str, f64)> {
        let values = self.term.parameters.iter().zip(self.values.iter().zip(&self.given));
        values.filter(|(_, (_, given))| **given).map(|(parameter, (value, _))| (parameter.name, *value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    /// What weights say: read without the study, it is the loss of the training.
    #[test]
    fn in_full_a_loss_needs_no_study() -> anyhow::Result<()> {
        let study: LossParameters = toml::from_str("focal_gamma = 1.0")?;
        for (text, full) in [
            ("focal", "focal(gamma=1)"),
            ("focal(gamma=2)", "focal"),
            ("0.5*bce+focal(alpha=0.5)", "0.5*bce+focal(alpha=0.5,gamma=1)"),
            ("dice", "dice"),
        ] {
            let loss = LossFunction::parse(text, &study)?;
            assert_eq!(loss.in_full(), full);
            let again = LossFunction::parse(full, &LossParameters::default())?;
            let values =
                |loss: &LossFunction| loss.0.iter().map(|part| part.values.clone()).collect::<Vec<_>>();
            assert_eq!(values(&again), values(&loss));
        }
        Ok(())
    }

    #[rstest]
    #[case("bce", "bce", "bce", "BCE")]
    #[case(" bce + dice+focal ", "bce+dice+focal", "bce+dice+focal", "BCE + Dice + Focal")]
    #[case("0.5*bce+dice", "0.5*bce+dice", "0.5xbce+dice", "0.5 BCE + Dice")]
    #[case("focal( gamma = 1 )", "focal(gamma=1)", "focal_gamma=1", "Focal (gamma 1)")]
    #[case("focal(gamma=2)", "focal", "focal", "Focal")]
    #[case(
        "0.5*tversky(alpha=0.4,beta=0.7)+bce",
        "0.5*tversky(alpha=0.4)+bce",
        "0.5xtversky_alpha=0.4+bce",
        "0.5 Tversky (alpha 0.4) + BCE"
    )]
    #[case(
        "2*focal(gamma=1,alpha=5e-1)+dice(epsilon=1e+0)",
        "2*focal(alpha=0.5,gamma=1)+dice(epsilon=1)",
        "2xfocal_alpha=0.5_gamma=1+dice_epsilon=1",
        "2 Focal (alpha 0.5, gamma 1) + Dice (epsilon 1)"
    )]
    fn texts_read_as_losses(
        #[case] text: &str,
        #[case] plain: &str,
        #[case] slug: &str,
        #[case] title: &str,
    ) {
        let loss = LossFunction::parse(text, &LossParameters::default()).expect("a loss");
        assert_eq!(
            (loss.to_string().as_str(), loss.slug().as_str(), loss.title().as_str()),
            (plain, slug, title)
        );
        let again = LossFunction::parse(&loss.to_string(), &LossParameters::default()).expect("a loss");
        assert_eq!(again, loss);
    }

    #[test]
    fn a_study_sets_what_a_text_does_not_give() {
        let study: LossParameters = toml::from_str("focal_gamma = 1.0").expect("a table");
        let values = |text: &str| LossFunction::parse(text, &study).expect("a loss").0[0].values.clone();
        assert_eq!(values("focal"), [0.25, 1.0]);
        assert_eq!(values("focal(gamma=2)"), [0.25, 2.0]);
        // Its name says what is not the study's.
        assert_eq!(
            LossFunction::parse("focal(gamma=2)", &study).expect("a loss").to_string(),
            "focal(gamma=2)"
        );
        assert_eq!(LossFunction::parse("focal(gamma=1)", &study).expect("a loss").to_string(), "focal");
    }

    #[rstest]
    #[case("", "'' should be one of bce, dice, focal")]
    #[case("bce+crossentropy", "'crossentropy' should be one of")]
    #[case("tversky(alpha=0)", "alpha of tversky should be above 0 and at most 100, but is '0'")]
    #[case(
        "cl-dice(iterations=2.5)",
        "iterations of cl-dice should be a whole number from 1 to 100, but is '2.5'"
    )]
    #[case("bce+bce", "given twice")]
    #[case("focal(gamma=1)+focal", "'focal' is given twice")]
    #[case("-1*bce", "above 0")]
    #[case("x*bce", "above 0")]
    #[case("bce(gamma=1)", "bce has no parameter 'gamma'; it has none")]
    #[case("focal(beta=1)", "focal has no parameter 'beta'; it has alpha, gamma")]
    #[case("focal(gamma)", "gamma of focal should be 0 or more, but is ''")]
    #[case("focal(gamma=-1)", "gamma of focal should be 0 or more, but is '-1'")]
    #[case("focal(gamma=1,gamma=2)", "gamma of focal is given twice")]
    #[case("focal(gamma=1", "'focal(gamma=1' should end in ')'")]
    #[case("focal(gamma=1)x", "should end in ')'")]
    #[case("focal()", "focal has no parameter ''")]
    #[case("+", "'' should be one of")]
    #[case("))((", "should be one of")]
    fn texts_that_are_no_loss_are_refused(#[case] text: &str, #[case] says: &str) {
        let message = LossFunction::parse(text, &LossParameters::default()).unwrap_err().to_string();
        assert!(message.contains(says), "{message}");
    }
}
