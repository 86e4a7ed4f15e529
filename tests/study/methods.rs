//! Studies whose attack takes the maps of several methods.

use crate::records::{run_study, smoke};
use anyhow::{Context, Result};
use lossbench::definition::study::Study;
use lossbench::evidence::summary::Summary;
use lossbench::evidence::{Evidence, Reading};
use lossbench::image::gather::gather;
use lossbench::image::slice::Slice;
use lossbench::network::unet::weights::Weights;
use lossbench::network::{device, open};
use lossbench::records::files::read_csv;
use lossbench::records::rows::CurveRow;
use lossbench::records::run::Run;
use lossbench::saliency::method::Explainer;
use lossbench::saliency::{Place, Question, Scalar};
use lossbench::study::prepared::Prepared;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const METHODS: &str =
    "attack.maps=['gradient', 'occlusion(window=16,stride=16)', 'vargrad(samples=2)', 'grad-cam']";

/// A smoke study whose networks learned enough that an attack changes something.
fn learned(changes: &[&str]) -> Result<Study> {
    let more = ["train.epochs=8", "sweep.fig2.pixels=[60]", "sweep.fig2.levels=[0.0, 1.0]"];
    smoke(&[&more, changes].concat())
}

fn curves(folder: &Path) -> Result<Vec<CurveRow>> {
    Ok(read_csv(&folder.join("cells/bce-s0/curves.csv"))?)
}

#[test]
fn each_method_ranks_for_itself_and_the_gradient_as_it_always_did() -> Result<()> {
    let (plain, named) = (tempfile::tempdir()?, tempfile::tempdir()?);
    run_study(plain.path(), &learned(&[])?, &[])?;
    let study = learned(&[METHODS])?;
    run_study(named.path(), &study, &[])?;
    let (before, after) = (curves(plain.path())?, curves(named.path())?);
    assert!(before.iter().all(|row| row.method.is_none()));
    let maps = |name: &str| {
        after
            .iter()
            .filter(|row| row.attack == "signed" && row.method.as_deref() == Some(name))
            .cloned()
            .collect::<Vec<_>>()
    };
    let without = |rows: Vec<CurveRow>| {
        rows.into_iter().map(|row| CurveRow { method: None, ..row }).collect::<Vec<_>>()
    };
    let signed: Vec<CurveRow> = before.iter().filter(|row| row.attack == "signed").cloned().collect();
    assert_eq!(without(maps("gradient")), signed);
    for explainer in &study.explainers[1..] {
        let rows = without(maps(&explainer.to_string()));
        assert_eq!(rows.len(), signed.len(), "{explainer}");
        assert_ne!(rows, signed, "{explainer}");
    }
    let controls =
        |rows: &[CurveRow]| rows.iter().filter(|row| row.attack != "signed").cloned().collect::<Vec<_>>();
    assert_eq!(controls(&after), controls(&before));
    Ok(())
}

#[test]
fn tables_say_which_method_where_a_study_names_methods() -> Result<()> {
    let (plain, named) = (tempfile::tempdir()?, tempfile::tempdir()?);
    run_study(plain.path(), &smoke(&[])?, &["bce-s0"])?;
    run_study(named.path(), &smoke(&[METHODS])?, &["bce-s0"])?;
    let text = |folder: &Path, file: &str| fs::read_to_string(folder.join("cells/bce-s0").join(file));
    for file in ["curves.csv", "saliency.csv"] {
        let head =
            |text: &str| text.lines().next().is_some_and(|line| line.split(',').any(|name| name == "method"));
        assert!(!head(&text(plain.path(), file)?) && head(&text(named.path(), file)?), "{file}");
    }
    // The first method's spread is what the plain study has, whose other methods follow.
    let (before, after) = (Run::read(plain.path())?, Run::read(named.path())?);
    let (before, after) = (before.cells.first().context("a cell")?, after.cells.first().context("a cell")?);
    let measures = |row: &lossbench::records::saliency::SaliencyRow| format!("{:?}", row.measures);
    assert_eq!(
        after.spread_rows().map(measures).collect::<Vec<_>>(),
        before.saliency.iter().map(measures).collect::<Vec<_>>()
    );
    assert_eq!(after.saliency.len(), 4 * before.saliency.len());
    let methods: BTreeSet<&str> = after.saliency.iter().filter_map(|row| row.method.as_deref()).collect();
    assert_eq!(methods.len(), 4, "{methods:?}");
    Ok(())
}

