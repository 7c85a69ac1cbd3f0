//! The project's commands: `cargo xtask demo`, `test`, `bench`, `build` and `check`. Each sets up what this machine
//! is missing, says what it does and how long that takes, and stops with what to do when it cannot continue.

mod bench;
mod bundle;
mod check;
mod client;
mod compress;
mod demo;
mod end_to_end;
mod engine;
mod examples;
mod generate;
mod inline;
mod package;
mod rust_client;
mod setup;
mod sizes;
mod step;
mod test;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::bench::{Benchmark, BrowserPart};
use crate::engine::Engine;
use crate::step::Console;
use crate::test::Part;
use crate::workspace::Workspace;

/// The commands of the sse-fetch repository.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build the package and start the demo server; it prints the address to open.
    Demo {
        /// The port to listen on.
        #[arg(long, default_value_t = 8080)]
        port: u16,
    },
    /// Run every test: lints, native tests, tests in browsers, end-to-end tests.
    Test {
        /// The browsers to test in, separated by commas.
        #[arg(long, value_delimiter = ',', default_values_t = Engine::ALL)]
        engine: Vec<Engine>,
        /// Run only these parts, separated by commas.
        #[arg(long, value_delimiter = ',', default_values_t = Part::ALL)]
        only: Vec<Part>,
        /// Run only the files whose topic contains this. If there is none: only the tests whose name contains it.
        #[arg(last = true)]
        filter: Option<String>,
    },
    /// Run the benchmarks; print tables, write figures and plots to target/bench/.
    Bench {
        /// The benchmarks to run; all there are if none is named.
        benchmark: Vec<Benchmark>,
        /// The browsers to measure in, separated by commas.
        #[arg(long, value_delimiter = ',', default_values_t = Engine::ALL)]
        engine: Vec<Engine>,
        /// Measure little in the browsers, to see that it works.
        #[arg(long)]
        quick: bool,
        /// Measure only these parts in the browsers, separated by commas.
        #[arg(long, value_delimiter = ',')]
        only: Vec<BrowserPart>,
    },
    /// Write the npm package, ready to publish, to pkg/.
    Build,
    /// Write the tables that Rust and TypeScript share to pkg-template/src/generated/.
    Generate,
    /// Check everything that needs no browser: format, lints, types, native tests.
    Check,
}

fn main() -> ExitCode {
    match run(&Arguments::parse().command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: &Command) -> Result<ExitCode> {
    let workspace = Workspace::find()?;
    let mut console = Console::new(workspace.scratch("logs"));
    match command {
        Command::Demo { port } => demo::run(&workspace, &mut console, *port),
        Command::Test { engine, only, filter } => {
            let scope = test::Scope { engines: engine, parts: only, filter: filter.as_deref() };
            test::run(&workspace, &mut console, &scope)
        }
        Command::Bench { benchmark, engine, quick, only } => {
            bench::run(&workspace, &mut console, benchmark, &bench::Extent { engines: engine, quick: *quick, only })
        }
        Command::Build => {
            setup::for_build(&workspace, &mut console)?;
            package::build(&workspace, &mut console)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Generate => {
            generate::run(&workspace)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Check => check::run(&workspace, &mut console),
    }
}

#[cfg(test)]
mod tests {
    use super::{Arguments, Benchmark, BrowserPart, Command, Engine, Part};
    use clap::Parser;

    /// What `cargo xtask test` with these arguments runs.
    fn test(arguments: &[&str]) -> (Vec<Engine>, Vec<Part>, Option<String>) {
        match Arguments::parse_from(["xtask", "test"].iter().chain(arguments)).command {
            Command::Test { engine, only, filter } => (engine, only, filter),
            _ => panic!("`test` was parsed as another command"),
        }
    }

    #[test]
    fn every_part_runs_in_every_engine_unless_some_are_named() {
        assert_eq!(test(&[]), (Engine::ALL.into(), Part::ALL.into(), None));
        let (engines, parts, _) = test(&["--engine", "firefox,webkit", "--only", "client,packaging"]);
        assert_eq!((&engines[..], &parts[..]), (&Engine::ALL[1..], &[Part::Client, Part::Packaging][..]));
    }

    #[test]
    fn an_unknown_engine_is_refused_with_the_accepted_ones() {
        let refused = Arguments::try_parse_from(["xtask", "test", "--engine", "netscape"]);
        let message = refused.err().expect("refused").to_string();
        assert!(message.contains("chromium, firefox, webkit"), "{message}");
    }

    #[test]
    fn benchmarks_run_in_every_engine_unless_some_are_named() {
        let arguments = Arguments::parse_from(["xtask", "bench", "browser", "--quick"]);
        let Command::Bench { benchmark, engine, quick, only } = arguments.command else {
            panic!("parsed as another command")
        };
        assert_eq!((&benchmark[..], &engine[..], quick), (&[Benchmark::Browser][..], &Engine::ALL[..], true));
        assert_eq!(only, []);
    }

    #[test]
    fn parts_of_the_benchmark_in_browsers_are_separated_by_commas() {
        let arguments = Arguments::parse_from(["xtask", "bench", "browser", "--only", "chat,network"]);
        let Command::Bench { only, .. } = arguments.command else { panic!("parsed as another command") };
        assert_eq!(only, [BrowserPart::Chat, BrowserPart::Network]);
    }

    #[test]
    fn a_filter_follows_two_dashes() {
        assert_eq!(test(&["--", "retry"]).2.as_deref(), Some("retry"));
    }
}
