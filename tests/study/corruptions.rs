//! Sweeps of corruptions, through a whole study.

use super::records::{numbers, run_study, run_with_networks_of, smoke};
use anyhow::{Context, Result};
use lossbench::attack::corruption::severity::Severity;
use lossbench::attack::corruption::{CORRUPTIONS, Draws, find};
use lossbench::attack::trial::Trial;
use lossbench::evidence::{Evidence, Reading};
use lossbench::image::region::Region;
use lossbench::image::slice::Slice;
use lossbench::records::files::read_csv;
use lossbench::records::rows::CurveRow;
use lossbench::records::run::Run;

/// Every corruption of the same networks, recorded on one thread and on three, read, reported and compared.
#[test]
fn a_study_of_corruptions_is_recorded_and_reported() -> Result<()> {
    let names: Vec<String> = CORRUPTIONS.iter().map(|one| format!("'{}'", one.name)).collect();
    let sweep = format!("sweep.bad={{title='Bad', severity=[0, 2, 5], attack=[{}]}}", names.join(","));
    // Long enough, and from weights, that both learn well.
    let learned = ["losses=['bce+dice', 'dice']", "train.epochs=64", "seeds=[1]"];
    let study = smoke(&[&[&sweep, "attack.methods=['signed']"], &learned[..]].concat())?;
    let (once, again) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let on = |threads: usize| rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    on(3)?.install(|| run_study(once.path(), &study, &[]))?;
    on(1)?.install(|| run_with_networks_of(once.path(), again.path(), &study))?;
    assert!(numbers(once.path())? == numbers(again.path())?);
    let rows: Vec<CurveRow> = read_csv(&once.path().join("cells/dice-s1/curves.csv"))?;
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

/// What METHODOLOGY.md says is drawn, and for what, is what is drawn: what belongs to the scan is the same in all slices of it.
#[test]
fn what_is_drawn_by_volume_is_as_the_methodology_says() -> Result<()> {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/METHODOLOGY.md"))?;
    let (_, section) = text.split_once("\n## Corruptions\n").context("the section")?;
    for corruption in CORRUPTIONS {
        let head = format!("| `{}` |", corruption.name);
        let row =
            section.lines().find(|line| line.starts_with(&head)).with_context(|| format!("no row {head}"))?;
        let drawn = row.split('|').nth(4).context("a column of what is drawn")?.trim();
        let said = match drawn {
            "" => Draws::Nothing,
            _ if drawn.ends_with("by volume") => Draws::Volume,
            _ if drawn.ends_with("by slice") => Draws::Slice,
            _ => anyhow::bail!("{}: '{drawn}'", corruption.name),
        };
        assert_eq!(said, corruption.draws, "{}", corruption.name);
    }
    Ok(())
}

/// The field, the ghosts, the moves and the spike of one scan: two slices of other content come from one draw, so that the same
/// slice put in the place of the other becomes the same; another volume is another scan.
#[test]
fn slices_of_a_volume_share_what_belongs_to_the_scan() -> Result<()> {
    let slice = |depth: usize, content: f32| {
        let region = Region::centred([12, 16], [16, 16]);
        let value = |pixel: usize| {
            if region.contains(pixel) { 0.02 + content * ((pixel * 7 % 13) as f32) } else { 0.0 }
        };
        Slice {
            volume: 0,
            depth,
            region,
            image: (0..256).map(value).collect(),
            mask: (0..256).map(|pixel| pixel == 120).collect(),
            ignored: Vec::new(),
        }
    };
    let severity = Severity::new(3).map_err(anyhow::Error::msg)?;
    for name in ["bias-field", "ghosting", "motion", "spike"] {
        let corruption = find(name).context("a corruption")?;
        assert_eq!(corruption.draws, Draws::Volume, "{name}");
        let of = |slice: &Slice, volume: &str| {
            let trial = Trial { slice, saliency: &[], volume, seed: "0", number: 0 };
            corruption.of(&trial, severity, [0.0, 0.2])
        };
        let (first, other) = (slice(3, 0.004), slice(8, 0.007));
        let moved = Slice { depth: 3, ..other.clone() };
        assert!(of(&other, "a") == of(&moved, "a"), "{name}: the depth decides");
        assert!(of(&first, "a") != of(&first, "b"), "{name}: another volume is the same scan");
        if name == "bias-field" {
            // One field: the same share of every value in both, where nothing saturates.
            let ratios = |slice: &Slice| -> Vec<f32> {
                let changed = of(slice, "a");
                slice.region.pixels().map(|pixel| changed[pixel] / slice.image[pixel]).collect()
            };
            let pairs = ratios(&first).into_iter().zip(ratios(&other)).zip(first.region.pixels());
            let inside: Vec<(f32, f32)> = pairs
                .filter(|(_, pixel)| of(&first, "a")[*pixel] < 0.199 && of(&other, "a")[*pixel] < 0.199)
                .map(|(pair, _)| pair)
                .collect();
            assert!(
                inside.len() > 50 && inside.iter().all(|(a, b)| (a / b - 1.0).abs() < 1e-4),
                "{}",
                inside.len()
            );
        }
    }
    Ok(())
}
