//! Which arm of a made-up run comes first, and how sure that is.

use crate::made_up::{as_the_paper_says, run};
use anyhow::{Context, Result};
use lossbench::evidence::{Evidence, Reading};

#[test]
fn arms_far_apart_keep_their_places_and_close_ones_share_theirs() -> Result<()> {
    let run = run(as_the_paper_says())?;
    let evidence = Evidence::of(&run, Reading { attack: "signed".into(), micro: false });
    let rankings = evidence.rankings(&["fig3".to_string()]);
    let [clean, attacked] = rankings.as_slice() else { anyhow::bail!("{} rankings", rankings.len()) };
    for ranking in &rankings {
        // Demsar's table has 2.569 for four learners.
        approx::assert_relative_eq!(
            ranking.critical_difference,
            2.569 * (20.0_f64 / 36.0).sqrt(),
            max_relative = 1e-3
        );
        assert_eq!(ranking.arms.iter().map(|arm| arm.rank).sum::<f64>(), 10.0);
        approx::assert_relative_eq!(
            ranking.arms.iter().map(|arm| arm.first).sum::<f64>(),
            1.0,
            epsilon = 1e-9
        );
    }
    // Under the attack Dice loss lies 0.4 behind, while seeds and volumes add 0.03.
    let dice = attacked.arms.iter().find(|arm| arm.arm == "dice").context("dice")?;
    assert_eq!((dice.rank, dice.places, dice.first), (4.0, [4, 4], 0.0));
    // Without one BCE is last by 0.03.
    let bce = clean.arms.iter().find(|arm| arm.arm == "bce").context("bce")?;
    assert!(bce.rank > 3.0 && bce.first < 0.05, "{bce:?}");
    Ok(())
}

#[test]
fn one_seed_ranks_nothing() -> Result<()> {
    let mut run = run(as_the_paper_says())?;
    run.cells.retain(|cell| cell.record.seed == 0);
    let evidence = Evidence::of(&run, Reading { attack: "signed".into(), micro: false });
    assert!(evidence.rankings(&["fig3".to_string()]).is_empty());
    Ok(())
}

#[test]
fn an_arm_with_a_network_that_did_not_learn_is_not_ranked_but_named() -> Result<()> {
    let mut run = run(as_the_paper_says())?;
    let failed = run.cells.iter_mut().find(|cell| cell.record.loss == "bce" && cell.record.seed == 0);
    failed.context("a cell")?.curves.iter_mut().for_each(|row| row.dice = 0.1);
    let evidence = Evidence::of(&run, Reading { attack: "signed".into(), micro: false });
    let rankings = evidence.rankings(&["fig3".to_string()]);
    assert_eq!(rankings.len(), 2);
    for ranking in &rankings {
        assert_eq!((ranking.arms.len(), ranking.left_out.len()), (3, 1));
        assert_eq!(ranking.left_out[0].arm, "bce");
        assert!(ranking.left_out[0].why.contains("bce of seed 0 did not learn"), "{:?}", ranking.left_out);
        assert_eq!(ranking.arms.iter().map(|arm| arm.rank).sum::<f64>(), 6.0);
    }
    Ok(())
}
