//! WebDriver processes. A geckodriver serves one session at a time, so a test borrows a driver for itself, and the next
//! test of that engine gets it after that: there are never more of them than tests running at once.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, bail};

use crate::Engine;
use crate::repository::find_program;

/// The driver processes that no test uses at the moment. Dropping it ends them.
#[derive(Debug, Default)]
pub(crate) struct Drivers {
    idle: Mutex<HashMap<Engine, Vec<Driver>>>,
}

impl Drivers {
    /// An idle driver, or a new one.
    pub(crate) fn borrow(&self, engine: Engine) -> Result<Driver> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).get_mut(&engine).and_then(Vec::pop);
        // A driver looks for a free port and then listens on it, and in between another process may be faster.
        idle.map_or_else(|| Driver::start(engine).or_else(|_| Driver::start(engine)), Ok)
    }

    /// For the next test.
    pub(crate) fn give_back(&self, driver: Driver) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.entry(driver.engine).or_default().push(driver);
    }
}

/// One driver process. Dropping it ends the process.
#[derive(Debug)]
pub(crate) struct Driver {
    engine: Engine,
    process: Child,
    port: u16,
}

impl Driver {
    fn start(engine: Engine) -> Result<Self> {
        let (name, arguments) = engine.driver();
        let program = find_program(&[name])
            .with_context(|| format!("there is no {name} on the PATH; `cargo xtask test` installs it or says how"))?;
        let mut process = Command::new(&program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let output = process.stdout.take().context("the driver has no output")?;
        let mut driver = Self { engine, process, port: 0 };

        let mut lines = BufReader::new(output).lines();
        let mut said = String::new();
        while let Some(Ok(line)) = lines.next() {
            if let Some(port) = announced_port(&line) {
                driver.port = port;
                // Read on, or the driver would one day stand still because nobody empties its pipe.
                std::thread::spawn(move || lines.for_each(drop));
                return Ok(driver);
            }
            said.push_str(&line);
            said.push('\n');
        }
        bail!("{name} ended before it listened; it said:\n{said}")
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The port in the line by which a driver says that it listens.
fn announced_port(line: &str) -> Option<u16> {
    let (_, rest) =
        line.split_once("started successfully on port ").or_else(|| line.split_once("Listening on 127.0.0.1:"))?;
    let digits = rest.find(|c: char| !c.is_ascii_digit()).map_or(rest, |end| &rest[..end]);
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::announced_port;

    #[test]
    fn the_port_is_read_from_what_the_drivers_print() {
        assert_eq!(announced_port("ChromeDriver was started successfully on port 43567."), Some(43567));
        assert_eq!(announced_port("1792\tgeckodriver\tINFO\tListening on 127.0.0.1:4444"), Some(4444));
        assert_eq!(announced_port("Starting ChromeDriver 156.0 on port 0"), None);
    }
}
