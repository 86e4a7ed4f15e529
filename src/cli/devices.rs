//! `lossbench devices`.

use super::output::print;

/// Options of `lossbench devices`.
#[derive(clap::Args)]
pub struct Options {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Options {
    pub fn run(&self) -> anyhow::Result<()> {
        let names = lossbench::network::device::available();
        if self.json {
            print(&(serde_json::to_string(&names)? + "\n"))
        } else {
            print(&(names.join("\n") + "\n"))
        }
    }
}
