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

/// The end-to-end tests, in all engines at once: while one browser waits, another works. Those that use no page run only in the first
/// engine.
pub fn tests(workspace: &Workspace, path: &OsStr, engines: &[Engine], filter: Option<&str>) -> Result<(Step, Command)> {
    let vitest = vitest(workspace, path, engines, FOLDER, filter)?;
    let step = Step::new("end-to-end tests", format!("Running the end-to-end tests in {}", names(engines)));
    Ok((step.takes("about 3 min an engine"), vitest))
}

/// The packaging tests, in all engines at once. Those for which the engine makes no difference run only in the first one.
pub fn packaging(
    workspace: &Workspace,
    path: &OsStr,
    engines: &[Engine],
    filter: Option<&str>,
) -> Result<(Step, Command)> {
    let vitest = vitest(workspace, path, engines, PACKAGING, filter)?;
    let step = Step::new("packaging tests", format!("Running the packaging tests in {}", names(engines)));
    Ok((step.takes("about 3 min"), vitest))
}

fn names(engines: &[Engine]) -> String {
    engines.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn vitest(
    workspace: &Workspace,
    path: &OsStr,
    engines: &[Engine],
    folder: &str,
    filter: Option<&str>,
) -> Result<Command> {
    let projects: Vec<_> = engines.iter().map(|engine| format!("{engine}*")).collect();
    let mut vitest = client::vitest(workspace, path, &projects, folder, filter)?;
    vitest.args(["--config", &format!("{folder}/vitest.config.ts")]);
    vitest.env("SSE_FETCH_E2E_SERVER", workspace.target.join("debug").join(PROGRAM));
    if let Some(first) = engines.first() {
        vitest.env("SSE_FETCH_FIRST_ENGINE", first.to_string());
    }
    Ok(vitest)
}
