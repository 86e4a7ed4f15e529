//! The claims judged again under every choice that a run's records leave to the reader, so that one sees
//! which verdicts hang on a choice: the ranking of pixels, the Dice score, the gradient.

use crate::claims::claim::Claim;
use crate::claims::verdict::{Outcome, Verdict, judge};
use crate::evidence::{Evidence, Reading};
use crate::records::run::Run;
use serde::Serialize;

/// The verdicts under one reading.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Judged {
    /// The choice that tells it from the first, such as `magnitude`.
    pub name: String,
    /// One a claim.
    pub verdicts: Vec<Verdict>,
}

/// Judges `claims` by the attack that `run` is judged by, by each other ranking of it that reads a saliency map, by the
/// first with micro Dice, and by the own attack of every run `beside` it.
pub fn judge_all(claims: &[Claim], run: &Run, beside: &[Run]) -> Vec<Judged> {
    let judged = |name: &str, run: &Run, attack: &str, micro: bool| {
        let reading = Reading { attack: attack.to_string(), micro };
        let verdicts = judge(claims, &Evidence::of(run, reading));
        Judged { name: name.to_string(), verdicts }
    };
    let own = |run: &Run| Reading::of(&run.study).attack;
    let first = own(run);
    let others = run.study.rankings().into_iter().filter(|attack| *attack != first);
    let rankings = std::iter::once(first.clone()).chain(others);
    let mut columns: Vec<Judged> = rankings.map(|attack| judged(&attack, run, &attack, false)).collect();
    columns.push(judged("micro Dice", run, &first, true));
    columns.extend(beside.iter().map(|run| judged(&run.study.name, run, &own(run), false)));
    columns
}

/// Names of the readings under which the claim at index `claim` is judged otherwise than under the first.
/// What a reading did not measure says nothing.
pub fn hangs_on(columns: &[Judged], claim: usize) -> Vec<&str> {
    let outcome = |judged: &Judged| judged.verdicts.get(claim).map(|verdict| verdict.outcome);
    let Some(first) = columns.first().and_then(outcome) else {
        return Vec::new();
    };
    let differs = |judged: &&Judged| {
        outcome(judged).is_some_and(|other| other != first && other != Outcome::NotMeasured)
    };
    columns.iter().filter(differs).map(|judged| judged.name.as_str()).collect()
}
