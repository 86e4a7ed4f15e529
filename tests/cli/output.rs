//! Where output goes and what becomes of a command when it cannot go there.

use super::{done, lossbench, phantoms, refused, write_weights};
use anyhow::{Context, Result};
use lossbench::data::nifti::{Voxels, plain_header, read_image, write_like};
use rstest::rstest;
use std::fs::{self, File, OpenOptions};
use std::io::Read;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

const RUN: [&str; 4] = ["run", "smoke", "--set", "train.epochs=1"];
const FINISHED: &str = "runs/smoke/report.html";

fn program(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lossbench"));
    command.args(arguments).current_dir(folder).stdin(Stdio::null());
    command
}

/// A pipe whose reader has gone.
fn broken() -> Result<Stdio> {
    let (reader, writer) = std::io::pipe()?;
    drop(reader);
    Ok(writer.into())
}

fn full() -> Result<Stdio> {
    Ok(OpenOptions::new().write(true).open("/dev/full")?.into())
}

#[rstest]
#[case::errors_to_a_full_disk(|| Ok((Stdio::null(), full()?)))]
#[case::errors_to_a_broken_pipe(|| Ok((Stdio::null(), broken()?)))]
#[case::both_to_broken_pipes(|| Ok((broken()?, broken()?)))]
#[case::both_to_a_full_disk(|| Ok((full()?, full()?)))]
fn output_never_decides_what_becomes_of_a_run(#[case] streams: fn() -> Result<(Stdio, Stdio)>) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (output, errors) = streams()?;
    let status = program(folder.path(), &RUN).stdout(output).stderr(errors).status()?;
    assert_eq!(status.code(), Some(0));
    assert!(folder.path().join(FINISHED).is_file());
    Ok(())
}

/// Maps, then the layers of one check, then the steps of another, all in one stage.
#[test]
fn a_pipe_hears_how_far_each_count_of_a_stage_is() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let checks = "saliency.checks=['sanity','shuffled-labels']";
    let arguments = [&RUN[..], &["--set", checks, "--set", "losses=['bce']"]].concat();
    let heard = program(folder.path(), &arguments).stderr(Stdio::piped()).output()?;
    assert_eq!(heard.status.code(), Some(0));
    let heard = String::from_utf8(heard.stderr)?;
    for (count, detail) in [("/27 ", "sanity, "), ("/", "training on shuffled labels, loss ")] {
        let of = |line: &&str| {
            let place = line.strip_prefix("bce-s0 saliency ").and_then(|rest| rest.split_once(detail));
            place.is_some_and(|(place, _)| place.ends_with(' ') && place.contains(count))
        };
        let lines = heard.lines().filter(of).count();
        assert!((5..=10).contains(&lines), "{lines} lines of {detail}: {heard}");
    }
    Ok(())
}

/// Blind from the start, and seen once the file is gone.
#[test]
fn a_run_that_is_kept_unread_shows_nothing_before_its_file_is_removed() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let unread = folder.path().join("runs/smoke/UNREAD");
    fs::create_dir_all(folder.path().join("runs/smoke"))?;
    fs::write(&unread, "until all seeds are there\n")?;
    let says = "UNREAD: the results of this run are kept unread (until all seeds are there)";
    let made = lossbench(folder.path(), &RUN)?;
    let said = String::from_utf8(made.stderr)?;
    assert_eq!(made.status.code(), Some(0), "{said}");
    assert!(
        made.stdout.is_empty() && !folder.path().join(FINISHED).exists() && said.contains(says),
        "{said}"
    );
    for command in ["report", "compare", "verify", "specification"] {
        let message = refused(folder.path(), &[command, "runs/smoke"])?;
        assert!(message.contains(says), "{message}");
    }
    fs::remove_file(&unread)?;
    assert!(done(folder.path(), &["report", "runs/smoke"])?.contains("clean Dice"));
    Ok(())
}

