//! The reconnect storm as a program; `cargo xtask bench reconnect-storm` runs it.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use reconnect_storm::report;

/// Simulate clients that lose their server for a minute.
#[derive(Parser)]
struct Arguments {
    /// How many clients there are.
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    clients: u32,
    /// Where reconnect-storm.json is written to.
    #[arg(long)]
    output: PathBuf,
}

fn main() -> ExitCode {
    let Arguments { clients, output } = Arguments::parse();
    match report::publish(clients, &output, &mut io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}
