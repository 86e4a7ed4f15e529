//! Whether what a run measured can be trusted as an attack at its strongest: what N. Carlini and others, "On evaluating
//! adversarial robustness", 2019, ask of every evaluation, as far as recorded curves can tell. A check that fails says
//! that a stronger attack exists than the one that was run, so that robustness read from it is too high.

pub mod tried;

use crate::attack::Knows;
use crate::attack::ball::Norm;
use crate::definition::study::Study;
use crate::evidence::summary::Summary;
use tried::Tried;

/// Dice by which a curve may be on the wrong side: what trials and rounding leave.
const SLACK: f64 = 0.005;
/// Dice that counts as none.
const NOTHING: f64 = 0.01;

/// Something that must hold of a sound evaluation.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// What must hold, in a sentence.
    pub asks: &'static str,
    /// Whether it does.
    pub outcome: Outcome,
}

/// What a run says of a check.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It holds for so many comparisons.
    Holds(usize),
    /// It does not: a line for each comparison that is the wrong way round.
    Fails(Vec<String>),
    /// The run has nothing to compare; what it would need.
    Unmeasured(&'static str),
}

/// Comparisons of a check, those that are the wrong way round as a line.
type Compared = Vec<Result<(), String>>;

/// Every check of a run whose sweeps name attacks; none of another.
pub fn checks(study: &Study, summary: &Summary) -> Vec<Check> {
    let tried = tried::all(study, summary);
    if tried.is_empty() {
        return Vec::new();
    }
    let check = |asks, compared: Compared, needs| Check { asks, outcome: Outcome::of(compared, needs) };
    vec![
        check(
            "More steps, restarts or queries never help the network.",
            effort(&tried),
            "the same attack with two efforts at one budget, such as fgsm and pgd(start=clean)",
        ),
        check("A wider budget never helps the network.", width(&tried), "an attack at two budgets"),
        check(
            "A radius as wide as the range of intensities leaves nothing.",
            unbounded(study, &tried),
            "a sweep of linf with a radius of the whole range of data.intensity",
        ),
        check(
            "Attacks without gradients do no more harm than those with them.",
            blind(&tried),
            "attacks with and without gradients at one budget",
        ),
        check(
            "Gradients are not masked: along FGSM's direction Dice falls at every length, and no less than along a random one.",
            direction(&tried),
            "fgsm and noise in one sweep",
        ),
    ]
}

impl Outcome {
    fn of(compared: Compared, needs: &'static str) -> Self {
        let count = compared.len();
        let wrong: Vec<String> = compared.into_iter().filter_map(Result::err).collect();
        match (count, wrong.is_empty()) {
            (0, _) => Self::Unmeasured(needs),
            (count, true) => Self::Holds(count),
            (_, false) => Self::Fails(wrong),
        }
    }
}

/// Whether `more`, which should do no less harm, leaves no more Dice than `less`.
fn no_less_harm(more: &Tried, less: &Tried) -> Result<(), String> {
    match more.dice <= less.dice + SLACK {
        true => Ok(()),
        false => Err(format!("{}: {more} leaves {:.3}, {less} only {:.3}", more.loss, more.dice, less.dice)),
    }
}

fn pairs<'a>(
    tried: &'a [Tried],
    are: impl Fn(&Tried, &Tried) -> bool + 'a,
) -> impl Iterator<Item = (&'a Tried, &'a Tried)> {
    tried
        .iter()
        .flat_map(move |a| tried.iter().map(move |b| (a, b)))
        .filter(move |(a, b)| a.loss == b.loss && are(a, b))
}

fn effort(tried: &[Tried]) -> Compared {
    let more = |a: &Tried, b: &Tried| a.place == b.place && a.family == b.family && a.queries > b.queries;
    pairs(tried, more).map(|(more, less)| no_less_harm(more, less)).collect()
}

fn width(tried: &[Tried]) -> Compared {
    let wider =
        |a: &Tried, b: &Tried| a.sweep == b.sweep && a.attack == b.attack && a.place.is_wider(&b.place);
    let attacked = |a: &Tried| a.knows > Knows::Map;
    // Only neighbours, so that one dent is one line.
    let neighbours = pairs(tried, wider).filter(|(wide, narrow)| {
        let between = |other: &Tried| {
            wider(other, narrow) && other.loss == wide.loss && other.place.size() < wide.place.size()
        };
        attacked(wide) && !tried.iter().any(between)
    });
    neighbours.map(|(wide, narrow)| no_less_harm(wide, narrow)).collect()
}

fn unbounded(study: &Study, tried: &[Tried]) -> Compared {
    let [low, high] = study.data.intensity.map(f64::from);
    let wide = tried.iter().filter(|one| {
        one.place.norm() == Some(Norm::Linf)
            && one.place.size() >= (high - low) * (1.0 - 1e-6)
            && one.knows == Knows::Gradients
    });
    wide.map(|one| match one.dice <= NOTHING {
        true => Ok(()),
        false => Err(format!("{}: {one} leaves {:.3}", one.loss, one.dice)),
    })
    .collect()
}

