//! `lossbench attack --network`: a run like any other.

use crate::support::{lossbench, refusal, served, weights};
use anyhow::{Context, Result, ensure};
use std::fs;
use std::path::Path;

/// Two served networks of the smoke study, one of them also as it is, attacked into `run`.
fn attacked(folder: &Path, more: &[&str]) -> Result<String> {
    let trained = folder.join("trained");
    if !trained.exists() {
        ensure!(lossbench(folder, &["run", "smoke", "--out", "trained"])?.status.success());
    }
    let [first, other] =
        ["dice", "bce"].map(|loss| trained.join(format!("cells/{loss}-s0/weights.safetensors")));
    let networks = [format!("served={}", served(&first)), format!("other={}", served(&other))];
    let ours = format!("ours={}", first.display());
    let arguments = ["attack", "--study", "smoke", "--network", &networks[0], "--network", &networks[1]];
    let rest = ["--weights", &ours, "--out", "run"];
    let output = lossbench(folder, &[&arguments[..], &rest, more].concat())?;
    let said = String::from_utf8(output.stderr)?;
    ensure!(output.status.success(), "{said}");
    Ok(said)
}

/// The tables of a cell without the names of its arm.
fn tables(folder: &Path, arm: &str) -> Result<Vec<String>> {
    let read = |name: &str| fs::read_to_string(folder.join(format!("run/cells/{arm}-s0/{name}.csv")));
    let tables =
        ["curves", "saliency", "probabilities", "scores"].map(|name| read(name).context(name.to_string()));
    let tables: Vec<String> = tables.into_iter().collect::<Result<_>>()?;
    Ok(tables.into_iter().map(|table| table.replace(&format!("{arm},"), "")).collect())
}

#[test]
fn a_served_network_is_attacked_as_it_is_itself_and_the_run_is_read_as_any_other() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let folder = folder.path();
    let said = attacked(folder, &[])?;
    assert!(!said.contains("trained on"), "attacked on volumes that none has seen: {said}");
    assert_eq!(tables(folder, "served")?, tables(folder, "ours")?);
    assert_ne!(tables(folder, "served")?, tables(folder, "other")?);
    let text = |arguments: &[&str]| -> Result<String> {
        let output = lossbench(folder, arguments)?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Ok(String::from_utf8(output.stdout)?)
    };
    let compared = text(&["compare", "run", "--baseline", "ours"])?;
    assert!(compared.contains("served scores +0.000 against ours without an attack"), "{compared}");
    assert!(
        compared.contains("with one seed, which decides nothing (over the test volumes alone, "),
        "{compared}"
    );
    assert!(text(&["verify", "run"])?.contains("not measured"));
    let page = fs::read_to_string(folder.join("run/report.html"))?;
    assert!(page.contains("3 networks, 3 of them trained elsewhere or before"));
    // Again: nothing is left to do, and nothing changes.
    let before = fs::read(folder.join("run/cells/served-s0/cell.json"))?;
    attacked(folder, &[])?;
    assert_eq!(fs::read(folder.join("run/cells/served-s0/cell.json"))?, before);
    Ok(())
}

