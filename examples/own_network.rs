//! A network of one's own in Rust, attacked on phantoms: `cargo run --release --example own_network`. With `serve` it is
//! a process for `lossbench attack --network own="target/release/examples/own_network serve"` instead.

use lossbench::attack;
use lossbench::definition::study::Study;
use lossbench::network::arrays::Metadata;
use lossbench::network::chunked::Predictor;
use lossbench::network::process::serve::serve;
use lossbench::network::{Network, Slope, device};
use lossbench::study::cell::saliency_maps;
use lossbench::study::prepared::Prepared;
use lossbench::study::sweep::Sweeper;
use std::io::{Write, stdin, stdout};

/// Foreground is what is brighter than a threshold: the logit is how much brighter, times a slope.
struct Threshold {
    at: f32,
    slope: f32,
}

impl Network for Threshold {
    fn channels(&self) -> usize {
        1
    }

    fn multiple(&self) -> usize {
        1
    }

    fn logits(&self, images: &[f32], _: [usize; 2]) -> Vec<f32> {
        images.iter().map(|value| self.slope * (value - self.at)).collect()
    }

    fn gradient(&self, images: &[f32], size: [usize; 2], slope: Slope) -> Vec<f32> {
        slope(self.logits(images, size)).iter().map(|slope| self.slope * slope).collect()
    }

    fn first_not_finite(&self, _: &[f32], _: [usize; 2]) -> Option<String> {
        None
    }
}

fn main() -> anyhow::Result<()> {
    let network = Threshold { at: 0.1, slope: 50.0 };
    if std::env::args().nth(1).as_deref() == Some("serve") {
        let said = Metadata::from([("lossbench.intensity".to_string(), "[0.0,0.2]".to_string())]);
        return serve(&network, &said, &mut stdin().lock(), &mut stdout().lock()).map_err(anyhow::Error::msg);
    }
    let study = Study::read("smoke", &[])?;
    let (data, device) = (Prepared::load(&study, None)?, device::open("cpu")?);
    let network = Predictor::new(Box::new(network), &device, data.size);
    let maps = saliency_maps(&network, &study, &data.test, &study.arms[0].loss)?;
    let mut sweeper = Sweeper::new(&network, &data, &study.trials, "threshold", 0);
    for name in ["signed", "random-foreground"] {
        let Some(attack) = attack::find(name) else {
            continue;
        };
        for row in sweeper.sweep("fig2", &study.sweeps["fig2"], attack, "threshold", &maps)? {
            writeln!(stdout(), "{name}, {}, level {:?}: Dice {:.3}", row.volume, row.level, row.dice)?;
        }
    }
    Ok(())
}
