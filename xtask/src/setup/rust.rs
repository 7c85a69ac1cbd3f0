//! The parts of the Rust toolchain that are not always installed: the wasm target, rustfmt, clippy.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::find_on_path;
use crate::step::{Console, Step};
use crate::workspace::{WASM_TARGET, Workspace};

/// Makes sure that the standard library for wasm is installed.
pub fn wasm_target(workspace: &Workspace, console: &mut Console) -> Result<()> {
    let library = sysroot()?.join("lib/rustlib").join(WASM_TARGET).join("lib");
    if library.is_dir() {
        return Ok(());
    }
    let step = Step::new("wasm target", format!("Adding the Rust target {WASM_TARGET}"));
    rustup(workspace, console, step, &["target", "add", WASM_TARGET])
}

/// Makes sure that `cargo fmt` and `cargo clippy` work.
pub fn components(workspace: &Workspace, console: &mut Console) -> Result<()> {
    let works = |subcommand: &str| {
        let output = workspace.cargo().args([subcommand, "--version"]).output();
        output.is_ok_and(|output| output.status.success())
    };
    if works("fmt") && works("clippy") {
        return Ok(());
    }
    let step = Step::new("rust components", "Adding the Rust components rustfmt and clippy");
    rustup(workspace, console, step, &["component", "add", "rustfmt", "clippy"])
}

fn rustup(workspace: &Workspace, console: &mut Console, step: Step, arguments: &[&str]) -> Result<()> {
    let Some(rustup) = find_on_path("rustup") else {
        bail!(
            "`rustup {}` is needed and there is no rustup: install Rust from https://rustup.rs, \
             or this part of it from where your Rust comes",
            arguments.join(" ")
        );
    };
    let mut command = workspace.command(rustup);
    command.args(arguments);
    console.run(step.takes("under a minute"), command)
}

fn sysroot() -> Result<PathBuf> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc)
        .args(["--print", "sysroot"])
        .output()
        .context("running `rustc --print sysroot`; is Rust on the PATH?")?;
    let printed = String::from_utf8(output.stdout).context("the sysroot is not UTF-8")?;
    Ok(printed.trim().into())
}
