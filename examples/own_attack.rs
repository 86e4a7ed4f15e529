//! An attack of one's own beside those of the crate, on a network that is trained on phantoms:
//! `cargo run --release --example own_attack`. The harness holds it to its budget as it does every other.

use lossbench::attack;
use lossbench::attack::ranked::Ranked;
use lossbench::definition::study::Study;
use lossbench::network::{device, open};
use lossbench::study::cell::saliency_maps;
use lossbench::study::prepared::Prepared;
use lossbench::study::sweep::Sweeper;
use lossbench::train::Training;
use std::io::{Write, stdout};

/// The brightest pixels that are allowed, whatever the network makes of them.
static BRIGHTEST: Ranked = Ranked {
    name: "brightest",
    title: "brightest pixels",
    draws: false,
    reads_map: false,
    order: |trial, most, _| {
        let mut pixels: Vec<usize> = trial.slice.pixels().filter(|&pixel| trial.allows(pixel)).collect();
        let value = |pixel: usize| trial.slice.image[pixel];
        pixels.sort_by(|&a, &b| value(b).total_cmp(&value(a)).then(a.cmp(&b)));
        pixels.truncate(most);
        pixels
    },
};

fn main() -> anyhow::Result<()> {
    attack::add(&BRIGHTEST).map_err(anyhow::Error::msg)?;
    let changes =
        ["attack.methods=['signed', 'brightest', 'random']".to_string(), "train.epochs=4".to_string()];
    let study = Study::read("smoke", &changes)?;
    let (data, device, arm) = (Prepared::load(&study, None)?, device::open("cpu")?, &study.arms[0]);
    let (model, config, size) = (data.model(&study)?, &arm.train, data.size);
    let training =
        Training { model, config, loss: &arm.loss, seed: 0, size, range: data.range, device: &device };
    let (weights, _) = training.run(&data.train, &data.validation, |_, _| {})?;
    let network = open::predictor(&weights, &device, size);
    let maps = saliency_maps(&network, &study, &data.test, &arm.loss)?;
    let mut sweeper = Sweeper::new(&network, &data, &study.trials, &arm.name, 0);
    for &attack in &study.attacks {
        for row in sweeper.sweep("fig2", &study.sweeps["fig2"], attack, &arm.name, &maps)? {
            let (attack, level) = (attack.title(), row.level);
            writeln!(stdout(), "{attack}, {}, level {level:?}: Dice {:.3}", row.volume, row.dice)?;
        }
    }
    Ok(())
}
