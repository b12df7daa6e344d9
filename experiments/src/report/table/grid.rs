//! Laying out a table: columns that do not fit go to a further table with the same names in front.

use super::Layout;
use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, Table};

/// Blanks between columns.
const GAP: usize = 2;
/// The most characters of a name.
const NAME: usize = 28;

/// A table: the first column holds names, the others figures.
#[derive(Clone, Debug, Default)]
pub struct Grid {
    /// Heads of the columns.
    pub head: Vec<String>,
    /// Rows, as long as the head.
    pub rows: Vec<Vec<String>>,
    /// Leading columns that are text.
    pub texts: usize,
}

impl Grid {
    /// A table with these heads, of which the first is that of names.
    pub fn new(head: &[&str]) -> Grid {
        Grid { head: head.iter().map(|head| (*head).to_string()).collect(), rows: Vec::new(), texts: 1 }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// Leaves out columns of figures in which every cell is empty or a dash.
    #[must_use]
    pub fn without_empty_columns(self) -> Grid {
        let told = |i: &usize| *i < self.texts || self.rows.iter().any(|row| !matches!(row[*i].as_str(), "" | "-"));
        let kept: Vec<usize> = (0..self.head.len()).filter(told).collect();
        let only = |cells: &Vec<String>| kept.iter().map(|i| cells[*i].clone()).collect();
        Grid { head: only(&self.head), rows: self.rows.iter().map(only).collect(), texts: self.texts }
    }

    /// The table, or several below each other that are at most as wide as the layout.
    pub fn render(&self, layout: Layout) -> String {
        let width = |column: usize| {
            let cells = std::iter::once(&self.head).chain(&self.rows);
            cells.map(|row| cut(&row[column], column).chars().count()).max().unwrap_or(0)
        };
        let leading: usize = (0..self.texts).map(|i| width(i) + GAP).sum();
        let mut parts: Vec<Vec<usize>> = vec![Vec::new()];
        let mut used = leading;
        for column in self.texts..self.head.len() {
            let own = width(column) + GAP;
            if used + own > layout.width + GAP && parts.last().is_some_and(|part| !part.is_empty()) {
                parts.push(Vec::new());
                // Further tables repeat the names only.
                used = width(0) + GAP;
            }
            used += own;
            if let Some(part) = parts.last_mut() {
                part.push(column);
            }
        }
        let tables: Vec<String> = parts
            .iter()
            .enumerate()
            .map(|(i, part)| {
                let texts = if i == 0 { self.texts } else { 1 };
                self.table(&(0..texts).chain(part.iter().copied()).collect::<Vec<_>>(), texts, layout)
            })
            .collect();
        tables.join("\n")
    }

    fn table(&self, columns: &[usize], texts: usize, layout: Layout) -> String {
        let mut table = Table::new();
        table.load_style(NOTHING);
        let cells = |row: &Vec<String>| columns.iter().map(|i| cut(&row[*i], *i)).collect::<Vec<String>>();
        table.add_row(cells(&self.head));
        for row in &self.rows {
            table.add_row(cells(row));
        }
        for (i, column) in table.column_iter_mut().enumerate() {
            column.set_padding((0, GAP as u16));
            column.set_cell_alignment(if i < texts { CellAlignment::Left } else { CellAlignment::Right });
        }
        let mut out = String::new();
        for (i, line) in table.lines().enumerate() {
            let line = line.trim_end();
            if i == 0 {
                out.push_str(&layout.styled("4", line));
                if !layout.colour {
                    out.push('\n');
                    out.push_str(&"-".repeat(line.chars().count()));
                }
            } else {
                out.push_str(line);
            }
            out.push('\n');
        }
        out
    }
}

/// Names are cut where they are very long.
fn cut(text: &str, column: usize) -> String {
    if column > 0 || text.chars().count() <= NAME {
        return text.to_string();
    }
    text.chars().take(NAME - 2).chain("..".chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wide_table_becomes_several() {
        let mut grid = Grid::new(&["name", "a", "b", "c"]);
        grid.row(vec!["x".into(), "1".repeat(30), "2".repeat(30), "3".repeat(30)]);
        let text = grid.render(Layout { width: 80, colour: false });
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        assert_eq!(text.matches("name").count(), 2);
        assert!(["1", "2", "3"].iter().all(|digit| text.contains(&digit.repeat(30))));
        assert_eq!(grid.render(Layout { width: 120, colour: false }).matches("name").count(), 1);
    }

    #[test]
    fn columns_without_figures_are_left_out() {
        let mut grid = Grid::new(&["name", "a", "b"]);
        grid.row(vec!["x".into(), "-".into(), "1".into()]);
        assert_eq!(grid.without_empty_columns().head, ["name", "b"]);
    }
}
