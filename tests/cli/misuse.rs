//! Wrong use: one line that names it, exit 2, nothing written.

use super::output::RUN;
use super::predictions::scan;
use super::{done, lossbench, refused};
use anyhow::Result;
use rstest::rstest;
use std::fs;

#[rstest]
#[case(&["run", "nowhere.toml"], "nowhere.toml: ")]
#[case(&["run", "smoke", "--set", "train.epoch=1"], "unknown field `epoch`")]
#[case(&["run", "smoke", "--cells", "bce-s7"], "--cells bce-s7: study 'smoke' has no such cell")]
#[case(&["run", "smoke", "--device", "gpu"], "device 'gpu' is unknown")]
#[case(&["run", "smoke", "--set", "claims=foo"], "claims: foo: ")]
#[case(&["run", "paper"], "--data DIR")]
#[case(&["run", "paper", "--data", "nowhere"], "nowhere")]
#[case(&["run", "smoke", "--data", "somewhere"], "leave out --data somewhere")]
#[case(&["report", "nowhere"], "nowhere/study.toml: ")]
#[case(&["verify", "nowhere"], "nowhere/study.toml: ")]
#[case(&["specification", "nowhere"], "nowhere/study.toml: ")]
#[case(&["run", "smoke", "--weights-from", "nowhere"], "nowhere/study.toml: ")]
#[case(&["fetch", "spleen"], "data set 'spleen' is unknown")]
#[case(&["fetch", "hippocampus", "--from", "nowhere.tar"], "nowhere.tar")]
#[case(&["predict", "--weights", "no.safetensors", "--image", "i.nii", "--out", "o.nii"], "no.safetensors: ")]
#[case(&["attack", "--weights", "no.safetensors", "--sweep", "fig3"], "no.safetensors: ")]
fn wrong_use_ends_with_one_line_and_exit_2(#[case] arguments: &[&str], #[case] says: &str) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let message = refused(folder.path(), arguments)?;
    assert!(message.contains(says), "{message}");
    assert!(!folder.path().join("runs").exists(), "nothing may be written");
    Ok(())
}

#[rstest]
#[case(&["--intensity", "0", "inf"], "--intensity should be two rising numbers")]
#[case(&["--intensity", "-inf", "1"], "--intensity should be two rising numbers")]
#[case(&["--intensity", "nan", "1"], "--intensity should be two rising numbers")]
#[case(&["--intensity", "0", "1e39"], "--intensity should be two rising numbers")]
#[case(&["--intensity", "1", "-1"], "--intensity should be two rising numbers")]
#[case(&["--channels", "0,0"], "--channels names 0 twice")]
fn a_command_checks_as_a_study_does(#[case] more: &[&str], #[case] says: &str) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let arguments = [&scan(folder.path())?[..], &["--out", "m.nii"], more].concat();
    let message = refused(folder.path(), &arguments)?;
    assert!(message.contains(says), "{message}");
    assert!(!folder.path().join("m.nii").exists());
    Ok(())
}

/// What the operating system says, here that a folder is a file, is said once.
#[rstest]
#[case(&["predict", "--weights", "file/w", "--image", "scan.nii.gz", "--out", "m.nii"])]
#[case(&["predict", "--weights", "weights.safetensors", "--image", "file/i.nii", "--out", "m.nii"])]
#[case(&["predict", "--weights", "weights.safetensors", "--image", "scan.nii.gz", "--out", "file/m.nii"])]
#[case(&["fetch", "hippocampus", "--from", "file/x.tar"])]
#[case(&["fetch", "hippocampus", "--from", "scan.nii.gz", "--to", "file/data"])]
#[case(&["phantom", "file/task"])]
#[case(&["run", "file/study.toml"])]
#[case(&["report", "file/run"])]
#[case(&["verify", "run", "--splice", "file/page.md"])]
#[case(&["verify", "run", "--claims", "file/claims"])]
fn the_operating_system_is_quoted_once(#[case] arguments: &[&str]) -> Result<()> {
    let folder = tempfile::tempdir()?;
    scan(folder.path())?;
    fs::write(folder.path().join("file"), "no folder")?;
    if arguments[0] == "verify" {
        done(folder.path(), &[&RUN[..], &["--out", "run"]].concat())?;
    }
    let message = refused(folder.path(), arguments)?;
    assert_eq!(message.matches("Not a directory").count(), 1, "{message}");
    Ok(())
}

/// A run without its weights, as records are kept, has no networks to attack in another way.
#[test]
fn networks_that_are_not_at_hand_are_missed_before_anything_is_written() -> Result<()> {
    let folder = tempfile::tempdir()?;
    done(folder.path(), &[&RUN[..], &["--out", "run"]].concat())?;
    for cell in fs::read_dir(folder.path().join("run/cells"))? {
        fs::remove_file(cell?.path().join("weights.safetensors"))?;
    }
    for more in [&["--dry-run"][..], &[]] {
        let again = [&RUN[..], &["--weights-from", "run", "--out", "again"], more].concat();
        let output = lossbench(folder.path(), &again)?;
        let message = String::from_utf8(output.stderr)?;
        assert_eq!(output.status.code(), Some(2), "{message}");
        assert!(
            message.contains("--weights-from: run/cells/")
                && message.contains("weights.safetensors: is missing"),
            "{message}"
        );
        assert!(!folder.path().join("again").exists());
    }
    Ok(())
}

#[rstest]
#[case("train.epochs=nine", r#"smoke: train.epochs should be a whole number, but is "nine""#)]
#[case("data.intensity='wide'", r#"smoke: data.intensity should be a list of 2 values, but is "wide""#)]
fn a_wrong_type_names_its_key(#[case] change: &str, #[case] says: &str) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let message = refused(folder.path(), &["run", "smoke", "--set", change])?;
    assert!(message.contains(says), "{message}");
    Ok(())
}
