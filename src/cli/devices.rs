//! `lossbench devices`.

/// Options of `lossbench devices`.
#[derive(clap::Args)]
pub struct Options {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Options {
    pub fn run(&self) -> anyhow::Result<()> {
        let names = lossbench::device::available();
        if self.json {
            println!("{}", serde_json::to_string(&names)?);
        } else {
            names.iter().for_each(|name| println!("{name}"));
        }
        Ok(())
    }
}
