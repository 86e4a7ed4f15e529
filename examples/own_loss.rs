//! A loss of one's own beside those of the crate, compared with Dice loss on phantoms, without touching the crate:
//! `cargo run --release --example own_loss`.

use burn::tensor::activation::sigmoid;
use lossbench::definition::study::Study;
use lossbench::evidence::{Evidence, Reading};
use lossbench::loss::{self, Term};
use lossbench::network::device;
use lossbench::records::run::Run;
use lossbench::report::text::comparison::sentences;
use lossbench::study::prepared::Prepared;
use lossbench::study::run;
use lossbench::study::setting::Setting;
use std::io::{Write, stdout};

/// The mean fourth power of the error of each pixel's probability.
static FOURTH_POWER: Term = Term {
    name: "fourth-power",
    title: "Fourth power",
    parameters: &[],
    forward: |logits, targets, _| (sigmoid(logits) - targets).powi_scalar(4).mean(),
};

fn main() -> anyhow::Result<()> {
    loss::add(&FOURTH_POWER).map_err(anyhow::Error::msg)?;
    let changes = ["losses=['dice', 'bce+fourth-power']".to_string(), "train.epochs=4".to_string()];
    let study = Study::read("smoke", &changes)?;
    let (prepared, device) = (Prepared::load(&study, None)?, device::open("cpu")?);
    let setting = Setting { study: &study, prepared: &prepared, device: &device, trained: None };
    let folder = tempfile::tempdir()?;
    run::run(folder.path(), &setting, &run::cells(&study, &[])?, &mut |_| {})?;
    let read = Run::read(folder.path())?;
    let evidence = Evidence::of(&read, Reading::of(&study));
    let sweeps: Vec<String> = study.sweeps.keys().cloned().collect();
    let comparison = evidence.compare("dice", &sweeps).map_err(anyhow::Error::msg)?;
    for sentence in sentences(&comparison, |name| study.title(name)) {
        writeln!(stdout(), "{sentence}")?;
    }
    Ok(())
}
