//! `cargo xtask bench`: compiles the benchmarks as they are to be measured, then runs them one after the other. Their
//! tables go to the terminal, their figures and plots to `bench/` in cargo's target directory.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::ValueEnum;

use crate::engine::{self, Engine};
use crate::setup::{self, BenchTools};
use crate::step::{Console, Step};
use crate::workspace::Workspace;
use crate::{bundle, package};

/// A benchmark, by the name `cargo xtask bench` and the program in `benches/` take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Benchmark {
    /// Simulate 100,000 clients that lose their server for a minute.
    Fleet,
    /// Measure sse-fetch beside its peers in browsers.
    Browser,
    /// Measure the parser beside other crates, without a browser.
    Native,
}

/// How much is measured in browsers.
pub struct Extent<'a> {
    pub engines: &'a [Engine],
    pub quick: bool,
}

impl Benchmark {
    fn name(self) -> &'static str {
        match self {
            Self::Fleet => "fleet",
            Self::Browser => "browser",
            Self::Native => "native",
        }
    }
}

/// Runs these benchmarks, or all there are when none is named. One that fails does not keep the others from running.
pub fn run(workspace: &Workspace, console: &mut Console, named: &[Benchmark], extent: &Extent) -> Result<ExitCode> {
    let benchmarks = if named.is_empty() { Benchmark::value_variants() } else { named };
    let tools = if benchmarks.contains(&Benchmark::Browser) {
        let tools = setup::for_bench(workspace, console, extent.engines)?;
        package::build(workspace, console, &tools.build)?;
        bundle::write(workspace, console)?;
        Some(tools)
    } else {
        None
    };
    let mut build = workspace.cargo();
    build.args(["build", "--release", "--package", "benches"]);
    let step = Step::new("benchmarks", "Compiling the benchmarks");
    console.run(step.takes("about 3 min when new"), build)?;

    let mut failed = Vec::new();
    for benchmark in benchmarks {
        if !measure(workspace, *benchmark, extent, tools.as_ref())? {
            failed.push(benchmark.name());
        }
    }
    if !failed.is_empty() {
        bail!("what failed, as said above: the benchmark `{}`", failed.join("`, `"));
    }
    Ok(ExitCode::SUCCESS)
}

/// Whether it succeeded.
fn measure(workspace: &Workspace, benchmark: Benchmark, extent: &Extent, tools: Option<&BenchTools>) -> Result<bool> {
    let name = benchmark.name();
    eprintln!("Running the benchmark `{name}`…\n");
    let mut program = workspace.cargo();
    if benchmark == Benchmark::Native {
        program.args(["bench", "--quiet", "--package", "benches-native"]);
        program.env("SSE_FETCH_BENCH_OUTPUT", workspace.target.join("bench"));
        return Ok(program.status()?.success());
    }
    program.args(["run", "--quiet", "--release", "--package", "benches", "--", name, "--output"]);
    program.arg(workspace.target.join("bench"));
    if benchmark == Benchmark::Browser {
        program.args(["--engine", &engine::listed(extent.engines)]);
        program.arg("--bundle").arg(bundle::folder(workspace));
        program.args(extent.quick.then_some("--quick"));
        program.env("PATH", &tools.context("the browsers are set up")?.path);
    }
    Ok(program.status()?.success())
}

#[cfg(test)]
mod tests {
    use super::Benchmark;
    use clap::ValueEnum;

    #[test]
    fn every_benchmark_is_asked_for_by_the_name_its_program_takes() {
        for benchmark in Benchmark::value_variants() {
            assert_eq!(Benchmark::from_str(benchmark.name(), false), Ok(*benchmark));
        }
    }
}
