//! A claim: what the paper says, in words and as a predicate over measured quantities. Claims are TOML
//! files in `claims/rajput/`; the kinds of predicates and quantities are closed lists.

use crate::spread::MEASURES;
use serde::{Deserialize, Serialize};
use std::fmt;

/// One claim of the paper.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// `C01` to `C20`.
    pub id: String,
    /// In a few words.
    pub title: String,
    /// Figure or section of the paper.
    pub place: String,
    /// In one sentence that can be true or false.
    pub statement: String,
    /// What the paper reports.
    pub reported: String,
    /// What the paper leaves open and how it is read here; empty where it is clear.
    pub caveat: String,
    /// What was found by the reference study.
    pub analysis: String,
    /// All must hold.
    #[serde(rename = "predicate")]
    pub predicates: Vec<Predicate>,
}

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
    /// Over all cells, one quantity rises or falls with another.
    Correlation {
        /// One quantity.
        x: Quantity,
        /// The other.
        y: Quantity,
        /// Whether they should rise together.
        sign: Sign,
    },
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

/// What is measured of a cell on each test volume.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(tag = "of", rename_all = "lowercase", deny_unknown_fields)]
pub enum Quantity {
    /// Dice score without an attack.
    Clean,
    /// Dice score under the attack, mean over the chosen points.
    Dice {
        /// Sweeps, by name.
        sweep: Sweeps,
        /// Only points of this budget.
        pixels: Option<usize>,
        /// Only points of this level.
        level: Option<f32>,
    },
    /// Dice score lost to the attack, mean over the chosen points.
    Drop {
        /// Sweeps, by name.
        sweep: Sweeps,
        /// Only points of this budget.
        pixels: Option<usize>,
        /// Only points of this level.
        level: Option<f32>,
    },
    /// Predicted pixels under the attack as a share of those without, mean over the chosen points.
    Area {
        /// Sweeps, by name.
        sweep: Sweeps,
        /// Only points of this budget.
        pixels: Option<usize>,
        /// Only points of this level.
        level: Option<f32>,
    },
    /// A measure of spread, mean over slices.
    Spread {
        /// Name in [`MEASURES`].
        measure: String,
    },
    /// Peak of the gradient over its effective number of pixels, mean over slices.
    Sharpness,
    /// Pixels with a probability of 0.05 to 0.95 as a share of the true foreground.
    Softness,
    /// Dice between the masks of two networks of a seed, for each pair of the losses.
    Agreement,
}

/// One sweep or several.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(untagged, expecting = "sweep should be a name or a list of names")]
pub enum Sweeps {
    /// One.
    One(String),
    /// Several; their points count alike.
    Many(Vec<String>),
}

impl Sweeps {
    /// Their names.
    pub fn names(&self) -> Vec<String> {
        match self {
            Self::One(one) => vec![one.clone()],
            Self::Many(many) => many.clone(),
        }
    }

    /// Whether the sweep called `name` is meant.
    pub fn contain(&self, name: &str) -> bool {
        self.names().iter().any(|one| one == name)
    }
}

impl Claim {
    /// Reads a claim from its text.
    ///
    /// # Errors
    /// A line that says what is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let claim: Self = toml::from_str(text).map_err(|error| error.message().replace('\n', " "))?;
        if claim.predicates.is_empty() {
            return Err(format!("{} should have at least one predicate", claim.id));
        }
        claim.predicates.iter().try_for_each(|predicate| predicate.check(&claim.id))?;
        Ok(claim)
    }

    /// The sweeps that the claim is about, each once, by name.
    pub fn sweeps(&self) -> Vec<String> {
        let quantities = self.predicates.iter().flat_map(Predicate::quantities);
        let names = quantities.flat_map(|quantity| match quantity {
            Quantity::Dice { sweep, .. } | Quantity::Drop { sweep, .. } | Quantity::Area { sweep, .. } => {
                sweep.names()
            }
            _ => Vec::new(),
        });
        let mut sweeps: Vec<String> = Vec::new();
        for name in names {
            if !sweeps.contains(&name) {
                sweeps.push(name);
            }
        }
        sweeps
    }
}

impl Predicate {
    /// What it measures.
    pub fn quantities(&self) -> Vec<&Quantity> {
        match self {
            Self::Ordering { higher, lower } => vec![&higher.quantity, &lower.quantity],
            Self::Threshold { quantity, .. } | Self::Equivalence { quantity, .. } => vec![quantity],
            Self::Correlation { x, y, .. } => vec![x, y],
        }
    }

    fn check(&self, id: &str) -> Result<(), String> {
        match self {
            Self::Ordering { higher, lower } => {
                [higher, lower].into_iter().try_for_each(|side| check(id, &side.losses, &side.quantity))
            }
            Self::Threshold { losses, quantity, above, below } => {
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
                check(id, losses, quantity)
            }
            Self::Correlation { x, y, .. } => {
                [x, y].into_iter().try_for_each(|quantity| check_quantity(id, quantity))
            }
        }
    }
}

fn check(id: &str, losses: &[String], quantity: &Quantity) -> Result<(), String> {
    if losses.is_empty() {
        return Err(format!("{id}: losses should name at least one loss"));
    }
    check_quantity(id, quantity)
}

fn check_quantity(id: &str, quantity: &Quantity) -> Result<(), String> {
    match quantity {
        Quantity::Spread { measure } if !MEASURES.iter().any(|known| known.name == measure) => {
            let known: Vec<_> = MEASURES.iter().map(|measure| measure.name).collect();
            Err(format!("{id}: measure should be one of {}, but is '{measure}'", known.join(", ")))
        }
        _ => Ok(()),
    }
}

impl Quantity {
    /// What it is and where it is measured, in a few words.
    pub fn name(&self) -> String {
        match self {
            Self::Clean => "clean Dice".to_string(),
            Self::Dice { sweep, pixels, level } => format!("Dice at {}", place(sweep, *pixels, *level)),
            Self::Drop { sweep, pixels, level } => format!("Dice lost at {}", place(sweep, *pixels, *level)),
            Self::Area { sweep, pixels, level } => format!("area left at {}", place(sweep, *pixels, *level)),
            Self::Spread { measure } => measure.replace('_', " "),
            Self::Sharpness => "peak over spread".to_string(),
            Self::Softness => "undecided pixels".to_string(),
            Self::Agreement => "Dice between masks".to_string(),
        }
    }
}

/// The level or budget that is looked at, else the sweep.
fn place(sweep: &Sweeps, pixels: Option<usize>, level: Option<f32>) -> String {
    match (level, pixels) {
        (Some(level), _) => level.to_string(),
        (None, Some(pixels)) => format!("N = {pixels}"),
        (None, None) => sweep.to_string(),
    }
}

impl fmt::Display for Sweeps {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.names().join(" and "))
    }
}
