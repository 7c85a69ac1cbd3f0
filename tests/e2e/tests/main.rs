//! The end-to-end tests: each runs once in every engine. See the crate `e2e` for how.

use std::process::ExitCode;

mod answers;
mod chat;
mod demo;
mod faults;
mod in_node;
mod lab;
mod readme;
mod restart;
mod snippet_page;
mod stopping;
mod throughput;
mod wire;
mod worker;

fn main() -> ExitCode {
    e2e::main(&[
        chat::TESTS,
        faults::TESTS,
        restart::TESTS,
        snippet_page::TESTS,
        wire::TESTS,
        stopping::TESTS,
        answers::TESTS,
        worker::TESTS,
        in_node::TESTS,
        readme::TESTS,
        throughput::TESTS,
    ])
}
