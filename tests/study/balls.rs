//! Directional attacks: what must hold for each of the list, on a network trained for real.

use super::records::{numbers, run_study, run_with_networks_of, smoke};
use super::victim::trained;
use anyhow::{Context, Result};
use lossbench::attack::ball::{Ball, Norm};
use lossbench::attack::budget::Budget;
use lossbench::attack::configured::Configured;
use lossbench::attack::dense::DENSE;
use lossbench::attack::dense::text::Dense;
use lossbench::attack::harness::perturbed;
use lossbench::attack::trial::Trial;
use lossbench::attack::victim::Victim;
use lossbench::attack::{Attack, Wanted};
use lossbench::definition::sweep::Sweep;
use lossbench::definition::trials::TrialsConfig;
use lossbench::image::overlap::mean;
use lossbench::image::slice::Slice;
use lossbench::loss::LossFunction;
use lossbench::network::chunked::Predictor;
use lossbench::records::files::read_csv;
use lossbench::records::rows::CurveRow;
use lossbench::records::run::Run;
use lossbench::study::maps::Maps;
use lossbench::study::prepared::Prepared;
use lossbench::study::sweep::Sweeper;

const RADII: [(Norm, f32); 2] = [(Norm::Linf, 0.01), (Norm::L2, 0.15)];

struct Bench {
    prepared: Prepared,
    predictor: Predictor,
    loss: LossFunction,
    slices: Vec<Slice>,
}

impl Bench {
    fn new() -> Result<Self> {
        let (prepared, predictor, loss) = trained()?;
        let slices = prepared.test.all()?;
        Ok(Self { prepared, predictor, loss, slices })
    }

    fn ball(&self, norm: Norm, radius: f32) -> Budget {
        Budget::Ball(Ball { norm, radius, range: self.prepared.range })
    }

    /// The images of slices under an attack, `together` at a time.
    fn images(&self, attack: &Dense, budgets: &[Budget], together: usize) -> Result<Vec<f32>> {
        let (some, others) = (&self.slices[..], self.slices.iter().cycle().skip(self.slices.len() / 2));
        let victim =
            Victim::new(&self.predictor, Some(&self.loss)).with_others(some.iter().zip(others.cloned()));
        let of_some = |slices: &[Slice]| {
            let wanted = slices.iter().map(|slice| {
                let trial = Trial { slice, saliency: &[], volume: "balls", seed: "0", number: 0 };
                Wanted { trial, budgets: budgets.to_vec() }
            });
            perturbed(attack, &wanted.collect::<Vec<_>>(), &victim)
        };
        let images: Vec<Vec<f32>> = self.slices.chunks(together).map(of_some).collect::<Result<_, _>>()?;
        Ok(images.concat())
    }

    /// Mean Dice over slices.
    fn dice(&self, text: &str, (norm, radius): (Norm, f32)) -> Result<f64> {
        let images = self.images(&attack(text)?, &[self.ball(norm, radius)], 8)?;
        let logits = self.predictor.logits(&images)?;
        let scores = self.slices.iter().zip(logits.chunks(self.predictor.pixels()));
        Ok(mean(&scores.map(|(slice, logits)| slice.score(logits).dice()).collect::<Vec<f64>>()))
    }

    fn rows(&self, attack: &Dense) -> Result<Vec<CurveRow>> {
        let (norm, radius) = (Some(Norm::Linf), vec![0.0, 0.01]);
        let sweep =
            Sweep { norm, radius, attack: vec![Configured::Dense(attack.clone())], ..Sweep::default() };
        let trials = TrialsConfig { least: 2, most: 2, half_width: 1.0 };
        let maps = Maps::at_hand(&[], 1)?;
        let sweeper = Sweeper::new(&self.predictor, &self.prepared, &trials, "bce", 0);
        Ok(sweeper.trained_with(&self.loss).sweep("test", &sweep, attack, "bce", &maps)?)
    }
}

