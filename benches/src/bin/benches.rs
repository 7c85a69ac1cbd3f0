//! The benchmarks as a program; `cargo xtask bench` runs it.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use benches::browser::plan::Plan;
use benches::browser::{self, Engine, Options};
use benches::fleet;
use clap::{Parser, Subcommand};

/// The benchmarks of sse-fetch.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    benchmark: Benchmark,
}

#[derive(Subcommand)]
enum Benchmark {
    /// Simulate a fleet of clients that lose their server for a minute.
    Fleet {
        /// How many clients there are.
        #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
        clients: u32,
        /// Where fleet.json and fleet.svg are written to.
        #[arg(long)]
        output: PathBuf,
    },
    /// Measure sse-fetch beside its peers in browsers.
    Browser {
        /// The browsers to measure in, separated by commas.
        #[arg(long, value_delimiter = ',', default_values_t = Engine::ALL)]
        engine: Vec<Engine>,
        /// Measure little, to see that it works.
        #[arg(long)]
        quick: bool,
        /// The folder with the page, bundled with the peers.
        #[arg(long)]
        bundle: PathBuf,
        /// Where browser.json and the plots are written to.
        #[arg(long)]
        output: PathBuf,
    },
}

fn main() -> ExitCode {
    match run(Arguments::parse().benchmark) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(benchmark: Benchmark) -> Result<()> {
    match benchmark {
        Benchmark::Fleet { clients, output } => fleet::report::publish(clients, &output, &mut io::stdout().lock()),
        Benchmark::Browser { engine, quick, bundle, output } => {
            let plan = if quick { Plan::QUICK } else { Plan::FULL };
            browser::publish(&Options { engines: engine, plan, bundle }, &output, &mut io::stdout().lock())
        }
    }
}
