//! The study of the logits' gradient, as it is recorded (`golden/evidence/logit-study`): `golden/studies/logit.snap`.

use crate::golden::{Golden, made_by, path};
use crate::specification::curves;
use crate::studies::{compared, judged_by, snapshot};
use anyhow::{Result, bail, ensure};
use lossbench::claims::registry;
use lossbench::definition::study::Study;
use lossbench::records::cell::WEIGHTS;
use lossbench::records::run::Run;
use lossbench::report::text::specification::text;
use std::fs;

/// As the script names them, from the folder in which tests run.
const CLAIMS: &str = "claims/logit";
const OUTPUTS: [&str; 2] = ["probability", "logit"];

#[test]
fn the_gradient_of_the_logits() -> Result<()> {
    let runs = OUTPUTS.map(|output| Run::read(&path("evidence/logit-study").join(output)));
    let mut runs = runs.into_iter().collect::<Result<Vec<_>, _>>()?;
    for (run, output) in runs.iter().zip(OUTPUTS) {
        made_by(run, &study(output)?)?;
    }
    runs[1].study.claims = Some(CLAIMS.to_string());
    let [probability, logit] = runs.as_slice() else { bail!("two runs were read") };
    for (one, other) in probability.cells.iter().zip(&logit.cells) {
        let weights = [one, other].map(|cell| cell.record.files.get(WEIGHTS));
        ensure!(weights[0].is_some() && weights[0] == weights[1], "{} has two networks", one.record.loss);
    }
    let curves = text(&curves(&runs, &["signed", "magnitude"])?, |arm| logit.study.title(arm));
    let compared = [probability, logit].map(compared).into_iter().collect::<Result<Vec<_>>>()?;
    let compared = compared.into_iter().map(|(_, text)| text);
    let all: Vec<String> = [judged_by(logit, CLAIMS)?, curves].into_iter().chain(compared).collect();
    snapshot("studies", "logit", all.join("\n\n"));
    // What METHODOLOGY.md quotes.
    let methodology = fs::read_to_string(path("../METHODOLOGY.md"))?;
    for verdict in Golden::of(logit, &registry::set(CLAIMS)?)?.verdicts {
        let one = &verdict.comparisons[verdict.decisive];
        let [low, high] = one.interval;
        let row = format!(
            "({}) | {:+.3} ({low:.3} to {high:.3}) | {:.3} | {} |",
            verdict.id, one.value, verdict.adjusted_p, verdict.outcome
        );
        ensure!(methodology.contains(&row), "METHODOLOGY.md should say: {row}");
    }
    Ok(())
}

/// The study as `scripts/logit_study.sh` runs it.
fn study(output: &str) -> Result<Study> {
    let seeds: Vec<u64> = (140..150).collect();
    let set = [format!("name={output}"), format!("seeds={seeds:?}"), format!("saliency.output={output}")];
    Ok(Study::read("specification", &set)?)
}
