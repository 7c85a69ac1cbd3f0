//! Builds the examples (the chat in React and in Vue) with the package that was built before.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::step::{Console, Step};
use crate::workspace::Workspace;

/// An example is built from `www/chat-NAME`, and served at `/NAME/`.
const EXAMPLES: [&str; 2] = ["react", "vue"];

/// The folder that contains one folder per example.
pub fn folder(workspace: &Workspace) -> PathBuf {
    workspace.scratch("examples")
}

/// Writes that folder. The npm packages must be installed, and `pkg/` must be built.
pub fn write(workspace: &Workspace, console: &mut Console) -> Result<()> {
    for name in EXAMPLES {
        let step = Step::new(format!("build example {name}"), format!("Building the chat in {name} with Vite"));
        console.run(step.takes("a few seconds"), vite(workspace, name, &folder(workspace)))?;
    }
    Ok(())
}

/// Writes another example for the tests: the one in React, with the checks that React makes in development only, such as
/// those of its strict mode.
pub fn write_for_development(workspace: &Workspace, console: &mut Console) -> Result<()> {
    let mut vite = vite(workspace, "react", &workspace.scratch("examples-for-development"));
    vite.args(["--mode", "development"]).env("NODE_ENV", "development");
    let step = Step::new("build example react, development", "Building the chat in react for development with Vite");
    console.run(step.takes("a few seconds"), vite)
}

fn vite(workspace: &Workspace, name: &str, folder: &Path) -> Command {
    let mut vite = workspace.command("node");
    vite.args(["node_modules/vite/bin/vite.js", "build", "--logLevel=warn", "--emptyOutDir"])
        .arg(format!("www/chat-{name}"))
        .arg("--outDir")
        .arg(folder.join(name));
    vite
}

/// Checks the types of the code that the examples share, and of the example in React. Vue needs a compiler of its own.
pub fn types(workspace: &Workspace) -> (Step, Command) {
    let mut tsc = workspace.command("node");
    tsc.args(["node_modules/typescript/bin/tsc", "--project", "www/chat-shared"]);
    (Step::new("types of the examples", "Checking the types of the examples"), tsc)
}
