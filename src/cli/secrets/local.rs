//! `svcc secrets local`: makes the generated secrets that `docker compose` reads from files, and names the files that are
//! missing, or that a service may not read. What is there stays as it is.
//!
//! Compose mounts a file with its own mode, so one that a service reads as another user must be readable by all; then it is the
//! folder that keeps the other users of the machine out, whom a container does not have to pass.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;

use super::End;
use super::readers::{Reader, kept_out, readers};
use crate::cli::disk::RealDisk;
use crate::cli::model::checked;
use crate::cli::terminal::Terminal;
use crate::model::SecretSource;
use crate::plan::{self, secrets};
use crate::source::Disk;

pub(super) fn run(folder: &Path, terminal: &Terminal) -> End {
    let Some(compilation) = checked(folder, terminal) else {
        return End::Findings;
    };
    let Some(model) = &compilation.model else {
        return End::Findings;
    };
    let disk = RealDisk::new(folder);
    let plan = plan::plan(model, &disk);
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
            let file = folder.join(&path);
            let readers = readers(&plan, fleet, &need);
            let said = match need.source {
                _ if file.exists() => match kept_out(&file, &readers) {
                    None => format!("{path}: is there"),
                    Some(Reader { service, user }) => {
                        end = End::Findings;
                        let parent = Path::new(&path).parent();
                        let parent = parent
                            .map(Path::display)
                            .filter(|it| !it.to_string().is_empty());
                        let close =
                            parent.map_or_else(String::new, |it| format!("chmod 700 {it} && "));
                        format!(
                            "{path}: is there, but `{service}` runs as {user} and may not read it: {close}chmod 644 {path}"
                        )
                    }
                },
                SecretSource::Generate { .. } if disk.ignored(&path) == Some(false) => {
                    end = End::Findings;
                    format!(
                        "{path}: not made, as git does not ignore it; add it, or its folder, to `.gitignore`"
                    )
                }
                SecretSource::Generate { length } => {
                    match make(&file, *length, Access::of(&readers)) {
                        Ok(()) => format!("{path}: made"),
                        Err(it) => {
                            end = End::Findings;
                            format!("{path}: cannot be made: {it}")
                        }
                    }
                }
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

/// Who may read a file that is made.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Access {
    /// Its owner, and root in a container.
    Owner,
    /// Everybody who gets to it: those in a container, and on the machine who may enter its folder, its owner alone.
    InContainers,
}

impl Access {
    fn of(readers: &[Reader<'_>]) -> Access {
        if readers.is_empty() {
            Access::Owner
        } else {
            Access::InContainers
        }
    }
}

/// Makes a file; never over another.
fn make(path: &Path, length: u32, access: Access) -> io::Result<()> {
    let value = random(length)?;
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
        #[cfg(unix)]
        if access == Access::InContainers {
            set_mode(folder, 0o700)?;
        }
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(&value)?;
    #[cfg(unix)]
    if access == Access::InContainers {
        set_mode(path, 0o644)?;
    }
    Ok(())
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    let mode = std::os::unix::fs::PermissionsExt::from_mode(mode);
    fs::set_permissions(path, mode)
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
