//! Where things are: the repository, cargo's target directory, and the versions in `Cargo.lock`.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
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
        let output = cargo()
            .args(["metadata", "--no-deps", "--format-version", "1"])
            .output()
            .context("running `cargo metadata`")?;
        ensure!(output.status.success(), "`cargo metadata` failed: {}", String::from_utf8_lossy(&output.stderr).trim());
        let metadata: Value = serde_json::from_slice(&output.stdout)?;
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
        let path = self.root.join("Cargo.lock");
        let lock = fs::read_to_string(&path)
            .with_context(|| format!("reading {}; `cargo generate-lockfile` writes it", path.display()))?;
        locked_version(&lock, package)
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

fn locked_version(lock: &str, package: &str) -> Result<String> {
    let lock: toml::Table = lock.parse().context("Cargo.lock is not valid TOML")?;
    let packages = lock.get("package").and_then(|value| value.as_array());
    let versions: Vec<&str> = packages
        .into_iter()
        .flatten()
        .filter(|entry| entry.get("name").and_then(|name| name.as_str()) == Some(package))
        .filter_map(|entry| entry.get("version")?.as_str())
        .collect();
    match versions[..] {
        [version] => Ok(version.to_owned()),
        [] => bail!("Cargo.lock has no package `{package}`"),
        _ => bail!("Cargo.lock has several versions of `{package}`: {}", versions.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::locked_version;

    const LOCK: &str = r#"
version = 4

[[package]]
name = "wasm-bindgen"
version = "0.2.130"
dependencies = ["cfg-if"]

[[package]]
name = "wasm-bindgen-macro"
version = "0.2.129"

[[package]]
name = "syn"
version = "1.0.109"

[[package]]
name = "syn"
version = "2.0.117"
"#;

    #[test]
    fn the_version_is_that_of_the_package_with_exactly_this_name() {
        assert_eq!(locked_version(LOCK, "wasm-bindgen").unwrap(), "0.2.130");
    }

    #[test]
    fn a_package_that_is_not_locked_is_named() {
        let message = locked_version(LOCK, "js-sys").unwrap_err().to_string();
        assert!(message.contains("`js-sys`"), "{message}");
    }

    #[test]
    fn two_versions_of_one_package_are_refused() {
        let message = locked_version(LOCK, "syn").unwrap_err().to_string();
        assert!(message.contains("1.0.109, 2.0.117"), "{message}");
    }
}
