//! The tests of the npm package in browsers (`tests/client`), which Vitest runs on wasm that is built once for all engines.

use std::ffi::OsStr;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::engine::Engine;
use crate::package::{self, Vectors};
use crate::step::{Console, Step};
use crate::workspace::Workspace;

/// Where the tests find the wasm, if not in the place that `vitest.config.ts` knows.
const WASM_VARIABLE: &str = "SSE_FETCH_TEST_WASM";

/// The same for the build without WebAssembly.
const WITHOUT_WASM_VARIABLE: &str = "SSE_FETCH_TEST_WITHOUT_WASM";

/// Where the tests are.
const FOLDER: &str = "tests/client";

/// Writes the wasm that the tests run on: the package's own, not optimised. And the build without WebAssembly.
pub fn build_wasm(workspace: &Workspace, console: &mut Console) -> Result<()> {
    package::compile(workspace, console, Vectors::Yes)?;
    let folder = wasm_folder(workspace);
    fs::create_dir_all(&folder)?;
    fs::copy(package::compiled_wasm(workspace, Vectors::Yes), folder.join("sse-fetch.wasm"))?;
    fs::write(folder.join("glue.ts"), package::glue(workspace)?)?;
    package::build_without_wasm(workspace, console, &without_wasm_folder(workspace))
}

/// The tests in one engine.
pub fn tests(workspace: &Workspace, path: &OsStr, engine: Engine, filter: Option<&str>) -> Result<(Step, Command)> {
    // With the build without WebAssembly, which is tested in one engine.
    let mut vitest = vitest(workspace, path, &[format!("{engine}*")], FOLDER, filter)?;
    vitest.env(WASM_VARIABLE, wasm_folder(workspace));
    vitest.env(WITHOUT_WASM_VARIABLE, without_wasm_folder(workspace));
    let step = Step::new(format!("client tests, {engine}"), format!("Testing the npm package in {engine}"));
    Ok((step.takes("about 30 s"), vitest))
}

/// Vitest for the tests of this folder in these of its projects: all, or the topics whose name contains `filter`, or the tests whose name
/// contains it.
pub fn vitest(
    workspace: &Workspace,
    path: &OsStr,
    projects: &[String],
    folder: &str,
    filter: Option<&str>,
) -> Result<Command> {
    let mut vitest = workspace.command("node");
    vitest
        .args(["node_modules/vitest/vitest.mjs", "run"])
        .args(projects.iter().flat_map(|project| ["--project", project]))
        .env("PATH", path)
        .env("NO_COLOR", "1");
    if let Some(filter) = filter {
        let topics = topics(workspace, folder, filter)?;
        if topics.is_empty() {
            vitest.args(["--testNamePattern", &escape(filter)]);
        }
        vitest.args(topics);
    }
    Ok(vitest)
}

fn wasm_folder(workspace: &Workspace) -> PathBuf {
    workspace.scratch("test-wasm")
}

fn without_wasm_folder(workspace: &Workspace) -> PathBuf {
    workspace.scratch("test-without-wasm")
}

/// The test files whose topic contains `filter`.
fn topics(workspace: &Workspace, folder: &str, filter: &str) -> Result<Vec<String>> {
    let entries = std::fs::read_dir(workspace.root.join(folder)).with_context(|| format!("reading {folder}"))?;
    let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let topics = names.filter(|name| name.strip_suffix(".test.ts").is_some_and(|topic| topic.contains(filter)));
    Ok(topics.map(|name| format!("{folder}/{name}")).collect())
}

/// A regular expression that matches this text.
fn escape(text: &str) -> String {
    text.chars().fold(String::new(), |mut pattern, char| {
        if char.is_ascii_punctuation() {
            pattern.push('\\');
        }
        pattern.push(char);
        pattern
    })
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn a_filter_is_text_and_no_pattern() {
        assert_eq!(escape("a (token) is 4.1"), r"a \(token\) is 4\.1");
    }
}
