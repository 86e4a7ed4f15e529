//! Trainings and attacks that are broken off.

use anyhow::Result;
use lossbench::definition::study::Study;
use lossbench::network::arrays::WeightsError;
use lossbench::network::unet::weights::Weights;
use lossbench::network::{device, open};
use lossbench::records::rows::CurveRow;
use lossbench::study::attacks::attack;
use lossbench::study::maps::MethodMaps;
use lossbench::study::prepared::Prepared;
use lossbench::study::setting::Setting;
use lossbench::study::unfinished::sweeps::Sweeps;
use lossbench::study::unfinished::{self, trainings::Trainings};
use lossbench::train::state::{Keeper, State};
use lossbench::train::{Training, batches};
use rstest::rstest;
use std::time::Duration;

/// Fails at the end of the second epoch, as a run that is killed there.
struct Killed<'a>(Trainings<'a>, usize);

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
    let keeper = |identity: &str| Trainings::new(folder.path(), identity.to_string(), Duration::ZERO);
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

/// The sweeps of a network that were done are taken over, the others made, and the rows are the same.
#[test]
fn attacks_that_were_broken_off_go_on_to_the_same_rows() -> Result<()> {
    let study = Study::read("smoke", &[])?;
    let prepared = Prepared::load(&study, None)?;
    let (arm, device) = (&study.arms[0], device::open("cpu")?);
    let setting = Setting { study: &study, prepared: &prepared, device: &device, trained: None };
    let model = prepared.model(&study)?;
    let attacked = |seed: u64, kept: &mut Sweeps| -> Result<Vec<CurveRow>> {
        let predictor = open::predictor(&Weights::random(&model, seed), &device, prepared.size);
        let maps = MethodMaps::of_study(&predictor, (&study, &prepared), &arm.loss, 0, |_, _| {})?;
        Ok(attack(&setting, (arm, 0), &predictor, &maps, kept, &mut |_| {})?)
    };
    let [one, other] = [attacked(1, &mut Sweeps::none())?, attacked(2, &mut Sweeps::none())?];
    assert_ne!(one, other);

    let folder = tempfile::tempdir()?;
    let kept = |identity: &str| Sweeps::new(folder.path(), identity.to_string(), Duration::ZERO);
    // Killed when two sweeps were done.
    let (mut killed, mut rest) = (kept("one"), one.as_slice());
    for (by, name, _) in study.attacked().into_iter().take(2) {
        let (rows, behind) = rest.split_at(
            rest.iter().take_while(|row| row.sweep == *name && row.attack == by.attack.name()).count(),
        );
        killed.keep(&by.name(), name, rows)?;
        rest = behind;
    }
    let done = one.len() - rest.len();
    assert!(0 < done && done < one.len(), "{done} of {}", one.len());
    // Gone on with by another network, so that what is taken over shows.
    let mixed = attacked(2, &mut kept("one"))?;
    assert_eq!((&mixed[..done], &mixed[done..]), (&one[..done], &other[done..]));
    // All were kept now; those of another cell are not taken.
    assert_eq!(attacked(1, &mut kept("one"))?, mixed);
    assert_eq!(attacked(1, &mut kept("another"))?, one);
    unfinished::forget(folder.path())?;
    assert_eq!(std::fs::read_dir(folder.path())?.count(), 0);
    Ok(())
}