fn attack(text: &str) -> Result<Dense> {
    Dense::parse(text).map_err(anyhow::Error::msg)
}

/// Every attack of the list, few steps each where it has any; some with several losses and starts.
fn attacks() -> Result<Vec<Dense>> {
    let few = |kind: &&lossbench::attack::dense::Kind| {
        let steps = kind.parameters.iter().any(|parameter| parameter.name == "steps");
        if steps { format!("{}(steps=3)", kind.name) } else { kind.name.to_string() }
    };
    let texts = DENSE.iter().map(few);
    let others = [
        "pgd(steps=2,loss=margin/dice,restarts=2)",
        "cospgd(steps=2,target=empty,start=clean)",
        "pgd(steps=2,loss=dice,target=other-slice)",
    ];
    texts.chain(others.map(String::from)).map(|text| attack(&text)).collect()
}

#[test]
fn images_stay_in_ball_and_range_and_padding_stays() -> Result<()> {
    let bench = Bench::new()?;
    let [low, high] = bench.prepared.range;
    assert!(bench.slices.iter().any(|slice| slice.region.area() < slice.mask.len()), "no slice is padded");
    for attack in attacks()? {
        for (norm, radius) in RADII {
            let images = bench.images(&attack, &[bench.ball(norm, radius)], 8)?;
            let mut moved = 0.0_f64;
            for (slice, image) in bench.slices.iter().zip(images.chunks(bench.predictor.pixels())) {
                let change: Vec<f64> =
                    image.iter().zip(&slice.image).map(|(new, old)| f64::from(new - old)).collect();
                let outside = (0..image.len()).filter(|&pixel| !slice.region.contains(pixel));
                assert!(outside.into_iter().all(|pixel| change[pixel] == 0.0), "{attack}");
                assert!(image.iter().all(|value| (low..=high).contains(value)), "{attack}");
                let length = norm.of(change.into_iter());
                assert!(length <= f64::from(radius) * 1.001, "{attack} {norm}: {length}");
                moved = moved.max(length);
            }
            assert!(moved > 0.2 * f64::from(radius), "{attack} {norm}: {moved}");
        }
    }
    Ok(())
}

#[test]
fn a_radius_of_zero_changes_no_bit_and_asks_nothing() -> Result<()> {
    let bench = Bench::new()?;
    for attack in attacks()? {
        let images = bench.images(&attack, &[bench.ball(Norm::Linf, 0.0), bench.ball(Norm::L2, 0.0)], 8)?;
        let clean = bench.slices.iter().flat_map(|slice| [&slice.image, &slice.image]).flatten();
        assert!(images.iter().zip(clean).all(|(new, old)| new.to_bits() == old.to_bits()), "{attack}");
    }
    Ok(())
}

/// Alone, eight at a time and among other budgets: the same bits.
#[test]
fn an_image_does_not_depend_on_those_beside_it() -> Result<()> {
    let bench = Bench::new()?;
    let bits = |images: &[f32]| images.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
    for attack in attacks()? {
        let budget = bench.ball(Norm::L2, 0.1);
        let alone = bench.images(&attack, &[budget], 1)?;
        assert_eq!(bits(&alone), bits(&bench.images(&attack, &[budget], 8)?), "{attack}");
        let among = bench.images(&attack, &[bench.ball(Norm::Linf, 0.02), budget], 3)?;
        let pixels = bench.predictor.pixels();
        let second: Vec<f32> = among.chunks(2 * pixels).flat_map(|pair| pair[pixels..].to_vec()).collect();
        assert_eq!(bits(&alone), bits(&second), "{attack}");
    }
    Ok(())
}

