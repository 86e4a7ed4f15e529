//! The part of the page where one slice is attacked under the reader's hand: choose slice, sweep and
//! attack, move along the sweep, and see the replaced pixels, the input and the masks change.
//!
//! The page carries what `explorer.js` shows as JSON; nothing is computed in the browser.

use crate::attack;
use crate::definition::study::Study;
use crate::draw::markup::escape;
use crate::draw::picture::byte;
use crate::draw::style;
use crate::evidence::summary::Summary;
use crate::records::examples::{Attacked, Example, Examples, Outcome, Seen};
use crate::report::page::explored::{self, Changes, Own};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The script, which the page's policy admits by its hash.
pub const SCRIPT: &str = include_str!("explorer.js");

/// What the script reads.
#[derive(Serialize)]
struct Data {
    sweeps: Vec<Value>,
    networks: Vec<Value>,
    slices: Vec<Slice>,
    /// Whole changes that points of [`Network::own`] name by place.
    changes: Vec<String>,
}

#[derive(Serialize)]
struct Slice {
    title: String,
    width: usize,
    height: usize,
    /// A byte a pixel, 255 for the brightest of the slice; empty where the image is withheld.
    image: String,
    truth: Vec<usize>,
    networks: Vec<Network>,
}

#[derive(Serialize)]
struct Network {
    /// Dice and mask without an attack.
    dice: f64,
    mask: Vec<usize>,
    /// A byte a pixel: 128 is no gradient, 255 and 1 the largest of the slice, up and down.
    gradient: String,
    /// A byte a pixel, empty where the record has none.
    probability: String,
    /// By name of the ranking.
    attacks: BTreeMap<String, Attack>,
    /// Of the attacks that sweeps name.
    own: Own,
}

#[derive(Serialize)]
struct Attack {
    order: Vec<usize>,
    /// By name of the sweep.
    sweeps: BTreeMap<String, Vec<Point>>,
}

/// Replaced pixels, the value of each as a share of white, Dice, mask.
#[derive(Serialize)]
struct Point {
    pixels: usize,
    values: Vec<f32>,
    dice: f64,
    mask: Vec<usize>,
}

/// The part as HTML; empty where the examples hold no attack.
pub fn html(study: &Study, summary: &Summary, examples: &Examples) -> String {
    let mut changes = Changes::default();
    let sweeps = sweeps(study, summary, examples);
    if sweeps.is_empty() {
        return String::new();
    }
    let data = Data {
        sweeps,
        networks: summary
            .losses
            .iter()
            .map(|loss| json!({ "title": loss.title, "colour": style::css(style::colour(loss.position)) }))
            .collect(),
        slices: examples.slices.iter().map(|slice| self::slice(slice, summary, &mut changes)).collect(),
        changes: changes.texts,
    };
    let withheld = examples.slices.iter().any(|slice| !slice.has_image());
    // `<` could end the element that carries the data.
    let text = serde_json::to_string(&data).unwrap_or_default().replace('<', "\\u003c");
    let words = [
        examples.source.as_ref().map_or_else(String::new, |source| format!("Slices of {}.", escape(source))),
        if withheld { "Their images are not kept here: outlines and maps stand on plain grey.".to_string() } else { String::new() },
        format!("Networks of seed {}. The orange pixels are replaced in the input of each network; the outline is the true mask.", escape(&examples.seed.to_string())),
        "Attacks that rank pixels take those that each network's own map ranks first.".to_string(),
        if data.changes.is_empty() { String::new() } else { "Others change every pixel: lay the change over the input to see it (blue: darker, red: brighter, each network's own scale).".to_string() },
        "The gradient (blue: a brighter pixel lowers the output, red: it raises it, each network's own scale) and the probability that can be laid over are those without an attack. White is the brightest pixel of the slice and whatever is brighter. What is drawn is that of the first trial.".to_string(),
    ];
    format!(
        "<h2 id=\"explore\">Attack a slice yourself</h2>\n<p>{}</p>\n<div id=\"explorer\">\n<noscript><p class=\"note\">This part needs JavaScript; every figure below does not.</p></noscript>\n</div>\n<script type=\"application/json\" id=\"examples\">{text}</script>\n",
        words.iter().filter(|words| !words.is_empty()).map(String::as_str).collect::<Vec<_>>().join(" ")
    )
}