/// Of a network that says its training volumes each that it is attacked on is counted; of one that does not, that is said.
#[test]
fn a_network_that_meets_its_training_volumes_is_warned_of() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let folder = folder.path();
    let small = ["--set", "losses=['dice']", "--set", "train.epochs=1"];
    ensure!(
        lossbench(folder, &[&["run", "smoke", "--out", "trained"], &small[..]].concat())?.status.success()
    );
    let path = folder.join("trained/cells/dice-s0/weights.safetensors");
    let (path, ours) = (path.display().to_string(), format!("ours={}", path.display()));
    let warned = |arguments: &[&str], says: &str| -> Result<()> {
        let output =
            lossbench(folder, &[&["attack", "--study", "smoke", "--sweep", "fig2"], arguments].concat())?;
        let said = String::from_utf8(output.stderr)?;
        ensure!(output.status.success() && said.contains(says), "{said}");
        Ok(())
    };
    let other_split = ["--set", "split.seed=5", "--set", "split.test=0.5"];
    let says = "was trained on ";
    warned(
        &[&["--weights", &ours, "--out", "seen"], &other_split[..]].concat(),
        &format!("network ours: {says}"),
    )?;
    warned(&[&["--weights", &path], &other_split[..]].concat(), &format!("{path}: {says}"))?;
    warned(
        &["--weights", &path, "--set", "data.foreground=[1]"],
        "but is scored by labels [1] as foreground",
    )?;
    let net = format!("net={}", served(&weights(folder, "a.safetensors", 1)?));
    warned(
        &["--network", &net, "--out", "unknown"],
        "warning: net: trained on volumes that are not known here",
    )
}

/// A study names the file of a network: other weights that lie there later are another network.
#[test]
fn other_weights_at_the_same_path_are_another_study() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let folder = folder.path();
    let path = weights(folder, "a.safetensors", 1)?;
    let arms = format!("arms=[{{name='one', weights={:?}}}]", path.display().to_string());
    let arguments = ["run", "smoke", "--set", "losses=[]", "--set", &arms, "--out", "run"];
    let output = lossbench(folder, &arguments)?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    weights(folder, "a.safetensors", 2)?;
    let output = lossbench(folder, &arguments)?;
    let said = String::from_utf8(output.stderr)?;
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("one-s0/cell.json: was made by another study"), "{said}");
    Ok(())
}

#[test]
fn the_test_volumes_are_those_that_are_named() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let folder = folder.path();
    fs::write(folder.join("test.txt"), "phantom_002\nphantom_005\n")?;
    let said = attacked(folder, &["--test-volumes", "test.txt", "--sweep", "fig2"])?;
    assert!(!said.contains("not known here"), "{said}");
    let curves = fs::read_to_string(folder.join("run/cells/other-s0/curves.csv"))?;
    let volumes: std::collections::BTreeSet<&str> =
        curves.split([',', '\n']).filter(|cell| cell.starts_with("phantom_")).collect();
    assert_eq!(volumes.into_iter().collect::<Vec<_>>(), ["phantom_002", "phantom_005"]);
    assert!(curves.contains("fig2") && !curves.contains("fig6"));
    Ok(())
}

#[test]
fn slices_are_those_of_the_trainings_and_keys_that_are_set_stay() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let folder = folder.path();
    let path = weights(folder, "a.safetensors", 1)?;
    let read = lossbench::network::unet::weights::Weights::read(&path)?;
    let mut said = read.metadata().clone();
    said.insert("lossbench.axis".to_string(), "0".to_string());
    said.insert("lossbench.data_size".to_string(), "[24,16]".to_string());
    read.with_metadata(said).write(&path)?;
    let arm = format!("one={}", path.display());
    let attacked = |out: &str, more: &[&str]| -> Result<(String, String)> {
        let arguments = ["attack", "--study", "smoke", "--weights", &arm, "--sweep", "fig2", "--out", out];
        let output = lossbench(folder, &[&arguments[..], more].concat())?;
        let said = String::from_utf8(output.stderr)?;
        ensure!(output.status.success(), "{said}");
        Ok((said, fs::read_to_string(folder.join(out).join("study.toml"))?))
    };
    let (said, study) = attacked("run", &[])?;
    let taken = "the networks were trained on slices along axis 0, cut to 24 x 16 at most, which is taken, not the study's along axis 2";
    assert!(said.contains(taken), "{said}");
    assert!(study.contains("axis = 0") && study.contains("24"), "{study}");
    let (said, study) = attacked("other", &["--set", "data.axis=1"])?;
    let stays = "network one: was trained on slices along axis 0, cut to 24 x 16 at most, but those of the study are along axis 1, cut to 24 x 16 at most";
    assert!(said.contains(stays), "{said}");
    assert!(study.contains("axis = 1") && study.contains("24"), "{study}");

    // A study of one's own names the network beside slices of its own: they stay, which is said.
    let arms = format!("arms=[{{name='one', weights={:?}}}]", path.display().to_string());
    let arguments = ["run", "smoke", "--set", "losses=[]", "--set", &arms, "--out", "third"];
    let said = String::from_utf8(lossbench(folder, &arguments)?.stderr)?;
    let differs = "network one: was trained on slices along axis 0, cut to 24 x 16 at most, but those of the study are along axis 2";
    assert!(said.contains(differs), "{said}");
    Ok(())
}

