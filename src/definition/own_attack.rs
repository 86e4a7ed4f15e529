//! An attack of a sweep's own: one that moves images within a ball, or a corruption.

use crate::attack::Attack;
use crate::attack::corruption::{self, CORRUPTIONS, Corruption};
use crate::attack::dense::DENSE;
use crate::attack::dense::text::Dense;
use serde::{Deserialize, Serialize};
use std::fmt;

/// An attack that a sweep names.
#[derive(Clone, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub enum OwnAttack {
    /// One that moves images within a ball.
    Dense(Dense),
    /// What a scanner does.
    Corruption(&'static Corruption),
}

impl OwnAttack {
    /// Reads the name of a corruption, or a directional attack as [`Dense::parse`] does.
    ///
    /// # Errors
    /// A line that lists what there is, or what is wrong with a parameter.
    pub fn parse(text: &str) -> Result<Self, String> {
        let name = text.split('(').next().unwrap_or_default().trim();
        match corruption::find(name) {
            Some(corruption) if name == text.trim() => return Ok(Self::Corruption(corruption)),
            Some(_) => {
                return Err(format!(
                    "{name} has no parameters, but is '{text}': severity says how bad it is"
                ));
            }
            None => {}
        }
        let known = DENSE.iter().any(|kind| kind.name == name);
        Dense::parse(text).map(Self::Dense).map_err(|fault| match known {
            true => fault,
            false => format!("{fault}; or, in a sweep of severity, one of {}", names()),
        })
    }

    /// Itself, to be run.
    pub fn attack(&self) -> &dyn Attack {
        match self {
            Self::Dense(attack) => attack,
            Self::Corruption(corruption) => *corruption,
        }
    }

    /// Whether it is a corruption.
    pub fn is_corruption(&self) -> bool {
        matches!(self, Self::Corruption(_))
    }
}

/// Every corruption, in a line.
pub(super) fn names() -> String {
    CORRUPTIONS.iter().map(|corruption| corruption.name).collect::<Vec<_>>().join(", ")
}

/// The text that [`OwnAttack::parse`] reads back.
impl fmt::Display for OwnAttack {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str(self.attack().name())
    }
}

impl fmt::Debug for OwnAttack {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        write!(formatter, "OwnAttack({self})")
    }
}

/// Two are the same where their texts are.
impl PartialEq for OwnAttack {
    fn eq(&self, other: &Self) -> bool {
        self.attack().name() == other.attack().name()
    }
}

impl TryFrom<String> for OwnAttack {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text)
    }
}

impl From<OwnAttack> for String {
    fn from(attack: OwnAttack) -> Self {
        attack.to_string()
    }
}
