//! Rows of text under a head: what every table of a report is before it is written as text, Markdown,
//! HTML or CSV.

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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_with_commas_stay_whole_and_rows_of_other_lengths_are_refused() -> anyhow::Result<()> {
        let mut table = Table {
            head: vec!["attack".into(), "Dice".into()],
            rows: vec![vec!["signed, N = 5".into(), "0.5".into()]],
        };
        assert_eq!(table.csv()?, "attack,Dice\n\"signed, N = 5\",0.5\n");
        table.rows.push(vec!["random".into()]);
        assert!(table.csv().is_err());
        Ok(())
    }
}