/// The best of each side at a budget, so that one weak attack beside a strong one is no fault. What ranks pixels by a map
/// is on neither.
fn blind(tried: &[Tried]) -> Compared {
    let side = |knows: &dyn Fn(Knows) -> bool| -> Vec<&Tried> {
        let side: Vec<&Tried> = tried.iter().filter(|one| knows(one.knows)).collect();
        let best = |one: &&&Tried| {
            let better = |other: &&&Tried| {
                let same = other.loss == one.loss && other.place == one.place;
                same && (other.dice, &other.attack, &other.sweep) < (one.dice, &one.attack, &one.sweep)
            };
            !side.iter().any(|other| better(&other))
        };
        side.iter().filter(best).copied().collect()
    };
    let seeing = side(&|knows| knows == Knows::Gradients);
    let compare = |blind: &Tried| {
        let seeing = seeing.iter().find(|one| one.loss == blind.loss && one.place == blind.place)?;
        Some(no_less_harm(seeing, blind))
    };
    let blind = side(&|knows| matches!(knows, Knows::Nothing | Knows::Logits));
    blind.into_iter().filter_map(compare).collect()
}

/// A radius scales the one direction that FGSM takes and the one that noise draws.
fn direction(tried: &[Tried]) -> Compared {
    let against = |a: &Tried, b: &Tried| {
        a.sweep == b.sweep && a.place == b.place && a.attack.starts_with("fgsm") && b.attack == "noise"
    };
    pairs(tried, against).map(|(along, random)| no_less_harm(along, random)).collect()
}

#[cfg(test)]
mod tests {
    use super::tried::Place;
    use super::*;

    fn one(attack: &str, radius: f32, queries: usize, dice: f64) -> Tried {
        let configured = crate::attack::configured::Configured::parse(attack).expect(attack);
        Tried {
            loss: "bce".to_string(),
            sweep: "s".to_string(),
            attack: attack.to_string(),
            family: tried::family(attack),
            knows: configured.attack().knows(),
            place: Place::Ball(Norm::Linf, radius.to_bits()),
            queries,
            dice,
            interval: None,
        }
    }

    fn count(compared: Compared) -> (usize, Vec<String>) {
        (compared.len(), compared.into_iter().filter_map(Result::err).collect())
    }

    #[test]
    fn more_steps_that_help_are_named() {
        let rows = [one("fgsm", 0.1, 2, 0.5), one("pgd(steps=2)", 0.1, 4, 0.4), one("pgd", 0.1, 40, 0.42)];
        let (compared, wrong) = count(effort(&rows));
        assert_eq!(compared, 3);
        assert_eq!(
            wrong,
            ["bce: pgd at radius 0.1 (linf) leaves 0.420, pgd(steps=2) at radius 0.1 (linf) only 0.400"]
        );
        // Another loss and another radius are another attack.
        let apart = [one("pgd(loss=dice,steps=2)", 0.1, 4, 0.1), one("pgd(loss=bce)", 0.1, 40, 0.4)];
        assert_eq!(count(effort(&apart)).0, 0);
        assert_eq!(count(effort(&[one("pgd", 0.1, 40, 0.4), one("fgsm", 0.2, 2, 0.1)])).0, 0);
    }

    #[test]
    fn a_curve_that_rises_is_named_once() {
        let rows = [0.9, 0.5, 0.6, 0.2].into_iter().enumerate();
        let rows: Vec<Tried> = rows.map(|(radius, dice)| one("pgd", radius as f32, 40, dice)).collect();
        let (compared, wrong) = count(width(&rows));
        assert_eq!((compared, wrong.len()), (3, 1));
        assert!(wrong[0].contains("radius 2 (linf) leaves 0.600"), "{wrong:?}");
        // Noise is no attack.
        assert_eq!(count(width(&[one("noise", 1.0, 0, 0.1), one("noise", 2.0, 0, 0.9)])).0, 0);
    }

    #[test]
    fn noise_that_beats_gradients_is_named_by_the_best_of_both() {
        let rows = [one("noise", 0.1, 0, 0.5), one("fgsm", 0.1, 2, 0.6), one("pgd", 0.1, 40, 0.4)];
        assert_eq!(count(blind(&rows)), (1, Vec::new()));
        let (_, wrong) = count(blind(&rows[..2]));
        assert_eq!(wrong.len(), 1);
        let (compared, wrong) = count(direction(&rows));
        assert_eq!((compared, wrong.len()), (1, 1));
        assert_eq!(count(direction(&[one("noise", 0.1, 0, 0.5), one("fgsm", 0.1, 2, 0.3)])), (1, Vec::new()));
    }

    #[test]
    fn the_whole_range_must_leave_nothing() -> anyhow::Result<()> {
        let text = crate::definition::shipped::text("attacks").unwrap_or_default();
        let study = Study::parse(text, &[]).map_err(anyhow::Error::msg)?;
        let rows = |dice| [one("pgd", 0.2, 40, dice), one("pgd", 0.1, 40, 0.3), one("noise", 0.2, 0, 0.9)];
        assert_eq!(count(unbounded(&study, &rows(0.0))), (1, Vec::new()));
        let (_, wrong) = count(unbounded(&study, &rows(0.2)));
        assert_eq!(wrong, ["bce: pgd at radius 0.2 (linf) leaves 0.200"]);
        Ok(())
    }

    #[test]
    fn nothing_to_compare_is_no_success() {
        assert_eq!(Outcome::of(Vec::new(), "two"), Outcome::Unmeasured("two"));
        assert_eq!(Outcome::of(vec![Ok(()), Ok(())], "two"), Outcome::Holds(2));
        assert_eq!(
            Outcome::of(vec![Ok(()), Err("a".to_string())], "two"),
            Outcome::Fails(vec!["a".to_string()])
        );
    }
}
