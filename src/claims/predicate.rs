//! What a claim asks of measured quantities; the kinds are a closed list.

use crate::evidence::quantity::Quantity;
use serde::{Deserialize, Serialize};

/// Something that measured quantities fulfil or not.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum Predicate {
    /// Every loss of one side is above every loss of the other.
    Ordering {
        /// The side that should be higher.
        higher: Side,
        /// The side that should be lower.
        lower: Side,
        /// Above so many times the lower; 1 where it is not given.
        #[serde(default = "once")]
        factor: f64,
        /// The smallest difference that matters.
        #[serde(default)]
        smallest: Option<Smallest>,
    },
    /// Each loss is above or below a limit.
    Threshold {
        /// Names as a study writes them.
        losses: Vec<String>,
        /// What is measured.
        quantity: Quantity,
        /// Should be above this.
        above: Option<f64>,
        /// Or below this.
        below: Option<f64>,
        /// The smallest distance beyond the limit that matters.
        #[serde(default)]
        smallest: Option<Smallest>,
    },
    /// Some pair of the losses differs, in either direction.
    Differ {
        /// Names as a study writes them.
        losses: Vec<String>,
        /// What is measured.
        quantity: Quantity,
        /// The smallest difference that matters.
        #[serde(default)]
        smallest: Option<Smallest>,
    },
    /// The losses are closer to each other, or each to `value`, than `within`.
    Equivalence {
        /// Names as a study writes them.
        losses: Vec<String>,
        /// What is measured.
        quantity: Quantity,
        /// The value to be near; without it, each other.
        value: Option<f64>,
        /// Largest distance.
        within: f64,
    },
    /// Over seeds, within losses, one quantity rises or falls with another.
    Correlation {
        /// One quantity.
        x: Quantity,
        /// The other.
        y: Quantity,
        /// Whether they should rise together.
        sign: Sign,
        /// The smallest correlation that matters.
        #[serde(default)]
        smallest: Option<Smallest>,
    },
}

/// The smallest effect in the claimed direction that would matter, and why it is that one.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Smallest {
    /// In the units of the quantity, above 0.
    pub effect: f64,
    /// Where it is from, in a few words.
    pub source: String,
}

fn once() -> f64 {
    1.0
}

/// Losses and what is measured of them.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Side {
    /// Names as a study writes them.
    pub losses: Vec<String>,
    /// What is measured.
    pub quantity: Quantity,
}

/// Direction of a correlation.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Sign {
    /// Rising together.
    Positive,
    /// One falls as the other rises.
    Negative,
}

impl Predicate {
    /// What it measures.
    pub fn quantities(&self) -> Vec<&Quantity> {
        match self {
            Self::Ordering { higher, lower, .. } => vec![&higher.quantity, &lower.quantity],
            Self::Threshold { quantity, .. }
            | Self::Equivalence { quantity, .. }
            | Self::Differ { quantity, .. } => vec![quantity],
            Self::Correlation { x, y, .. } => vec![x, y],
        }
    }

    /// The smallest effect that matters, where one is named.
    pub fn smallest(&self) -> Option<&Smallest> {
        match self {
            Self::Ordering { smallest, .. }
            | Self::Threshold { smallest, .. }
            | Self::Differ { smallest, .. }
            | Self::Correlation { smallest, .. } => smallest.as_ref(),
            Self::Equivalence { .. } => None,
        }
    }

    /// Whether it can be judged. `id` is the claim's.
    ///
    /// # Errors
    /// A line that says what is wrong.
    pub(super) fn check(&self, id: &str) -> Result<(), String> {
        if let Some(Smallest { effect, source }) = self.smallest() {
            if !(effect.is_finite() && *effect > 0.0) {
                return Err(format!("{id}: smallest.effect should be above 0, but is {effect}"));
            }
            if source.trim().is_empty() {
                return Err(format!("{id}: smallest.source should say where the effect is from"));
            }
        }
        match self {
            Self::Ordering { higher, lower, factor, .. } => {
                if !(factor.is_finite() && *factor > 0.0) {
                    return Err(format!("{id}: factor should be above 0, but is {factor}"));
                }
                [higher, lower].into_iter().try_for_each(|side| {
                    of_one(id, &side.quantity)?;
                    check(id, &side.losses, &side.quantity)
                })
            }
            Self::Differ { losses, quantity, .. } => {
                if losses.len() < 2 {
                    return Err(format!("{id}: losses should name at least two that may differ"));
                }
                of_one(id, quantity)?;
                check(id, losses, quantity)
            }
            Self::Threshold { losses, quantity, above, below, .. } => {
                if above.is_some() == below.is_some() {
                    return Err(format!("{id}: a threshold should have either above or below"));
                }
                check(id, losses, quantity)
            }
            Self::Equivalence { losses, quantity, value, within } => {
                if *within <= 0.0 {
                    return Err(format!("{id}: within should be above 0, but is {within}"));
                }
                if value.is_none() && losses.len() < 2 {
                    return Err(format!("{id}: an equivalence without a value should name two losses"));
                }
                if value.is_none() {
                    of_one(id, quantity)?;
                }
                check(id, losses, quantity)
            }
            Self::Correlation { x, y, smallest, .. } => {
                if smallest.as_ref().is_some_and(|smallest| smallest.effect >= 1.0) {
                    return Err(format!("{id}: smallest.effect of a correlation should be below 1"));
                }
                [x, y].into_iter().try_for_each(|quantity| {
                    of_one(id, quantity)?;
                    quantity.check().map_err(|fault| format!("{id}: {fault}"))
                })
            }
        }
    }
}

