//! Node, which is expected to be there, and the npm packages of the build, which are not.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use super::find_on_path;
use crate::step::{Console, Step};
use crate::workspace::Workspace;

const OLDEST_NODE: u32 = 20;

/// Makes sure that `node_modules` holds what `package-lock.json` names.
pub fn packages(workspace: &Workspace, console: &mut Console) -> Result<()> {
    require()?;
    if is_installed(&workspace.root) {
        return Ok(());
    }
    // On Windows npm is a script, which only a shell starts by its bare name.
    let mut command = if cfg!(windows) {
        let mut shell = workspace.command("cmd");
        shell.args(["/C", "npm"]);
        shell
    } else {
        workspace.command("npm")
    };
    command.args(["ci", "--no-audit", "--no-fund"]);
    let step = Step::new("npm packages", "Installing the npm packages of the build");
    console.run(step.takes("about 20 s"), command)
}

/// Stops where Node is missing or too old.
pub fn require() -> Result<()> {
    let advice = format!("install Node.js {OLDEST_NODE} or newer (https://nodejs.org)");
    if find_on_path("node").is_none() {
        bail!("Node.js is missing: {advice}");
    }
    if cfg!(unix) && find_on_path("npm").is_none() {
        bail!(
            "npm is missing, though Node.js is there (some distributions package it apart): install npm, or {advice}"
        );
    }
    let output = Command::new("node").arg("--version").output()?;
    let printed = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    match major_version(&printed) {
        Some(major) if major >= OLDEST_NODE => Ok(()),
        _ => bail!("Node.js here is {printed}, which is too old: {advice}"),
    }
}

/// `20` of `v20.11.1`.
fn major_version(printed: &str) -> Option<u32> {
    printed.strip_prefix('v')?.split('.').next()?.parse().ok()
}

/// npm writes its hidden lock file last, so its age is that of a complete installation.
fn is_installed(root: &Path) -> bool {
    let modified = |name: &str| fs::metadata(root.join(name)).and_then(|file| file.modified());
    match (modified("node_modules/.package-lock.json"), modified("package-lock.json")) {
        (Ok(installed), Ok(locked)) => installed >= locked,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::major_version;

    #[test]
    fn the_major_version_of_node_is_read() {
        assert_eq!(major_version("v20.11.1"), Some(20));
        assert_eq!(major_version("v9.0.0"), Some(9));
        assert_eq!(major_version("command not found"), None);
    }
}
