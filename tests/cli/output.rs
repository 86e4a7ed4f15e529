//! Where output goes and what becomes of a command when it cannot go there.

use super::{done, lossbench, refused};
use anyhow::Result;
use rstest::rstest;
use std::fs::{self, File, OpenOptions};
use std::io::Read;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

pub const RUN: [&str; 4] = ["run", "smoke", "--set", "train.epochs=1"];
const FINISHED: &str = "runs/smoke/report.html";

pub fn program(folder: &Path, arguments: &[&str]) -> Command {
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
