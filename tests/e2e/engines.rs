//! Docker Engines of their own, each in a container with a network of its own: other machines, as far as Docker can tell.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

use libtest_mimic::Failed;
use tempfile::TempDir;

use crate::support::{output, run, within};

/// What the machines are made from: an engine, and what hands requests to the one registry of the suite on.
const MACHINE: &str = "FROM debian:bookworm-slim
RUN apt-get update && apt-get install --yes --no-install-recommends \\
        ca-certificates docker.io iproute2 iptables openssh-server socat && \\
    rm --recursive /var/lib/apt/lists/* && mkdir --parents /run/sshd /root/.ssh
";
const IMAGE: &str = "svcc-e2e-machine";

/// Machines that see each other, the registry at 127.0.0.1:5000, and nothing else of the suite. They go when this goes.
pub(crate) struct Engines {
    /// Where their sockets are.
    folder: TempDir,
    name: &'static str,
    count: usize,
}

impl Engines {
    /// Starts as many; `Err` says what it is that does not go here.
    pub(crate) fn start(name: &'static str, count: usize) -> Result<Self, Failed> {
        let mut build = Command::new("docker")
            .args(["build", "--quiet", "--network", "host", "--tag", IMAGE, "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        let mut input = build.stdin.take().ok_or("no standard input")?;
        input.write_all(MACHINE.as_bytes())?;
        drop(input);
        let built = build.wait_with_output()?;
        if !built.status.success() {
            let said = String::from_utf8_lossy(&built.stderr);
            return Err(format!("the image of a machine cannot be built: {said}").into());
        }
        let folder = TempDir::new()?;
        let engines = Self {
            folder,
            name,
            count,
        };
        engines.remove();
        engines.create()?;
        Ok(engines)
    }

    fn create(&self) -> Result<(), Failed> {
        let sockets = format!("{}:/run/svcc", self.path()?);
        docker(&["network", "create", self.name])?;
        let bridge = "socat UNIX-LISTEN:/run/svcc/registry.sock,fork,mode=666 TCP:127.0.0.1:5000";
        let mut start = vec!["run", "--detach", "--network", "host", "--volume", &sockets];
        let registry = format!("{}-registry", self.name);
        start.extend(["--name", &registry, IMAGE, "sh", "-c", bridge]);
        docker(&start)?;
        for at in 1..=self.count {
            let name = self.container(at);
            // Its images are no layers on layers: the folder is a volume.
            let engine = format!(
                "socat TCP-LISTEN:5000,bind=127.0.0.1,fork,reuseaddr UNIX-CONNECT:/run/svcc/registry.sock & \
                 exec dockerd --host unix:///run/svcc/{at}.sock --host unix:///var/run/docker.sock"
            );
            let mut start = vec!["run", "--detach", "--privileged", "--hostname", &name];
            start.extend(["--volume", &sockets, "--volume", "/var/lib/docker"]);
            start.extend(["--network", self.name, "--name", &name, IMAGE]);
            start.extend(["sh", "-c", &engine]);
            docker(&start)?;
        }
        for at in 1..=self.count {
            let answers = || self.docker(at, &["version"]).map(drop);
            if let Err(why) = within(Duration::from_secs(60), answers) {
                let log =
                    docker(&["logs", "--tail", "20", &self.container(at)]).unwrap_or_default();
                let why = why.message().unwrap_or_default().to_owned();
                return Err(format!("engine {at} does not answer: {why}\n{log}").into());
            }
        }
        Ok(())
    }

    fn path(&self) -> Result<&str, Failed> {
        let path = self.folder.path().to_str();
        Ok(path.ok_or("the folder's path is not UTF-8")?)
    }

    /// The name of a machine, from 1 on, which is its host name too.
    pub(crate) fn container(&self, at: usize) -> String {
        format!("{}-{at}", self.name)
    }

    /// `DOCKER_HOST` of a machine.
    pub(crate) fn host(&self, at: usize) -> String {
        format!("unix://{}/{at}.sock", self.folder.path().display())
    }

    /// What docker says on a machine.
    pub(crate) fn docker(&self, at: usize, arguments: &[&str]) -> Result<String, Failed> {
        let host = self.host(at);
        docker(&[&["--host", &host][..], arguments].concat())
    }

    /// The address of a machine among the others.
    pub(crate) fn address(&self, at: usize) -> Result<String, Failed> {
        let format = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}";
        let said = docker(&["inspect", "--format", format, &self.container(at)])?;
        Ok(said.trim().to_owned())
    }

    /// Makes all of them one Swarm, managed by the first.
    pub(crate) fn join(&self) -> Result<(), Failed> {
        let first = self.address(1)?;
        self.docker(1, &["swarm", "init", "--advertise-addr", &first])?;
        let token = self.docker(1, &["swarm", "join-token", "--quiet", "worker"])?;
        let manager = format!("{first}:2377");
        for at in 2..=self.count {
            self.docker(at, &["swarm", "join", "--token", token.trim(), &manager])?;
        }
        Ok(())
    }

    /// Lets `ssh` to a machine in: its `DOCKER_HOST`, and a `PATH` on which that has the key.
    pub(crate) fn open_ssh(&self, at: usize) -> Result<(String, String), Failed> {
        let prepare = "ssh-keygen -q -t ed25519 -N '' -f /root/.ssh/key &&
            mv /root/.ssh/key.pub /root/.ssh/authorized_keys && /usr/sbin/sshd && cat /root/.ssh/key";
        let key = docker(&["exec", &self.container(at), "sh", "-c", prepare])?;
        let folder = self.folder.path().join("ssh");
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("key"), key)?;
        let client = format!(
            "#!/bin/sh\nPATH=${{PATH#*:}}\nexec ssh -i {}/key -o LogLevel=ERROR -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \"$@\"\n",
            folder.display()
        );
        fs::write(folder.join("ssh"), client)?;
        run(&folder, "chmod", &["+x", "ssh"])?;
        run(&folder, "chmod", &["600", "key"])?;
        let path = std::env::var("PATH").unwrap_or_default();
        let host = format!("ssh://root@{}", self.address(at)?);
        Ok((host, format!("{}:{path}", folder.display())))
    }

    fn remove(&self) {
        // What is not there cannot be removed, which is no failure of a test.
        let registry = format!("{}-registry", self.name);
        for name in (1..=self.count)
            .map(|at| self.container(at))
            .chain([registry])
        {
            let _ = docker(&["rm", "--force", "--volumes", &name]);
        }
        let _ = docker(&["network", "rm", self.name]);
        // The sockets belong to whom the engine runs as.
        let _ = fs::remove_file(self.folder.path().join("registry.sock"));
    }
}

impl Drop for Engines {
    fn drop(&mut self) {
        self.remove();
    }
}

/// Loses a machine at once, as a broken power supply does.
pub(crate) fn lose(machine: &str) -> Result<(), Failed> {
    run(std::path::Path::new("."), "docker", &["kill", machine])
}

fn docker(arguments: &[&str]) -> Result<String, Failed> {
    output(std::path::Path::new("."), "docker", arguments)
}
