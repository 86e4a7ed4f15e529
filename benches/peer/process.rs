//! The running `peer.py`: a job goes in, a line of JSON comes out.

use anyhow::{Context, Result};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

/// What a job came to.
#[derive(Deserialize)]
pub struct Answer {
    /// How long it took.
    pub seconds: f64,
    /// Numbers that the job is about: mean Dice by point, losses by step.
    #[serde(default)]
    pub curve: Vec<f64>,
    /// Slices that were attacked, of Fig. 6.
    #[serde(default)]
    pub slices: usize,
}

/// An engine that is there.
pub struct Engine {
    pub name: String,
    /// What it can do, by the names of the works.
    pub works: Vec<String>,
}

/// What `engines` is answered with.
#[derive(Deserialize)]
struct Engines {
    versions: BTreeMap<String, String>,
    works: BTreeMap<String, Vec<String>>,
    missing: BTreeMap<String, String>,
}

/// The process; ended with this.
pub struct Peer {
    child: Child,
    output: BufReader<ChildStdout>,
}

/// The Python to run; none, with a line that says so, where it has no PyTorch.
pub fn python() -> Option<String> {
    let python = std::env::var("LOSSBENCH_PYTHON").unwrap_or_else(|_| "python3".to_string());
    let probe = Command::new(&python).args(["-c", "import torch, safetensors.torch"]).output();
    if probe.is_ok_and(|output| output.status.success()) {
        return Some(python);
    }
    eprintln!(
        "SKIPPED: the comparison with PyTorch. {python} has no torch or safetensors: \
         pip install torch safetensors numpy, and openvino, onnxruntime and onnx for those, or name another with LOSSBENCH_PYTHON"
    );
    None
}

impl Peer {
    /// Starts it on `inputs` with the network of `weights`; it leaves arrays in `answers`.
    pub fn start(python: &str, inputs: &Path, weights: &Path, answers: &Path) -> Result<Self> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peer/peer.py");
        let mut child = Command::new(python)
            .arg(script)
            .args([inputs, weights, answers])
            .arg(rayon::current_num_threads().to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let output = BufReader::new(child.stdout.take().context("no output")?);
        Ok(Self { child, output })
    }

    /// The engines that are there, the reference first; those that are not are named.
    pub fn engines(&mut self) -> Result<Vec<Engine>> {
        let Engines { versions, works, missing } = self.ask("engines")?;
        for (name, version) in &versions {
            eprintln!("comparing with {name} {version}");
        }
        for (name, reason) in &missing {
            eprintln!("SKIPPED: {name}: {reason}");
        }
        let mut engines: Vec<Engine> =
            works.into_iter().map(|(name, works)| Engine { name, works }).collect();
        engines.sort_by_key(|engine| engine.name != super::REFERENCE);
        Ok(engines)
    }

    /// Runs one work in one engine.
    pub fn run(&mut self, work: &str, engine: &str) -> Result<Answer> {
        self.ask(&format!("{work} {engine}"))
    }

    fn ask<T: DeserializeOwned>(&mut self, job: &str) -> Result<T> {
        writeln!(self.child.stdin.as_mut().context("no input")?, "{job}")?;
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        serde_json::from_str(&line).with_context(|| format!("benches/peer/peer.py, job {job}: {line:?}"))
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
