//! The packaging tests: the package as npm packs it, installed in projects like those of users. The crate `packaging` has the
//! tools.

use std::process::ExitCode;

mod app;
mod bundlers;
mod jest;
mod lint;
mod next;
mod pages;
mod runtimes;
mod vite;

fn main() -> ExitCode {
    packaging::main(&[
        vite::TESTS,
        bundlers::TESTS,
        next::TESTS,
        jest::TESTS,
        pages::TESTS,
        runtimes::TESTS,
        lint::TESTS,
    ])
}
