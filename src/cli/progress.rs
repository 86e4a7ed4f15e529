//! Progress of a run: a bar on a terminal, plain lines in a pipe.

use super::output::say;
use indicatif::{ProgressBar, ProgressStyle};
use lossbench::fault::Fault;
use lossbench::study::progress::{Event, Progress};
use std::io::IsTerminal;

/// Shows one stage at a time on standard error.
pub struct ProgressBars {
    terminal: bool,
    stage: Option<(String, ProgressBar)>,
    /// Tenths of the stage that a pipe has been told of.
    told: usize,
}

impl ProgressBars {
    pub fn new() -> Self {
        Self { terminal: std::io::stderr().is_terminal(), stage: None, told: 0 }
    }

    /// Takes in what a run has to say.
    pub fn hear(&mut self, event: Event) {
        match event {
            Event::Progress(progress) => self.show(progress),
            Event::Warning(fault) => self.warn(&fault),
        }
    }

    /// Warnings stand above the stage that is shown.
    fn warn(&self, fault: &Fault) {
        let line = format!("warning: {fault}");
        match &self.stage {
            Some((_, bar)) => bar.suspend(|| say(&line)),
            None => say(&line),
        }
    }

    fn show(&mut self, progress: Progress) {
        let name = format!("{} {}", progress.cell, progress.stage);
        if self.stage.as_ref().is_none_or(|(current, _)| *current != name) {
            self.finish();
            self.told = 0;
            self.stage = Some((name.clone(), self.bar(&name, progress.total)));
        }
        let Some((_, bar)) = &self.stage else { return };
        bar.set_length(progress.total as u64);
        bar.set_position(progress.done as u64);
        bar.set_message(progress.detail.clone());
        let tenths = 10 * progress.done / progress.total.max(1);
        // A stage may count several things, one after the other.
        self.told = self.told.min(tenths);
        if !self.terminal && tenths > self.told {
            self.told = tenths;
            say(&format!("{name} {}/{} {}", progress.done, progress.total, progress.detail));
        }
    }

    /// Ends the stage that is shown.
    pub fn finish(&mut self) {
        if let Some((_, bar)) = self.stage.take() {
            bar.finish();
        }
    }

    fn bar(&self, name: &str, total: usize) -> ProgressBar {
        if !self.terminal {
            return ProgressBar::hidden();
        }
        let bar = ProgressBar::new(total as u64);
        let style = ProgressStyle::with_template("{prefix:28} {bar:30} {pos}/{len} {elapsed} {msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_prefix(name.to_string());
        bar
    }
}
