//! `cargo xtask bench`: compiles the benchmarks as they are to be measured, then runs them one after the other. Their
//! tables go to the terminal, their figures and plots to `bench/` in cargo's target directory.

use std::process::ExitCode;

use anyhow::{Result, ensure};
use clap::ValueEnum;

use crate::step::{Console, Step};
use crate::workspace::Workspace;

/// A benchmark, by the name `cargo xtask bench` and the program in `benches/` take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Benchmark {
    /// Simulate 100,000 clients that lose their server for a minute.
    Fleet,
}

impl Benchmark {
    fn name(self) -> &'static str {
        match self {
            Self::Fleet => "fleet",
        }
    }
}

/// Runs these benchmarks, or all there are when none is named.
pub fn run(workspace: &Workspace, console: &mut Console, named: &[Benchmark]) -> Result<ExitCode> {
    let mut build = workspace.cargo();
    build.args(["build", "--release", "--package", "benches"]);
    let step = Step::new("benchmarks", "Compiling the benchmarks");
    console.run(step.takes("about 30 s when new"), build)?;
    for benchmark in if named.is_empty() { Benchmark::value_variants() } else { named } {
        measure(workspace, *benchmark)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn measure(workspace: &Workspace, benchmark: Benchmark) -> Result<()> {
    let name = benchmark.name();
    eprintln!("Running the benchmark `{name}`…\n");
    let mut program = workspace.cargo();
    program.args(["run", "--quiet", "--release", "--package", "benches", "--", name, "--output"]);
    let status = program.arg(workspace.target.join("bench")).status()?;
    ensure!(status.success(), "the benchmark `{name}` failed ({status})");
    Ok(())
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
