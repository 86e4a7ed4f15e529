//! Whether a run's attacks are as strong as they should be, as text.

use crate::definition::study::Study;
use crate::evidence::soundness::{Outcome, checks};
use crate::evidence::summary::Summary;
use std::fmt::Write;

/// Lines shown of a check that fails; the others are counted.
pub const SHOWN: usize = 5;

/// A line a check and one for each comparison that is the wrong way round; empty where no sweep names attacks.
pub fn text(study: &Study, summary: &Summary) -> String {
    let checks = checks(study, summary);
    if checks.is_empty() {
        return String::new();
    }
    let mut text = "\nIs the attack strong enough?\n".to_string();
    for check in checks {
        let _ = match check.outcome {
            Outcome::Holds(count) => writeln!(text, "  holds ({count} compared): {}", check.asks),
            Outcome::Unmeasured(needs) => writeln!(text, "  not measured: {} It needs {needs}.", check.asks),
            Outcome::Fails(lines) => {
                let _ = writeln!(text, "  warning, fails: {}", check.asks);
                let more = lines.len().saturating_sub(SHOWN);
                lines.iter().take(SHOWN).for_each(|line| {
                    let _ = writeln!(text, "    {line}");
                });
                if more > 0 { writeln!(text, "    and {more} more") } else { Ok(()) }
            }
        };
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::made_up::{study, summary};

    #[test]
    fn studies_whose_sweeps_name_no_attack_say_nothing_and_others_say_what_fails() {
        assert_eq!(text(&study("quick"), &summary(&study("quick"), 1)), "");
        let study = study("attacks");
        let mut summary = summary(&study, 1);
        let all = summary.losses.iter_mut().flat_map(|loss| &mut loss.curves);
        for curve in all.filter(|curve| curve.sweep == "unbounded") {
            curve.points[1].dice = 0.0;
        }
        let curves = || summary.losses[0].curves.iter();
        assert!(curves().any(|curve| curve.attack == "fgsm" && curve.points.len() > 2));
        let sound = text(&study, &summary);
        assert!(!sound.contains("warning"), "{sound}");
        for curve in summary.losses[0].curves.iter_mut().filter(|curve| curve.attack == "fgsm") {
            curve.points.last_mut().into_iter().for_each(|point| point.dice = 1.0);
        }
        let unsound = text(&study, &summary);
        assert!(unsound.contains("warning, fails: A wider budget never helps"), "{unsound}");
        assert!(unsound.contains("bce: fgsm at radius 0.008 (linf) leaves 1.000"), "{unsound}");
    }
}
