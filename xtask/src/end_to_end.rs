//! The end-to-end tests (`tests/e2e`) and the packaging tests (`tests/packaging`), which Vitest runs in every engine, with test
//! servers that are written in Rust.

use std::ffi::OsStr;
use std::process::Command;

use anyhow::Result;

use crate::client;
use crate::engine::Engine;
use crate::step::{Console, Step};
use crate::workspace::Workspace;

/// Where the end-to-end tests are.
const FOLDER: &str = "tests/e2e";

/// Where the packaging tests are.
const PACKAGING: &str = "tests/packaging";

/// The program of the test servers, as cargo names it.
const PROGRAM: &str = if cfg!(windows) { "e2e-server.exe" } else { "e2e-server" };

/// Builds the program that runs the test servers.
pub fn build_servers(workspace: &Workspace, console: &mut Console) -> Result<()> {
    let mut cargo = workspace.cargo();
    cargo.args(["build", "--package", "e2e-server"]);
    console.run(Step::new("test servers", "Building the test servers").takes("about 1 min when new"), cargo)
}

/// The end-to-end tests in one engine. Those that use no page run only where `is_first` is true.
pub fn tests(
    workspace: &Workspace,
    path: &OsStr,
    engine: Engine,
    is_first: bool,
    filter: Option<&str>,
) -> Result<(Step, Command)> {
    let vitest = vitest(workspace, path, engine, is_first, FOLDER, filter)?;
    let step = Step::new(format!("end-to-end tests, {engine}"), format!("Running the end-to-end tests in {engine}"));
    Ok((step.takes("a few minutes"), vitest))
}

/// The packaging tests in one engine. Those for which the engine makes no difference run only where `is_first` is true.
pub fn packaging(
    workspace: &Workspace,
    path: &OsStr,
    engine: Engine,
    is_first: bool,
    filter: Option<&str>,
) -> Result<(Step, Command)> {
    let vitest = vitest(workspace, path, engine, is_first, PACKAGING, filter)?;
    let step = Step::new(format!("packaging tests, {engine}"), format!("Running the packaging tests in {engine}"));
    Ok((step.takes(if is_first { "about 3 min" } else { "about 20 s" }), vitest))
}

fn vitest(
    workspace: &Workspace,
    path: &OsStr,
    engine: Engine,
    is_first: bool,
    folder: &str,
    filter: Option<&str>,
) -> Result<Command> {
    let mut vitest = client::vitest(workspace, path, &format!("{engine}*"), folder, filter)?;
    vitest.args(["--config", &format!("{folder}/vitest.config.ts")]);
    vitest.env("SSE_FETCH_E2E_SERVER", workspace.target.join("debug").join(PROGRAM));
    vitest.env("SSE_FETCH_ONCE", if is_first { "1" } else { "0" });
    Ok(vitest)
}
