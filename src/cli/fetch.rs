//! `lossbench fetch`.

use super::output::tell;
use indicatif::{ProgressBar, ProgressStyle};
use lossbench::data::fetch::{KnownTask, fetch};
use std::path::PathBuf;

/// Options of `lossbench fetch`.
#[derive(clap::Args)]
pub struct Options {
    /// Data set: hippocampus
    task: String,
    /// Folder to unpack into
    #[arg(long, value_name = "DIR", default_value = "data")]
    to: PathBuf,
    /// URL or local tar to take instead of the public archive
    #[arg(long, value_name = "URL-or-FILE")]
    from: Option<String>,
    /// MD5 that the archive must have, in hex [default: the public archive's]
    #[arg(long, value_name = "HEX")]
    md5: Option<String>,
}

impl Options {
    pub fn run(&self) -> anyhow::Result<()> {
        let Some(task) = KnownTask::from_name(&self.task) else {
            let known: Vec<_> = KnownTask::ALL.iter().map(|task| task.name()).collect();
            anyhow::bail!("data set '{}' is unknown: should be one of {}", self.task, known.join(", "));
        };
        let bar = ProgressBar::no_length();
        let style = ProgressStyle::with_template("{bar:30} {bytes}/{total_bytes} {eta}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        let folder = fetch(task, self.from.as_deref(), &self.to, self.md5.as_deref(), &mut |done, total| {
            if let Some(total) = total {
                bar.set_length(total);
            }
            bar.set_position(done);
        })?;
        bar.finish_and_clear();
        tell(&format!("{0}: ready, as in `lossbench run paper --data {0}`", folder.display()));
        Ok(())
    }
}