#[test]
fn evidence_can_be_read_by_each_method() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let study = learned(&[METHODS])?;
    run_study(folder.path(), &study, &[])?;
    let run = Run::read(folder.path())?;
    let rankings = [
        "signed",
        "signed by occlusion(window=16,stride=16)",
        "signed by vargrad(samples=2)",
        "signed by grad-cam",
    ];
    let summary = Summary::of(&run);
    assert_eq!(
        (summary.attack.as_str(), &summary.rankings),
        ("signed", &rankings.map(String::from).to_vec())
    );
    let loss = summary.losses.first().context("a loss")?;
    let at = |ranking: &str| -> Result<Vec<f64>> {
        let curve = loss.curve("fig2", ranking, "").with_context(|| format!("a curve of {ranking}"))?;
        Ok(curve.points.iter().map(|point| point.dice).collect())
    };
    let found: BTreeSet<String> =
        rankings.iter().map(|one| Ok(format!("{:?}", at(one)?))).collect::<Result<_>>()?;
    assert!(found.len() > 1, "{found:?}");
    for attack in rankings.map(String::from) {
        assert_eq!(Evidence::of(&run, Reading { attack, micro: false }).seeds, [0]);
    }
    Ok(())
}

#[test]
fn examples_have_the_map_of_every_method_where_a_study_names_them() -> Result<()> {
    let (plain, named) = (tempfile::tempdir()?, tempfile::tempdir()?);
    run_study(plain.path(), &smoke(&["losses=['bce']"])?, &[])?;
    let study = smoke(&[METHODS, "losses=['bce']"])?;
    run_study(named.path(), &study, &[])?;
    let examples = |folder: &Path| Run::read(folder)?.examples.context("examples");
    let (before, after) = (examples(plain.path())?, examples(named.path())?);
    assert!(!fs::read_to_string(plain.path().join("examples.json"))?.contains("\"maps\""));
    let prepared = Prepared::load(&study, None)?;
    let device = device::open(device::available()[0])?;
    let weights = Weights::read(&named.path().join("cells/bce-s0/weights.safetensors"))?;
    let predictor = open::predictor(&weights, &device, prepared.size);
    for (slice, plain) in after.slices.iter().zip(&before.slices) {
        let seen = &slice.networks[0];
        assert_eq!(seen.gradient, plain.networks[0].gradient);
        let names: Vec<&str> = seen.maps.iter().map(|map| map.method.as_str()).collect();
        assert_eq!(names, study.explainers.iter().map(Explainer::to_string).collect::<Vec<_>>());
        // Each by itself, at the slice alone.
        let all = prepared.test.all()?;
        let is_it =
            |one: &&Slice| prepared.volumes[one.volume].id == slice.volume && one.depth == slice.depth;
        let found = all.iter().find(is_it).context("the slice")?;
        let (images, targets) = gather(std::slice::from_ref(found));
        let (volume, depth) = (slice.volume.clone(), slice.depth);
        let places = [Place { region: found.region, seed: 0, volume, depth }];
        let scalar = Scalar { output: study.output, loss: &study.arms[0].loss };
        let question = Question::new(&predictor, scalar, &images, &targets, &places)?;
        for (explainer, map) in study.explainers.iter().zip(&seen.maps) {
            let whole = explainer.maps(&question)?;
            let expected: Vec<f32> = found.region.pixels().map(|pixel| whole[pixel]).collect();
            let largest = expected.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
            assert_eq!(map.largest, largest, "{explainer}");
            for (kept, value) in map.values().iter().zip(&expected) {
                assert!((kept - value).abs() <= 0.5001 / 127.0 * largest, "{explainer}: {kept}, {value}");
            }
        }
    }
    Ok(())
}

#[test]
fn a_method_that_does_not_fit_is_refused_before_anything_is_trained() -> Result<()> {
    for (maps, says) in [
        ("['occlusion(window=999)']", "attack.maps: window of occlusion should be at most "),
        ("['grad-cam(layer=tail)']", "attack.maps: layer of grad-cam should be one of encoder.0.conv1, "),
    ] {
        let folder = tempfile::tempdir()?;
        let study = smoke(&[&format!("attack.maps={maps}")])?;
        let message = run_study(folder.path(), &study, &[]).unwrap_err().to_string();
        assert!(message.starts_with(says), "{message}");
        assert!(!folder.path().join("cells").exists());
    }
    for (maps, says) in [
        ("['deep-dream']", "attack.maps should be one of gradient, "),
        ("['gradient', 'gradient']", "attack.maps names gradient twice"),
        (
            "['integrated-gradients', 'integrated-gradients(steps=32)']",
            "attack.maps names integrated-gradients twice",
        ),
    ] {
        let message = smoke(&[&format!("attack.maps={maps}")]).unwrap_err().to_string();
        assert!(message.starts_with(says), "{message}");
    }
    Ok(())
}
