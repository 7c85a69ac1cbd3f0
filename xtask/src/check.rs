//! `cargo xtask check`: format, lints, types and native tests. It needs no browser.

use std::ffi::OsStr;
use std::process::{Command, ExitCode};

use anyhow::Result;

use crate::step::{Console, Step};
use crate::workspace::{WASM_TARGET, Workspace, without_environment_flags};
use crate::{package, setup};

/// Runs the checks. The first that fails ends it.
pub fn run(workspace: &Workspace, console: &mut Console) -> Result<ExitCode> {
    setup::for_check(workspace, console)?;
    for (step, command) in lints(workspace) {
        console.run(step, command)?;
    }
    declarations(workspace, console)?;
    for (step, command) in [
        types(workspace),
        types_of_tests(workspace, "tests/client"),
        types_of_tests(workspace, "tests/e2e"),
        types_of_tests(workspace, "tests/packaging"),
        types_of_benchmarks(workspace),
    ] {
        console.run(step, command)?;
    }
    let (step, command) = native_tests(workspace, None);
    console.run(step, command)?;
    println!("\n{}", console.table());
    Ok(ExitCode::SUCCESS)
}

/// Format and lints of everything; of the library also as wasm, where most of it exists.
pub fn lints(workspace: &Workspace) -> Vec<(Step, Command)> {
    let cargo = |arguments: &[&str]| {
        let mut cargo = without_environment_flags(workspace.cargo());
        cargo.args(arguments);
        cargo
    };
    let clippy = |scope: &[&str]| {
        let mut clippy = cargo(&["clippy", "--all-targets"]);
        clippy.args(scope).args(["--", "--deny", "warnings"]);
        clippy
    };
    let library_as_wasm = ["--package", "sse-fetch", "--target", WASM_TARGET];
    // By itself and without tests, with which it would be given the standard library it does without.
    let package_as_wasm =
        ["clippy", "--lib", "--package", "sse-fetch-wasm", "--target", WASM_TARGET, "--", "--deny", "warnings"];
    vec![
        (
            Step::new("format", "Checking the format (`cargo fmt --all` repairs it)"),
            cargo(&["fmt", "--all", "--check", "--", "--color", "never"]),
        ),
        (Step::new("clippy", "Linting every package").takes("about 1 min when new"), clippy(&["--workspace"])),
        (
            Step::new("clippy wasm", "Linting the library as wasm").takes("about 20 s when new"),
            clippy(&library_as_wasm),
        ),
        (Step::new("clippy package", "Linting the package's wasm").takes("a few seconds"), cargo(&package_as_wasm)),
        scripts(workspace),
    ]
}

/// Format and lints of TypeScript; biome.json says of which files.
fn scripts(workspace: &Workspace) -> (Step, Command) {
    let mut biome = workspace.command("node");
    biome.args(["node_modules/@biomejs/biome/bin/biome", "check", "--error-on-warnings"]);
    (
        Step::new("biome", "Checking format and lints of TypeScript (`npx biome check --write` repairs the format)"),
        biome,
    )
}

/// The types of the benchmarks.
pub fn types_of_benchmarks(workspace: &Workspace) -> (Step, Command) {
    let mut tsc = workspace.command("node");
    tsc.args(["node_modules/typescript/bin/tsc", "--project", "benches"]);
    (Step::new("types of benchmarks", "Checking the types of the benchmarks"), tsc)
}

/// The types of the tests in this folder.
pub fn types_of_tests(workspace: &Workspace, folder: &str) -> (Step, Command) {
    let mut tsc = workspace.command("node");
    tsc.args(["node_modules/typescript/bin/tsc", "--project", folder]);
    (Step::new(format!("types of {folder}"), format!("Checking the types of {folder}")), tsc)
}

/// The documentation as a reader of the wasm library sees it, which has to build without a warning.
pub fn documentation(workspace: &Workspace) -> (Step, Command) {
    let mut cargo = without_environment_flags(workspace.cargo());
    cargo.args(["doc", "--no-deps", "--package", "sse-fetch", "--all-features", "--target", WASM_TARGET]);
    cargo.env("RUSTDOCFLAGS", "--deny warnings");
    let step = Step::new("documentation", "Building the documentation");
    (step.takes("about 20 s when new"), cargo)
}

/// Compiles the examples in the documentation of the Rust client. They need a browser and a server, so none of them runs.
pub fn documentation_tests(workspace: &Workspace, path: &OsStr) -> (Step, Command) {
    let mut cargo = without_environment_flags(workspace.cargo());
    cargo.args(["test", "--doc", "--package", "sse-fetch", "--target", WASM_TARGET]);
    // Cargo compiles documentation tests only if there is a program that would run them.
    cargo.env("PATH", path).env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", "wasm-bindgen-test-runner");
    let step = Step::new("documentation tests", "Compiling the examples in the documentation of the Rust client");
    (step.takes("about 30 s"), cargo)
}

/// Compiles the example application in Yew (`examples/yew-notifications`).
pub fn yew_example(workspace: &Workspace) -> (Step, Command) {
    let mut cargo = without_environment_flags(workspace.cargo());
    cargo.args(["build", "--locked", "--manifest-path", "examples/yew-notifications/Cargo.toml"]);
    cargo.args(["--target", WASM_TARGET, "--target-dir"]).arg(workspace.target.join("examples"));
    (Step::new("yew example", "Compiling the example in Yew").takes("about 1 min when new"), cargo)
}

/// Checks the types of the npm package's own sources, and writes the declarations that the other checks of types read.
pub fn declarations(workspace: &Workspace, console: &mut Console) -> Result<()> {
    // The paths in the projects of those checks say so, wherever cargo writes.
    let folder = workspace.root.join("target/xtask/declarations");
    std::fs::create_dir_all(&folder)?;
    package::declarations::write(workspace, console, &folder)
}

/// The package's types, against code that uses them rightly and wrongly.
pub fn types(workspace: &Workspace) -> (Step, Command) {
    let mut tsc = workspace.command("node");
    tsc.args(["node_modules/typescript/bin/tsc", "--project", "tests/types"]);
    (Step::new("types", "Checking the package's types"), tsc)
}

/// The benchmarks in Node, with the package that was built: the engine, and that every library gets every event.
pub fn benchmark_tests(workspace: &Workspace) -> (Step, Command) {
    let mut vitest = workspace.command("node");
    vitest.args(["node_modules/vitest/vitest.mjs", "run", "--config", "benches/vitest.config.ts"]).env("NO_COLOR", "1");
    (Step::new("benchmarks", "Testing the benchmarks in Node").takes("about 30 s"), vitest)
}

/// Unit, property and documentation tests that need no browser.
pub fn native_tests(workspace: &Workspace, filter: Option<&str>) -> (Step, Command) {
    let mut cargo = workspace.cargo();
    cargo.args(["test", "--no-fail-fast"]);
    for package in ["sse-fetch", "demo-server", "xtask", "reconnect-storm", "benches-native"] {
        cargo.args(["--package", package]);
    }
    cargo.args(filter);
    let step = Step::new("native tests", "Running the native tests");
    (step.takes("about 1 min when new"), cargo)
}
