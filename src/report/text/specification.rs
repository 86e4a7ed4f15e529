//! The specification curve as people read it: a sentence a pair, and a table.

use crate::evidence::specification::{Pair, Side, Specification, SpecificationCurve, Specifications};
use crate::report::numbers::interval;
use crate::report::table::Table;
use crate::report::text::grid::grid;

/// A sentence and a table for each pair, then what was left out.
pub fn text(specifications: &Specifications, title: impl Fn(&str) -> String) -> String {
    let curves = specifications.curves.iter();
    let parts = curves.map(|curve| format!("{}\n\n{}", sentence(curve, &title), grid(&table(curve))));
    let left_out: String = left_out(specifications).map(|line| line + "\n").collect();
    [parts.collect::<Vec<String>>().join("\n"), left_out].join("\n")
}

/// What could not be estimated and why, a line each.
pub fn left_out(specifications: &Specifications) -> impl Iterator<Item = String> {
    specifications.left_out.iter().map(|line| format!("left out: {line}"))
}

/// What is compared: `BCE + Dice minus Dice`.
pub fn name(pair: &Pair, title: impl Fn(&str) -> String) -> String {
    format!("{} minus {}", title(&pair.arm), title(&pair.less))
}

/// How many specifications say what, made from their numbers alone.
pub fn sentence(curve: &SpecificationCurve, title: impl Fn(&str) -> String) -> String {
    let name = name(&curve.pair, title);
    let count = curve.specifications.len();
    let (Some(median), [above, below]) =
        (curve.median(), [Side::Above, Side::Below].map(|side| curve.count(side)))
    else {
        return format!("{name}: no specification could be estimated.");
    };
    format!(
        "{name}: of {count} specifications the 95% interval is above 0 in {above} and below 0 in {below}; the median difference is {median:+.3}."
    )
}

/// A line a specification, by rising difference.
pub fn table(curve: &SpecificationCurve) -> Table {
    let head = ["run", "choices", "attack", "at", "arms", "seeds", "difference", "95% interval"];
    let row = |one: &Specification| {
        vec![
            one.run.clone(),
            one.choices.join("; "),
            one.attack.clone(),
            one.at.to_string(),
            format!("{} minus {}", one.arms.arm, one.arms.less),
            one.seeds.to_string(),
            format!("{:+.3}", one.difference),
            interval(one.interval),
        ]
    };
    Table { head: head.map(String::from).to_vec(), rows: curve.specifications.iter().map(row).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::made_up;

    #[test]
    fn the_sentence_counts_intervals_and_says_the_median() {
        let mut specifications = made_up::specifications();
        let curve = &mut specifications.curves[0];
        assert_eq!(
            sentence(curve, str::to_uppercase),
            "BCE minus DICE: of 3 specifications the 95% interval is above 0 in 1 and below 0 in 1; the median difference is +0.050."
        );
        curve.specifications.pop();
        assert!(sentence(curve, str::to_string).contains("the median difference is -0.125"));
        curve.specifications.clear();
        assert_eq!(sentence(curve, str::to_string), "bce minus dice: no specification could be estimated.");
    }

    #[test]
    fn the_table_has_a_row_a_specification() {
        let table = table(&made_up::specifications().curves[0]);
        let row =
            ["run-2", "train.epochs = 9; model.norm = none", "signed", "fig5:30", "bce minus dice", "5"];
        assert_eq!(table.rows[0][..6], row.map(String::from));
        assert_eq!(table.rows[0][6..], ["-0.300", "-0.400 to -0.200"].map(String::from));
        assert_eq!(table.rows.len(), 3);
    }
}
