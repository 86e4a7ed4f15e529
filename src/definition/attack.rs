//! The section `attack` of a study: the attacks, their controls, and the transfer.

use crate::attack::{self, Attack};
use crate::rules::{distinct, one_of};
use crate::saliency::method::Explainer;
use serde::{Deserialize, Serialize};
use std::num::NonZeroUsize;

/// Attacks and controls.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct AttackConfig {
    /// Names of [`attack::attacks`]; the first is the one that tables and figures show.
    pub methods: Vec<String>,
    /// Ways of explaining, whose maps each rank pixels for the attacks that read one; the first gives the maps of
    /// transfer and examples. Where none is named, the gradient alone does, and records say nothing of methods.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub maps: Vec<String>,
    /// The sweeps that each network also goes through with the saliency maps of the other arms.
    pub transfer: Transfer,
    /// Whether the transfer is also between seeds: each network under the maps of the networks of another
    /// seed. Seeds are paired in the order of the study, the first with the second and so on.
    pub across_seeds: bool,
    /// Slices of a test volume that are explained and attacked, evenly spaced among those with foreground; all of them
    /// where none is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slices: Option<NonZeroUsize>,
}

/// Sweeps of the transfer control.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(untagged, expecting = "attack.transfer should be true, false or a list of sweeps")]
pub enum Transfer {
    /// All sweeps, or none.
    All(bool),
    /// These sweeps, by name.
    Sweeps(Vec<String>),
}

impl Default for AttackConfig {
    fn default() -> Self {
        let methods = ["signed", "random", "random-foreground"];
        Self {
            methods: methods.map(String::from).to_vec(),
            maps: Vec::new(),
            transfer: Transfer::All(true),
            across_seeds: false,
            slices: None,
        }
    }
}

impl AttackConfig {
    /// The attacks, in order.
    ///
    /// # Errors
    /// A line where there is none, one is unknown or one is named twice.
    pub fn attacks(&self) -> Result<Vec<&'static dyn Attack>, String> {
        if self.methods.is_empty() {
            return Err("attack.methods should name at least one attack".to_string());
        }
        distinct("attack.methods", self.methods.iter().cloned())?;
        let of = |name: &String| one_of("attack.methods", name, attack::attacks(), |one| one.name());
        self.methods.iter().map(of).collect()
    }

    /// The methods whose maps rank pixels, in order: at least one.
    ///
    /// # Errors
    /// A line where one is unknown, has wrong settings or is named twice.
    pub fn explainers(&self) -> Result<Vec<Explainer>, String> {
        let parse = |text: &String| Explainer::parse("attack.maps", text);
        let found: Vec<Explainer> = self.maps.iter().map(parse).collect::<Result<_, _>>()?;
        distinct("attack.maps", found.iter().map(Explainer::to_string))?;
        Ok(if found.is_empty() { vec![Explainer::default()] } else { found })
    }

    /// Leaves of the sweeps of the transfer those that are among `sweeps`.
    pub fn keep_transfers(&mut self, sweeps: &[String]) {
        if let Transfer::Sweeps(chosen) = &mut self.transfer {
            chosen.retain(|name| sweeps.contains(name));
        }
    }

    /// Names of the sweeps of the transfer among `sweeps`, those that replace pixels, in their order.
    ///
    /// # Errors
    /// A line where one is unknown or named twice.
    pub fn transferred<'a>(&self, sweeps: impl Iterator<Item = &'a String>) -> Result<Vec<String>, String> {
        let sweeps: Vec<&String> = sweeps.collect();
        let chosen = match &self.transfer {
            Transfer::All(true) => return Ok(sweeps.into_iter().cloned().collect()),
            Transfer::All(false) => return Ok(Vec::new()),
            Transfer::Sweeps(chosen) => chosen,
        };
        distinct("attack.transfer", chosen.iter().cloned())?;
        if let Some(unknown) = chosen.iter().find(|name| !sweeps.contains(name)) {
            if sweeps.is_empty() {
                return Err(format!("attack.transfer names '{unknown}', but no sweep replaces pixels"));
            }
            let known: Vec<&str> = sweeps.iter().map(|name| name.as_str()).collect();
            return Err(format!("attack.transfer should be one of {}, but is '{unknown}'", known.join(", ")));
        }
        Ok(sweeps.into_iter().filter(|name| chosen.contains(name)).cloned().collect())
    }
}
