//! The end-to-end tests: each runs once in every engine. See the crate `e2e` for how.

use std::process::ExitCode;

mod answers;
mod auth;
mod cancellation;
mod chat;
mod demo;
mod faults;
mod flow;
mod history;
mod hostile;
mod in_node;
mod lab;
mod liveness;
mod page_life;
mod readme;
mod reconnection;
mod restart;
mod schedules;
mod slim;
mod snippet_page;
mod stopping;
mod tabs;
mod thousand_reconnects;
mod throughput;
mod timeline;
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
        slim::TESTS,
        in_node::TESTS,
        readme::TESTS,
        auth::TESTS,
        tabs::TESTS,
        reconnection::TESTS,
        schedules::TESTS,
        cancellation::TESTS,
        flow::TESTS,
        history::TESTS,
        hostile::TESTS,
        liveness::TESTS,
        page_life::TESTS,
        thousand_reconnects::TESTS,
        throughput::TESTS,
        timeline::TESTS,
    ])
}
