//! The tests of the Rust client and of the wasm bindings in browsers (`tests/browser`), which wasm-pack runs.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::engine::Engine;
use crate::setup::{TestTools, find_on_path};
use crate::step::Step;
use crate::workspace::{Workspace, without_environment_flags};

/// Seconds a browser gets for all tests of one file; reached only when one of them hangs.
const BROWSER_TEST_TIMEOUT: &str = "300";
/// Seconds a driver gets to start on a busy machine.
const DRIVER_TIMEOUT: &str = "30";

/// Variables that would send the test runner to another driver than the engine asked for.
const DRIVER_VARIABLES: [&str; 8] = [
    "CHROMEDRIVER",
    "CHROMEDRIVER_REMOTE",
    "GECKODRIVER",
    "GECKODRIVER_REMOTE",
    "MSEDGEDRIVER",
    "MSEDGEDRIVER_REMOTE",
    "SAFARIDRIVER",
    "SAFARIDRIVER_REMOTE",
];

/// The tests in one engine.
pub fn tests(
    workspace: &Workspace,
    tools: &TestTools,
    engine: Engine,
    display: Option<&Display>,
    filter: Option<&str>,
) -> (Step, Command) {
    let mut wasm_pack = without_environment_flags(workspace.command(&tools.wasm_pack));
    wasm_pack.args(["test", "--headless"]);
    match engine {
        Engine::Chromium => wasm_pack.arg("--chrome"),
        Engine::Firefox => wasm_pack.arg("--firefox"),
        // WebKitGTK's driver understands what Safari's does.
        Engine::WebKit => {
            let driver = find_on_path("WebKitWebDriver").unwrap_or_else(|| "WebKitWebDriver".into());
            wasm_pack.args(["--safari", "--safaridriver"]).arg(driver)
        }
    };
    // Everything is set up: wasm-pack must download nothing.
    wasm_pack.args(["--mode", "no-install"]);
    wasm_pack.arg(&workspace.root).args(["--test", "browser", "--test", "browser_worker"]);
    if let Some(filter) = filter {
        wasm_pack.args(["--", filter]);
    }
    for variable in DRIVER_VARIABLES {
        wasm_pack.env_remove(variable);
    }
    if let Some(Display { name, .. }) = display {
        wasm_pack.env("DISPLAY", name).env("GDK_BACKEND", "x11").env("LIBGL_ALWAYS_SOFTWARE", "1");
        // A container has nothing to build the sandbox with, and the pages are this repository's own.
        wasm_pack.env("WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS", "1");
    }
    wasm_pack
        .env("PATH", &tools.path)
        .env("WASM_BINDGEN_TEST_TIMEOUT", BROWSER_TEST_TIMEOUT)
        .env("WASM_BINDGEN_TEST_DRIVER_TIMEOUT", DRIVER_TIMEOUT);
    let step = Step::new(format!("rust tests, {engine}"), format!("Testing the Rust client in {engine}"));
    (step.takes("about 20 s, or 1 min when new"), wasm_pack)
}

/// The display that an engine needs: `WebKitGTK` has no mode without one.
pub fn display(engine: Engine) -> Result<Option<Display>> {
    if engine == Engine::WebKit { Display::start().map(Some) } else { Ok(None) }
}

/// A display without a screen. It ends when this is dropped.
pub struct Display {
    server: Child,
    name: String,
}

impl Display {
    fn start() -> Result<Self> {
        let mut server = Command::new("Xvfb")
            // It chooses a free display and prints its number.
            .args(["-displayfd", "1", "-screen", "0", "1280x1024x24", "-nolisten", "tcp"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("starting Xvfb")?;
        let mut number = String::new();
        if let Some(out) = server.stdout.take() {
            BufReader::new(out).read_line(&mut number).context("reading from Xvfb")?;
        }
        let display = Self { server, name: format!(":{}", number.trim()) };
        ensure!(!number.trim().is_empty(), "Xvfb did not start");
        Ok(display)
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
