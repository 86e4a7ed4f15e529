//! Effects that are absent, and what is excluded.

use crate::made_up::*;
use crate::{judged, steady};
use anyhow::{Context, Result};
use approx::assert_relative_eq;
use lossbench::claims::claim::Claim;
use lossbench::claims::finding::Comparison;
use lossbench::claims::registry;
use lossbench::claims::verdict::{Outcome, Verdict};
use rstest::rstest;

/// Networks of one made-up kind: every effect is absent that is not a limit.
fn all_alike() -> [Network; 4] {
    [Network { clean: 0.8, lost: 0.3, spread: 100.0, belief: 0.0 }; 4]
}

#[rstest]
#[case::an_ordering("C22")]
#[case::a_conjunction_of_two_sweeps("C21")]
#[case::a_difference_in_either_direction("C28")]
#[case::within_the_range("C31")]
fn what_is_alike_is_absent(#[case] id: &str) -> Result<()> {
    let verdict = steady(&run(all_alike())?, id)?;
    assert_eq!(verdict.outcome, Outcome::Absent, "{verdict:#?}");
    let decisive = &verdict.comparisons[verdict.decisive];
    assert!(decisive.excluded < decisive.smallest && verdict.adjusted_p < 0.05, "{verdict:#?}");
    Ok(())
}

/// BCE + Dice is far above Dice loss; then it is the other way round.
#[rstest]
#[case::as_claimed([0.5, 0.6, 0.1, 0.3], Outcome::Reproduced, Outcome::Reproduced)]
#[case::the_opposite([0.5, 0.1, 0.6, 0.3], Outcome::NotReproduced, Outcome::Reproduced)]
#[case::a_trace([0.5, 0.52, 0.5, 0.5], Outcome::Absent, Outcome::Absent)]
fn directions_matter_for_an_ordering_and_not_for_a_difference(
    #[case] lost: [f64; 4],
    #[case] ordering: Outcome,
    #[case] difference: Outcome,
) -> Result<()> {
    let run = run(lost.map(|lost| Network { clean: 0.9, lost, spread: 100.0, belief: 0.0 }))?;
    assert_eq!(steady(&run, "C22")?.outcome, ordering);
    let varies = steady(&run, "C28")?;
    assert_eq!(varies.outcome, difference);
    // Any pair that differs is enough: shown is the one that most surely does, or that is least surely absent.
    let sure = |one: &Comparison| match difference {
        Outcome::Absent => one.p_absent.map_or(f64::NAN, |p| -p),
        _ => one.p_holds,
    };
    let least = varies.comparisons.iter().map(sure).fold(f64::INFINITY, f64::min);
    assert_eq!(sure(&varies.comparisons[varies.decisive]), least, "{varies:#?}");
    Ok(())
}

/// What is excluded is so by the test that the verdict takes: of C18 one of three comparisons is chosen, and of C28, which any of
/// six pairs carries, an effect is excluded where all six exclude it.
#[test]
fn what_is_excluded_is_corrected_as_absence_is() -> Result<()> {
    let run = run(as_the_paper_says())?;
    let alone = |id: &str| -> Result<Verdict> {
        let claims: Vec<Claim> =
            registry::set("steady")?.into_iter().filter(|claim| claim.id == id).collect();
        judged(&run, &claims).pop().context("a verdict")
    };
    let verdict = alone("C18")?;
    assert_eq!(verdict.comparisons.len(), 3);
    for one in &verdict.comparisons {
        // The mean and quantiles of Student's t with five degrees of freedom, scipy.stats.t.ppf of 1 - 0.05 / 3 and of 0.975.
        let error = (one.interval[1] - one.value) / 2.570_581_835_636_315;
        let excluded = (one.value + 2.911_710_5 * error).max(0.0);
        assert_relative_eq!(one.excluded.context("a direction")?, excluded, epsilon = 1e-6);
    }
    let verdict = alone("C28")?;
    let bounds: Vec<f64> = verdict.comparisons.iter().filter_map(|one| one.excluded).collect();
    let least = verdict.comparisons.iter().map(|one| one.value.abs()).fold(0.0, f64::max);
    assert_eq!(bounds.len(), 6);
    assert!(bounds.iter().all(|&bound| bound == bounds[0] && bound > least), "{bounds:?} {least}");
    Ok(())
}
