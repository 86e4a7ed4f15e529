//! Trainings that are broken off.

use anyhow::Result;
use lossbench::definition::study::Study;
use lossbench::network::arrays::WeightsError;
use lossbench::network::device;
use lossbench::study::prepared::Prepared;
use lossbench::study::unfinished::{self, Unfinished};
use lossbench::train::state::{Keeper, State};
use lossbench::train::{Training, batches};
use rstest::rstest;
use std::time::Duration;

/// Fails at the end of the second epoch, as a run that is killed there.
struct Killed<'a>(Unfinished<'a>, usize);

impl Keeper for Killed<'_> {
    fn kept(&self, training: usize) -> Option<State> {
        self.0.kept(training)
    }

    fn keep(
        &mut self,
        training: usize,
        over: bool,
        state: &dyn Fn() -> Option<State>,
    ) -> Result<(), WeightsError> {
        self.0.keep(training, over, state)?;
        self.1 += 1;
        let fault = "killed".to_string();
        if self.1 == 2 { Err(WeightsError::Invalid { path: "here".into(), fault }) } else { Ok(()) }
    }
}

/// Whatever the feed, one that trains an earlier network too.
#[rstest]
fn a_training_that_was_broken_off_goes_on_to_the_same_bits(
    #[values("plain", "augment", "shuffled-labels", "focus(share=0.5)", "hide-salient(share=0.05)")]
    feed: &str,
) -> Result<()> {
    let changes = ["losses=['bce+dice']", "train.epochs=3", "model.base=2", &format!("train.feed='{feed}'")];
    let study = Study::read("smoke", &changes.map(String::from))?;
    let prepared = Prepared::load(&study, None)?;
    let (arm, device) = (&study.arms[0], device::open("cpu")?);
    let training = Training {
        model: prepared.model(&study)?,
        config: &arm.train,
        loss: &arm.loss,
        seed: 0,
        size: prepared.size,
        range: prepared.range,
        device: &device,
    };
    let (train, validation) = (&prepared.train, &prepared.validation);
    let (weights, epochs) = training.run(train, validation, |_, _| {})?;
    let folder = tempfile::tempdir()?;
    let keeper = |identity: &str| Unfinished::new(folder.path(), identity.to_string(), Duration::ZERO);
    let stopped = training.go_on(train, validation, &mut Killed(keeper("this"), 0), |_, _| {});
    assert!(stopped.is_err_and(|error| error.to_string().contains("killed")));

    let steps = |identity: &str| -> Result<usize> {
        let mut steps = 0;
        let (again, told) = training.go_on(train, validation, &mut keeper(identity), |_, _| steps += 1)?;
        assert_eq!((again.arrays(), told), (weights.arrays(), epochs.clone()), "{feed}");
        Ok(steps)
    };
    // Two epochs of all are not done again; then nothing is. Another training begins anew.
    let whole = batches(&arm.train, train.len());
    let each = train.len().div_ceil(arm.train.batch);
    assert_eq!(steps("this")?, whole - 2 * each);
    assert_eq!([steps("this")?, steps("another")?], [0, whole]);
    unfinished::forget(folder.path())?;
    assert_eq!(std::fs::read_dir(folder.path())?.count(), 0);
    Ok(())
}
