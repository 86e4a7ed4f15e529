//! Whether maps depend on what the training's masks say: `shuffled_labels.csv`. J. Adebayo and others, "Sanity checks for
//! saliency maps", NeurIPS 2018, the data randomisation test: the network is trained once more, the masks permuted among the
//! slices and all else the same, initial weights and the order of batches too, and each method's map is compared with that of
//! the network as it is. A map that stays as it was does not explain what was learned.
//!
//! Chance is that of [`sanity`](super::sanity): two networks drawn anew throughout.

use super::randomised::Randomised;
use super::sample::Sample;
use super::{Asked, Passes, Probe, Probed};
use crate::definition::saliency::Check;
use crate::network::unet::weights::Weights;
use crate::records::checks::{CHANCE, LABELS, SHUFFLED_LABELS, SanityRow};
use crate::records::files::write_csv;
use crate::study::StudyError;
use crate::train::feed::Feed;
use crate::train::{TrainConfig, Training, batches};

pub(super) const PROBE: Probe = Probe {
    file: SHUFFLED_LABELS,
    check: Some(Asked {
        check: Check::ShuffledLabels,
        // As it is, on shuffled labels, and two drawn anew.
        passes: |_| Passes { maps: 4, forward: 0 },
        trainings: 1,
    }),
    run: |probed, path| Ok(write_csv(path, &rows(probed)?)?),
};

fn rows(probed: &Probed) -> Result<Vec<SanityRow>, StudyError> {
    let (Some(trained), Some(train)) = (probed.weights, probed.train) else {
        let fault = "saliency.checks: shuffled-labels trains a network once more, which is not trained here: leave it out";
        return Err(StudyError::Request(fault.to_string()));
    };
    let sample = Sample::of(probed.prepared, probed.seed)?;
    let randomised = Randomised { probed, sample: &sample };
    let shuffled = train_on_shuffled(probed, train)?;
    let [as_it_is, shuffled] = [randomised.maps(trained)?, randomised.maps(&shuffled)?];
    let [one, other] = [0, 1].map(|draw| randomised.maps(&randomised.redrawn_throughout(trained, draw)));
    let mut rows = randomised.compared(&as_it_is, &shuffled, "", LABELS);
    rows.extend(randomised.compared(&one?, &other?, "", CHANCE));
    Ok(rows)
}

/// The network of the same training on shuffled labels.
fn train_on_shuffled(probed: &Probed, train: &TrainConfig) -> Result<Weights, StudyError> {
    let Probed { study, prepared, .. } = probed;
    let training = Training {
        model: prepared.model(study)?,
        config: &TrainConfig { feed: Feed::shuffled_labels(), ..train.clone() },
        loss: probed.loss,
        seed: probed.seed,
        size: prepared.size,
        range: prepared.range,
        device: probed.device,
    };
    let (total, unscored) =
        (batches(training.config, prepared.train.len()), prepared.validation.of_volumes(&[]));
    let (weights, _) = training.run(&prepared.train, &unscored, |done, value| {
        (probed.progress)(done, total, &format!("training on shuffled labels, loss {value:.4}"));
    })?;
    Ok(weights)
}
