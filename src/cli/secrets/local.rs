//! `svcc secrets local`: makes the generated secrets that `docker compose` reads from files, and names the files that are
//! missing. What is there stays as it is.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;

use super::End;
use crate::cli::disk::RealDisk;
use crate::cli::model::checked;
use crate::cli::terminal::Terminal;
use crate::model::SecretSource;
use crate::plan::secrets;
use crate::source::Disk;

pub(super) fn run(folder: &Path, terminal: &Terminal) -> End {
    let Some(compilation) = checked(folder, terminal) else {
        return End::Findings;
    };
    let Some(model) = &compilation.model else {
        return End::Findings;
    };
    let disk = RealDisk::new(folder);
    let mut end = End::Fine;
    let mut any = false;
    let fleets = model.fleets.iter();
    for fleet in fleets.filter(|it| !it.environment.is_deployed()) {
        for need in secrets::needs(fleet) {
            any = true;
            let path = match need.source {
                SecretSource::File(path) => path.to_string(),
                _ => secrets::local_file(need.name),
            };
            let said = match need.source {
                _ if folder.join(&path).exists() => format!("{path}: is there"),
                SecretSource::Generate { .. } if disk.ignored(&path) == Some(false) => {
                    end = End::Findings;
                    format!(
                        "{path}: not made, as git does not ignore it; add it, or its folder, to `.gitignore`"
                    )
                }
                SecretSource::Generate { length } => match make(&folder.join(&path), *length) {
                    Ok(()) => format!("{path}: made"),
                    Err(it) => {
                        end = End::Findings;
                        format!("{path}: cannot be made: {it}")
                    }
                },
                source => {
                    end = End::Findings;
                    let (name, env) = (need.name, &fleet.environment.name);
                    format!("{path}: missing; it holds `{name}` in {env}, which is {source}")
                }
            };
            terminal.say(&said);
        }
    }
    if !any {
        terminal.say("no environment on this machine needs a secret");
    }
    end
}

/// Makes a file that only its owner reads; never over another.
fn make(path: &Path, length: u32) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let value = random(length)?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(&value)
}

/// Letters and digits, each as likely as every other.
fn random(length: u32) -> io::Result<Vec<u8>> {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut source = File::open("/dev/urandom")?;
    let mut value = Vec::new();
    let mut bytes = [0; 64];
    let wanted = usize::try_from(length).unwrap_or(usize::MAX);
    while value.len() < wanted {
        source.read_exact(&mut bytes)?;
        // A byte beyond the last whole round would make the first letters likelier.
        let even = bytes.iter().filter(|it| **it < 248);
        value.extend(even.map(|it| LETTERS[usize::from(*it) % LETTERS.len()]));
    }
    value.truncate(wanted);
    Ok(value)
}
