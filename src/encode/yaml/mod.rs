//! The one YAML writer. It owns quoting: a string is plain only where every reader (YAML 1.1 and 1.2, Docker, GitLab's
//! Psych, PyYAML) takes it for the same string, a `|` block where it is a script, and double-quoted otherwise.
//! No anchors, tags or second documents.

use std::fmt::{self, Write};

use serde::ser::{self, Serialize};

/// A value as a YAML document, with a line break at its end.
pub fn to_string(value: &impl Serialize) -> String {
    let mut out = String::new();
    append(&mut out, value);
    out
}

/// Writes a value as a YAML document behind what is there: a comment.
pub fn append(out: &mut String, value: &impl Serialize) {
    let mut writer = Writer {
        out: std::mem::take(out),
        indent: 0,
        place: Place::Line,
    };
    writer.write(value);
    *out = writer.out;
}

/// A scalar with a comment behind it on its line. To be written by this writer only.
#[derive(Debug, Clone)]
pub struct Commented<T>(pub T, pub &'static str);

/// A value of an entry that was written beforehand, so that a long document's parts can be written side by side. To be
/// written by this writer only.
#[derive(Debug, Clone)]
pub struct Printed(String);

impl Printed {
    /// `value`, as the writer would write it behind a key whose entries are indented by `indent`.
    pub fn new(indent: usize, value: &impl Serialize) -> Printed {
        let mut writer = Writer {
            out: String::with_capacity(2 << 10),
            indent,
            place: Place::Key,
        };
        writer.write(value);
        Printed(writer.out)
    }

    /// How many bytes it has.
    pub fn size(&self) -> usize {
        self.0.len()
    }
}

/// How [`Printed`] tells the writer what it is.
const PRINTED: &str = "...";

impl Serialize for Printed {
    fn serialize<S: ser::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(PRINTED, &self.0)
    }
}

/// How [`Commented`] tells the writer what it is.
const COMMENTED: &str = "#";

impl<T: Serialize> Serialize for Commented<T> {
    fn serialize<S: ser::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use ser::SerializeTupleStruct;
        let mut pair = serializer.serialize_tuple_struct(COMMENTED, 2)?;
        pair.serialize_field(&self.0)?;
        pair.serialize_field(self.1)?;
        pair.end()
    }
}

/// Where the next value goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// At the beginning of a line.
    Line,
    /// After `key:`.
    Key,
    /// After `-`.
    Dash,
    /// Before the `:` of an entry: the value is its key.
    Name,
    /// After `key:`, where the text is YAML already.
    Printed,
}

struct Writer {
    out: String,
    indent: usize,
    place: Place,
}

/// What can go wrong: nothing that is reached by data of ours.
#[derive(Debug)]
pub struct Error(String);

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}

impl ser::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Error {
        Error(message.to_string())
    }
}

impl Writer {
    fn write(&mut self, value: &impl Serialize) {
        value
            .serialize(self)
            .expect("a string takes all that is written, and keys are scalars");
    }

    fn scalar(&mut self, text: impl fmt::Display) {
        let _ = match self.place {
            Place::Line => writeln!(self.out, "{text}"),
            Place::Key | Place::Dash => writeln!(self.out, " {text}"),
            Place::Name => write!(self.out, "\"{text}\":"),
            Place::Printed => write!(self.out, "{text}"),
        };
    }

    fn pad(&mut self, mut by: usize) {
        const SPACES: &str = "                                ";
        while by > 0 {
            let some = by.min(SPACES.len());
            self.out.push_str(&SPACES[..some]);
            by -= some;
        }
    }

    fn string(&mut self, text: &str) {
        if self.place == Place::Printed {
            return self.out.push_str(text);
        }
        let is_plain = is_plain(text);
        if !is_plain && self.place != Place::Name && is_block(text) {
            return self.block(text);
        }
        if matches!(self.place, Place::Key | Place::Dash) {
            self.out.push(' ');
        }
        if is_plain {
            self.out.push_str(text);
        } else {
            quote(text, &mut self.out);
        }
        let end = if self.place == Place::Name { ':' } else { '\n' };
        self.out.push(end);
    }