#[test]
fn a_result_that_is_lost_is_told_from_one_whose_reader_has_enough() -> Result<()> {
    let folder = tempfile::tempdir()?;
    done(folder.path(), &RUN)?;
    for (arguments, status) in [
        (&["verify", "runs/smoke"][..], 2),
        (&["verify", "runs/smoke", "--json"], 2),
        (&["report", "runs/smoke"], 2),
        (&["devices"], 2),
        (&["run", "smoke", "--list-cells"], 2),
        (&["phantom", "made", "--volumes", "1"], 0),
    ] {
        let lost = program(folder.path(), arguments).stdout(full()?).stderr(Stdio::piped()).output()?;
        let message = String::from_utf8(lost.stderr)?;
        assert_eq!(lost.status.code(), Some(status), "{arguments:?}: {message}");
        assert_eq!(message.contains("lossbench: standard output: No space left"), status == 2, "{message}");
        let enough = program(folder.path(), arguments).stdout(broken()?).stderr(broken()?).status()?;
        let made = arguments[0] == "phantom";
        assert_eq!(enough.code(), Some(if made { 2 } else { 0 }), "{arguments:?}");
    }
    Ok(())
}

/// Starts a run that takes long, waits until it trains and interrupts it.
fn interrupted(folder: &Path, errors: Stdio) -> Result<(ExitStatus, Duration)> {
    let long = ["run", "smoke", "--set", "train.epochs=100000"];
    let mut run = program(folder, &long).stdout(Stdio::null()).stderr(errors).spawn()?;
    let begun = Instant::now();
    while !folder.join("runs/smoke/study.toml").is_file() {
        anyhow::ensure!(begun.elapsed() < Duration::from_secs(60), "no run after a minute");
        std::thread::sleep(Duration::from_millis(20));
    }
    std::thread::sleep(Duration::from_millis(200));
    let sent = Instant::now();
    let kill = Command::new("kill").args(["-INT", &run.id().to_string()]).status()?;
    anyhow::ensure!(kill.success());
    while sent.elapsed() < Duration::from_secs(20) {
        if let Some(status) = run.try_wait()? {
            return Ok((status, sent.elapsed()));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    run.kill()?;
    anyhow::bail!("the run goes on after Ctrl-C")
}

#[rstest]
#[case::nobody_reads(broken)]
#[case::the_disk_is_full(full)]
fn an_interrupt_ends_a_run_that_cannot_say_so(#[case] errors: fn() -> Result<Stdio>) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (status, took) = interrupted(folder.path(), errors()?)?;
    assert_eq!(status.code(), Some(130));
    assert!(took < Duration::from_secs(5), "{took:?}");
    Ok(())
}

/// A terminal that was stopped with Ctrl-S, or a pager that waits: the pipe is full and stays so.
#[test]
fn an_interrupt_ends_a_run_whose_output_is_held_up() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (mut reader, mut writer) = std::io::pipe()?;
    let filled = writer.try_clone()?;
    // A pipe takes 64 KiB, after which this waits for ever.
    std::thread::spawn(move || std::io::Write::write_all(&mut writer, &[b'.'; 1 << 17]));
    let mut dots = [0; 1];
    reader.read_exact(&mut dots)?;
    std::thread::sleep(Duration::from_millis(100));
    let mut run = program(folder.path(), &RUN).stdout(Stdio::null()).stderr(filled).spawn()?;
    std::thread::sleep(Duration::from_millis(500));
    assert!(run.try_wait()?.is_none(), "the run waits to be read");
    Command::new("kill").args(["-INT", &run.id().to_string()]).status()?;
    let sent = Instant::now();
    let status = loop {
        match run.try_wait()? {
            Some(status) => break status,
            None if sent.elapsed() > Duration::from_secs(10) => {
                run.kill()?;
                anyhow::bail!("the run goes on after Ctrl-C");
            }
            None => std::thread::sleep(Duration::from_millis(20)),
        }
    };
    assert_eq!(status.code(), Some(130));
    drop(reader);
    Ok(())
}

#[test]
fn an_interrupt_says_what_is_kept() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let log = folder.path().join("log");
    let (status, _) = interrupted(folder.path(), File::create(&log)?.into())?;
    assert_eq!(status.code(), Some(130));
    assert!(fs::read_to_string(log)?.contains("stopped: 0 of 2 cells are kept in runs/smoke"));
    Ok(())
}

