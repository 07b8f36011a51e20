//! What an address holds: its hash, through `curl`, as svcc itself speaks to no network.

use std::io::{self, Read};
use std::process::{Command, Stdio};

use sha2::{Digest, Sha256};

/// The digest of what stands at an address, `sha256:…`.
pub(super) fn digest(url: &str) -> Result<String, String> {
    let mut curl = Command::new("curl")
        .args([
            "--fail",
            "--location",
            "--silent",
            "--show-error",
            "--globoff",
        ])
        .args([
            "--proto",
            "=http,https",
            "--connect-timeout",
            "30",
            "--retry",
            "2",
        ])
        .args(["--url", url])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|it| format!("cannot run curl: {it}"))?;
    // It says little, so nothing fills up while the download is read.
    let hash = curl.stdout.take().map(hash_of);
    let run = curl
        .wait_with_output()
        .map_err(|it| format!("cannot run curl: {it}"))?;
    if !run.status.success() {
        let said = String::from_utf8_lossy(&run.stderr);
        let said = said.trim().lines().last().unwrap_or("curl failed");
        return Err(format!("cannot download {url}: {said}"));
    }
    match hash {
        Some(Ok(hash)) => Ok(format!("sha256:{hash}")),
        Some(Err(it)) => Err(format!("cannot download {url}: {it}")),
        None => Err(format!("cannot download {url}")),
    }
}

fn hash_of(mut from: impl Read) -> io::Result<String> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match from.read(&mut buffer)? {
            0 => break,
            length => hasher.update(&buffer[..length]),
        }
    }
    let digits = hasher.finalize();
    Ok(digits.iter().map(|it| format!("{it:02x}")).collect())
}