/// Name, title, attacks and the labels of the points of every sweep: those under the study's rankings, then those under attacks
/// of their own.
fn sweeps(study: &Study, summary: &Summary, examples: &Examples) -> Vec<Value> {
    // Those by the first method's maps alone.
    let attacked = |name: &str| {
        let mut seen = examples.slices.iter().flat_map(|slice| &slice.networks);
        seen.all(|seen| seen.attacks.iter().any(|one| one.attack == name))
    };
    let rankings = summary.rankings.iter().filter(|name| study.rankings().contains(name) && attacked(name));
    let rankings: Vec<Value> =
        rankings.map(|name| json!({ "name": name, "title": attack::title(name) })).collect();
    let outcomes = |name: &str| -> Option<&Vec<Outcome>> {
        examples.slices.first()?.networks.first()?.attacks.first()?.sweeps.get(name)
    };
    let sweep = |(name, sweep): (&String, &crate::definition::sweep::Sweep)| {
        let labels: Vec<String> = outcomes(name)?.iter().map(label).collect();
        Some(json!({ "name": name, "title": sweep.heading(), "attacks": rankings, "points": labels }))
    };
    let ranked = study.sweeps.iter().filter(|_| !rankings.is_empty()).filter_map(sweep);
    ranked.chain(explored::sweeps(study, examples)).collect()
}

/// Such as `N = 5, level 0.6`.
fn label(outcome: &Outcome) -> String {
    let with = outcome.level.map_or_else(|| "drawn values".to_string(), |level| format!("level {level}"));
    format!("N = {}, {with}", outcome.pixels)
}

fn slice(example: &Example, summary: &Summary, changes: &mut Changes) -> Slice {
    let white = example.white();
    let image: Vec<u8> = example.image.iter().map(|value| byte(value / white)).collect();
    let of_loss = |loss: &str| example.networks.iter().find(|seen| seen.loss == loss);
    Slice {
        title: format!("{}, slice {}", example.volume, example.depth),
        width: example.width,
        height: example.height,
        image: STANDARD.encode(image),
        truth: example.truth.clone(),
        networks: summary
            .losses
            .iter()
            .filter_map(|loss| of_loss(&loss.loss))
            .map(|seen| network(seen, white, changes))
            .collect(),
    }
}

