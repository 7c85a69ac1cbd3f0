//! `cargo xtask demo`: builds the package and the demo server, then replaces itself by the server. So Ctrl-C reaches the
//! server directly, and the address that it prints is the last line.

use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use crate::step::{Console, Step};
use crate::workspace::Workspace;
use crate::{bundle, examples, package, setup};

/// Serves the demo until it is interrupted.
pub fn run(workspace: &Workspace, console: &mut Console, port: u16) -> Result<ExitCode> {
    setup::for_build(workspace, console)?;
    package::build(workspace, console)?;
    bundle::write(workspace, console)?;
    examples::write(workspace, console)?;

    let mut build = workspace.cargo();
    build.args(["build", "--package", "demo-server"]);
    let step = Step::new("demo server", "Compiling the demo server");
    console.run(step.takes("about 1 min when new"), build)?;

    let mut server = workspace.cargo();
    server.args(["run", "--quiet", "--package", "demo-server", "--", "--port"]);
    server.arg(port.to_string());
    server.arg("--bench").arg(bundle::folder(workspace)).arg("--examples").arg(examples::folder(workspace));
    become_process(server).context("starting the demo server")
}

#[cfg(unix)]
fn become_process(mut command: Command) -> Result<ExitCode> {
    use std::os::unix::process::CommandExt;
    Err(command.exec().into())
}

#[cfg(not(unix))]
fn become_process(mut command: Command) -> Result<ExitCode> {
    // A console sends Ctrl-C to all its processes: the server ends, and so does this process.
    let status = command.status()?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
