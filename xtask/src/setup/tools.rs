//! Command-line tools out of cargo's registry, each in a directory of its own under cargo's home: versions
//! live side by side, and what a user has installed stays as it is.

use std::env::consts;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::find_on_path;
use crate::step::{Console, Step};
use crate::workspace::Workspace;

/// The directory under cargo's home that holds the tools.
const DIRECTORY: &str = "sse-fetch-tools";

const WASM_PACK: &str = "0.15.1";
const GECKODRIVER: &str = "0.37.1";

/// A tool and the version of it that is wanted.
pub struct Tool {
    /// The crate it is installed from.
    package: &'static str,
    /// The programs it installs; the first one answers `--version`.
    programs: &'static [&'static str],
    version: String,
    accepts: Accepts,
}

/// Which versions found on `PATH` do as well.
#[derive(Clone, Copy)]
enum Accepts {
    /// Only the wanted one.
    Exactly,
    /// The wanted one and newer ones.
    AtLeast,
}

/// Runs tests that use wasm-bindgen. It refuses wasm made with any other version of that library. (The package does not use it.)
pub fn wasm_bindgen(version: &str) -> Tool {
    Tool {
        package: "wasm-bindgen-cli",
        programs: &["wasm-bindgen", "wasm-bindgen-test-runner"],
        version: version.to_owned(),
        accepts: Accepts::Exactly,
    }
}

/// Runs the browser tests.
pub fn wasm_pack() -> Tool {
    Tool { package: "wasm-pack", programs: &["wasm-pack"], version: WASM_PACK.to_owned(), accepts: Accepts::AtLeast }
}

/// Speaks WebDriver on behalf of Firefox.
pub fn geckodriver() -> Tool {
    Tool {
        package: "geckodriver",
        programs: &["geckodriver"],
        version: GECKODRIVER.to_owned(),
        accepts: Accepts::AtLeast,
    }
}

/// The path of the tool's first program, after installing the tool if need be.
pub fn provide(workspace: &Workspace, console: &mut Console, tool: &Tool) -> Result<PathBuf> {
    let cargo_home = home::cargo_home().context("finding cargo's home directory")?;
    let directory = format!("{}-{}", tool.package, tool.version);
    let root = cargo_home.join(DIRECTORY).join(directory);
    let program = root.join("bin").join(format!("{}{}", tool.programs[0], consts::EXE_SUFFIX));
    if !program.is_file() {
        if let Some(found) = usable_on_path(tool) {
            return Ok(found);
        }
        install(workspace, console, tool, &root)?;
        ensure!(program.is_file(), "cargo installed no {}", program.display());
    }
    offer_by_name(tool, &root.join("bin"), &cargo_home)?;
    Ok(program)
}

fn usable_on_path(tool: &Tool) -> Option<PathBuf> {
    let path = find_on_path(tool.programs[0])?;
    let output = Command::new(&path).arg("--version").output().ok()?;
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let version = printed.split_whitespace().nth(1)?;
    is_accepted(tool.accepts, &tool.version, version).then_some(path)
}

fn is_accepted(accepts: Accepts, wanted: &str, found: &str) -> bool {
    match accepts {
        Accepts::Exactly => found == wanted,
        Accepts::AtLeast => numbers(found) >= numbers(wanted),
    }
}

/// `[0, 37, 1]` of `0.37.1`; a part that is no number ends it.
fn numbers(version: &str) -> Vec<u64> {
    version.split('.').map_while(|part| part.parse().ok()).collect()
}

/// Installs with the dependencies the tool was released with; where the registry lacks one of those (a mirror
/// may lag behind), with the newest that fit.
fn install(workspace: &Workspace, console: &mut Console, tool: &Tool, root: &Path) -> Result<()> {
    let step = || {
        let name = format!("{} {}", tool.package, tool.version);
        let doing = format!("Installing {name}");
        Step::new(name, doing).takes("about 2 min")
    };
    let as_released = step().or_else("again, with the newest dependencies that fit");
    let mut command = cargo_install(workspace, tool, root);
    command.arg("--locked");
    if console.attempt(as_released, command)?.success {
        return Ok(());
    }
    console
        .run(step(), cargo_install(workspace, tool, root))
        .context("tools are compiled here: that takes the network and a C compiler")?;
    Ok(())
}

fn cargo_install(workspace: &Workspace, tool: &Tool, root: &Path) -> Command {
    let mut command = workspace.cargo();
    command.args(["install", tool.package, "--version", &tool.version, "--root"]);
    command.arg(root);
    // The tools share most dependencies; one target directory compiles those once.
    command.env("CARGO_TARGET_DIR", workspace.scratch("install"));
    // They run for a second each: what counts is how soon they are compiled.
    command.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1");
    command
}

/// Makes the programs callable by name (`wasm-pack test --headless --chrome`) through links in cargo's own
/// `bin`, where nothing else of that name is installed.
#[cfg(unix)]
fn offer_by_name(tool: &Tool, programs: &Path, cargo_home: &Path) -> Result<()> {
    use std::{fs, os::unix::fs::symlink};

    let tools = cargo_home.join(DIRECTORY);
    let bin = cargo_home.join("bin");
    for name in tool.programs {
        let link = bin.join(name);
        let target = programs.join(name);
        let ours = fs::read_link(&link).is_ok_and(|target| target.starts_with(&tools));
        if ours && fs::read_link(&link)? != target {
            fs::remove_file(&link)?;
        } else if ours || link.exists() || find_on_path(name).is_some() {
            continue;
        }
        fs::create_dir_all(&bin)?;
        symlink(&target, &link).with_context(|| format!("linking {}", link.display()))?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn offer_by_name(_: &Tool, _: &Path, _: &Path) -> Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Accepts, is_accepted};

    #[test]
    fn wasm_bindgen_has_to_be_of_exactly_the_locked_version() {
        assert!(is_accepted(Accepts::Exactly, "0.2.130", "0.2.130"));
        assert!(!is_accepted(Accepts::Exactly, "0.2.130", "0.2.131"));
    }

    #[test]
    fn a_newer_driver_of_the_user_is_taken_and_an_older_one_is_not() {
        assert!(is_accepted(Accepts::AtLeast, "0.37.1", "0.37.1"));
        assert!(is_accepted(Accepts::AtLeast, "0.9.0", "0.10.0"));
        assert!(!is_accepted(Accepts::AtLeast, "0.37.1", "0.36.9"));
        assert!(!is_accepted(Accepts::AtLeast, "0.37.1", "unknown"));
    }
}
