//! The ranges of a study's fields, checked once when the study is read.

use crate::definition::sections::{Protocol, Transfer, TrialsConfig};
use crate::definition::study::Study;
use crate::loss::{LossFunction, LossParameters};
use crate::train::TrainConfig;
use crate::{attack, saliency};

/// Checks every field of a study.
///
/// # Errors
/// A line that names the first key that is wrong, what it should be and what it is.
pub(super) fn study(study: &Study) -> Result<(), String> {
    let should = |right: bool, message: String| if right { Ok(()) } else { Err(message) };
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let named = !study.name.is_empty() && study.name.chars().all(plain) && !study.name.starts_with('.');
    should(named, format!("name should be letters, digits, - and _, but is '{}'", study.name))?;
    let losses = study.loss_functions()?;
    should(!losses.is_empty(), "losses should name at least one loss".into())?;
    distinct("losses", losses.iter().map(LossFunction::slug))?;
    should(!study.seeds.is_empty(), "seeds should name at least one seed".into())?;
    distinct("seeds", study.seeds.iter().map(u64::to_string))?;

    study.data.check()?;
    for (key, share) in [("validation", study.split.validation), ("test", study.split.test)] {
        should((0.0..1.0).contains(&share), format!("split.{key} should be 0 to 1, but is {share}"))?;
    }
    let TrainConfig { epochs, batch, learning_rate } = study.train;
    should(epochs > 0, "train.epochs should be 1 or more, but is 0".into())?;
    should(batch > 0, "train.batch should be 1 or more, but is 0".into())?;
    let stepping = learning_rate.is_finite() && learning_rate > 0.0;
    should(stepping, format!("train.learning_rate should be above 0, but is {learning_rate}"))?;
    let LossParameters { dice_epsilon, focal_alpha, focal_gamma } = study.loss;
    let positive = dice_epsilon.is_finite() && dice_epsilon > 0.0;
    should(positive, format!("loss.dice_epsilon should be above 0, but is {dice_epsilon}"))?;
    let share = (0.0..=1.0).contains(&focal_alpha);
    should(share, format!("loss.focal_alpha should be 0 to 1, but is {focal_alpha}"))?;
    let exponent = focal_gamma.is_finite() && focal_gamma >= 0.0;
    should(exponent, format!("loss.focal_gamma should be 0 or more, but is {focal_gamma}"))?;

    let outputs = saliency::OUTPUTS.iter().map(|output| output.name);
    one_of("saliency.output", &study.saliency.output, outputs)?;
    should(!study.attack.methods.is_empty(), "attack.methods should name at least one attack".into())?;
    distinct("attack.methods", study.attack.methods.iter().cloned())?;
    for method in &study.attack.methods {
        one_of("attack.methods", method, attack::ATTACKS.iter().map(|attack| attack.name))?;
    }
    if let Transfer::Sweeps(names) = &study.attack.transfer {
        distinct("attack.transfer", names.iter().cloned())?;
        for name in names {
            one_of("attack.transfer", name, study.protocol.keys().map(String::as_str))?;
        }
    }
    let TrialsConfig { least, most, half_width } = study.trials;
    should(least >= 2, format!("trials.least should be 2 or more, but is {least}"))?;
    should(most >= least, format!("trials.most should be {least} or more, but is {most}"))?;
    let positive = half_width.is_finite() && half_width > 0.0;
    should(positive, format!("trials.half_width should be above 0, but is {half_width}"))?;
    should(!study.protocol.is_empty(), "protocol should hold at least one sweep".into())?;
    study.protocol.iter().try_for_each(|(name, protocol)| check_protocol(name, protocol))
}

fn check_protocol(name: &str, protocol: &Protocol) -> Result<(), String> {
    let within = |value: f32| (0.0..=1.0).contains(&value);
    if protocol.pixels.is_empty() {
        return Err(format!("protocol.{name}.pixels should name at least one budget"));
    }
    distinct(&format!("protocol.{name}.pixels"), protocol.pixels.iter().map(usize::to_string))?;
    distinct(&format!("protocol.{name}.levels"), protocol.levels.iter().map(f32::to_string))?;
    match (protocol.levels.as_slice(), protocol.uniform) {
        ([], Some([low, high])) if within(low) && within(high) && low < high => Ok(()),
        ([], Some([low, high])) => Err(format!(
            "protocol.{name}.uniform should be two rising numbers of 0 to 1, but is [{low}, {high}]"
        )),
        ([], None) | ([_, ..], Some(_)) => {
            Err(format!("protocol.{name} should have either levels or uniform"))
        }
        (levels, None) => match levels.iter().find(|&&level| !within(level)) {
            Some(level) => Err(format!("protocol.{name}.levels should be 0 to 1, but one is {level}")),
            None => Ok(()),
        },
    }
}

fn distinct(key: &str, values: impl Iterator<Item = String>) -> Result<(), String> {
    let mut seen = Vec::new();
    for value in values {
        if seen.contains(&value) {
            return Err(format!("{key} names {value} twice"));
        }
        seen.push(value);
    }
    Ok(())
}

fn one_of<'a>(key: &str, value: &str, known: impl Iterator<Item = &'a str>) -> Result<(), String> {
    let known: Vec<_> = known.collect();
    if known.contains(&value) {
        return Ok(());
    }
    Err(format!("{key} should be one of {}, but is '{value}'", known.join(", ")))
}
