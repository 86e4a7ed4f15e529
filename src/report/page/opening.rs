//! The first lines of the page: what the run is, and what the reader must know of it.

use crate::attack;
use crate::definition::data::Source;
use crate::definition::study::Study;
use crate::definition::sweep::Sweep;
use crate::draw::markup::escape;
use crate::evidence::summary::Summary;
use crate::report::numbers::count;
use std::fmt::Write;

/// Unfinished cells up to which each is named; the records at the end of the page name all.
const NAMED: usize = 8;

/// The lines as HTML.
pub fn html(study: &Study, summary: &Summary) -> String {
    let networks: usize = summary.losses.iter().map(|loss| loss.seeds.len()).sum();
    let data = match study.data.source {
        Source::Phantom => "phantoms, images made by the program",
        Source::Decathlon => "the volumes of a data folder",
    };
    let mut html = String::new();
    if study.data.source == Source::Phantom {
        html += "<p class=\"note\"><strong>A demonstration on phantoms.</strong> The images are made up by the program; nothing here says how networks fare on scans of people.</p>\n";
    }
    let differ = if by_loss(study) { "loss" } else { "arm" };
    let what = match study.arms.iter().filter(|arm| arm.existing.is_some()).count() {
        0 => format!(
            "{} ({}, {}), all else the same, trained on {data}",
            count(networks, "network"),
            count(summary.losses.len(), differ),
            count(summary.seeds(), "seed")
        ),
        existing => format!(
            "{}, {existing} of them trained elsewhere or before, on what they do not say here; one of each, so that nothing is known of how another training of it would fare. The data are {data}",
            count(networks, "network")
        ),
    };
    let _ = writeln!(
        html,
        "<p>{what}. They are attacked on {} ({}): {}.</p>",
        summary.volumes(),
        count(summary.test_slices, "slice"),
        attacked(study, summary),
    );
    if !summary.missing.is_empty() {
        let unfinished = match summary.missing.len() {
            ..=NAMED => format!("Not finished: {}", escape(&summary.missing.join(", "))),
            many => format!("{many} of its {} networks are not finished", many + networks),
        };
        let _ = writeln!(
            html,
            "<p class=\"note\"><strong>A part of the study.</strong> {unfinished}. Run the study again to go on.</p>",
        );
    } else if !summary.missing_transfers.is_empty() {
        let seeds: Vec<String> = summary.missing_transfers.iter().map(u64::to_string).collect();
        let _ = writeln!(
            html,
            "<p class=\"note\">Networks are not yet attacked under each other's maps for seed {}. Run the study again to go on.</p>",
            seeds.join(", ")
        );
    }
    html
}

/// Whether arms differ by their losses, after which they are named then.
pub fn by_loss(study: &Study) -> bool {
    study.arms.iter().all(|arm| arm.name == arm.loss.to_string())
}

/// What is done to slices.
fn attacked(study: &Study, summary: &Summary) -> String {
    let balls = "every pixel of each slice moves, all of them within a radius";
    let pixels = || {
        let title = attack::title(&summary.attack);
        format!("a few pixels of each slice are replaced, those of the {}", escape(&title))
    };
    let chosen = "a few pixels of each slice are replaced, pixels and values chosen by the attack";
    let has = |of: fn(&Sweep) -> bool| study.sweeps.values().any(of);
    let ways = [
        has(|sweep| !sweep.has_own_attacks()).then(pixels),
        has(|sweep| sweep.span().is_some()).then(|| chosen.to_string()),
        has(Sweep::is_of_balls).then(|| balls.to_string()),
        has(Sweep::is_of_severities).then(|| "the whole scan is corrupted as a scanner does it".to_string()),
    ];
    ways.into_iter().flatten().collect::<Vec<_>>().join("; or ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::made_up::{study, summary};

    #[test]
    fn the_first_sentence_counts_what_was_trained_and_attacked() {
        let html = html(&study("quick"), &summary(&study("quick"), 1));
        assert!(html.contains("<p>4 networks (4 losses, 1 seed), all else the same"), "{html}");
        assert!(html.contains("attacked on 10 test volumes (100 slices)"), "{html}");
    }

    #[test]
    fn the_first_sentence_says_what_moves() {
        let of = |study: &Study| html(study, &summary(study, 1));
        let balls = "every pixel of each slice moves, all of them within a radius";
        let replaced = "a few pixels of each slice are replaced, those of the highest gradient";
        assert!(of(&study("quick")).contains(&format!("{replaced}.</p>")));
        let chosen = "a few pixels of each slice are replaced, pixels and values chosen by the attack";
        let attacks = of(&study("attacks"));
        assert!(
            attacks.contains(&format!("(100 slices): {chosen}; or {balls}; or the whole scan")),
            "{attacks}"
        );
        let ball = "sweep.b={title='', norm='l2', radius=[0.1], attack='fgsm'}".to_string();
        let both = Study::read("quick", &[ball]).expect("a study");
        assert!(of(&both).contains(&format!("{replaced}; or {balls}.</p>")));
        let blur = "sweep.b={title='', severity=[1], attack='blur'}".to_string();
        let both = Study::read("quick", &[blur]).expect("a study");
        assert!(of(&both).contains(&format!("{replaced}; or the whole scan is corrupted")));
    }

    #[test]
    fn transfers_that_are_missing_are_named_by_seed() {
        let mut summary = summary(&study("paper"), 2);
        summary.missing_transfers = vec![0, 3];
        let html = html(&study("paper"), &summary);
        assert!(html.contains("each other's maps for seed 0, 3."), "{html}");
    }
}
