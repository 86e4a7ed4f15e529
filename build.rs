//! Tells the program which commit it is built from, so that its records can say it.

use std::path::Path;
use std::process::Command;

/// What decides the program's numbers.
const SOURCES: [&str; 6] = ["src", "studies", "claims", "Cargo.toml", "Cargo.lock", "build.rs"];

fn main() {
    for source in SOURCES {
        println!("cargo::rerun-if-changed={source}");
    }
    println!("cargo::rustc-env=LOSSBENCH_COMMIT={}", commit().unwrap_or_default());
}

/// The commit of this checkout, with `+` where its sources were changed since; none outside one.
fn commit() -> Option<String> {
    let here = Path::new(&std::env::var_os("CARGO_MANIFEST_DIR")?).canonicalize().ok()?;
    // A copy that lies in somebody else's checkout has no commit of its own.
    let top = git(&["rev-parse", "--show-toplevel"])?;
    if Path::new(&top).canonicalize().ok()? != here {
        return None;
    }
    let log = git(&["rev-parse", "--git-path", "logs/HEAD"])?;
    println!("cargo::rerun-if-changed={log}");
    let commit = git(&["rev-parse", "HEAD"])?;
    let status = [&["status", "--porcelain", "--"], SOURCES.as_slice()].concat();
    let changed = !git(&status)?.is_empty();
    Some(commit + if changed { "+" } else { "" })
}

fn git(arguments: &[&str]) -> Option<String> {
    let output =
        Command::new("git").args(arguments).output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_string())
}
