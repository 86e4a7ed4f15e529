//! What users bring: pairs of images and labels, weights, label values. Nothing is taken silently for what it is not.

mod finite;
mod orientation;
mod preprocessing;
mod volumes;

use anyhow::Result;
use lossbench::data::Volume;
use lossbench::data::write_task;
use std::path::Path;
use std::process::{Command, Output};

fn lossbench(folder: &Path, arguments: &[&str]) -> Result<Output> {
    let program = env!("CARGO_BIN_EXE_lossbench");
    Ok(Command::new(program).args(arguments).current_dir(folder).output()?)
}

/// Runs a command that must succeed; gives what it said on standard error.
fn said(folder: &Path, arguments: &[&str]) -> Result<String> {
    let output = lossbench(folder, arguments)?;
    let message = String::from_utf8(output.stderr)?;
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {message}");
    Ok(message)
}

/// Runs a command that must fail as wrong use; gives its one line.
fn refused(folder: &Path, arguments: &[&str]) -> Result<String> {
    let output = lossbench(folder, arguments)?;
    let message = String::from_utf8(output.stderr)?;
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {message}");
    assert!(message.starts_with("lossbench: ") && message.lines().count() == 1, "{message}");
    Ok(message)
}

/// The line of a message that holds `part`.
fn line<'a>(message: &'a str, part: &str) -> &'a str {
    let found = message.lines().find(|line| line.contains(part));
    assert!(found.is_some(), "no line of {part:?} in:\n{message}");
    found.unwrap_or_default()
}

/// A volume of a bright body among dark noise, of another size and noise for each `number`.
fn volume(number: usize) -> Volume {
    let shape = [12 + number % 3, 14 + number % 2, 4];
    let (mut image, mut label) = (Vec::new(), Vec::new());
    for z in 0..shape[2] {
        for y in 0..shape[1] {
            for x in 0..shape[0] {
                let inside = (3..8).contains(&x) && (4..10).contains(&y) && (1..4).contains(&z);
                let noise = (x * 31 + y * 17 + z * 7 + number * 13) % 23;
                image.push(if inside { 60.0 } else { 10.0 } + noise as f32);
                label.push(u8::from(inside));
            }
        }
    }
    Volume { id: format!("v{number}"), shape, image, label }
}

/// A task folder of the volumes 0 to 5, after `change`.
fn task(folder: &Path, change: impl Fn(usize, &mut Volume)) -> Result<()> {
    let volumes: Vec<Volume> = (0..6)
        .map(|number| {
            let mut volume = volume(number);
            change(number, &mut volume);
            volume
        })
        .collect();
    Ok(write_task(&folder.join("task"), "Task", &volumes)?)
}

/// `lossbench run` of the smoke study on the task of `folder`, one loss, with further arguments.
fn run<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let mut arguments =
        vec!["run", "smoke", "--data", "task", "--out", "run", "--set", "data.source=decathlon"];
    arguments.extend(["--set", "losses=['dice']", "--set", "train.epochs=12"]);
    arguments.extend(more);
    arguments
}
