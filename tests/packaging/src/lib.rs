//! The tools of the packaging tests: the packed package, temporary projects in which it is installed, and the programs that
//! build, serve and run them. Browsers and demo servers come from the crate `e2e`.
//!
//! A project is a folder of `projects/`, written as a user would write it, without any setting for sse-fetch. The tests
//! themselves are in `tests/`.

use std::process::ExitCode;

mod package;
mod program;
mod project;
mod server;

pub use package::tarball;
pub use program::{Finished, Program};
pub use project::Project;
pub use server::{DevServer, serve};

/// Runs the tests as [`e2e::main`] does, and removes all projects afterwards.
#[must_use]
pub fn main(tests: &[&[e2e::Test]]) -> ExitCode {
    let code = e2e::main(tests);
    project::remove_shared();
    code
}
