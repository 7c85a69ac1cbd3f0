//! `cargo xtask bench`: compiles the benchmarks in release mode, then runs them one after the other. Their tables go to
//! the terminal, their figures and plots to `bench/` in cargo's target directory.

use std::env::consts::EXE_EXTENSION;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use anyhow::{Result, bail};
use clap::ValueEnum;

use crate::bundle::Program;
use crate::engine::{self, Engine};
use crate::step::{Console, Step};
use crate::workspace::Workspace;
use crate::{bundle, package, setup};

/// A benchmark, by the name `cargo xtask bench` and the program in `benches/` take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Benchmark {
    /// Simulate 100,000 clients that lose their server for a minute and reconnect.
    ReconnectStorm,
    /// Measure sse-fetch and other libraries in browsers.
    Browser,
    /// Measure the parser and those of other crates, without a browser.
    Native,
}

/// How much is measured in browsers.
pub struct Extent<'a> {
    pub engines: &'a [Engine],
    pub quick: bool,
    /// Only these; everything if there are none.
    pub only: &'a [BrowserPart],
}

/// A part of the benchmark in browsers, by the name that the program in `benches/command` takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum BrowserPart {
    /// One chat in a fresh page that loads only one client, and later chats (Chromium).
    Chat,
    /// From bytes in memory to the listener.
    Parse,
    /// The same with parsed JSON.
    Json,
    /// Floods from a server.
    Network,
    /// From the evaluated script to the constructed client.
    Start,
    /// What a long stream leaves in memory.
    Memory,
}

impl Benchmark {
    fn name(self) -> &'static str {
        match self {
            Self::ReconnectStorm => "reconnect-storm",
            Self::Browser => "browser",
            Self::Native => "native",
        }
    }
}

/// Runs these benchmarks, or all there are when none is named, and draws the plots. The others run even if one fails.
pub fn run(workspace: &Workspace, console: &mut Console, named: &[Benchmark], extent: &Extent) -> Result<ExitCode> {
    let benchmarks = if named.is_empty() { Benchmark::value_variants() } else { named };
    if !benchmarks.contains(&Benchmark::Browser) {
        setup::npm_packages(workspace, console)?;
    }
    let mut failed = Vec::new();
    for benchmark in benchmarks {
        let mut program = match benchmark {
            Benchmark::ReconnectStorm => reconnect_storm(workspace, console)?,
            Benchmark::Browser => browser(workspace, console, extent)?,
            Benchmark::Native => native(workspace),
        };
        eprintln!("Running the benchmark `{}`…\n", benchmark.name());
        if !program.status()?.success() {
            failed.push(benchmark.name());
        }
    }
    let mut plots = workspace.command("node");
    plots.arg(bundle::program(workspace, console, Program::Plots)?).arg(output(workspace));
    if !plots.status()?.success() {
        failed.push("plots");
    }
    if !failed.is_empty() {
        bail!("what failed, as said above: `{}`", failed.join("`, `"));
    }
    Ok(ExitCode::SUCCESS)
}

/// The folder of all figures and plots.
fn output(workspace: &Workspace) -> PathBuf {
    workspace.target.join("bench")
}

fn reconnect_storm(workspace: &Workspace, console: &mut Console) -> Result<Command> {
    build(workspace, console, "reconnect-storm")?;
    let mut program = workspace.cargo();
    program.args(["run", "--quiet", "--release", "--package", "reconnect-storm", "--", "--output"]);
    program.arg(output(workspace));
    Ok(program)
}

fn native(workspace: &Workspace) -> Command {
    let mut program = workspace.cargo();
    program.args(["bench", "--quiet", "--package", "benches-native"]);
    program.env("SSE_FETCH_BENCH_OUTPUT", output(workspace));
    program
}

fn browser(workspace: &Workspace, console: &mut Console, extent: &Extent) -> Result<Command> {
    let tools = setup::for_bench(workspace, console, extent.engines)?;
    package::build(workspace, console)?;
    bundle::write(workspace, console)?;
    build(workspace, console, "demo-server")?;
    let mut program = workspace.command("node");
    program
        .arg(bundle::program(workspace, console, Program::Command)?)
        .args(["--engine", &engine::listed(extent.engines)])
        .args(extent.quick.then_some("--quick"))
        .args((!extent.only.is_empty()).then(|| format!("--only={}", listed(extent.only))))
        .arg("--server")
        .arg(workspace.target.join("release/demo-server").with_extension(EXE_EXTENSION))
        .arg("--bundle")
        .arg(bundle::folder(workspace))
        .arg("--output")
        .arg(output(workspace))
        .env("PATH", &tools.path);
    Ok(program)
}

fn listed(parts: &[BrowserPart]) -> String {
    let names = parts.iter().filter_map(ValueEnum::to_possible_value);
    names.map(|value| value.get_name().to_owned()).collect::<Vec<_>>().join(",")
}

fn build(workspace: &Workspace, console: &mut Console, package: &str) -> Result<()> {
    let mut build = workspace.cargo();
    build.args(["build", "--release", "--package", package]);
    let step = Step::new(package, format!("Compiling {package}"));
    console.run(step.takes("about 1 min when new"), build)
}

#[cfg(test)]
mod tests {
    use super::Benchmark;
    use clap::ValueEnum;

    #[test]
    fn every_benchmark_has_the_name_that_its_program_accepts() {
        for benchmark in Benchmark::value_variants() {
            assert_eq!(Benchmark::from_str(benchmark.name(), false), Ok(*benchmark));
        }
    }
}
