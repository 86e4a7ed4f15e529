//! A table as text in columns, for terminals and snapshots.

use crate::report::table::Table;

/// Text in columns of the same width, numbers to the right.
pub fn grid(table: &Table) -> String {
    let Table { head, rows } = table;
    let widths: Vec<usize> = (0..head.len())
        .map(|column| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            cells.chain(head.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
        })
        .collect();
    let mut text = String::new();
    for row in std::iter::once(head).chain(rows) {
        let cells = row.iter().zip(&widths).map(|(cell, &width)| {
            let number = !cell.is_empty() && !cell.contains(char::is_alphabetic);
            if number { format!("{cell:>width$}") } else { format!("{cell:<width$}") }
        });
        let line = cells.collect::<Vec<_>>().join("  ");
        text += line.trim_end();
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell_and_numbers_stand_to_the_right() {
        let row = |cells: [&str; 3]| cells.map(String::from).to_vec();
        let table = Table {
            head: row(["loss", "Dice", ""]),
            rows: vec![row(["BCE + Dice", "0.5", "▁▂"]), row(["größer", "-", ""])],
        };
        assert_eq!(grid(&table), "loss        Dice\nBCE + Dice   0.5  ▁▂\ngrößer         -\n");
    }
}
