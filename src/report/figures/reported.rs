//! The Dice scores that the paper reports, as the claims give them.

use crate::claims::claim::Claim;
use crate::claims::predicate::Predicate;
use crate::evidence::quantity::{Quantity, Sweeps};
use crate::report::figures::panel::{Axis, Panel};

/// A Dice score that the paper reports of one loss at one point of a sweep.
#[derive(Clone, Debug, PartialEq)]
pub struct Reported {
    /// Loss, as the study writes it.
    pub loss: String,
    /// The score, or its limit.
    pub dice: f64,
    /// `about`, `above` or `under`.
    pub word: &'static str,
    /// Where it lies on the panel's axis.
    pub x: f64,
    /// The claim it is from.
    pub claim: String,
}

/// What the paper reports on a panel. Nothing where numbers of pixels are shares: such images are not of the paper's body.
pub fn on(panel: &Panel, claims: &[Claim]) -> Vec<Reported> {
    if panel.area.is_some() {
        return Vec::new();
    }
    let of_claim = |claim: &Claim| -> Vec<Reported> {
        claim.predicates.iter().flat_map(|predicate| of(predicate, panel, &claim.id)).collect()
    };
    claims.iter().flat_map(of_claim).collect()
}

fn of(predicate: &Predicate, panel: &Panel, claim: &str) -> Vec<Reported> {
    let (losses, quantity, dice, word) = match predicate {
        Predicate::Threshold { losses, quantity, above: Some(limit), .. } => {
            (losses, quantity, *limit, "above")
        }
        Predicate::Threshold { losses, quantity, below: Some(limit), .. } => {
            (losses, quantity, *limit, "under")
        }
        Predicate::Equivalence { losses, quantity, value: Some(value), .. } => {
            (losses, quantity, *value, "about")
        }
        _ => return Vec::new(),
    };
    let Quantity::Dice { sweep: Sweeps::One(sweep), pixels, level } = quantity else {
        return Vec::new();
    };
    let x = match (panel.axis, pixels, level) {
        (Axis::Pixels, Some(pixels), _) => Some(*pixels as f64),
        // By way of the text, as the panel's own points.
        (Axis::Level, _, Some(level)) => level.to_string().parse().ok(),
        _ => None,
    };
    let here = |x: f64| {
        let reported =
            |loss: &String| Reported { loss: loss.clone(), dice, word, x, claim: claim.to_string() };
        losses.iter().map(reported).collect()
    };
    x.filter(|_| *sweep == panel.sweep).map_or_else(Vec::new, here)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::registry;
    use crate::definition::study::Study;
    use crate::report::made_up::study;

    #[test]
    fn the_papers_four_numbers_lie_on_figures_3_and_5() {
        let (study, claims) = (study("paper"), registry::set(registry::DEFAULT).expect("the claims"));
        let on = |name: &str| -> Vec<(String, f64, &str, f64)> {
            let panel = &Panel::of(name, &study.sweeps[name])[0];
            on(panel, &claims).into_iter().map(|one| (one.loss, one.dice, one.word, one.x)).collect()
        };
        assert_eq!(on("fig2"), []);
        assert_eq!(on("fig3"), [("dice".into(), 0.05, "under", 0.6), ("bce+dice".into(), 0.6, "about", 0.6)]);
        assert_eq!(
            on("fig5"),
            [("dice".into(), 0.3, "about", 30.0), ("bce+dice".into(), 0.7, "above", 30.0)]
        );
    }

    #[test]
    fn on_another_body_the_paper_reports_nothing() -> anyhow::Result<()> {
        let (study, claims) = (Study::read("heart", &[])?, registry::set(registry::DEFAULT)?);
        for (name, sweep) in &study.sweeps {
            assert!(Panel::of(name, sweep).iter().all(|panel| on(panel, &claims).is_empty()), "{name}");
        }
        Ok(())
    }
}
