//! What was written, and where: the files of a compile, and positions in them.

pub mod disk;
pub mod lines;
pub mod span;

use std::sync::{Arc, OnceLock};

use ecow::EcoString;

pub use disk::{Disk, Entry, MemoryDisk, VENDOR};
pub use lines::{LineIndex, Position};
pub use span::{FileId, Span, Spanned};

/// The files of one compile, by [`FileId`].
#[derive(Debug, Clone, Default)]
pub struct Sources {
    files: Vec<Arc<Source>>,
}

/// One file: its path, its text and, made when first asked for, its line index.
#[derive(Debug)]
pub struct Source {
    /// Relative to the project's root, with `/`; files of the standard library begin with `<std>/`.
    pub path: EcoString,
    /// The text as it is parsed: see `syntax::decode` for how bytes become text of the same length.
    pub text: String,
    lines: OnceLock<LineIndex>,
}

impl Sources {
    /// Adds a file and says which number it got.
    pub fn add(&mut self, path: impl Into<EcoString>, text: String) -> FileId {
        let id = FileId(u32::try_from(self.files.len()).expect("fewer than 2^32 files"));
        self.files.push(Arc::new(Source {
            path: path.into(),
            text,
            lines: OnceLock::new(),
        }));
        id
    }

    /// The file with this number. Every `FileId` comes from [`Sources::add`], so it is there.
    pub fn get(&self, id: FileId) -> &Source {
        &self.files[id.0 as usize]
    }

    /// All files, in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &Source)> {
        (0..).map(FileId).zip(self.files.iter().map(|it| &**it))
    }

    /// The file of this path.
    pub fn find(&self, path: &str) -> Option<FileId> {
        self.iter()
            .find(|(_, it)| it.path == path)
            .map(|(id, _)| id)
    }

    /// The text that a span covers.
    pub fn slice(&self, span: Span) -> &str {
        self.get(span.file)
            .text
            .get(span.start as usize..span.end as usize)
            .unwrap_or_default()
    }

    /// Where a span begins, for people: line and column from 1, columns in characters.
    pub fn position(&self, span: Span) -> Position {
        let source = self.get(span.file);
        source.lines().position(&source.text, span.start)
    }
}

impl Source {
    /// The words of each line, of a file that has one thing on each; comments and blank lines are left out. `file` is this one.
    pub fn entries(&self, file: FileId) -> impl Iterator<Item = (Span, Vec<&str>)> {
        let mut end = 0;
        let lines = self.text.split_inclusive('\n').map(move |line| {
            let (start, text) = (end, line.trim_end());
            end += line.len() as u32;
            (Span::new(file, start, start + text.len() as u32), text)
        });
        lines
            .filter(|(_, text)| !text.is_empty() && !text.starts_with('#'))
            .map(|(span, text)| (span, text.split_whitespace().collect()))
    }

    /// The line index of the text.
    pub fn lines(&self) -> &LineIndex {
        self.lines.get_or_init(|| LineIndex::new(&self.text))
    }
}
