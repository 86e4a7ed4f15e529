//! What is made of finished runs: verdicts, comparisons, pages, specification curves.

use super::{done, lossbench, refused};
use anyhow::{Context, Result};
use std::fs;
use std::path::Path;
use std::process::Command;

#[test]
fn a_comparison_names_the_arms_that_cannot_be_compared_and_those_that_are_not_attacked_alike() -> Result<()> {
    let league = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/evidence/league");
    let compare = |more: &[&str]| {
        let league = league.to_string_lossy();
        done(Path::new("."), &[&["compare", &league], more].concat())
    };
    let (all, motion) = (compare(&["--ranks"])?, compare(&["--sweep", "motion"])?);
    assert!(all.contains("Not ranked: Top-k BCE (topk-bce of seed 133 did not learn"), "{all}");
    assert!(all.contains("\nIn pgd each network is attacked along the loss of its own training"), "{all}");
    assert!(motion.contains("2 cannot be compared: Top-k BCE (topk-bce of seed 133"), "{motion}");
    assert!(!motion.contains("each network is attacked along"), "{motion}");
    Ok(())
}

#[test]
fn a_run_is_judged_kept_compared_and_put_into_a_page() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path();
    let printed = done(path, &["run", "smoke"])?;
    assert!(
        printed.contains("on phantoms: a demonstration, no verdict on the paper (study smoke"),
        "{printed}"
    );

    let json = done(path, &["verify", "runs/smoke", "--json"])?;
    let verdicts: Vec<serde_json::Value> = serde_json::from_str(&json)?;
    assert_eq!(verdicts.len(), 20);
    assert_eq!(verdicts[4]["lacks"], "the study has no loss bce+dice");
    assert_eq!(verdicts[0]["outcome"], "one-seed");

    let compared = done(path, &["compare", "runs/smoke"])?;
    assert!(compared.starts_with("BCE scores ") && compared.contains("one seed, which decides nothing"));
    let json_of = |baseline: &str| -> Result<serde_json::Value> {
        let arguments = ["compare", "runs/smoke", "--baseline", baseline, "--sweep", "fig2", "--json"];
        Ok(serde_json::from_str(&done(path, &arguments)?)?)
    };
    let difference = |compared: &serde_json::Value, arm: usize| {
        compared["arms"][arm]["attacked"]["difference"]["value"].as_f64().context("a difference")
    };
    // Dice against BCE is BCE against Dice the other way round.
    let [forth, back] = [difference(&json_of("bce")?, 1)?, difference(&json_of("dice")?, 0)?];
    assert!(forth != 0.0 && (forth + back).abs() < 1e-12, "{forth} {back}");

    let keep = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/keep_evidence.sh");
    let kept = Command::new(keep).args(["runs/smoke", "kept", "0"]).current_dir(path).status()?;
    assert!(kept.success());
    assert!(!path.join("kept/cells/bce-s0/weights.safetensors").exists());
    assert_eq!(done(path, &["verify", "kept", "--json"])?, json);

    fs::create_dir(path.join("golden"))?;
    fs::write(path.join("golden/verdicts.json"), &json)?;
    done(path, &["verify", "kept", "--against", "golden"])?;
    let mut undefined: serde_json::Value = serde_json::from_str(&json)?;
    for verdict in undefined.as_array_mut().context("a list of verdicts")? {
        verdict["adjusted_p"] = serde_json::Value::Null;
    }
    fs::write(path.join("golden/verdicts.json"), undefined.to_string())?;
    done(path, &["verify", "kept", "--against", "golden"])?;
    let other = json.replacen("\"outcome\": \"not-measured\"", "\"outcome\": \"reproduced\"", 1);
    fs::write(path.join("golden/verdicts.json"), other)?;
    let differs = lossbench(path, &["verify", "kept", "--against", "golden"])?;
    assert_eq!(differs.status.code(), Some(1));
    let message = String::from_utf8(differs.stderr)?;
    assert!(message.contains(": not measured here, reproduced in golden/verdicts.json"), "{message}");
    assert_eq!(message.lines().count(), 1, "{message}");
    // A verdict that is no longer judged differs too.
    fs::create_dir(path.join("fewer"))?;
    let claim = Path::new(env!("CARGO_MANIFEST_DIR")).join("claims/rajput/C05.toml");
    fs::copy(claim, path.join("fewer/C05.toml"))?;
    fs::write(path.join("golden/verdicts.json"), &json)?;
    let fewer = lossbench(path, &["verify", "kept", "--claims", "fewer", "--against", "golden"])?;
    assert_eq!(fewer.status.code(), Some(1));
    let message = String::from_utf8(fewer.stderr)?;
    assert_eq!(message.matches("not judged here").count(), 19, "{message}");
    assert!(String::from_utf8(fewer.stdout)?.starts_with("The claims of fewer on phantoms"));

    fs::write(
        path.join("page.md"),
        "before\n<!-- verdicts smoke -->\nold\n<!-- /verdicts smoke -->\nafter\n",
    )?;
    done(path, &["verify", "kept", "--splice", "page.md"])?;
    let page = fs::read_to_string(path.join("page.md"))?;
    assert!(page.starts_with("before\n<!-- verdicts smoke -->\nThe paper's claims on phantoms"), "{page}");
    assert!(
        page.contains("| C20 |") && !page.contains("\nold\n") && page.ends_with("-->\nafter\n"),
        "{page}"
    );
    let readings = done(path, &["verify", "kept", "--readings", "--beside", "runs/smoke"])?;
    let lines: Vec<&str> = readings.lines().collect();
    assert!(lines[0].contains("a demonstration, no verdict on the paper"), "{readings}");
    let head: Vec<&str> = lines[1].split("  ").filter(|word| !word.is_empty()).map(str::trim).collect();
    assert_eq!(head, ["claim", "signed", "micro Dice", "smoke", "hangs on"]);
    assert_eq!(lines.len(), 22);
    let message = refused(path, &["verify", "kept", "--readings", "--beside", "nothing"])?;
    assert!(
        message.contains("nothing/study.toml: ") && message.contains("should be a run folder"),
        "{message}"
    );
    fs::write(path.join("page.md"), "no marks")?;
    let message = refused(path, &["verify", "kept", "--splice", "page.md"])?;
    assert!(message.contains("page.md: should have the lines <!-- verdicts smoke -->"), "{message}");
    Ok(())
}

