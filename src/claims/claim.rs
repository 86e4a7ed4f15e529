//! A claim: what the paper says, in words and as predicates over measured quantities. Claims are TOML files,
//! those on the paper in `claims/rajput/`.

use crate::claims::predicate::Predicate;
use crate::evidence::quantity::Quantity;
use crate::rules::table;
use serde::{Deserialize, Serialize};

/// One claim of the paper.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// `C01`, `C02` and so on.
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
    /// What was found by the study that the set belongs to; empty until it is done.
    #[serde(default)]
    pub analysis: String,
    /// All must hold.
    #[serde(rename = "predicate")]
    pub predicates: Vec<Predicate>,
}

impl Claim {
    /// Reads a claim from its text.
    ///
    /// # Errors
    /// A line that says what is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let claim: Self = table::read(&table::parse(text)?, "")?;
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
            Quantity::Dice { sweep, .. }
            | Quantity::Drop { sweep, .. }
            | Quantity::Area { sweep, .. }
            | Quantity::Transfer { sweep, .. } => sweep.names(),
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
