//! Rankings as people read them: a line an arm, three columns a score, and a sentence on what tells two arms apart.

use crate::evidence::ranking::{LeftOut, Ranking, Standing};
use crate::report::numbers::{number, score};
use crate::report::table::Table;

/// A line an arm; sweeps stand by their names.
pub fn table(rankings: &[Ranking], title: impl Fn(&str) -> String) -> Table {
    let mut head = vec![String::new()];
    for ranking in rankings {
        let name = ranking.sweep.clone().unwrap_or_else(|| "clean Dice".to_string());
        head.extend([name, "rank (places)".to_string(), "comes first".to_string()]);
    }
    let mut arms: Vec<&String> = Vec::new();
    for standing in rankings.iter().flat_map(|ranking| &ranking.arms) {
        if !arms.contains(&&standing.arm) {
            arms.push(&standing.arm);
        }
    }
    let row = |arm: &String| {
        let of = |ranking: &Ranking| ranking.arms.iter().find(|standing| standing.arm == *arm).map(cells);
        let cells = rankings.iter().flat_map(|ranking| of(ranking).unwrap_or_default());
        std::iter::once(title(arm)).chain(cells).collect()
    };
    Table { head, rows: arms.into_iter().map(row).collect() }
}

fn cells(standing: &Standing) -> [String; 3] {
    let ([low, high], [from, to]) = (standing.interval, standing.places);
    [
        format!("{} ({} to {})", score(standing.dice), score(low), score(high)),
        format!("{:.1} ({from} to {to})", standing.rank),
        format!("{:.0}%", 100.0 * standing.first),
    ]
}

/// What the columns mean, which mean ranks can be told apart, and which arms are left out and why; empty where nothing is
/// ranked.
pub fn note(rankings: &[Ranking], seeds: usize, title: impl Fn(&str) -> String) -> String {
    let Some(ranking) = rankings.first() else {
        return String::new();
    };
    let (arms, difference) = (ranking.arms.len(), ranking.critical_difference);
    let told = match difference >= arms as f64 - 1.0 {
        true => format!(
            "With {seeds} seeds no two of {arms} ranks are told apart: they would have to differ by {} (Nemenyi, 0.05, each score by itself).",
            number(difference)
        ),
        false => {
            format!(
                "Mean ranks that differ by less than {} are not told apart (Nemenyi, 0.05, each score by itself).",
                number(difference)
            )
        }
    };
    format!(
        "Dice, without an attack and at the attacked points of each sweep, with its 95% interval; mean rank over {seeds} seeds, 1 the highest, and the places that 95 of 100 draws of seeds and subjects give; how often an arm comes first in them. {told}{}",
        left_out(rankings, title)
    )
}

/// A sentence on the arms that a ranking lacks, each with the first reason that there is; empty where all are ranked.
fn left_out(rankings: &[Ranking], title: impl Fn(&str) -> String) -> String {
    let mut named: Vec<&LeftOut> = Vec::new();
    for one in rankings.iter().flat_map(|ranking| &ranking.left_out) {
        if named.iter().all(|other| other.arm != one.arm) {
            named.push(one);
        }
    }
    let named: Vec<String> = named.iter().map(|one| format!("{} ({})", title(&one.arm), one.why)).collect();
    if named.is_empty() { String::new() } else { format!(" Not ranked: {}.", named.join("; ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranking(sweep: Option<&str>, arms: &[&str], critical_difference: f64) -> Ranking {
        let standing = |(place, arm): (usize, &&str)| Standing {
            arm: arm.to_string(),
            dice: 0.8 - 0.1 * place as f64,
            interval: [0.1, 0.9],
            rank: 1.0 + place as f64,
            places: [1, place + 1],
            first: 0.335,
        };
        let arms = arms.iter().enumerate().map(standing).collect();
        Ranking { sweep: sweep.map(String::from), critical_difference, arms, left_out: Vec::new() }
    }

    #[test]
    fn an_arm_that_a_score_lacks_has_empty_cells() {
        let rankings = [ranking(None, &["bce", "dice"], 1.2), ranking(Some("pgd"), &["dice"], 1.2)];
        let table = table(&rankings, str::to_uppercase);
        assert_eq!(table.head[4], "pgd");
        assert_eq!(table.rows[0][..4], ["BCE", "0.800 (0.100 to 0.900)", "1.0 (1 to 1)", "34%"]);
        assert_eq!(table.rows[0][4..], ["", "", ""]);
        assert_eq!(table.rows[1][5], "1.0 (1 to 1)");
    }

    #[test]
    fn the_note_says_where_no_rank_can_be_told_apart() {
        assert!(note(&[], 5, str::to_string).is_empty());
        let of = |difference| note(&[ranking(None, &["a", "b", "c"], difference)], 5, str::to_string);
        assert!(of(1.5).contains("by less than 1.500 are not told apart"));
        assert!(of(2.5).contains("With 5 seeds no two of 3 ranks are told apart"));
    }

    #[test]
    fn the_note_names_each_arm_that_is_left_out_once() {
        let left_out = vec![LeftOut { arm: "d".to_string(), why: "it did not learn".to_string() }];
        let of = |sweep| Ranking { left_out: left_out.clone(), ..ranking(sweep, &["a", "b", "c"], 1.5) };
        let note = note(&[of(None), of(Some("pgd"))], 5, str::to_uppercase);
        assert!(
            note.ends_with(
                "not told apart (Nemenyi, 0.05, each score by itself). Not ranked: D (it did not learn)."
            ),
            "{note}"
        );
    }
}
