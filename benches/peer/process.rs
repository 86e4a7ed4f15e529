//! The running `peer.py`: a job name goes in, a line of JSON comes out.

use anyhow::{Context, Result};
use serde::Deserialize;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

/// What a job came to.
#[derive(Deserialize)]
pub struct Answer {
    /// How long it took.
    pub seconds: f64,
    /// Numbers that the job is about: mean Dice by point, losses by step, speeds.
    #[serde(default)]
    pub curve: Vec<f64>,
    /// Slices that were attacked, of Fig. 6.
    #[serde(default)]
    pub slices: usize,
    /// PyTorch's version.
    #[serde(default)]
    pub torch: String,
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
         pip install torch==2.9.0 safetensors numpy, or name another with LOSSBENCH_PYTHON"
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

    /// Runs one job.
    pub fn run(&mut self, job: &str) -> Result<Answer> {
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