fn check(id: &str, losses: &[String], quantity: &Quantity) -> Result<(), String> {
    if losses.is_empty() {
        return Err(format!("{id}: losses should name at least one loss"));
    }
    if quantity.is_of_pairs() && losses.len() < 2 {
        return Err(format!(
            "{id}: losses should name two or more, since {} is of two of them",
            quantity.name()
        ));
    }
    quantity.check().map_err(|fault| format!("{id}: {fault}"))
}

/// Refuses what is measured of two losses together where each has to have a value of its own.
fn of_one(id: &str, quantity: &Quantity) -> Result<(), String> {
    match quantity.is_of_pairs() {
        true => Err(format!(
            "{id}: {} is of two losses together: only a threshold, or an equivalence with a value, can ask for it",
            quantity.name()
        )),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use crate::claims::claim::Claim;
    use rstest::rstest;

    fn parsed(predicate: &str) -> Result<Claim, String> {
        let head = "id = 'C1'\ntitle = 't'\nplace = 'p'\nstatement = 's'\nreported = 'r'\ncaveat = ''\n[[predicate]]\n";
        Claim::parse(&format!("{head}{predicate}"))
    }

    #[rstest]
    #[case("kind='threshold'\nlosses=['bce','dice']\nquantity={of='agreement'}\nabove=0.9")]
    #[case("kind='equivalence'\nlosses=['bce','dice']\nquantity={of='agreement'}\nvalue=1.0\nwithin=0.1")]
    #[case("kind='threshold'\nlosses=['bce']\nquantity={of='clean'}\nabove=0.9")]
    fn predicates_that_can_be_measured_are_taken(#[case] predicate: &str) {
        assert_eq!(parsed(predicate).map(|claim| claim.predicates.len()), Ok(1));
    }

    #[rstest]
    #[case::of_pairs_with_one_loss(
        "kind='threshold'\nlosses=['bce']\nquantity={of='agreement'}\nabove=0.9",
        "losses should name two or more"
    )]
    #[case(
        "kind='equivalence'\nlosses=['bce']\nquantity={of='agreement'}\nvalue=1.0\nwithin=0.1",
        "losses should name two or more"
    )]
    #[case::nothing_but_0(
        "kind='equivalence'\nlosses=['bce','dice']\nquantity={of='agreement'}\nwithin=0.1",
        "is of two losses together"
    )]
    #[case(
        "kind='differ'\nlosses=['bce','dice']\nquantity={of='transfer',sweep='fig3'}",
        "is of two losses together"
    )]
    #[case(
        "kind='ordering'\nhigher={losses=['bce'],quantity={of='agreement'}}\nlower={losses=['dice'],quantity={of='clean'}}",
        "is of two losses together"
    )]
    #[case(
        "kind='correlation'\nx={of='clean'}\ny={of='agreement'}\nsign='positive'",
        "is of two losses together"
    )]
    #[case("kind='differ'\nlosses=['bce']\nquantity={of='clean'}", "at least two that may differ")]
    #[case("kind='threshold'\nlosses=[]\nquantity={of='clean'}\nabove=0.9", "at least one loss")]
    #[case("kind='threshold'\nlosses=['bce']\nquantity={of='clean'}", "either above or below")]
    fn others_are_refused_in_a_line(#[case] predicate: &str, #[case] says: &str) {
        let said = parsed(predicate).err();
        assert!(
            said.as_ref().is_some_and(|said| said.contains(says) && said.starts_with("C1: ")),
            "{said:?}"
        );
    }
}
