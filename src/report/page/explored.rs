//! What the explorer shows of the attacks that sweeps name: their budgets, and what each makes of a slice.

use crate::attack;
use crate::definition::study::Study;
use crate::records::changed::{Change, Changed};
use crate::records::examples::{Examples, Seen};
use crate::report::spent::Spent;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Whole changes, each once however many networks and sweeps share it: a corruption is the same for every network.
#[derive(Default)]
pub struct Changes {
    /// A byte a pixel as base64: 128 is no change, 255 and 1 the largest, up and down.
    pub texts: Vec<String>,
    places: BTreeMap<String, usize>,
}

impl Changes {
    fn place(&mut self, parts: &[i8]) -> usize {
        let bytes: Vec<u8> = parts.iter().map(|&part| (128 + i16::from(part)).clamp(0, 255) as u8).collect();
        let text = STANDARD.encode(bytes);
        let next = self.texts.len();
        let place = *self.places.entry(text.clone()).or_insert(next);
        if place == next {
            self.texts.push(text);
        }
        place
    }
}

/// One attack at one budget: replaced pixels with the value of each as a share of white, or a whole change.
#[derive(Serialize)]
pub struct Point {
    dice: f64,
    mask: Vec<usize>,
    at: Vec<usize>,
    values: Vec<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    whole: Option<Whole>,
}

/// A whole change: its place in [`Changes`], and the largest as a share of white.
#[derive(Serialize)]
struct Whole {
    change: usize,
    largest: f32,
}

/// By name of the sweep, then of the attack: the points in the order of their budgets.
pub type Own = BTreeMap<String, BTreeMap<String, Vec<Point>>>;

/// What attacks of sweeps make of a network's slice, whose pixels are shown white at `white`.
pub fn own(seen: &Seen, white: f32, changes: &mut Changes) -> Own {
    let mut own = Own::new();
    for Changed { sweep, attack, change, dice, mask, .. } in &seen.changed {
        let (at, values, whole) = match change {
            Change::Pixels { at, values } => {
                (at.clone(), values.iter().map(|value| value / white).collect(), None)
            }
            Change::Whole { largest, parts } => {
                let whole = Whole { change: changes.place(parts), largest: largest / white };
                (Vec::new(), Vec::new(), Some(whole))
            }
        };
        let point = Point { dice: *dice, mask: mask.clone(), at, values, whole };
        own.entry(sweep.clone()).or_default().entry(attack.clone()).or_default().push(point);
    }
    own
}

/// Name, title, attacks and the labels of the points of every sweep with attacks of its own that the examples hold.
pub fn sweeps(study: &Study, examples: &Examples) -> Vec<Value> {
    let first = examples.slices.first().and_then(|slice| slice.networks.first());
    let changed = first.map_or(&[][..], |seen| &seen.changed);
    let sweep = |(name, sweep): (&String, &crate::definition::sweep::Sweep)| {
        let here: Vec<&Changed> = changed.iter().filter(|changed| changed.sweep == *name).collect();
        let mut attacks: Vec<&str> = Vec::new();
        for one in &here {
            if !attacks.contains(&one.attack.as_str()) {
                attacks.push(&one.attack);
            }
        }
        let of_first = here.iter().filter(|one| Some(&one.attack.as_str()) == attacks.first());
        let points: Vec<String> =
            of_first.filter_map(|one| Some(Spent::of(study, one)?.to_string())).collect();
        let titled: Vec<Value> =
            attacks.iter().map(|name| json!({ "name": name, "title": attack::title(name) })).collect();
        let whole = here.iter().any(|one| matches!(one.change, Change::Whole { .. }));
        let title = sweep.heading();
        (!points.is_empty()).then(
            || json!({ "name": name, "title": title, "attacks": titled, "points": points, "own": true, "whole": whole }),
        )
    };
    study.sweeps.iter().filter_map(sweep).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_change_is_carried_once() {
        let mut changes = Changes::default();
        assert_eq!(
            [changes.place(&[127, 0, -127]), changes.place(&[1, 2, 3]), changes.place(&[127, 0, -127])],
            [0, 1, 0]
        );
        assert_eq!(STANDARD.decode(&changes.texts[0]), Ok(vec![255, 128, 1]));
        assert_eq!(changes.texts.len(), 2);
    }
}
