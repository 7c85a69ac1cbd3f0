//! The end-to-end tests (`tests/e2e`), which Vitest runs in every engine, against test servers that are written in Rust.

use std::ffi::OsStr;
use std::process::Command;

use anyhow::Result;

use crate::client;
use crate::engine::Engine;
use crate::step::{Console, Step};
use crate::workspace::Workspace;

/// Where the tests are.
const FOLDER: &str = "tests/e2e";

/// The program of the test servers, as cargo names it.
const PROGRAM: &str = if cfg!(windows) { "e2e-server.exe" } else { "e2e-server" };

/// Builds the program that runs the test servers.
pub fn build_servers(workspace: &Workspace, console: &mut Console) -> Result<()> {
    let mut cargo = workspace.cargo();
    cargo.args(["build", "--package", "e2e-server"]);
    console.run(Step::new("test servers", "Building the test servers").takes("about 1 min when new"), cargo)
}

/// The tests in one engine.
pub fn tests(workspace: &Workspace, path: &OsStr, engine: Engine, filter: Option<&str>) -> Result<(Step, Command)> {
    let mut vitest = client::vitest(workspace, path, engine, FOLDER, filter)?;
    vitest.args(["--config", "tests/e2e/vitest.config.ts"]);
    vitest.env("SSE_FETCH_E2E_SERVER", workspace.target.join("debug").join(PROGRAM));
    let step = Step::new(format!("end-to-end tests, {engine}"), format!("Running the end-to-end tests in {engine}"));
    Ok((step.takes("a few minutes"), vitest))
}
