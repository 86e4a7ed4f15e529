//! An attack with its parameters, as a sweep names it: one of [`DENSE`], [`SPARSE`], [`RANKED`] or
//! [`CORRUPTIONS`].

use super::Attack;
use super::budget::Budget;
use super::corruption::{self, CORRUPTIONS, Corruption};
use super::dense::DENSE;
use super::dense::loss::TRAINING;
use super::dense::text::Dense;
use super::ranked::{RANKED, Ranked};
use super::replacement::Replacement;
use super::sparse::SPARSE;
use super::sparse::text::Sparse;
use crate::rules::one_of;
use serde::{Deserialize, Serialize};
use std::fmt;

/// An attack that a sweep names.
#[derive(Clone, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub enum Configured {
    /// It moves every value within a ball.
    Dense(Dense),
    /// It chooses pixels and their values.
    Sparse(Sparse),
    /// It ranks pixels.
    Ranked(&'static Ranked),
    /// It does what a scanner does.
    Corruption(&'static Corruption),
}

impl Configured {
    /// Reads the name of an attack with its parameters in parentheses behind it.
    ///
    /// # Errors
    /// A line as [`Dense::parse`] and [`Sparse::parse`] have it; one that lists all of both for another name.
    pub fn parse(text: &str) -> Result<Self, String> {
        let name = text.split('(').next().unwrap_or_default().trim();
        let (dense, sparse) = (DENSE.iter().map(|kind| kind.name), SPARSE.iter().map(|kind| kind.name));
        let ranked = RANKED.iter().map(|ranked| ranked.name);
        let corruptions = CORRUPTIONS.iter().map(|corruption| corruption.name);
        one_of("attack", name, dense.chain(sparse).chain(ranked).chain(corruptions), |name| name)?;
        let ranked = RANKED.iter().find(|ranked| ranked.name == name).map(|ranked| Self::Ranked(ranked));
        let corruption = corruption::find(name).map(Self::Corruption);
        match ranked.or(corruption) {
            Some(plain) if text.trim() == name => Ok(plain),
            Some(_) => Err(format!("{name} has no parameters, but is given '{text}'")),
            None if SPARSE.iter().any(|kind| kind.name == name) => Sparse::parse(text).map(Self::Sparse),
            None => Dense::parse(text).map(Self::Dense),
        }
    }

    /// The attack.
    pub fn attack(&self) -> &dyn Attack {
        match self {
            Self::Dense(attack) => attack,
            Self::Sparse(attack) => attack,
            Self::Ranked(attack) => *attack,
            Self::Corruption(corruption) => *corruption,
        }
    }

    /// Whether it raises the loss of the training, so that this has to be known.
    pub fn needs_training_loss(&self) -> bool {
        match self {
            Self::Dense(attack) => attack.needs_training_loss(),
            Self::Sparse(attack) => attack.needs_training_loss(),
            Self::Ranked(_) | Self::Corruption(_) => false,
        }
    }

    /// Its text where it raises `loss` instead of that of the training; its own where it does not raise that.
    pub fn raising(&self, loss: &str) -> String {
        let text = self.to_string();
        if !self.needs_training_loss() {
            return text;
        }
        match (text.split_once("loss="), text.strip_suffix(')')) {
            (Some((before, losses)), _) if lists(losses, loss) => {
                let others =
                    losses.replacen(&format!("{TRAINING}/"), "", 1).replacen(&format!("/{TRAINING}"), "", 1);
                format!("{before}loss={others}")
            }
            (Some((before, losses)), _) => format!("{before}loss={}", losses.replacen(TRAINING, loss, 1)),
            (None, Some(open)) => format!("{open},loss={loss})"),
            (None, None) => format!("{text}(loss={loss})"),
        }
    }

    /// Whether it can spend budgets like this one.
    pub fn spends(&self, budget: &Budget) -> bool {
        match (self, budget) {
            (Self::Dense(_), Budget::Ball(_)) | (Self::Corruption(_), Budget::Severity { .. }) => true,
            (Self::Dense(_) | Self::Corruption(_), _) | (_, Budget::Ball(_) | Budget::Severity { .. }) => {
                false
            }
            (Self::Sparse(_), Budget::Pixels { with, .. }) => !with.draws(),
            (Self::Ranked(_), Budget::Pixels { with, .. }) => !matches!(with, Replacement::Chosen(..)),
        }
    }
}

/// Whether `loss` is among those between slashes that `text` begins with.
fn lists(text: &str, loss: &str) -> bool {
    text.split(['/', ',', ')']).any(|one| one == loss)
}

/// The text that [`Configured::parse`] reads back.
impl fmt::Display for Configured {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str(self.attack().name())
    }
}

impl fmt::Debug for Configured {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        write!(formatter, "Configured({self})")
    }
}

/// Two attacks are the same where their texts are.
impl PartialEq for Configured {
    fn eq(&self, other: &Self) -> bool {
        self.attack().name() == other.attack().name()
    }
}

impl TryFrom<String> for Configured {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text)
    }
}

impl From<Configured> for String {
    fn from(attack: Configured) -> Self {
        attack.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_of_the_lists_is_read_and_no_name_is_in_two() {
        let kinds = DENSE.iter().map(|kind| kind.name).chain(SPARSE.iter().map(|kind| kind.name));
        let kinds = kinds.chain(RANKED.iter().map(|ranked| ranked.name));
        let names: Vec<&str> = kinds.chain(CORRUPTIONS.iter().map(|corruption| corruption.name)).collect();
        for (place, name) in names.iter().enumerate() {
            assert_eq!(Configured::parse(name).map(String::from).as_deref(), Ok(*name));
            assert!(!names[..place].contains(name), "{name}");
        }
        let message = Configured::parse("signed(steps=2)").map(drop).unwrap_err();
        assert_eq!(message, "signed has no parameters, but is given 'signed(steps=2)'");
        let raising = |text: &str| Configured::parse(text).map(|one| one.raising("bce"));
        assert_eq!(raising("pgd(start=clean)").as_deref(), Ok("pgd(start=clean,loss=bce)"));
        assert_eq!(raising("jsma").as_deref(), Ok("jsma(loss=bce)"));
        assert_eq!(raising("apgd(loss=training,restarts=2)").as_deref(), Ok("apgd(restarts=2,loss=bce)"));
        assert_eq!(raising("pgd(loss=dice/training)").as_deref(), Ok("pgd(loss=dice/bce)"));
        for several in ["pgd(loss=training/bce)", "pgd(loss=bce/training)"] {
            assert_eq!(raising(several).as_deref(), Ok("pgd(loss=bce)"));
        }
        for other in ["jsma(loss=dice)", "greedy", "noise", "apgd", "signed"] {
            assert_eq!(raising(other).as_deref(), Ok(other));
        }
        let message = Configured::parse("deepfool").map(drop).unwrap_err();
        assert!(names.iter().all(|name| message.contains(name)), "{message}");
    }
}