/// Smoke with two seeds, as a reading of its own.
fn reading(folder: &Path, name: &str, changes: &[&str]) -> Result<()> {
    let name = format!("name={name}");
    let mut arguments = vec![
        "run",
        "smoke",
        "--set",
        "seeds=[3, 5]",
        "--set",
        "train.schedule=cosine",
        "--set",
        "train.epochs=20",
        "--set",
        "attack.transfer=false",
        "--set",
        &name,
    ];
    changes.iter().for_each(|change| arguments.extend(["--set", change]));
    done(folder, &arguments)?;
    Ok(())
}

#[test]
fn runs_make_a_specification_curve() -> Result<()> {
    let folder = tempfile::tempdir()?;
    reading(folder.path(), "base", &["losses=['bce+dice', 'dice']"])?;
    reading(folder.path(), "turned", &["train.feed=augment", "losses=['bce+dice', 'slice-dice']"])?;
    let compare = ["specification", "runs/base", "runs/turned", "--pair", "bce+dice,dice"];
    let with = |more: &[&str]| done(folder.path(), &[&compare, more].concat());
    let printed = with(&["--at", "fig2:5:0.2", "--at", "fig6:5", "--out", "curve.svg"])?;
    assert!(printed.starts_with("BCE + Dice minus Dice: of 4 specifications "), "{printed}");
    let mine = printed.lines().filter(|line| line.starts_with("turned ")).collect::<Vec<_>>();
    assert_eq!(mine.len(), 2, "{printed}");
    assert!(
        mine[0].contains("losses = slice-dice; train.feed = augment")
            && mine[0].contains("bce+dice minus slice-dice")
    );
    assert_eq!(fs::read_to_string(folder.path().join("curve.svg"))?.matches("class=\"point\"").count(), 4);

    let json: serde_json::Value = serde_json::from_str(&with(&["--json"])?)?;
    let first = &json["curves"][0]["specifications"][0];
    assert_eq!((&json["curves"][0]["pair"]["less"], &first["at"]), (&"dice".into(), &"fig2:5:0.2".into()));
    let number = |value: &serde_json::Value| value.as_f64().context("a number");
    let [low, middle, high] = [&first["interval"][0], &first["difference"], &first["interval"][1]];
    assert!(number(low)? <= number(middle)? && number(middle)? <= number(high)?);

    let message =
        refused(folder.path(), &["specification", "runs/base", "runs/turned", "runs/../runs/base"])?;
    assert!(message.contains("runs/base twice"), "{message}");
    for (more, says) in [
        (["--pair", "bce+dice,focal"], "has no arm focal: it has bce+dice, dice"),
        (["--pair", "bce"], "--pair should be two arms, such as bce+dice,dice, but is 'bce'"),
        (["--at", "fig2"], "--at should be SWEEP:PIXELS or SWEEP:PIXELS:LEVEL"),
        (["--attack", "fgsm"], "--attack fgsm: runs/base has signed, random, random-foreground"),
        (["--at", "fig9:5"], "no run has what a specification needs"),
    ] {
        let output = lossbench(
            folder.path(),
            &[&["specification", "runs/base", "--pair", "bce+dice,dice"], &more[..]].concat(),
        )?;
        let message = String::from_utf8(output.stderr)?;
        assert_eq!(output.status.code(), Some(2), "{more:?}: {message}");
        assert!(message.contains(says), "{message}");
    }
    Ok(())
}