    fn compound(&mut self, brackets: &'static str) -> Result<Compound<'_>, Error> {
        if self.place == Place::Name {
            return Err(Error("a key is a scalar".into()));
        }
        Ok(Compound {
            outer: self.place,
            writer: self,
            empty: true,
            brackets,
        })
    }

    fn block(&mut self, text: &str) {
        let chomp = if text.ends_with('\n') { "|" } else { "|-" };
        self.scalar(chomp);
        let indent = self.indent + if self.place == Place::Line { 2 } else { 0 };
        for line in text.lines() {
            if !line.is_empty() {
                self.pad(indent);
                self.out.push_str(line);
            }
            self.out.push('\n');
        }
    }
}

/// Whether every reader takes the bare text for this string.
fn is_plain(text: &str) -> bool {
    let Some((first, rest)) = text.as_bytes().split_first() else {
        return false;
    };
    let starts = first.is_ascii_alphabetic() || matches!(first, b'_' | b'/');
    let goes_on = |it: &u8| PLAIN[usize::from(*it)];
    starts && rest.iter().all(goes_on) && !text.ends_with(':') && !is_reserved(text)
}

/// The bytes that may stand in a bare text.
const PLAIN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0u8;
    while byte < 128 {
        table[byte as usize] =
            byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/' | b':' | b'@');
        byte += 1;
    }
    table
};

/// Whether a bare word is a boolean or nothing to some reader.
fn is_reserved(text: &str) -> bool {
    const WORDS: [&str; 10] = [
        "y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan",
    ];
    let begins = matches!(
        text.as_bytes().first().map(u8::to_ascii_lowercase),
        Some(b'y' | b'n' | b'o' | b't' | b'f')
    );
    begins && text.len() <= 5 && WORDS.iter().any(|it| text.eq_ignore_ascii_case(it))
}

/// Whether a text can stand as a `|` block and come back the same.
fn is_block(text: &str) -> bool {
    // Most strings are of one line, and need no closer look.
    if !text.as_bytes().contains(&b'\n') {
        return false;
    }
    let body = text.strip_suffix('\n').unwrap_or(text);
    body.contains('\n')
        && !body.ends_with('\n')
        && !body.starts_with([' ', '\n', '\t'])
        && body
            .chars()
            .all(|it| it == '\n' || it == '\t' || is_printable(it))
        && body
            .lines()
            .all(|it| !it.ends_with([' ', '\t']) && !it.starts_with('\t'))
}

fn is_printable(it: char) -> bool {
    !it.is_control() && !matches!(it, '\u{a0}' | '\u{2028}' | '\u{2029}' | '\u{feff}')
}

/// Writes a double-quoted scalar on one line.
fn quote(text: &str, out: &mut String) {
    out.push('"');
    let mut rest = text;
    while let Some(at) = rest
        .as_bytes()
        .iter()
        .position(|it| !QUIET[usize::from(*it)])
    {
        let (quiet, loud) = rest.split_at(at);
        out.push_str(quiet);
        let mut chars = loud.chars();
        if let Some(it) = chars.next() {
            escape(it, out);
        }
        rest = chars.as_str();
    }
    out.push_str(rest);
    out.push('"');
}

/// The bytes that stand for themselves between double quotes, and are no part of a longer character.
const QUIET: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = b' ';
    while byte <= b'~' {
        table[byte as usize] = byte != b'"' && byte != b'\\';
        byte += 1;
    }
    table
};

/// Writes a character between double quotes.
fn escape(it: char, out: &mut String) {
    match it {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\t' => out.push_str("\\t"),
        '\r' => out.push_str("\\r"),
        it if is_printable(it) => out.push(it),
        it if u32::from(it) <= 0xff => {
            let _ = write!(out, "\\x{:02X}", u32::from(it));
        }
        it => {
            let _ = write!(out, "\\u{:04X}", u32::from(it));
        }
    }
}

/// A list or a map that is being written.
struct Compound<'w> {
    writer: &'w mut Writer,
    outer: Place,
    empty: bool,
    brackets: &'static str,
}

impl Compound<'_> {
    /// Begins the line of an entry: the first one after a dash stands on the dash's own line.
    fn begin(&mut self) {
        if self.empty {
            match self.outer {
                Place::Line | Place::Name | Place::Printed => {}
                Place::Key => self.writer.out.push('\n'),
                Place::Dash => {
                    self.writer.out.push(' ');
                    self.empty = false;
                    return;
                }
            }
        }
        self.empty = false;
        self.writer.pad(self.writer.indent);
    }

    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.begin();
        self.writer.out.push('-');
        self.inside(value, Place::Dash)
    }

    fn entry<T: Serialize + ?Sized>(&mut self, key: &str, value: &T) -> Result<(), Error> {
        self.name(key)?;
        self.inside(value, Place::Key)
    }

    fn name<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        self.begin();
        self.writer.place = Place::Name;
        key.serialize(&mut *self.writer)
    }

    fn inside<T: Serialize + ?Sized>(&mut self, value: &T, place: Place) -> Result<(), Error> {
        self.writer.place = place;
        self.writer.indent += 2;
        value.serialize(&mut *self.writer)?;
        self.writer.indent -= 2;
        self.writer.place = self.outer;
        Ok(())
    }

    fn finish(self) -> Result<(), Error> {
        if self.empty {
            self.writer.scalar(self.brackets);
        }
        Ok(())
    }
}

