//! Sweeps of corruptions, through a whole study.

use super::records::{numbers, run_study, smoke};
use anyhow::{Context, Result};
use lossbench::attack::corruption::{CORRUPTIONS, Draws, find};
use lossbench::evidence::{Evidence, Reading};
use lossbench::records::files::read_csv;
use lossbench::records::rows::CurveRow;
use lossbench::records::run::Run;

/// Every corruption, recorded on one thread and on three, read, reported and compared.
#[test]
fn a_study_of_corruptions_is_recorded_and_reported() -> Result<()> {
    let names: Vec<String> = CORRUPTIONS.iter().map(|one| format!("'{}'", one.name)).collect();
    let sweep = format!("sweep.bad={{title='Bad', severity=[0, 2, 5], attack=[{}]}}", names.join(","));
    let study =
        smoke(&[&sweep, "attack.methods=['signed']", "losses=['bce+dice', 'dice']", "train.epochs=16"])?;
    let (once, again) = (tempfile::tempdir()?, tempfile::tempdir()?);
    for (threads, folder) in [(1, once.path()), (3, again.path())] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
        pool.install(|| run_study(folder, &study, &[]))?;
    }
    assert!(numbers(once.path())? == numbers(again.path())?);
    let rows: Vec<CurveRow> = read_csv(&once.path().join("cells/dice-s0/curves.csv"))?;
    let bad: Vec<&CurveRow> = rows.iter().filter(|row| row.sweep == "bad").collect();
    assert!(rows.iter().all(|row| (row.sweep == "bad") == row.severity.is_some()));
    for row in &bad {
        assert_eq!((row.pixels, row.radius, row.queries, row.map.as_str()), (None, None, None, ""));
        let draws = find(&row.attack).context("a corruption")?.draws != Draws::Nothing;
        assert_eq!(row.trials > 1, draws && !row.is_clean(), "{}", row.attack);
        if row.is_clean() {
            let other = rows.iter().find(|other| other.pixels == Some(0) && other.volume == row.volume);
            assert_eq!(other.context("a clean point of fig6")?.dice, row.dice);
        }
    }
    for corruption in CORRUPTIONS {
        let of = bad.iter().filter(|row| row.attack == corruption.name);
        let severities: Vec<u8> = of.filter_map(|row| Some(row.severity?.number())).collect();
        assert!([0, 2, 5].iter().all(|number| severities.contains(number)), "{}", corruption.name);
    }
    let report = lossbench::report::write(once.path())?;
    assert!(report.table.contains("severity 5") && report.table.contains("Rician noise"), "{}", report.table);
    for corruption in CORRUPTIONS {
        let figure = format!("figures/bad-{}.csv", corruption.name);
        let csv = std::fs::read_to_string(once.path().join(&figure)).with_context(|| figure)?;
        assert!(csv.starts_with("loss,attack,severity,dice,") && csv.lines().count() == 1 + 2 * 3, "{csv}");
    }
    let run = Run::read(once.path())?;
    let evidence = Evidence::of(&run, Reading::of(&run.study));
    let compared = evidence.compare("dice", &["bad".to_string()]).map_err(anyhow::Error::msg)?;
    assert!(compared.arms[0].attacked.is_some(), "{}", compared.arms[0].lacks);
    Ok(())
}
