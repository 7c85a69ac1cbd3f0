//! Programs that run in the folder of a project, with all processes that they start.

use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use process_wrap::tokio::{ChildWrapper, CommandWrap};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;

use crate::DevServer;

/// How long a program may take that ends by itself. Only a failure takes this long.
const PATIENCE: Duration = Duration::from_secs(150);

/// A program that can be run. [`Project::program`](crate::Project::program) makes it.
#[derive(Debug)]
pub struct Program {
    line: String,
    command: Command,
}

/// The result of a program.
#[derive(Debug)]
pub struct Finished {
    /// How it ended.
    pub status: ExitStatus,
    /// What it printed to its standard output.
    pub stdout: String,
    /// What it printed to its standard error.
    pub stderr: String,
}

impl Finished {
    /// Everything that it printed, for a message.
    #[must_use]
    pub fn printed(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }
}

impl Program {
    /// From a command line without quotes: words, separated by spaces.
    pub(crate) fn new(line: &str, folder: &Path) -> Self {
        let mut words = line.split_ascii_whitespace();
        let mut command = Command::new(program_name(words.next().expect("a program")));
        command
            .args(words)
            .current_dir(folder)
            .env("NO_COLOR", "1")
            .env_remove("FORCE_COLOR")
            // Settings for npm. Tools must not send statistics from a test.
            .envs([
                ("npm_config_audit", "false"),
                ("npm_config_fund", "false"),
                ("npm_config_update_notifier", "false"),
            ])
            .envs([("npm_config_prefer_offline", "true"), ("npm_config_loglevel", "error")])
            .envs([("NEXT_TELEMETRY_DISABLED", "1"), ("DO_NOT_TRACK", "1")])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Self { line: line.to_owned(), command }
    }

    /// With a variable in its environment.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// With a further argument, which may have spaces.
    #[must_use]
    pub fn arg(mut self, argument: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    /// Runs it to its end. It must succeed.
    ///
    /// # Panics
    /// It fails, does not start or does not end in time.
    pub async fn run(self) -> Finished {
        let line = self.line.clone();
        let finished = self.finish().await;
        assert!(finished.status.success(), "{line}: {}\n{}", finished.status, finished.printed());
        finished
    }

    /// Runs it to its end. It may fail.
    ///
    /// # Panics
    /// It does not start or does not end in time.
    pub async fn finish(self) -> Finished {
        let line = self.line.clone();
        let mut running = self.spawn();
        let (stdout, stderr) = (running.child.stdout().take(), running.child.stderr().take());
        let ended = async { tokio::join!(text_of(stdout), text_of(stderr), running.child.wait()) };
        let Ok((stdout, stderr, status)) = tokio::time::timeout(PATIENCE, ended).await else {
            panic!("it still runs after {} s: {line}", PATIENCE.as_secs());
        };
        Finished { status: status.expect("it can be waited for"), stdout, stderr }
    }

    /// Starts it as a server, and waits until it prints its address.
    ///
    /// # Panics
    /// It ends, or prints no address in time.
    pub async fn serve(self) -> DevServer {
        let line = self.line.clone();
        DevServer::of(self.spawn(), &line).await
    }

    fn spawn(self) -> Running {
        let mut group = CommandWrap::from(self.command);
        #[cfg(unix)]
        group.wrap(process_wrap::tokio::ProcessGroup::leader());
        #[cfg(windows)]
        group.wrap(process_wrap::tokio::JobObject);
        let child = group.spawn().unwrap_or_else(|error| panic!("cannot run `{}`: {error}", self.line));
        Running { child }
    }
}

/// The name under which the system finds a program. On Windows, the programs of npm are scripts with an ending.
pub(crate) fn program_name(name: &str) -> String {
    let extension = if cfg!(windows) && ["npm", "npx"].contains(&name) { ".cmd" } else { "" };
    format!("{name}{extension}")
}

/// A running program with all processes that it started. Dropping it ends all of them.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) child: Box<dyn ChildWrapper>,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.start_kill();
    }
}

/// Everything that a pipe contains, until its end.
async fn text_of(pipe: Option<impl AsyncRead + Unpin>) -> String {
    let mut bytes = Vec::new();
    if let Some(mut pipe) = pipe {
        // After an error, return what was read before.
        let _ = pipe.read_to_end(&mut bytes).await;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