impl<'w> ser::Serializer for &'w mut Writer {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Compound<'w>;
    type SerializeTuple = Compound<'w>;
    type SerializeTupleStruct = Compound<'w>;
    type SerializeTupleVariant = ser::Impossible<(), Error>;
    type SerializeMap = Compound<'w>;
    type SerializeStruct = Compound<'w>;
    type SerializeStructVariant = ser::Impossible<(), Error>;

    fn serialize_bool(self, it: bool) -> Result<(), Error> {
        self.scalar(it);
        Ok(())
    }

    fn serialize_i8(self, it: i8) -> Result<(), Error> {
        self.serialize_i64(it.into())
    }

    fn serialize_i16(self, it: i16) -> Result<(), Error> {
        self.serialize_i64(it.into())
    }

    fn serialize_i32(self, it: i32) -> Result<(), Error> {
        self.serialize_i64(it.into())
    }

    fn serialize_i64(self, it: i64) -> Result<(), Error> {
        self.scalar(it);
        Ok(())
    }

    fn serialize_u8(self, it: u8) -> Result<(), Error> {
        self.serialize_u64(it.into())
    }

    fn serialize_u16(self, it: u16) -> Result<(), Error> {
        self.serialize_u64(it.into())
    }

    fn serialize_u32(self, it: u32) -> Result<(), Error> {
        self.serialize_u64(it.into())
    }

    fn serialize_u64(self, it: u64) -> Result<(), Error> {
        self.scalar(it);
        Ok(())
    }

    fn serialize_f32(self, it: f32) -> Result<(), Error> {
        self.serialize_f64(it.into())
    }

    fn serialize_f64(self, it: f64) -> Result<(), Error> {
        self.scalar(format_args!("{it:?}"));
        Ok(())
    }

    fn serialize_char(self, it: char) -> Result<(), Error> {
        self.serialize_str(it.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, it: &str) -> Result<(), Error> {
        self.string(it);
        Ok(())
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<(), Error> {
        Err(ser::Error::custom("YAML has no bytes"))
    }

    fn serialize_none(self) -> Result<(), Error> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, it: &T) -> Result<(), Error> {
        it.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Error> {
        self.scalar("null");
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Error> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        it: &'static str,
    ) -> Result<(), Error> {
        self.serialize_str(it)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        it: &T,
    ) -> Result<(), Error> {
        if name == PRINTED {
            self.place = Place::Printed;
        }
        it.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        it: &T,
    ) -> Result<(), Error> {
        let mut map = self.compound("{}")?;
        map.entry(name, it)?;
        map.finish()
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Compound<'w>, Error> {
        self.compound("[]")
    }

    fn serialize_tuple(self, _: usize) -> Result<Compound<'w>, Error> {
        self.compound("[]")
    }

    fn serialize_tuple_struct(self, name: &'static str, _: usize) -> Result<Compound<'w>, Error> {
        let brackets = if name == COMMENTED { COMMENTED } else { "[]" };
        self.compound(brackets)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Error> {
        Err(ser::Error::custom("variants with fields are not written"))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Compound<'w>, Error> {
        self.compound("{}")
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Compound<'w>, Error> {
        self.compound("{}")
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Error> {
        Err(ser::Error::custom("variants with fields are not written"))
    }
}

impl ser::SerializeSeq for Compound<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.element(value)
    }

    fn end(self) -> Result<(), Error> {
        self.finish()
    }
}

impl ser::SerializeTuple for Compound<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.element(value)
    }

    fn end(self) -> Result<(), Error> {
        self.finish()
    }
}

impl ser::SerializeTupleStruct for Compound<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        if self.brackets != COMMENTED {
            return self.element(value);
        }
        if std::mem::take(&mut self.empty) {
            return value.serialize(&mut *self.writer);
        }
        let comment = serde_yaml::to_value(value).map_err(|it| Error(it.to_string()))?;
        let line = self.writer.out.trim_end().len();
        self.writer.out.truncate(line);
        let _ = writeln!(
            self.writer.out,
            " # {}",
            comment.as_str().unwrap_or_default()
        );
        Ok(())
    }

    fn end(self) -> Result<(), Error> {
        self.finish()
    }
}

impl ser::SerializeMap for Compound<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        self.name(key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.inside(value, Place::Key)
    }

    fn end(self) -> Result<(), Error> {
        self.finish()
    }
}

impl ser::SerializeStruct for Compound<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        self.entry(key, value)
    }

    fn end(self) -> Result<(), Error> {
        self.finish()
    }
}

#[cfg(test)]
mod tests;