/// Weights and an image, and what `predict` takes of them.
fn scan(folder: &Path) -> Result<[&'static str; 5]> {
    write_weights(folder)?;
    let shape = [13, 18, 5];
    let voxels: Vec<f32> = (0..13 * 18 * 5).map(|v| (v * 7919 % 1013) as f32).collect();
    write_like(&folder.join("scan.nii.gz"), &plain_header(shape, 0.7), shape, Voxels::F32(&voxels))?;
    Ok(["predict", "--weights", "weights.safetensors", "--image", "scan.nii.gz"])
}

fn predict(folder: &Path, more: &[&str]) -> Result<String> {
    done(folder, &[&scan(folder)?, more].concat())
}

#[rstest]
#[case("m.mha")]
#[case("m.nrrd")]
#[case("m.png")]
#[case("m.gz")]
#[case("m.img")]
#[case("m")]
fn a_name_that_promises_another_format_is_refused(
    #[case] name: &str,
    #[values("predict", "saliency")] command: &str,
) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut arguments = scan(folder.path())?.to_vec();
    arguments[0] = command;
    let message = refused(folder.path(), &[&arguments[..], &["--out", name]].concat())?;
    assert!(message.contains(&format!("{name}: should end in .nii or .nii.gz")), "{message}");
    assert!(!folder.path().join(name).exists());
    Ok(())
}

#[rstest]
#[case("m.nii", false)]
#[case("m.NII", false)]
#[case("m.nii.gz", true)]
#[case("m.nii.GZ", true)]
#[case("M.NII.GZ", true)]
fn a_name_decides_whether_an_image_is_gzipped(#[case] name: &str, #[case] gzip: bool) -> Result<()> {
    let folder = tempfile::tempdir()?;
    predict(folder.path(), &["--out", name])?;
    assert_eq!(fs::read(folder.path().join(name))?.starts_with(&[0x1f, 0x8b]), gzip);
    Ok(())
}

#[test]
fn a_name_may_be_as_long_as_names_can_be() -> Result<()> {
    let folder = tempfile::tempdir()?;
    for length in [247, 255] {
        let name = format!("{}.nii.gz", "x".repeat(length - 7));
        predict(folder.path(), &["--out", &name])?;
        assert!(folder.path().join(&name).is_file());
    }
    Ok(())
}

#[test]
fn an_image_is_written_through_links_pipes_and_standard_output() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path();
    predict(path, &["--out", "expected.nii"])?;
    let expected = fs::read(path.join("expected.nii"))?;

    fs::create_dir(path.join("store"))?;
    std::os::unix::fs::symlink("store/mask", path.join("link.nii"))?;
    predict(path, &["--out", "link.nii"])?;
    assert!(path.join("link.nii").is_symlink());
    assert_eq!(fs::read(path.join("store/mask"))?, expected);

    assert!(Command::new("mkfifo").arg(path.join("pipe")).status()?.success());
    let reader = std::thread::spawn({
        let pipe = path.join("pipe");
        move || fs::read(pipe)
    });
    predict(path, &["--out", "pipe"])?;
    assert_eq!(reader.join().expect("a reader")?, expected);

    // The image alone: no name is printed into it.
    let arguments = [&scan(path)?[..], &["--out", "/dev/stdout"]].concat();
    assert_eq!(lossbench(path, &arguments)?.stdout, expected);
    let file = path.join("redirected.nii");
    assert!(program(path, &arguments).stdout(File::create(&file)?).status()?.success());
    assert_eq!(fs::read(&file)?, expected);
    let appended = OpenOptions::new().append(true).open(&file)?;
    assert!(program(path, &arguments).stdout(appended).status()?.success());
    assert_eq!(fs::read(&file)?, [expected.clone(), expected].concat());
    predict(path, &["--out", "/dev/null"])?;
    assert!(!fs::metadata("/dev/null")?.is_file());
    Ok(())
}