fn network(seen: &Seen, white: f32, changes: &mut Changes) -> Network {
    let point = |outcome: &Outcome| Point {
        pixels: outcome.replaced(),
        values: match outcome.level {
            Some(level) => vec![level / white],
            None => outcome.values.iter().map(|value| value / white).collect(),
        },
        dice: outcome.dice,
        mask: outcome.mask.clone(),
    };
    let attack = |attacked: &Attacked| Attack {
        order: attacked.order.clone(),
        sweeps: (attacked.sweeps.iter())
            .map(|(name, outcomes)| (name.clone(), outcomes.iter().map(point).collect()))
            .collect(),
    };
    let largest = seen.gradient.iter().fold(f32::MIN_POSITIVE, |most, value| most.max(value.abs()));
    let gradient: Vec<u8> =
        seen.gradient.iter().map(|value| (128.0 + 127.0 * value / largest).round() as u8).collect();
    Network {
        dice: seen.dice,
        mask: seen.mask.clone(),
        gradient: STANDARD.encode(gradient),
        probability: STANDARD.encode(&seen.probability),
        attacks: seen.attacks.iter().map(|one| (one.attack.clone(), attack(one))).collect(),
        own: explored::own(seen, white, changes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::shipped;
    use crate::report::made_up::{examples, study, summary, withheld};
    use anyhow::Context;

    /// What a page carries for the script.
    fn data(html: &str) -> anyhow::Result<Value> {
        let text = html.split_once("id=\"examples\">").and_then(|(_, rest)| rest.split_once("</script>"));
        Ok(serde_json::from_str(text.context("data")?.0)?)
    }

    #[test]
    fn attacks_of_sweeps_can_be_chosen_and_shown() -> anyhow::Result<()> {
        let study = study("attacks");
        let html = html(&study, &summary(&study, 1), &examples(&study));
        let data = data(&html)?;
        let all = data["sweeps"].as_array().context("sweeps")?;
        assert_eq!(all.len(), study.sweeps.len());
        for sweep in all {
            let [name, attacks] = ["name", "attacks"].map(|key| &sweep[key]);
            let name = name.as_str().context("a name")?;
            assert_eq!(attacks.as_array().map(Vec::len), Some(study.sweeps[name].attack.len()), "{name}");
            let points = sweep["points"].as_array().context("points")?.len();
            for attack in attacks.as_array().context("attacks")? {
                let attack = attack["name"].as_str().context("a name")?;
                let shown =
                    data["slices"][0]["networks"][2]["own"][name][attack].as_array().context("shown")?;
                assert_eq!(shown.len(), points, "{name}, {attack}");
                for point in shown {
                    let whole =
                        point["whole"]["change"].as_u64().map(|place| &data["changes"][place as usize]);
                    assert_eq!(whole.is_some(), sweep["whole"].as_bool() == Some(true), "{name}");
                    assert!(whole.is_none_or(Value::is_string));
                    assert!(
                        whole.is_some() || point["at"].as_array().is_some_and(|at| !at.is_empty()),
                        "{name}"
                    );
                }
            }
        }
        // The made-up changes are all alike in shape.
        assert_eq!(data["changes"].as_array().map(Vec::len), Some(1));
        Ok(())
    }

    #[test]
    fn slices_whose_images_are_withheld_say_whose_they_are() -> anyhow::Result<()> {
        let study = study("paper");
        assert!(!html(&study, &summary(&study, 1), &examples(&study)).contains("plain grey"));
        let kept = Examples { source: Some("the <heart>, CC0".to_string()), ..withheld(&study) };
        let html = html(&study, &summary(&study, 1), &kept);
        assert!(
            html.contains("Slices of the &lt;heart&gt;, CC0. Their images are not kept here"),
            "{html:.300}"
        );
        let data = data(&html)?;
        assert_eq!(data["slices"][0]["image"], "");
        let point = &data["slices"][0]["networks"][3]["attacks"]["magnitude"]["sweeps"]["fig3"][4];
        assert_eq!(point["values"][0].as_f64().map(|value| (value * 1000.0).round()), Some(6000.0));
        Ok(())
    }

    #[test]
    fn examples_without_an_attack_make_no_part() {
        let study = study("attacks");
        let mut earlier = examples(&study);
        earlier.slices.iter_mut().flat_map(|slice| &mut slice.networks).for_each(|seen| seen.changed.clear());
        assert_eq!(html(&study, &summary(&study, 1), &earlier), "");
    }

    #[test]
    fn the_data_hold_every_network_ranking_and_point() -> anyhow::Result<()> {
        let study = study("paper");
        let html = html(&study, &summary(&study, 1), &examples(&study));
        assert_eq!(html.matches("</script>").count(), 1);
        let data = data(&html)?;
        assert_eq!(data["sweeps"][1]["attacks"][1]["name"], "magnitude");
        assert_eq!(data["sweeps"][1]["points"][4], "N = 5, level 0.6");
        assert_eq!(data["slices"][0]["networks"].as_array().map(Vec::len), Some(4));
        let point = &data["slices"][0]["networks"][3]["attacks"]["magnitude"]["sweeps"]["fig3"][4];
        // Level 0.6 where the slice's brightest pixel has 0.1.
        assert_eq!(point["values"][0].as_f64().map(|value| (value * 1000.0).round()), Some(6000.0));
        assert_eq!(data["slices"][0]["title"], "volume </script>, slice 7");
        Ok(())
    }

    #[test]
    fn rankings_by_maps_that_the_examples_lack_are_left_out() -> anyhow::Result<()> {
        let text = shipped::text("paper").context("the study")?;
        let maps = "attack.maps=['gradient', 'grad-cam']".to_string();
        let by_maps = Study::parse(text, &[maps]).map_err(anyhow::Error::msg)?;
        let mut summary = summary(&by_maps, 1);
        summary.rankings = by_maps.rankings();
        assert!(summary.rankings.len() > 2);
        let html = html(&by_maps, &summary, &examples(&study("paper")));
        let data = data(&html)?;
        let names: Vec<&str> = data["sweeps"][0]["attacks"]
            .as_array()
            .context("attacks")?
            .iter()
            .filter_map(|one| one["name"].as_str())
            .collect();
        assert_eq!(names, ["signed", "magnitude"]);
        Ok(())
    }
}
