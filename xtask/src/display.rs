//! A display in memory, for `WebKitGTK`, which has no mode without one.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::setup::find_on_path;

/// A running X server. Dropping it ends it.
pub struct Display {
    number: String,
    server: Child,
}

impl Display {
    /// The server looks for a free number itself and writes it to the given descriptor once it is ready.
    pub fn start() -> Result<Self> {
        let program = find_on_path("Xvfb").context("there is no Xvfb on the PATH")?;
        let mut server = Command::new(program)
            .args(["-displayfd", "1", "-screen", "0", "1280x1024x24", "-nolisten", "tcp"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("starting Xvfb")?;
        let output = server.stdout.take();
        let mut display = Self { number: String::new(), server };
        BufReader::new(output.context("Xvfb has no output")?).read_line(&mut display.number)?;
        ensure!(!display.number.is_empty(), "Xvfb ended before it was ready");
        Ok(display)
    }

    /// Has the command, and the browsers it starts, show their windows here.
    pub fn lend(&self, command: &mut Command) {
        command.env("DISPLAY", format!(":{}", self.number.trim())).env("GDK_BACKEND", "x11");
        command.env_remove("WAYLAND_DISPLAY");
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
