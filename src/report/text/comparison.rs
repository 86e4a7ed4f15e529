//! Arms against a baseline as people read them: a sentence an arm, and a table.

use crate::evidence::comparison::{Compared, Comparison, Difference, Scored};
use crate::evidence::quality::Quality;
use crate::report::numbers::{interval, p_value, score};
use crate::report::table::Table;

/// A sentence for each arm but the baseline, made from its numbers alone.
pub fn sentences(comparison: &Comparison, title: impl Fn(&str) -> String) -> Vec<String> {
    let baseline = title(&comparison.baseline);
    let others = comparison.arms.iter().filter(|arm| arm.arm != comparison.baseline);
    others.map(|arm| sentence(arm, &title(&arm.arm), &baseline, comparison.seeds)).collect()
}

fn sentence(arm: &Compared, title: &str, baseline: &str, seeds: usize) -> String {
    let difference = |scored: &Option<Scored>| scored.as_ref().and_then(|scored| scored.difference);
    let (Some(clean), Some(attacked)) = (difference(&arm.clean), difference(&arm.attacked)) else {
        return format!("{title} cannot be compared: {}.", arm.lacks);
    };
    let ends = |one: Difference| match one.adjusted_p.filter(|_| one.is_sure_alone() && !one.is_sure()) {
        Some(p) => format!("{} by itself, but p {} corrected", interval(one.interval), p_value(p)),
        None => interval(one.interval),
    };
    if seeds < 2 {
        let alone = match clean.interval.iter().chain(&attacked.interval).any(|end| end.is_nan()) {
            true => String::new(),
            false => format!(" (over the test volumes alone, {} and {})", ends(clean), ends(attacked)),
        };
        return format!(
            "{title} scores {:+.3} against {baseline} without an attack and {:+.3} under it, with one seed, which decides nothing{alone}.",
            clean.value, attacked.value,
        );
    }
    let counted = format!("{}, {seeds} seeds", ends(attacked));
    let higher = |one: Difference| if one.value > 0.0 { "higher" } else { "lower" };
    match (clean.is_sure(), attacked.is_sure()) {
        (false, false) => format!(
            "{title} is not told apart from {baseline}, neither without an attack ({}) nor under it ({counted}).",
            ends(clean)
        ),
        (true, false) => format!(
            "{title} scores {:.3} {} than {baseline} without an attack ({}) and is not told apart under it ({counted}).",
            clean.value.abs(),
            higher(clean),
            ends(clean)
        ),
        (false, true) => format!(
            "{title} is not told apart from {baseline} without an attack ({}) and scores {:.3} {} under it ({counted}).",
            ends(clean),
            attacked.value.abs(),
            higher(attacked)
        ),
        (true, true) => format!(
            "{title} scores {:.3} {} than {baseline} without an attack ({}) and {:.3} {} under it ({counted}).",
            clean.value.abs(),
            higher(clean),
            ends(clean),
            attacked.value.abs(),
            higher(attacked)
        ),
    }
}

/// Arms beside the baseline up to which a reader is better served by a sentence each than by [`counted`].
pub const FEW: usize = 6;

/// How many arms are told apart from the baseline, in one sentence.
pub fn counted(comparison: &Comparison, title: impl Fn(&str) -> String) -> String {
    let (baseline, seeds) = (title(&comparison.baseline), comparison.seeds);
    let others: Vec<&Compared> =
        comparison.arms.iter().filter(|arm| arm.arm != comparison.baseline).collect();
    if seeds < 2 {
        return format!(
            "{} arms stand beside {baseline}, with one seed, which decides nothing.",
            others.len()
        );
    }
    let sure = |of: fn(&Compared) -> &Option<Scored>, higher: bool| {
        let differences = others.iter().filter_map(|arm| of(arm).as_ref()?.difference);
        differences.filter(|one| one.is_sure() && (one.value > 0.0) == higher).count()
    };
    let both = |of: fn(&Compared) -> &Option<Scored>| {
        format!("{} score higher than {baseline} and {} lower", sure(of, true), sure(of, false))
    };
    let lacks = others.iter().filter(|arm| !arm.lacks.is_empty());
    let lacks: Vec<String> = lacks.map(|arm| format!("{} ({})", title(&arm.arm), arm.lacks)).collect();
    let lacking = match lacks.len() {
        0 => String::new(),
        some => format!("; {some} cannot be compared: {}", lacks.join("; ")),
    };
    format!(
        "Of {} arms that can be compared, without an attack {}, under it {}; the others are not told apart ({seeds} seeds){lacking}.",
        others.len() - lacks.len(),
        both(|arm| &arm.clean),
        both(|arm| &arm.attacked),
    )
}

/// A line an arm: both scores, how they differ from the baseline's, and what the run has of borders and calibration. An arm that
/// cannot be compared has empty cells.
pub fn table(comparison: &Comparison, title: impl Fn(&str) -> String) -> Table {
    let against = format!("minus {}", title(&comparison.baseline));
    let head =
        ["", "clean Dice", &against, "95% interval", "p", "attacked Dice", &against, "95% interval", "p"];
    let qualities: Vec<&QualityColumn> = QUALITIES
        .iter()
        .filter(|(_, of)| comparison.arms.iter().any(|arm| of(&arm.quality).is_some()))
        .collect();
    let row = |arm: &Compared| {
        let mut row = vec![title(&arm.arm)];
        row.extend(cells(arm.clean.as_ref()));
        row.extend(cells(arm.attacked.as_ref()));
        row.extend(qualities.iter().map(|(_, of)| of(&arm.quality).map(score).unwrap_or_default()));
        row
    };
    let head = head.into_iter().chain(qualities.iter().map(|(name, _)| *name)).map(String::from);
    Table { head: head.collect(), rows: comparison.arms.iter().map(row).collect() }
}

