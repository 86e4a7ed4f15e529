//! Tables as HTML.

use crate::draw::markup::escape;
use crate::report::table::Table;
use std::fmt::Write;

/// A table in a box that scrolls where it is wider than the page.
pub fn table(table: &Table) -> String {
    let cell = |text: &String| escape(text);
    of_cells(&table.head, table.rows.iter().map(|row| row.iter().map(cell).collect()))
}

/// A table whose cells are HTML already; the head is text. The first cell of a row is its heading;
/// columns of numbers stand to the right.
pub fn of_cells(head: &[String], rows: impl Iterator<Item = Vec<String>>) -> String {
    let rows: Vec<Vec<String>> = rows.collect();
    let number = |cell: &String| {
        cell.is_empty() || cell.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+'))
    };
    let numbers = |column: usize| {
        column > 0
            && rows.iter().filter_map(|row| row.get(column)).all(number)
            && rows.iter().any(|row| row.get(column).is_some_and(|cell| !cell.is_empty()))
    };
    let class = |column: usize| if numbers(column) { " class=\"number\"" } else { "" };
    let mut html = String::from("<div class=\"scroll\" tabindex=\"0\"><table>\n<thead><tr>");
    for (column, text) in head.iter().enumerate() {
        let _ = write!(html, "<th scope=\"col\"{}>{}</th>", class(column), escape(text));
    }
    html += "</tr></thead>\n<tbody>\n";
    for row in &rows {
        html += "<tr>";
        for (column, cell) in row.iter().enumerate() {
            let _ = match column {
                0 => write!(html, "<th scope=\"row\">{cell}</th>"),
                _ => write!(html, "<td{}>{cell}</td>", class(column)),
            };
        }
        html += "</tr>\n";
    }
    html += "</tbody></table></div>\n";
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_escape_their_cells_and_set_numbers_apart() {
        let html = table(&Table {
            head: vec!["<loss>".into(), "Dice".into()],
            rows: vec![vec!["<script>".into(), "0.5".into()]],
        });
        assert!(html.contains("<th scope=\"row\">&lt;script&gt;</th>"), "{html}");
        assert!(html.contains("<td class=\"number\">0.5</td>"), "{html}");
        assert!(html.contains("&lt;loss&gt;"), "{html}");
    }
}
