//! What one study chooses otherwise than another, a line a choice, for those who set their results side by side.

use super::identity::leaves;
use super::study::Study;

/// Keys that are no choice of their own: names, and what is attacked where, which whoever compares two results names
/// beside them. Losses and arms are compared by [`new_arms`] and [`changed_arms`].
const APART: [&str; 4] = ["name", "claims", "losses", "arms"];
/// Sections of which the same holds.
const SECTIONS_APART: [&str; 2] = ["attack.", "sweep."];

/// The choices of `study` that are other than those of `first`, such as `train.epochs = 24`; empty where there
/// are none.
///
/// # Errors
/// A line where a study cannot be written as text.
pub fn differences(first: &Study, study: &Study) -> Result<Vec<String>, String> {
    let table = |study: &Study| toml::Table::try_from(study).map_err(|error| error.to_string());
    let (before, after) = (leaves(&table(first)?), leaves(&table(study)?));
    let counts = |key: &&String| {
        !APART.contains(&key.as_str()) && !SECTIONS_APART.iter().any(|section| key.starts_with(section))
    };
    let changed = after.iter().filter(|(key, value)| before.get(*key) != Some(value));
    let mut found: Vec<(String, String)> =
        changed.map(|(key, value)| (key.clone(), format!("{key} = {}", plain(value)))).collect();
    // A field at its default may leave no trace.
    let gone = before.keys().filter(|key| !after.contains_key(*key));
    found.extend(gone.map(|key| (key.clone(), format!("{key} at its default"))));
    found.retain(|(key, _)| counts(&key));
    found.sort();
    let arms = new_arms(first, study).into_iter().chain(changed_arms(first, study));
    Ok(arms.chain(found.into_iter().map(|(_, line)| line)).collect())
}

/// The arms that `first` lacks, in one line.
fn new_arms(first: &Study, study: &Study) -> Option<String> {
    let names: Vec<String> = study.names().into_iter().filter(|name| first.arm(name).is_none()).collect();
    (!names.is_empty()).then(|| format!("losses = {}", names.join(", ")))
}

/// A line for each arm that has the name of one of `first` and is another.
fn changed_arms(first: &Study, study: &Study) -> Vec<String> {
    let own = |study: &Study, name: &str| {
        let config = study.raw().arms.iter().find(|arm| arm.name == name);
        config.map_or_else(
            || (name.to_string(), toml::Table::new()),
            |arm| (arm.loss.clone(), arm.train.clone()),
        )
    };
    let names = study.names().into_iter().filter(|name| first.arm(name).is_some());
    let changed = names.filter(|name| own(first, name) != own(study, name));
    changed.map(|name| format!("another arm {name}")).collect()
}

/// A value, texts without their quotes.
fn plain(value: &toml::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), String::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::shipped;
    use rstest::rstest;

    fn study(changes: &[&str]) -> Study {
        let text = shipped::text("smoke").expect("smoke");
        let overrides: Vec<String> = changes.iter().map(ToString::to_string).collect();
        Study::parse(text, &overrides).expect("a study")
    }

    #[rstest]
    #[case(&[], &[])]
    #[case(&["name=other", "attack.transfer=false", "sweep.fig2.pixels=[3]"], &[])]
    #[case(&["train.epochs=9"], &["train.epochs = 9"])]
    #[case(&["train.schedule=cosine", "model.base=8"], &["model.base = 8", "train.schedule = cosine"])]
    #[case(&["losses=['bce', 'slice-dice', 'bce+slice-dice']"], &["losses = slice-dice, bce+slice-dice"])]
    #[case(&["losses=['dice']", "arms=[{name='bce', loss='bce'}]"], &[])]
    #[case(&["losses=['dice']", "arms=[{name='bce', loss='bce', train={feed='augment'}}]"], &["another arm bce"])]
    fn choices_are_told_and_what_is_none_is_not(#[case] changes: &[&str], #[case] expected: &[&str]) {
        assert_eq!(differences(&study(&[]), &study(changes)).expect("choices"), expected);
    }

    #[test]
    fn going_back_to_a_default_is_a_choice() {
        let first = study(&["train.feed=augment"]);
        assert_eq!(differences(&first, &study(&[])).expect("choices"), ["train.feed at its default"]);
    }
}
