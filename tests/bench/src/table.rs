//! A table of figures: for a terminal, and for a page.

/// Rows under a heading.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    heading: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new<const N: usize>(heading: [&str; N]) -> Self {
        Self {
            heading: heading.map(ToOwned::to_owned).to_vec(),
            rows: Vec::new(),
        }
    }

    pub(crate) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.to_vec());
    }

    /// Columns under each other.
    pub(crate) fn plain(&self) -> String {
        let width = |column: usize| {
            let all = std::iter::once(&self.heading).chain(&self.rows);
            all.filter_map(|row| row.get(column))
                .map(|cell| cell.chars().count())
                .max()
                .unwrap_or(0)
        };
        let line = |row: &Vec<String>| {
            let cells = row
                .iter()
                .enumerate()
                .map(|(column, cell)| format!("{cell:<0$}", width(column)));
            let line: String = cells.collect::<Vec<_>>().join("  ");
            line.trim_end().to_owned()
        };
        let rule = "-".repeat(line(&self.heading).chars().count());
        let head = [line(&self.heading), rule];
        head.into_iter()
            .chain(self.rows.iter().map(line))
            .collect::<Vec<_>>()
            .join("\n")
    }

    /// As Markdown.
    pub(crate) fn markdown(&self) -> String {
        let line = |row: &Vec<String>| format!("| {} |\n", row.join(" | "));
        let rule = vec!["---".to_owned(); self.heading.len()];
        [&self.heading, &rule]
            .into_iter()
            .chain(&self.rows)
            .map(line)
            .collect()
    }
}

/// `4,500,000`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_under_each_other() {
        let mut table = Table::new(["a", "long"]);
        table.row(["wide".to_owned(), "b".to_owned()]);
        assert_eq!(table.plain(), "a     long\n----------\nwide  b");
        assert_eq!(
            table.markdown(),
            "| a | long |\n| --- | --- |\n| wide | b |\n"
        );
    }

    #[test]
    fn digits_come_in_threes() {
        for (number, expected) in [(0, "0"), (999, "999"), (4_500_000, "4,500,000")] {
            assert_eq!(grouped(number), expected);
        }
    }
}
