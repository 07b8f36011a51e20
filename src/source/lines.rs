//! Byte offsets to lines and columns, and back.

/// Where each line of a text begins.
#[derive(Debug, Clone)]
pub struct LineIndex {
    starts: Vec<u32>,
}

/// A place for people: both numbers count from 1, the column in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Position {
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
}

impl LineIndex {
    /// Finds the lines of `text` (at most 4 GiB; the parser refuses far smaller files).
    pub fn new(text: &str) -> LineIndex {
        let breaks = text.bytes().enumerate().filter(|(_, it)| *it == b'\n');
        let starts = std::iter::once(0).chain(breaks.map(|(at, _)| at as u32 + 1));
        LineIndex {
            starts: starts.collect(),
        }
    }

    /// How many lines the text has; a text that ends with a line break has an empty last one.
    pub fn count(&self) -> usize {
        self.starts.len()
    }

    /// The line that holds `offset`, from 0.
    pub fn line(&self, offset: u32) -> usize {
        self.starts.partition_point(|it| *it <= offset) - 1
    }

    /// Where line `line`, from 0, begins; the last line's beginning for a line past the end.
    pub fn start(&self, line: usize) -> u32 {
        self.starts[line.min(self.starts.len() - 1)]
    }

    /// The text of line `line`, from 0, without its line break.
    pub fn text<'t>(&self, text: &'t str, line: usize) -> &'t str {
        let start = self.start(line) as usize;
        let end = self
            .starts
            .get(line + 1)
            .map_or(text.len(), |it| *it as usize);
        text.get(start..end)
            .unwrap_or_default()
            .trim_end_matches(['\n', '\r'])
    }

    /// The place of `offset` in `text`, for people.
    pub fn position(&self, text: &str, offset: u32) -> Position {
        let line = self.line(offset);
        let before = text.get(self.starts[line] as usize..offset as usize);
        Position {
            line: line as u32 + 1,
            column: before.unwrap_or_default().chars().count() as u32 + 1,
        }
    }

    /// The column of `offset` on its line in UTF-16 code units, from 0.
    pub fn utf16_column(&self, text: &str, offset: u32) -> u32 {
        let start = self.starts[self.line(offset)] as usize;
        let before = text.get(start..offset as usize).unwrap_or_default();
        before.chars().map(|it| it.len_utf16() as u32).sum()
    }
}
