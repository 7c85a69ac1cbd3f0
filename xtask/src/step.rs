//! Runs the steps of a command. For each step it prints what it does and how long that took, and writes the output to a log
//! file. On a terminal it shows a bar or a spinner, elsewhere plain lines. If a step fails, it prints the end of the log.

use std::fs::{self, File};
use std::io::{self, IsTerminal, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use indicatif::{ProgressBar, ProgressStyle};

/// How many lines of the log of a failed step are printed.
const SHOWN_LINES: usize = 60;
/// How often the terminal is redrawn.
const REDRAW: Duration = Duration::from_millis(150);
/// How soon the end of a step is noticed.
const POLL: Duration = Duration::from_millis(20);
/// How long a step may take. One that takes longer hangs, and would hang until the machine is turned off.
const LIMIT: Duration = Duration::from_secs(30 * 60);

/// One step, before it runs.
pub struct Step {
    name: String,
    doing: String,
    takes: Option<String>,
    or_else: Option<String>,
}

impl Step {
    /// `name` is the name in the log file and in the table of durations. `doing` is the sentence to print.
    pub fn new(name: impl Into<String>, doing: impl Into<String>) -> Self {
        Self { name: name.into(), doing: doing.into(), takes: None, or_else: None }
    }

    /// How long the step takes when it has much to do, in words.
    pub fn takes(mut self, duration: &str) -> Self {
        self.takes = Some(duration.to_owned());
        self
    }

    /// What happens after a failure of the step, which is then not an error.
    pub fn or_else(mut self, doing: &str) -> Self {
        self.or_else = Some(doing.to_owned());
        self
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    fn announcement(&self) -> String {
        match &self.takes {
            Some(duration) => format!("{} ({duration})…", self.doing),
            None => format!("{}…", self.doing),
        }
    }
}

/// How a step ended.
pub struct Outcome {
    pub success: bool,
    pub log: String,
}

/// Runs steps one after the other, and stores how long each took.
pub struct Console {
    logs: PathBuf,
    on_terminal: bool,
    finished: Vec<Finished>,
}

struct Finished {
    name: String,
    took: Duration,
    success: bool,
}

impl Console {
    /// The output of the steps is written to the folder `logs`.
    pub fn new(logs: PathBuf) -> Self {
        let in_ci = std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false");
        Self { logs, on_terminal: io::stderr().is_terminal() && !in_ci, finished: Vec::new() }
    }

    /// Runs a step that must succeed.
    pub fn run(&mut self, step: Step, command: Command) -> Result<()> {
        let name = step.name.clone();
        let outcome = self.attempt(step, command)?;
        ensure!(outcome.success, "the step `{name}` failed");
        Ok(())
    }

    /// Runs a step that may fail. If it does, the end of its log is printed.
    pub fn attempt(&mut self, step: Step, mut command: Command) -> Result<Outcome> {
        let path = self.log_path(&step.name)?;
        let log = File::create(&path).with_context(|| format!("creating {}", path.display()))?;
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let started = Instant::now();
        let status = if self.on_terminal {
            with_bar(&step, &mut command, &path)
        } else {
            eprintln!("{}", step.announcement());
            wait(&mut spawn(&mut command)?, LIMIT, || ())
        }?;

        let took = started.elapsed();
        let log = String::from_utf8_lossy(&fs::read(&path)?).into_owned();
        let success = status.is_some_and(|status| status.success());
        self.tell_end(&step, status, took);
        if !success && step.or_else.is_none() {
            eprintln!("{}", last_lines(&log, SHOWN_LINES));
            eprintln!("(all of it is in {})", path.display());
        }
        if success || step.or_else.is_none() {
            self.finished.push(Finished { name: step.name, took, success });
        }
        Ok(Outcome { success, log })
    }

    /// A table of the steps so far, with their durations.
    pub fn table(&self) -> String {
        let width = self.finished.iter().map(|step| step.name.chars().count()).max().unwrap_or(0);
        let mut lines: Vec<String> = self
            .finished
            .iter()
            .map(|step| {
                let end = if step.success { "ok" } else { "FAILED" };
                format!("  {:width$}  {:>11}  {end}", step.name, spoken(step.took))
            })
            .collect();
        let all = self.finished.iter().map(|step| step.took).sum();
        lines.push(format!("  {:width$}  {:>11}", "all steps", spoken(all)));
        lines.join("\n")
    }

    fn tell_end(&self, step: &Step, status: Option<ExitStatus>, took: Duration) {
        let end = match (status, &step.or_else) {
            (Some(status), _) if status.success() => format!("… done in {}", spoken(took)),
            (_, Some(doing)) => format!("… not possible after {}: {doing}", spoken(took)),
            (Some(status), None) => format!("… failed after {} ({status})", spoken(took)),
            (None, None) => format!("… did not end within {} and was stopped", spoken(LIMIT)),
        };
        // The bar is removed from the terminal, so the line must repeat what the step did.
        if self.on_terminal {
            eprintln!("{} {end}", step.doing);
        } else {
            eprintln!("{end}");
        }
    }

    fn log_path(&self, name: &str) -> Result<PathBuf> {
        fs::create_dir_all(&self.logs).with_context(|| format!("creating {}", self.logs.display()))?;
        let plain = |c: char| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' };
        Ok(self.logs.join(format!("{}.log", name.chars().map(plain).collect::<String>())))
    }
}

/// Runs the command and shows its progress: a bar if the command counts its work as cargo does, else a spinner.
fn with_bar(step: &Step, command: &mut Command, log: &Path) -> Result<Option<ExitStatus>> {
    // Cargo draws its bar only on a terminal. Here it draws the bar into the log, from which the count is read.
    command.env("CARGO_TERM_PROGRESS_WHEN", "always");
    command.env("CARGO_TERM_PROGRESS_WIDTH", "100");

    let spinner = ProgressStyle::with_template("{spinner} {prefix} {elapsed} {wide_msg:.dim}")?;
    let counted = ProgressStyle::with_template("{spinner} {prefix} {elapsed} [{bar:24}] {pos}/{len}")?;
    let bar = ProgressBar::new_spinner().with_style(spinner);
    bar.set_prefix(step.announcement());
    bar.enable_steady_tick(REDRAW);

    let mut drawn = Instant::now();
    let status = wait(&mut spawn(command)?, LIMIT, || {
        if drawn.elapsed() < REDRAW {
            return;
        }
        drawn = Instant::now();
        let recent = newest_part(log);
        if let Some((position, length)) = cargo_progress(&recent) {
            bar.set_style(counted.clone());
            bar.set_length(length);
            bar.set_position(position);
        } else if let Some(line) = recent.lines().rfind(|line| !line.trim().is_empty()) {
            bar.set_message(line.trim().to_owned());
        }
    });
    bar.finish_and_clear();
    status
}

/// Waits for the end of a process, and calls `meanwhile` again and again. After `limit` it ends the process and returns none.
fn wait(child: &mut Child, limit: Duration, mut meanwhile: impl FnMut()) -> Result<Option<ExitStatus>> {
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if started.elapsed() > limit {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        meanwhile();
        thread::sleep(POLL);
    }
}

fn spawn(command: &mut Command) -> Result<Child> {
    command.spawn().with_context(|| format!("starting {}", command.get_program().display()))
}

/// The last few KiB of a growing log, which contain its newest line.
fn newest_part(path: &Path) -> String {
    let read = || -> io::Result<Vec<u8>> {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(4096)))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    String::from_utf8_lossy(&read().unwrap_or_default()).into_owned()
}

/// `34` and `200` from cargo's newest line `Building [====>    ] 34/200: memchr, …`.
fn cargo_progress(log: &str) -> Option<(u64, u64)> {
    let bar = &log[log.rfind("Building [")?..];
    let count = bar.split_once("] ")?.1.split(':').next()?;
    let (position, length) = count.split_once('/')?;
    Some((position.trim().parse().ok()?, length.trim().parse().ok()?))
}

/// The last `count` lines of a log as a terminal would show them, without bars that were overwritten.
fn last_lines(log: &str, count: usize) -> String {
    let lines: Vec<&str> = log
        .lines()
        .flat_map(|line| line.split('\r'))
        .map(|line| line.trim_start_matches("\x1b[K"))
        .filter(|line| !line.trim_start().starts_with("Building ["))
        .collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

/// A duration in words: `0.4 s`, `98 s`, `3 min 5 s`.
fn spoken(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..10 => format!("{:.1} s", duration.as_secs_f64()),
        10..120 => format!("{seconds} s"),
        _ => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::{Step, cargo_progress, last_lines, spoken};
    use std::time::Duration;

    #[test]
    #[cfg(unix)]
    fn a_process_that_hangs_is_ended() {
        use super::{spawn, wait};
        use std::process::Command;

        let mut child = spawn(Command::new("sleep").arg("600")).expect("a process");
        assert!(wait(&mut child, Duration::ZERO, || ()).expect("a wait").is_none());
        assert!(child.try_wait().expect("its status").is_some(), "it still runs");

        let mut child = spawn(&mut Command::new("true")).expect("a process");
        let status = wait(&mut child, Duration::from_secs(60), || ()).expect("a wait");
        assert!(status.is_some_and(|status| status.success()));
    }

    #[test]
    fn a_step_is_announced_with_how_long_it_takes() {
        let step = Step::new("tool", "Installing tool 1.2.3").takes("about 2 min");
        assert_eq!(step.announcement(), "Installing tool 1.2.3 (about 2 min)…");
        assert_eq!(Step::new("tool", "Looking").announcement(), "Looking…");
    }

    #[test]
    fn durations_are_printed_in_minutes_and_seconds() {
        assert_eq!(spoken(Duration::from_millis(430)), "0.4 s");
        assert_eq!(spoken(Duration::from_millis(98_700)), "98 s");
        assert_eq!(spoken(Duration::from_secs(185)), "3 min 5 s");
    }

    #[test]
    fn the_newest_count_of_cargo_drives_the_bar() {
        let log = "   Compiling a\n    Building [>   ] 1/20: a\r    Building [==> ] 12/20: b, c(build)\r";
        assert_eq!(cargo_progress(log), Some((12, 20)));
        assert_eq!(cargo_progress("   Compiling a v1.0.0\n"), None);
        assert_eq!(cargo_progress("    Building [==> ] 1"), None);
    }

    #[test]
    fn the_end_of_a_failed_log_is_shown_without_bars() {
        let log = "one\ntwo\n    Building [=> ] 1/2: a\r\x1b[Kthree\nfour\n";
        assert_eq!(last_lines(log, 3), "two\nthree\nfour");
        assert_eq!(last_lines("only\n", 60), "only");
    }
}