#[test]
fn rows_are_the_same_on_any_number_of_threads_and_tell_what_they_cost() -> Result<()> {
    let bench = Bench::new()?;
    for attack in attacks()? {
        let on = |threads: usize| -> Result<Vec<CurveRow>> {
            rayon::ThreadPoolBuilder::new().num_threads(threads).build()?.install(|| bench.rows(&attack))
        };
        let rows = on(1)?;
        assert_eq!(rows, on(3)?, "{attack}");
        assert_eq!(rows.len(), 2 * bench.prepared.test_volumes().len());
        for row in rows {
            let queries = if row.is_clean() { 0 } else { attack.queries().all() };
            assert_eq!((row.queries, row.norm, row.pixels), (Some(queries), Some(Norm::Linf), None));
            assert_eq!(row.trials, if attack.draws() && !row.is_clean() { 2 } else { 1 }, "{attack}");
            assert_eq!((row.attack, row.map.as_str()), (attack.to_string(), ""));
        }
    }
    Ok(())
}

/// On average: more steps, several tries and gradients at all do no less harm. Radii leave some Dice to take: near 0 a
/// loss still rises where Dice can fall no further.
#[test]
fn more_effort_does_not_help_the_network() -> Result<()> {
    let mut bench = Bench::new()?;
    bench.slices = bench.slices.into_iter().step_by(2).collect();
    for ball in [(Norm::Linf, 0.006), (Norm::L2, 0.06)] {
        let dice = |text: &str| bench.dice(text, ball);
        for kind in DENSE.iter().filter(|kind| kind.parameters.iter().any(|one| one.name == "steps")) {
            let [few, many] = [1, 20].map(|steps| dice(&format!("{}(steps={steps})", kind.name)));
            let (few, many) = (few?, many?);
            assert!(many <= few + 0.01, "{} {}: {few} after 1 step, {many} after 20", kind.name, ball.0);
        }
        let (noise, once, pgd) = (dice("noise")?, dice("fgsm")?, dice("pgd")?);
        assert!(pgd <= once + 0.005 && once < noise - 0.02, "{}: {noise}, {once}, {pgd}", ball.0);
        let tries = dice("pgd(loss=bce/dice,restarts=2)")?;
        assert!(tries <= dice("pgd(loss=bce)")?.min(dice("pgd(loss=dice)")?) + 1e-9, "{tries}");
        let empty = dice("pgd(target=empty,loss=bce)")?;
        assert!(empty < noise - 0.02, "{}: {empty} when led to an empty mask", ball.0);
    }
    Ok(())
}

#[test]
fn the_loss_of_the_training_has_to_be_known_where_it_is_raised() -> Result<()> {
    let bench = Bench::new()?;
    let victim = Victim::new(&bench.predictor, None);
    let trial = Trial { slice: &bench.slices[0], saliency: &[], volume: "", seed: "", number: 0 };
    let outcome = |text: &str, budget: Budget| -> Result<String> {
        let wanted = Wanted { trial, budgets: vec![budget] };
        let made = perturbed(&attack(text)?, &[wanted], &victim);
        Ok(made.map_or_else(|error| error.to_string(), |_| String::new()))
    };
    let ball = bench.ball(Norm::Linf, 0.01);
    assert!(outcome("fgsm", ball)?.starts_with("attack 'fgsm' raises the loss of the training"));
    assert_eq!(outcome("fgsm(loss=bce)", ball)?, "");
    let pixels = Budget::Pixels { count: 3, with: lossbench::attack::replacement::Replacement::Level(0.1) };
    assert_eq!(
        outcome("fgsm(loss=bce)", pixels)?,
        "attack 'fgsm(loss=bce)' cannot spend a budget of 3 pixels"
    );
    Ok(())
}

