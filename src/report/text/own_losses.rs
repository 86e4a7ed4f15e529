//! A word of caution where arms are not attacked alike.

use crate::definition::study::Study;

/// A sentence on those of `sweeps` in which each network is attacked along the loss of its own training; none where there are
/// none.
pub fn note(study: &Study, sweeps: &[String]) -> Option<String> {
    let own = study.attacked_by_own_losses().into_iter().filter(|name| sweeps.contains(name));
    let own: Vec<&str> = own.map(String::as_str).collect();
    let text = format!(
        "In {} each network is attacked along the loss of its own training, so that differences may be the attack's: `loss=` in the sweep's attack, such as pgd(loss=bce/dice), attacks all alike.",
        own.join(", ")
    );
    (!own.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::shipped;

    #[test]
    fn only_sweeps_that_are_shown_are_cautioned_of() {
        let study = Study::parse(shipped::text("league").expect("league"), &[]).expect("a study");
        let [pgd, motion] = ["pgd", "motion"].map(String::from);
        let said = note(&study, &[motion.clone(), pgd]);
        assert!(said.is_some_and(|said| said.starts_with("In pgd each network is attacked")));
        assert!(note(&study, &[motion]).is_none());
    }
}
