//! `demo-server`: serves the demo pages with everything behind them until it is interrupted.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use demo_server::{Config, DemoServer};

/// Serves the sse-fetch demo: pages, chat, notifications, and switches that break it.
#[derive(Parser)]
#[command(name = "demo-server", version)]
struct Arguments {
    /// The port to listen on, on 127.0.0.1; 0 takes a free one.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// The folder of the pages [default: www/pages of the repository].
    #[arg(long, value_name = "DIR")]
    pages: Option<PathBuf>,
    /// The folder of the built npm package [default: pkg of the repository].
    #[arg(long, value_name = "DIR")]
    pkg: Option<PathBuf>,
    /// The folder of the bundled benchmarks [default: target/xtask/benchmarks of the repository].
    #[arg(long, value_name = "DIR")]
    bench: Option<PathBuf>,
    /// Publish no events of its own and start no fault server, as measurements want it.
    #[arg(long)]
    quiet: bool,
    /// The folder of the built examples [default: target/xtask/examples of the repository].
    #[arg(long, value_name = "DIR")]
    examples: Option<PathBuf>,
}

impl Arguments {
    fn config(self) -> Config {
        let defaults = Config::default();
        Config {
            port: self.port,
            pages: self.pages.unwrap_or(defaults.pages),
            package: self.pkg.unwrap_or(defaults.package),
            benchmarks: self.bench.unwrap_or(defaults.benchmarks),
            examples: self.examples.unwrap_or(defaults.examples),
            ambient: !self.quiet,
            fault_server: !self.quiet,
            ..Config::default()
        }
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse().config()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("demo-server: {message}");
            ExitCode::FAILURE
        }
    }
}

async fn run(config: Config) -> Result<(), String> {
    check_folders(&config)?;
    let server = DemoServer::start(config).await.map_err(|error| error.to_string())?;
    println!("The demo is at {}", server.url());
    println!("Log in as demo with the password demo; Ctrl-C stops the server.");
    tokio::signal::ctrl_c().await.map_err(|error| format!("cannot wait for Ctrl-C: {error}"))?;
    server.stop().await;
    Ok(())
}

/// A server without pages would start and answer 404 to everything, which explains nothing.
fn check_folders(config: &Config) -> Result<(), String> {
    if !config.pages.is_dir() {
        return Err(format!("there is no folder {}; name the pages' folder with --pages", config.pages.display()));
    }
    if !config.package.is_dir() {
        return Err(format!(
            "the npm package is not built: there is no folder {}; run `cargo xtask build`, or name it with --pkg",
            config.package.display()
        ));
    }
    Ok(())
}
