//! The benchmarks as a program; `cargo xtask bench` runs it.

use std::io;
use std::path::PathBuf;

use anyhow::Result;
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
}

fn main() -> Result<()> {
    match Arguments::parse().benchmark {
        Benchmark::Fleet { clients, output } => fleet::report::publish(clients, &output, &mut io::stdout().lock()),
    }
}
