//! A sparse attack as text: `greedy`, `sparse-rs(queries=1000)`, `jsma(loss=bce)`.

use super::{Kind, SPARSE};
use crate::attack::dense::loss::{Loss, TRAINING};
use crate::rules::one_of;
use crate::rules::parameter::{self, outside_brackets};
use std::fmt;

/// A sparse attack with its parameters.
#[derive(Clone)]
pub struct Sparse {
    kind: &'static Kind,
    /// One a parameter.
    values: Vec<f64>,
    /// What it raises.
    loss: Option<Loss>,
    /// The text that reads back to it, what is as by default left out.
    written: String,
    title: String,
}

impl Sparse {
    /// Reads a name of [`SPARSE`] with its parameters in parentheses behind it.
    ///
    /// # Errors
    /// A line for another name, for a parameter that it does not have or that is out of its range, and for a loss that
    /// is none.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (name, behind) = text.find('(').map_or((text, ""), |open| text.split_at(open));
        let kind = one_of("attack", name.trim(), SPARSE.iter().copied(), |kind| kind.name)?;
        let (named, numbers) = loss_and_numbers(kind, behind.trim())?;
        let mut values: Vec<f64> = kind.parameters.iter().map(|parameter| parameter.default).collect();
        for (index, value) in parameter::given(kind.name, kind.parameters, &numbers)? {
            values[index] = value;
        }
        let named = named.filter(|name| name != TRAINING);
        let loss = kind.raises_loss.then(|| Loss::parse(named.as_deref().unwrap_or(TRAINING))).transpose();
        let loss = loss.map_err(|fault| format!("loss of {}: {fault}", kind.name))?;
        let numbers = kind.parameters.iter().zip(&values);
        let numbers = numbers.filter(|(parameter, value)| **value != parameter.default);
        let mut given: Vec<(&str, String)> =
            numbers.map(|(parameter, value)| (parameter.name, value.to_string())).collect();
        given.extend(named.map(|name| ("loss", name)));
        let behind = |between: &str, by: &str| {
            let parts: Vec<String> =
                given.iter().map(|(key, value)| format!("{key}{between}{value}")).collect();
            if parts.is_empty() { String::new() } else { format!("({})", parts.join(by)) }
        };
        let written = format!("{}{}", kind.name, behind("=", ","));
        let title = format!("{} {}", kind.title, behind(" ", ", ")).trim_end().to_string();
        Ok(Self { kind, values, loss, written, title })
    }

    /// Its kind.
    pub(super) fn kind(&self) -> &'static Kind {
        self.kind
    }

    /// One value a parameter of its kind.
    pub(super) fn values(&self) -> &[f64] {
        &self.values
    }

    /// What it raises; none where it raises none.
    pub(super) fn loss(&self) -> Option<&Loss> {
        self.loss.as_ref()
    }

    /// Whether it raises the loss of the training.
    pub fn needs_training_loss(&self) -> bool {
        matches!(self.loss, Some(Loss::Training))
    }

    /// Its text.
    pub(super) fn written(&self) -> &str {
        &self.written
    }

    /// Its name in tables and figures.
    pub(super) fn titled(&self) -> &str {
        &self.title
    }
}

/// The loss that a text names, and the text of the other parameters.
fn loss_and_numbers(kind: &Kind, behind: &str) -> Result<(Option<String>, String), String> {
    let Some(inner) = behind.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) else {
        return Ok((None, behind.to_string()));
    };
    let is_loss = |part: &str| {
        let (key, value) = part.split_once('=')?;
        (kind.raises_loss && key.trim() == "loss").then(|| value.trim().to_string())
    };
    let (mut losses, mut numbers) = (Vec::new(), Vec::new());
    for part in outside_brackets(inner, ',').into_iter().map(str::trim) {
        match is_loss(part) {
            Some(loss) => losses.push(loss),
            None => numbers.push(part),
        }
    }
    if losses.len() > 1 {
        return Err(format!("loss of {} is given twice", kind.name));
    }
    let numbers = if numbers.is_empty() { String::new() } else { format!("({})", numbers.join(",")) };
    Ok((losses.pop(), numbers))
}

/// The text that [`Sparse::parse`] reads back.
impl fmt::Display for Sparse {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str(&self.written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("greedy", "greedy", "greedy search")]
    #[case(" greedy(values=3 , candidates=200)", "greedy(values=3)", "greedy search (values 3)")]
    #[case("jsma(loss=training)", "jsma", "JSMA")]
    #[case(
        "pgd-l0( loss = focal(alpha=0.5,gamma=1), steps=3 )",
        "pgd-l0(steps=3,loss=focal(alpha=0.5,gamma=1))",
        "PGD, L0 (steps 3, loss focal(alpha=0.5,gamma=1))"
    )]
    fn texts_read_as_attacks_and_back(#[case] text: &str, #[case] written: &str, #[case] title: &str) {
        let attack = Sparse::parse(text).expect(text);
        assert_eq!((attack.written(), attack.titled()), (written, title));
        assert_eq!(Sparse::parse(written).expect(written).written(), written);
    }

    #[rstest]
    #[case("saliency", "attack should be one of greedy, jsma, sparse-rs, one-pixel, pgd-l0, random-pixels")]
    #[case("greedy(candidates=0)", "candidates of greedy should be a whole number from 1 to 1000000")]
    #[case("greedy(loss=bce)", "greedy has no parameter 'loss'; it has candidates, values, first")]
    #[case("jsma(loss=bce,loss=dice)", "loss of jsma is given twice")]
    #[case(
        "jsma(loss=crossentropy)",
        "loss of jsma: loss 'crossentropy': 'crossentropy' should be one of bce"
    )]
    #[case("jsma(steps=3)", "jsma has no parameter 'steps'; it has none")]
    #[case("one-pixel(population=3)", "population of one-pixel should be a whole number from 4 to 100000")]
    #[case("sparse-rs(queries=1.5)", "queries of sparse-rs should be a whole number from 1 to 1000000")]
    #[case("sparse-rs(queries=5", "'sparse-rs(queries=5' should end in ')'")]
    #[case("jsma(loss", "'jsma(loss' should end in ')'")]
    fn texts_that_are_no_attack_are_refused(#[case] text: &str, #[case] says: &str) {
        let message = Sparse::parse(text).map(|attack| attack.written().to_string()).unwrap_err();
        assert!(message.contains(says), "{message}");
    }
}