/// Networks under both kinds of sweeps: recorded twice with the same bits, read, reported and compared.
#[test]
fn a_study_of_balls_is_recorded_and_reported() -> Result<()> {
    let balls = [
        "sweep.balls={title='PGD', norm='linf', radius=[0, 0.01], attack=['pgd(steps=2)', 'noise']}",
        "attack.methods=['signed']",
        "losses=['bce+dice', 'dice']",
        // Long enough, and from weights, that both learn well.
        "train.epochs=64",
        "seeds=[1]",
    ];
    let study = smoke(&balls)?;
    let (folder, again) = (tempfile::tempdir()?, tempfile::tempdir()?);
    run_study(folder.path(), &study, &[])?;
    run_with_networks_of(folder.path(), again.path(), &study)?;
    assert_eq!(numbers(folder.path())?, numbers(again.path())?);
    let curves = folder.path().join("cells/bce+dice-s1/curves.csv");
    let rows: Vec<CurveRow> = read_csv(&curves)?;
    let of_balls: Vec<&CurveRow> = rows.iter().filter(|row| row.sweep == "balls").collect();
    assert_eq!(of_balls.len(), 2 * 2 * Bench::new()?.prepared.test_volumes().len().max(1));
    assert!(rows.iter().all(|row| (row.sweep == "balls") == row.radius.is_some()));
    // Without an attack every sweep says the same.
    for row in of_balls.iter().filter(|row| row.is_clean()) {
        let other = rows.iter().find(|other| other.pixels == Some(0) && other.volume == row.volume);
        assert_eq!(other.context("a clean point of fig6")?.dice, row.dice);
    }
    let report = lossbench::report::write(folder.path())?;
    assert!(report.table.contains("r=0.01") && report.table.contains("PGD (steps 2)"), "{}", report.table);
    assert!(folder.path().join("figures/balls.csv").is_file());
    let run = Run::read(folder.path())?;
    let evidence = lossbench::evidence::Evidence::of(&run, lossbench::evidence::Reading::of(&run.study));
    let compared = evidence.compare("dice", &["balls".to_string()]).map_err(anyhow::Error::msg)?;
    let arm = &compared.arms[0];
    let recorded: Vec<f64> = of_balls
        .iter()
        .filter(|row| row.attack == "pgd(steps=2)" && !row.is_clean())
        .map(|row| row.dice)
        .collect();
    let attacked = arm.attacked.as_ref().with_context(|| arm.lacks.clone())?;
    assert!((attacked.dice - mean(&recorded)).abs() < 1e-12, "{} {}", arm.arm, arm.lacks);
    Ok(())
}

/// What is predicted comes nearer to the other slice's mask than it was and than noise brings it.
#[test]
fn an_attack_leads_to_another_slices_mask() -> Result<()> {
    let bench = Bench::new()?;
    let half = bench.slices.len() / 2;
    let alike = |text: &str, radius: f32| -> Result<f64> {
        let images = bench.images(&attack(text)?, &[bench.ball(Norm::Linf, radius)], 8)?;
        let logits = bench.predictor.logits(&images)?;
        let of = |(number, logits): (usize, &[f32])| {
            let mask = bench.slices[(number + half) % bench.slices.len()].mask.clone();
            Slice { mask, ..bench.slices[number].clone() }.score(logits).dice()
        };
        let chunks = logits.chunks(bench.predictor.pixels()).enumerate();
        Ok(mean(&chunks.map(of).collect::<Vec<f64>>()))
    };
    // Not BCE, which is least where nothing is predicted as long as foreground is rare.
    let text = "pgd(loss=dice,target=other-slice)";
    let (clean, noise, led) = (alike(text, 0.0)?, alike("noise", 0.1)?, alike(text, 0.1)?);
    assert!(led > clean + 0.05 && led > noise + 0.05, "{clean}, {noise}, {led}");
    let trial = Trial { slice: &bench.slices[0], saliency: &[], volume: "", seed: "", number: 0 };
    let wanted = Wanted { trial, budgets: vec![bench.ball(Norm::Linf, 0.02)] };
    let made = perturbed(&attack(text)?, &[wanted], &Victim::new(&bench.predictor, None));
    let message = made.map(drop).unwrap_err().to_string();
    assert!(message.contains("leads to another slice's mask, but there is no other slice"), "{message}");
    Ok(())
}
