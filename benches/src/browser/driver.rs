//! A WebDriver process, and the display of a browser that cannot do without one. Dropping them ends them.

use std::io::{BufRead, BufReader, Read};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use super::Engine;
use super::engine::require_program;

/// How long a driver may take until it listens.
const PATIENCE: Duration = Duration::from_secs(30);
/// Between two looks whether a driver that does not say so listens already.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// One driver process.
#[derive(Debug)]
pub(super) struct Driver {
    port: u16,
    process: Process,
    /// Goes after the driver, and with it the browser.
    _display: Option<Display>,
}

impl Driver {
    pub(super) fn start(engine: Engine) -> Result<Self> {
        let display = if engine.needs_display() { Some(Display::start()?) } else { None };
        let port = if engine.announces_port() { 0 } else { free_port()? };
        let name = engine.driver();
        let mut command = Command::new(require_program(&[name])?);
        command.args(engine.driver_arguments(port)).envs(engine.environment().iter().copied());
        if let Some(display) = &display {
            command.env("DISPLAY", &display.name).env_remove("WAYLAND_DISPLAY");
        }
        let mut driver = Self { port, process: Process::start(&mut command)?, _display: display };
        if engine.announces_port() {
            driver.port = driver.process.read_until(announced_port).with_context(|| name.to_owned())?;
        } else {
            driver.wait_until_it_listens().with_context(|| name.to_owned())?;
        }
        Ok(driver)
    }

    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn wait_until_it_listens(&mut self) -> Result<()> {
        let started = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_err() {
            if let Some(status) = self.process.0.try_wait()? {
                bail!("ended before it listened ({status})");
            }
            ensure!(started.elapsed() < PATIENCE, "does not listen after {} s", PATIENCE.as_secs());
            thread::sleep(LOOK_AGAIN);
        }
        Ok(())
    }
}

/// A display in memory.
#[derive(Debug)]
struct Display {
    name: String,
    _process: Process,
}

impl Display {
    /// The X server looks for a free number itself and writes it to the given descriptor once it is ready.
    fn start() -> Result<Self> {
        let mut command = Command::new(require_program(&["Xvfb"])?);
        command.args(["-displayfd", "1", "-screen", "0", "1280x1024x24", "-nolisten", "tcp"]);
        let mut process = Process::start(&mut command)?;
        let number = process.read_until(|line| line.trim().parse::<u32>().ok()).context("Xvfb")?;
        Ok(Self { name: format!(":{number}"), _process: process })
    }
}

/// A process that is ended with its owner.
#[derive(Debug)]
struct Process(Child);

impl Process {
    fn start(command: &mut Command) -> Result<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let child = command.spawn().with_context(|| format!("starting {}", command.get_program().display()))?;
        Ok(Self(child))
    }

    /// Reads what the process prints until a line tells what is wanted, and throws away what it prints later.
    fn read_until<T>(&mut self, wanted: impl Fn(&str) -> Option<T>) -> Result<T> {
        let output = self.0.stdout.take().context("its output was read before")?;
        let mut lines = BufReader::new(output);
        let mut said = String::new();
        loop {
            let start = said.len();
            ensure!(lines.read_line(&mut said)? > 0, "ended before it was ready; it said:\n{said}");
            if let Some(found) = wanted(&said[start..]) {
                // Nobody else empties the pipe, and a full one would stop the process.
                thread::spawn(move || lines.read_to_end(&mut Vec::new()));
                return Ok(found);
            }
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A port nobody listens on at this moment.
fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// The port in the line by which a driver says that it listens.
fn announced_port(line: &str) -> Option<u16> {
    let phrases = ["started successfully on port ", "Listening on 127.0.0.1:"];
    let (_, rest) = phrases.iter().find_map(|phrase| line.split_once(phrase))?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::announced_port;

    #[test]
    fn the_port_is_read_from_the_line_that_names_it() {
        assert_eq!(announced_port("ChromeDriver was started successfully on port 43567.\n"), Some(43567));
        assert_eq!(announced_port("1792\tgeckodriver\tINFO\tListening on 127.0.0.1:4444\n"), Some(4444));
        assert_eq!(announced_port("Starting ChromeDriver 156.0 on port 0\n"), None);
    }
}
