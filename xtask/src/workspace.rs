//! Where things are: the repository, cargo's target directory, and the versions in `Cargo.lock`.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

/// The target triple of the library's wasm build.
pub const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// This repository.
pub struct Workspace {
    pub root: PathBuf,
    pub target: PathBuf,
    /// The version of the crate `sse-fetch`. The npm package has the same.
    pub version: String,
}

impl Workspace {
    /// Asks cargo, so that `CARGO_TARGET_DIR` and `build.target-dir` are respected.
    pub fn find() -> Result<Self> {
        let metadata: Value =
            serde_json::from_str(&printed(cargo().args(["metadata", "--no-deps", "--format-version", "1"]))?)?;
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let packages = metadata["packages"].as_array();
        let library = packages.and_then(|all| all.iter().find(|p| p["name"] == "sse-fetch"));
        Ok(Self {
            root: text(&metadata["workspace_root"]).context("`cargo metadata` names no workspace_root")?.into(),
            target: text(&metadata["target_directory"]).context("`cargo metadata` names no target_directory")?.into(),
            version: library
                .and_then(|package| text(&package["version"]))
                .context("the workspace has no package `sse-fetch`")?,
        })
    }

    /// A folder for files of the commands: logs, generated bindings, compiled tools.
    pub fn scratch(&self, name: &str) -> PathBuf {
        self.target.join("xtask").join(name)
    }

    /// The version of `package` in `Cargo.lock`.
    pub fn locked_version(&self, package: &str) -> Result<String> {
        let printed = printed(self.cargo().args(["pkgid", package]))?;
        let (_, version) = printed.trim().rsplit_once(['@', '#']).context("`cargo pkgid` printed no version")?;
        Ok(version.to_owned())
    }

    /// A command that runs in the root of the repository.
    pub fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        command.current_dir(&self.root);
        command
    }

    /// A cargo command for this workspace.
    pub fn cargo(&self) -> Command {
        let mut cargo = cargo();
        cargo.current_dir(&self.root);
        cargo
    }
}

/// The cargo that runs this program, so that its toolchain is used for everything.
fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Flags from the environment would replace those of `.cargo/config.toml`, which enable SIMD.
pub fn without_environment_flags(mut command: Command) -> Command {
    command.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
    command
}

/// What a cargo command prints.
fn printed(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("running {command:?}"))?;
    ensure!(output.status.success(), "{command:?} failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    Ok(String::from_utf8(output.stdout)?)
}

#[cfg(test)]
mod tests {
    use super::Workspace;

    #[test]
    fn locked_versions_are_those_of_the_lock_file() {
        let workspace = Workspace::find().unwrap();
        assert_eq!(workspace.locked_version("sse-fetch").unwrap(), workspace.version);
        assert!(workspace.locked_version("wasm-bindgen").unwrap().starts_with("0.2."));
        assert!(workspace.locked_version("no-such-package").is_err());
    }
}
