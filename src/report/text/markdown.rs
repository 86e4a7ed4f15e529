//! A table as Markdown.

use crate::report::table::Table;

/// The table with bars between its cells.
pub fn markdown(table: &Table) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let rule = vec!["---".to_string(); table.head.len()];
    let rows: String = table.rows.iter().map(|row| line(row)).collect();
    line(&table.head) + &line(&rule) + &rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_stands_below_the_head() {
        let row = |cells: [&str; 2]| cells.map(String::from).to_vec();
        let table = Table { head: row(["claim", ""]), rows: vec![row(["C01", "reproduced"])] };
        assert_eq!(markdown(&table), "| claim |  |\n| --- | --- |\n| C01 | reproduced |\n");
    }
}
