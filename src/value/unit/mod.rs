//! Durations, sizes and shares: how they are read and printed.

use std::fmt;

/// A duration in milliseconds. Written `500ms`, `10s`, `1m30s`, `2h`; largest unit first, each once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Duration {
    /// Milliseconds.
    pub millis: u64,
}

/// A size in bytes. Written `512KiB`, `1GiB` (powers of 1024) or `2GB` (powers of 1000).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Size {
    /// Bytes.
    pub bytes: u64,
}

/// A share of a whole, in hundredths of a percent. Written `25%`, `0.5%`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Share {
    /// Hundredths of a percent: 10,000 is the whole.
    pub basis_points: u32,
}

/// The units of durations, largest first, in milliseconds.
const DURATION_UNITS: [(&str, u64); 5] = [
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1000),
    ("ms", 1),
];

/// The units of sizes, in bytes.
const SIZE_UNITS: [(&str, u64); 9] = [
    ("TiB", 1 << 40),
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("TB", 1_000_000_000_000),
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("KB", 1000),
    ("B", 1),
];

impl Duration {
    /// A whole number of seconds.
    pub const fn seconds(seconds: u64) -> Duration {
        Duration {
            millis: seconds * 1000,
        }
    }

    /// Reads `1m30s`.
    pub fn parse(text: &str) -> Option<Duration> {
        let mut rest = text;
        let mut millis = 0u64;
        let mut next_unit = 0;
        while !rest.is_empty() {
            let digits = rest.find(|it: char| !it.is_ascii_digit() && it != '_')?;
            let number: u64 = rest[..digits].replace('_', "").parse().ok()?;
            rest = &rest[digits..];
            let letters = rest
                .find(|it: char| it.is_ascii_digit())
                .unwrap_or(rest.len());
            let unit = &rest[..letters];
            rest = &rest[letters..];
            let found = DURATION_UNITS[next_unit..]
                .iter()
                .position(|(name, _)| *name == unit)?;
            millis =
                millis.checked_add(number.checked_mul(DURATION_UNITS[next_unit + found].1)?)?;
            next_unit += found + 1;
        }
        Some(Duration { millis })
    }

    /// Rounded up to whole seconds.
    pub fn whole_seconds(self) -> u64 {
        self.millis.div_ceil(1000)
    }
}

impl fmt::Display for Duration {
    /// As svc and Go write it, without days: `1m30s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.millis == 0 {
            return f.write_str("0s");
        }
        let mut rest = self.millis;
        for (name, size) in &DURATION_UNITS[1..] {
            if rest >= *size {
                write!(f, "{}{name}", rest / size)?;
                rest %= size;
            }
        }
        Ok(())
    }
}

impl Size {
    /// A whole number of mebibytes.
    pub const fn mebibytes(count: u64) -> Size {
        Size { bytes: count << 20 }
    }

    /// Reads `512MiB`.
    pub fn parse(text: &str) -> Option<Size> {
        let letters = text.find(|it: char| it.is_ascii_alphabetic())?;
        let (_, unit) = SIZE_UNITS
            .iter()
            .find(|(name, _)| *name == &text[letters..])?;
        let number = text[..letters].replace('_', "");
        let bytes = match number.parse::<u64>() {
            Ok(it) => it.checked_mul(*unit)?,
            Err(_) => (number.parse::<f64>().ok()? * *unit as f64).round() as u64,
        };
        Some(Size { bytes })
    }

    /// As Docker reads it, whose `M` means MiB: `512M`, or plain bytes where no unit fits.
    pub fn docker(self) -> String {
        let units = [("g", 1u64 << 30), ("m", 1 << 20), ("k", 1 << 10)];
        match units
            .iter()
            .find(|(_, size)| self.bytes >= *size && self.bytes.is_multiple_of(*size))
        {
            Some((name, size)) => format!("{}{}", self.bytes / size, name.to_uppercase()),
            None => format!("{}", self.bytes),
        }
    }
}

impl fmt::Display for Size {
    /// As svc writes it: the largest unit that divides it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fits =
            |(_, size): &&(&str, u64)| self.bytes >= *size && self.bytes.is_multiple_of(*size);
        let (name, size) = SIZE_UNITS.iter().find(fits).unwrap_or(&SIZE_UNITS[8]);
        write!(f, "{}{name}", self.bytes / size)
    }
}

impl Share {
    /// Reads `25%`.
    pub fn parse(text: &str) -> Option<Share> {
        let percent: f64 = text.strip_suffix('%')?.replace('_', "").parse().ok()?;
        Some(Share {
            basis_points: (percent * 100.0).round() as u32,
        })
    }

    /// As a fraction: `25%` is 0.25.
    pub fn fraction(self) -> f64 {
        f64::from(self.basis_points) / 10_000.0
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", f64::from(self.basis_points) / 100.0)
    }
}

#[cfg(test)]
mod tests;