#[rstest]
#[case(&["-1", "1"])]
#[case(&["-0.5", "-.25"])]
#[case(&["-1e3", "-1e-3"])]
fn bounds_below_zero_can_be_given(#[case] bounds: &[&str]) -> Result<()> {
    let folder = tempfile::tempdir()?;
    predict(folder.path(), &[&["--raw", "--out", "m.nii", "--intensity"], bounds].concat())?;
    let voxels = read_image(&folder.path().join("m.nii"))?.voxels;
    assert!(voxels.iter().all(|voxel| (0.0..=1.0).contains(voxel)));
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

#[rstest]
#[case("train.epochs=nine", r#"smoke: train.epochs should be a whole number, but is "nine""#)]
#[case("data.intensity='wide'", r#"smoke: data.intensity should be a list of 2 values, but is "wide""#)]
fn a_wrong_type_names_its_key(#[case] change: &str, #[case] says: &str) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let message = refused(folder.path(), &["run", "smoke", "--set", change])?;
    assert!(message.contains(says), "{message}");
    Ok(())
}

/// As Windows editors save texts.
#[test]
fn texts_may_begin_with_a_byte_order_mark() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let marked = |text: String| [b"\xef\xbb\xbf".to_vec(), text.replace('\n', "\r\n").into_bytes()].concat();
    let smoke = fs::read_to_string(root.join("studies/smoke.toml"))?;
    fs::write(path.join("mine.toml"), marked(smoke.clone()))?;
    let wide: Vec<u8> = format!("\u{feff}{smoke}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    fs::write(path.join("wide.toml"), wide)?;
    let expected = done(path, &["run", "smoke", "--list-cells"])?;
    for study in ["mine.toml", "wide.toml"] {
        assert_eq!(done(path, &["run", study, "--list-cells"])?, expected);
    }

    phantoms(path)?;
    let listing = path.join("task/dataset.json");
    fs::write(&listing, marked(fs::read_to_string(&listing)?))?;
    let run =
        ["run", "mine.toml", "--data", "task", "--set", "data.source=decathlon", "--set", "train.epochs=1"];
    done(path, &run)?;
    let volumes = path.join("runs/smoke/volumes.csv");
    fs::write(path.join("list.csv"), marked(fs::read_to_string(volumes)?))?;
    done(path, &[&run[..], &["--set", "data.volumes=list.csv", "--out", "listed"]].concat())?;

    fs::create_dir(path.join("claims"))?;
    let claim = fs::read_to_string(root.join("claims/rajput/C01.toml"))?;
    fs::write(path.join("claims/C01.TOML"), marked(claim))?;
    let judged = done(path, &["verify", "runs/smoke", "--claims", "claims", "--json"])?;
    fs::create_dir(path.join("golden"))?;
    fs::write(path.join("golden/verdicts.json"), marked(judged))?;
    done(path, &["verify", "runs/smoke", "--claims", "claims", "--against", "golden"])?;
    Ok(())
}

#[test]
fn a_padded_image_is_read_as_the_sound_one() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path();
    predict(path, &["--out", "expected.nii"])?;
    let sound = fs::read(path.join("scan.nii.gz"))?;
    for tail in [&[0; 700][..], &[0], b"\n", b"other"] {
        fs::write(path.join("padded.nii.gz"), [&sound, tail].concat())?;
        let arguments =
            ["predict", "--weights", "weights.safetensors", "--image", "padded.nii.gz", "--out", "m.nii"];
        done(path, &arguments)?;
        assert_eq!(fs::read(path.join("m.nii"))?, fs::read(path.join("expected.nii"))?);
    }
    let context = "the sound image ends in a checksum";
    let cut = sound.split_last_chunk::<3>().context(context)?.0;
    fs::write(path.join("padded.nii.gz"), cut)?;
    let arguments =
        ["predict", "--weights", "weights.safetensors", "--image", "padded.nii.gz", "--out", "m.nii"];
    assert!(refused(path, &arguments)?.contains("truncated or damaged"));
    Ok(())
}
