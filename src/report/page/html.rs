//! Pieces of HTML: escaped text and tables.

use std::fmt::Write;

/// Text with what HTML and SVG would read as markup written out. Control characters, which XML does
/// not allow, become spaces.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '&' => escaped += "&amp;",
            '"' => escaped += "&quot;",
            '\'' => escaped += "&#39;",
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

/// Rows of text under a head.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// One text per column.
    pub head: Vec<String>,
    /// One text per column and row.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    /// The table as CSV.
    ///
    /// # Errors
    /// What the writer says, such as of rows of different lengths.
    pub fn csv(&self) -> Result<String, csv::Error> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(&self.head)?;
        self.rows.iter().try_for_each(|row| writer.write_record(row))?;
        let bytes = writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The table in a box that scrolls where it is wider than the page.
    pub fn html(&self) -> String {
        let cell = |text: &String| escape(text);
        table(&self.head, self.rows.iter().map(|row| row.iter().map(cell).collect()))
    }
}

/// A table whose cells are HTML already; the head is text. The first cell of a row is its heading;
/// columns of numbers stand to the right.
pub fn table(head: &[String], rows: impl Iterator<Item = Vec<String>>) -> String {
    let rows: Vec<Vec<String>> = rows.collect();
    let number = |cell: &String| cell.starts_with(|c: char| c.is_ascii_digit() || c == '-');
    let numbers = |column: usize| column > 0 && rows.iter().filter_map(|row| row.get(column)).all(number);
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
    fn markup_in_text_is_written_out() {
        assert_eq!(escape("<b a=\"1\" b='2'>&\n"), "&lt;b a=&quot;1&quot; b=&#39;2&#39;&gt;&amp; ");
        assert_eq!(escape("Dice 0.5 × größer"), "Dice 0.5 × größer");
    }

    #[test]
    fn tables_escape_their_cells_and_set_numbers_apart() {
        let table = Table {
            head: vec!["<loss>".into(), "Dice".into()],
            rows: vec![vec!["<script>".into(), "0.5".into()]],
        };
        let html = table.html();
        assert!(html.contains("<th scope=\"row\">&lt;script&gt;</th>"), "{html}");
        assert!(html.contains("<td class=\"number\">0.5</td>"), "{html}");
        assert!(html.contains("&lt;loss&gt;"), "{html}");
    }
}
