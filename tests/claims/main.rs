//! The paper's claims, judged again from the recorded evidence of the reference study
//! (`golden/evidence/`). A test asserts the recorded verdict, never that the paper was right.
//!
//! Where a changed verdict is meant: `cargo insta review`, or `INSTA_UPDATE=always cargo test --release
//! --test claims claim`, then read the diff of `golden/verdicts/`.

mod altered;
mod epochs;
mod golden;
mod logit;
mod one_attack;
mod readme;
mod specification;
mod studies;
mod tolerance;

use anyhow::{Context, Result, ensure};
use golden::{claims, golden, path, whole};
use lossbench::claims::claim::Claim;
use lossbench::claims::registry;
use lossbench::claims::verdict::Verdict;
use lossbench::definition::study::Study;
use lossbench::records::run::Run;
use rstest::rstest;
use std::fs;
use tolerance::Tolerance;

#[rstest]
#[case::bce_spreads_wider_than_dice("C01")]
#[case::the_compounds_spread_lies_between("C02")]
#[case::dice_is_sharper_than_bce("C03")]
#[case::dice_and_bce_dice_start_alike("C04")]
#[case::dice_falls_faster_within_the_range("C05")]
#[case::bce_loses_very_little_within_the_range("C06")]
#[case::the_focal_compound_loses_very_little_within_the_range("C07")]
#[case::dice_collapses_at_0_6("C08")]
#[case::bce_dice_holds_at_0_6("C09")]
#[case::masks_shrink_as_the_level_rises("C10")]
#[case::dice_at_0_4_is_worse_than_the_compounds_at_0_6("C11")]
#[case::dice_has_a_hard_margin("C12")]
#[case::thirty_pixels_halve_dice_and_spare_bce_dice("C13")]
#[case::bce_dice_stays_above_dice_over_n("C14")]
#[case::bce_dice_stays_above_dice_under_random_values("C15")]
#[case::clean_masks_are_alike("C16")]
#[case::dice_scores_higher_than_bce("C17")]
#[case::bce_dice_scores_highest("C18")]
#[case::wider_spread_goes_with_robustness("C19")]
#[case::sharper_focus_goes_with_a_higher_score("C20")]
fn claim(#[case] id: &str) -> Result<()> {
    let text = golden()?.texts.get(id).context("a claim of the registry")?;
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(path("verdicts"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_comparator(Box::new(Tolerance));
    settings.bind(|| insta::assert_snapshot!(id, text));
    Ok(())
}

/// The cases above, the registry, the claims' files and the snapshots are the same claims.
#[test]
fn every_claim_has_a_file_a_case_and_a_snapshot() -> Result<()> {
    let registry: Vec<String> = claims()?.into_iter().map(|claim| claim.id).collect();
    let source = include_str!("main.rs").lines().filter_map(|line| line.strip_prefix("#[case::"));
    let cases: Vec<&str> = source.filter_map(|line| line.split('"').nth(1)).collect();
    assert_eq!(cases, registry);
    let names = |folder, ending: &str| -> Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(folder)? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            names.extend(name.strip_suffix(ending).map(String::from));
        }
        names.sort();
        Ok(names)
    };
    for set in registry::names() {
        let ids: Vec<String> = registry::set(set)?.into_iter().map(|claim| claim.id).collect();
        assert_eq!(names(path("../claims").join(set), ".toml")?, ids, "{set}");
    }
    assert_eq!(names(path("verdicts"), ".snap")?, registry);
    Ok(())
}

/// The evidence is that of the study that ships, every seed of it whole.
#[test]
fn the_evidence_is_whole() -> Result<()> {
    whole(&Run::read(&path("evidence/paper"))?, &Study::read("paper", &[])?)
}

/// What matters was fixed with its source before the study: ordered, differing and correlated claims name it
/// wherever no second claim does.
#[test]
fn claims_of_the_steady_set_say_what_matters() -> Result<()> {
    let claims = registry::set("steady")?;
    let says = |claim: &Claim| claim.predicates.iter().any(|predicate| predicate.smallest().is_some());
    let silent: Vec<&str> =
        claims.iter().filter(|claim| !says(claim)).map(|claim| claim.id.as_str()).collect();
    // Limits and likeness on their own scale, a direction within each loss, and C33, of which C01 is the weaker form.
    assert_eq!(silent, ["C04", "C06", "C07", "C08", "C09", "C10", "C13", "C16", "C27", "C33"]);
    Ok(())
}

/// The set of the study of the logits' gradient, which is read from its folder.
#[test]
fn claims_on_the_logits_gradient_say_what_matters() -> Result<()> {
    let claims = registry::set(&path("../claims/logit").display().to_string())?;
    let says = |claim: &Claim| claim.predicates.iter().all(|predicate| predicate.smallest().is_some());
    assert!(claims.iter().all(says));
    let ids: Vec<&str> = claims.iter().map(|claim| claim.id.as_str()).collect();
    assert_eq!(ids, ["C01", "C02", "C03", "C04"]);
    Ok(())
}

/// A published verdict comes with what was found.
#[test]
fn every_claim_is_analysed() -> Result<()> {
    for claim in claims()? {
        ensure!(!claim.analysis.trim().is_empty(), "{}: the analysis is empty", claim.id);
    }
    Ok(())
}

/// `lossbench verify RUN --against golden` compares with what the evidence says.
#[test]
fn the_recorded_verdicts_are_those_of_the_evidence() -> Result<()> {
    let recorded: Vec<Verdict> = serde_json::from_slice(&fs::read(path("verdicts.json"))?)?;
    let outcomes =
        |verdicts: &[Verdict]| -> Vec<_> { verdicts.iter().map(|v| (v.id.clone(), v.outcome)).collect() };
    assert_eq!(outcomes(&recorded), outcomes(&golden()?.verdicts));
    Ok(())
}
