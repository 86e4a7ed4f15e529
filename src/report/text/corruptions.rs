//! Which corruption counts where a sweep has several: they are no attack and its controls, but each its own.

use crate::attack;
use crate::definition::study::Study;

/// The names of `sweeps`, with the corruption that counts in brackets where a sweep has several.
pub fn names(study: &Study, sweeps: &[String]) -> String {
    let name = |name: &String| match first(study, name) {
        Some(first) => format!("{name} ({first} alone)"),
        None => name.clone(),
    };
    sweeps.iter().map(name).collect::<Vec<_>>().join(", ")
}

/// A sentence on those of `sweeps` that have several corruptions; none where there are none.
pub fn note(study: &Study, sweeps: &[String]) -> Option<String> {
    let several = sweeps.iter().filter_map(|name| Some(format!("{} in {name}", first(study, name)?)));
    let several: Vec<String> = several.collect();
    (!several.is_empty()).then(|| {
        format!("Of several corruptions the first alone counts as attacked: {}.", several.join(", "))
    })
}

/// The first of several corruptions of a sweep.
fn first(study: &Study, sweep: &str) -> Option<String> {
    let sweep = study.sweeps.get(sweep).filter(|sweep| sweep.is_of_severities())?;
    match study.attacks_of(sweep).as_slice() {
        [first, _, ..] => Some(attack::title(&first.name())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::shipped;

    #[test]
    fn the_one_that_counts_is_named() {
        let study = Study::parse(shipped::text("attacks").expect("attacks"), &[]).expect("a study");
        let [corruptions, pgd] = ["corruptions", "pgd"].map(String::from);
        let both = [pgd.clone(), corruptions];
        assert_eq!(names(&study, &both), "pgd, corruptions (bias field alone)");
        assert!(
            note(&study, &both).is_some_and(|said| said.ends_with("attacked: bias field in corruptions."))
        );
        assert!(note(&study, &[pgd]).is_none());
    }
}