/// A column of what is known without an attack beside Dice.
type QualityColumn = (&'static str, fn(&Quality) -> Option<f64>);

const QUALITIES: [QualityColumn; 4] = [
    ("HD95", |quality| quality.hd95),
    ("missed", |quality| quality.missed),
    ("NSD", |quality| quality.nsd),
    ("calibration error", |quality| quality.calibration_error),
];

fn cells(scored: Option<&Scored>) -> [String; 4] {
    let nothing = String::new;
    match scored {
        None => [nothing(), nothing(), nothing(), nothing()],
        Some(Scored { dice, difference: None, .. }) => [score(*dice), nothing(), nothing(), nothing()],
        Some(Scored { dice, difference: Some(one), .. }) => [
            score(*dice),
            format!("{:+.3}", one.value),
            interval(one.interval),
            one.adjusted_p.map(p_value).unwrap_or_default(),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scored(value: f64, half: f64, p: Option<f64>) -> Option<Scored> {
        let interval = [value - half, value + half];
        let difference = Some(Difference { value, interval, adjusted_p: p });
        Some(Scored { dice: 0.5 + value, by_seed: Vec::new(), difference })
    }

    fn comparison(seeds: usize, clean: Option<Scored>, attacked: Option<Scored>) -> Comparison {
        let base = || Some(Scored { dice: 0.5, by_seed: Vec::new(), difference: None });
        let arm = |arm: &str, clean, attacked| Compared {
            arm: arm.into(),
            clean,
            attacked,
            quality: Quality::default(),
            lacks: String::new(),
        };
        let arms = vec![arm("dice", base(), base()), arm("tversky", clean, attacked)];
        Comparison { baseline: "dice".into(), sweeps: vec!["fig3".into()], seeds, arms }
    }

    #[test]
    fn arms_that_are_told_apart_are_counted() {
        let (sure, unsure) = (scored(0.03, 0.02, Some(0.01)), scored(0.01, 0.03, Some(0.6)));
        let mut many = comparison(5, sure.clone(), unsure);
        many.arms.push(Compared {
            arm: "bce".into(),
            attacked: scored(-0.2, 0.1, Some(0.001)),
            ..many.arms[1].clone()
        });
        assert_eq!(
            counted(&many, str::to_uppercase),
            "Of 2 arms that can be compared, without an attack 2 score higher than DICE and 0 lower, under it 0 score higher than DICE and 1 lower; the others are not told apart (5 seeds)."
        );
        many.arms[1].lacks = "no weights".into();
        assert!(
            counted(&many, str::to_uppercase)
                .ends_with("(5 seeds); 1 cannot be compared: TVERSKY (no weights).")
        );
        many.seeds = 1;
        assert_eq!(
            counted(&many, str::to_uppercase),
            "2 arms stand beside DICE, with one seed, which decides nothing."
        );
    }

    #[test]
    fn the_sentence_says_what_the_numbers_say_and_no_more() {
        let said = |seeds, clean, attacked| sentences(&comparison(seeds, clean, attacked), str::to_uppercase);
        let (sure, unsure) = (scored(0.03, 0.02, Some(0.01)), scored(0.01, 0.03, Some(0.6)));
        assert_eq!(
            said(5, sure.clone(), unsure.clone()),
            [
                "TVERSKY scores 0.030 higher than DICE without an attack (0.010 to 0.050) and is not told apart under it (-0.020 to 0.040, 5 seeds)."
            ]
        );
        assert!(said(5, unsure.clone(), unsure.clone())[0].contains("is not told apart from DICE, neither"));
        let lower = scored(-0.2, 0.1, Some(0.001));
        assert!(
            said(5, unsure.clone(), lower.clone())[0]
                .contains("scores 0.200 lower under it (-0.300 to -0.100")
        );
        assert!(said(5, sure, lower)[0].contains("and 0.200 lower under it"));
        let one = said(1, scored(0.03, 0.02, None), scored(-0.01, 0.02, None));
        assert!(one[0].contains("+0.030") && one[0].contains("one seed, which decides nothing"), "{one:?}");
        let lacking = said(5, None, None);
        assert!(lacking[0].starts_with("TVERSKY cannot be compared"), "{lacking:?}");
    }

    #[test]
    fn columns_of_quality_stand_where_an_arm_has_them() {
        let mut comparison = comparison(5, None, None);
        comparison.arms[1].quality.nsd = Some(0.9);
        let table = table(&comparison, str::to_string);
        assert_eq!(table.head.last().map(String::as_str), Some("NSD"));
        let last: Vec<&str> = table.rows.iter().filter_map(|row| row.last()).map(String::as_str).collect();
        assert_eq!(last, ["", "0.900"]);
    }

    #[test]
    fn the_table_has_a_row_an_arm() {
        let table = table(&comparison(5, scored(0.03, 0.02, Some(0.0001)), None), str::to_string);
        assert_eq!(table.rows[0][..3], ["dice".to_string(), "0.500".into(), String::new()]);
        assert_eq!(
            table.rows[1][..5],
            ["tversky", "0.530", "+0.030", "0.010 to 0.050", "< 0.001"].map(String::from)
        );
    }
}
