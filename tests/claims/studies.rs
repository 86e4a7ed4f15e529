//! Claims and comparisons of other studies than the paper's, from the evidence recorded of each (`golden/evidence/NAME`).

use crate::golden::{made_by, path, whole};
use crate::tolerance::Tolerance;
use anyhow::{Context, Result, ensure};
use lossbench::claims::registry;
use lossbench::definition::study::Study;
use lossbench::evidence::{Evidence, Reading};
use lossbench::records::run::Run;
use lossbench::report::text::comparison;
use lossbench::report::text::grid::grid;
use lossbench::report::text::verdicts::Judgement;
use rstest::rstest;

/// What they come to is `golden/bodies/NAME.snap`; METHODOLOGY.md says which of the claims mean something there.
#[rstest]
fn a_body(#[values("heart", "nuclei", "fetal-head")] name: &str) -> Result<()> {
    let study = Study::read(name, &[])?;
    snapshot("bodies", name, judged(&study, study.seeds.len())?);
    Ok(())
}

/// What studies of which some seeds are there come to so far is `golden/studies/NAME.snap`.
#[rstest]
fn a_study_so_far(#[values(("maps", 1), ("attacks", 1))] (name, seeds): (&str, usize)) -> Result<()> {
    snapshot("studies", name, judged(&Study::read(name, &[])?, seeds)?);
    Ok(())
}

/// And what networks that existed come to, whose study names them.
#[rstest]
fn networks_that_existed(#[values("heart-attacks")] name: &str) -> Result<()> {
    let run = Run::read(&path("evidence").join(name))?;
    ensure!(run.cells.len() == run.study.arms.len(), "{name} lacks a network");
    snapshot("studies", name, text(&run)?);
    Ok(())
}

/// And what the whole seeds of a study without claims come to, of which other seeds have some of their cells.
#[rstest]
fn arms_so_far(#[values(("feeds", 2))] (name, seeds): (&str, usize)) -> Result<()> {
    let run = Run::read(&path("evidence").join(name))?;
    made_by(&run, &Study::read(name, &[])?)?;
    let (evidence, text) = compared(&run)?;
    ensure!(evidence.seeds.len() == seeds, "{name} has {} whole seeds", evidence.seeds.len());
    snapshot("studies", name, text);
    Ok(())
}

/// And what a study without claims comes to: its arms against the baseline.
#[rstest]
fn a_league(#[values(("league", 5))] (name, seeds): (&str, usize)) -> Result<()> {
    let study = Study::read(name, &[])?;
    let run = recorded(&study, seeds)?;
    let (evidence, text) = compared(&run)?;
    snapshot("studies", name, text);
    // Few seeds leave wide intervals, but none wider than a score can be.
    let sweeps: Vec<String> = study.sweeps.keys().cloned().collect();
    let rankings = evidence.rankings(&sweeps);
    ensure!(rankings.len() == 1 + sweeps.len(), "{} rankings", rankings.len());
    // Top-k BCE and Lovasz hinge: a network of each learned nothing.
    ensure!(rankings.iter().all(|one| (one.arms.len(), one.left_out.len()) == (study.arms.len() - 2, 2)));
    let standings = rankings.into_iter().flat_map(|ranking| ranking.arms);
    let ends: Vec<f64> = standings.flat_map(|standing| standing.interval).collect();
    ensure!(ends.iter().all(|end| (0.0..=1.0).contains(end)), "intervals of scores: {ends:?}");
    let comparison = evidence.against_default(&study).context("a comparison")?;
    let scored = comparison.arms.iter().flat_map(|arm| [&arm.clean, &arm.attacked]).flatten();
    let mut differences = scored.filter_map(|scored| scored.difference);
    ensure!(
        differences.all(|one| one.interval[0] >= -1.0 && one.interval[1] <= 1.0),
        "intervals of differences"
    );
    Ok(())
}

/// What the evidence of `seeds` whole seeds of `study` comes to.
fn judged(study: &Study, seeds: usize) -> Result<String> {
    text(&recorded(study, seeds)?)
}

/// The evidence of `seeds` whole seeds of `study`.
fn recorded(study: &Study, seeds: usize) -> Result<Run> {
    let run = Run::read(&path("evidence").join(&study.name))?;
    whole(&run, study)?;
    let cells = seeds * study.names().len();
    ensure!(run.cells.len() == cells, "{} has {} of {cells} cells", study.name, run.cells.len());
    Ok(run)
}

/// Every arm against the baseline, then every verdict.
fn text(run: &Run) -> Result<String> {
    let set = run.study.claims.as_deref().context("a set of claims")?;
    Ok([compared(run)?.1, judged_by(run, set)?].join("\n\n"))
}

/// Every verdict of the claims called `set`.
pub fn judged_by(run: &Run, set: &str) -> Result<String> {
    let evidence = Evidence::of(run, Reading::of(&run.study));
    Ok(Judgement::of(&run.study, &registry::set(set)?, &evidence).text())
}

/// Every arm against the baseline, in sentences and as a table.
pub fn compared(run: &Run) -> Result<(Evidence<'_>, String)> {
    let study = &run.study;
    let evidence = Evidence::of(run, Reading::of(study));
    let compared = evidence.against_default(study).context("a comparison")?;
    let title = |arm: &str| study.title(arm);
    let text =
        [comparison::sentences(&compared, title).join("\n"), grid(&comparison::table(&compared, title))];
    Ok((evidence, text.join("\n\n")))
}

/// Compares `text` with `golden/FOLDER/NAME.snap`.
pub fn snapshot(folder: &str, name: &str, text: String) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(path(folder));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_comparator(Box::new(Tolerance));
    settings.bind(|| insta::assert_snapshot!(name, text));
}