#[test]
fn wrong_requests_are_one_line_each_and_nothing_is_taken_over() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let folder = folder.path();
    let path = weights(folder, "a.safetensors", 1)?;
    let network = format!("net={}", served(&path));
    let refused = |more: &[&str], says: &str| -> Result<()> {
        let line = refusal(folder, &[&["attack", "--study", "smoke"][..], more].concat())?;
        ensure!(line.contains(says), "{line}");
        Ok(())
    };
    refused(&["--network", &network], "name the folder of its run with --out RUN")?;
    refused(&["--network", "no name", "--out", "x"], "should be NAME=VALUE")?;
    refused(&["--network", "a b=sh", "--out", "x"], "the name of an arm should be letters")?;
    refused(&["--network", "net=sh -c 'exit 1'", "--out", "x"], "(exit status: 1)")?;
    refused(&["--out", "x"], "name a network at least")?;
    refused(
        &["--network", &network, "--out", "x", "--sweep", "fig9"],
        "--sweep should be one of fig2, fig6",
    )?;
    refused(
        &["--network", &network, "--out", "x", "--test-volumes", "a"],
        "1 volumes that are not there: a;",
    )?;
    refused(&["--network", &network, "--out", "x", "--test-volumes", ","], "--test-volumes names no volume")?;
    refused(
        &["--network", &network, "--out", "x", "--set", "attack.maps=['grad-cam']"],
        "network net: attack.maps: grad-cam looks into layers, which this network does not show",
    )?;
    refused(
        &["--network", &network, "--out", "x", "--set", "saliency.output=loss", "--set", "seeds=[0,1]"],
        "seeds should be one",
    )?;
    refused(
        &["--network", &network, "--weights", "nowhere", "--out", "x"],
        "--weights should be NAME=VALUE",
    )?;
    let other = folder.join("b.safetensors");
    let read = lossbench::network::unet::weights::Weights::read(&path)?;
    let said = [("lossbench.intensity".to_string(), "[0.0,1.0]".to_string())].into();
    read.with_metadata(said).write(&other)?;
    let other = format!("other={}", served(&other));
    refused(
        &["--network", &network, "--network", &other, "--out", "x"],
        "net and other were trained on other images, data.intensity [0, 0.2] and [0, 1]",
    )?;
    let along = |axis: &str| -> Result<String> {
        let path = folder.join(format!("axis{axis}.safetensors"));
        let said = [("lossbench.axis".to_string(), axis.to_string())].into();
        let read = lossbench::network::unet::weights::Weights::read(&folder.join("a.safetensors"))?;
        read.with_metadata(said).write(&path)?;
        Ok(format!("along{axis}={}", path.display()))
    };
    let [first, second] = [along("0")?, along("1")?];
    refused(
        &["--weights", &first, "--weights", &second, "--out", "x"],
        "along0 and along1 were trained on other images, data.axis 0 and 1",
    )?;
    assert!(!folder.join("x").exists());
    attacked(folder, &["--sweep", "fig2"])?;
    refused(
        &["--network", &network, "--out", "run"],
        "run: has cells that this study does not have (served-s0, other-s0, ours-s0): let the study have those too",
    )
}
