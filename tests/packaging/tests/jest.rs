//! The package in Jest with jsdom: without any set-up, with the set-up of the documentation, and mocked.

use demo_server::Answer;
use e2e::{lab_server, tests};
use packaging::Project;

tests! {
    WithoutPage:
        jests_jsdom_imports_every_entry_and_says_what_it_lacks,
        jests_jsdom_receives_events_with_nodes_globals,
        jest_mocks_the_class_and_the_hook;
}

async fn expect_passes(file: &str) {
    let (project, server) = (Project::shared("jest").await, lab_server().await);
    server.script("greeting", vec![Answer::new(200).chunk("data: hello\n\n").hang()]);
    project.program(&format!("npx jest {file}")).env("SERVER", &server.url()).run().await;
}

async fn jests_jsdom_imports_every_entry_and_says_what_it_lacks() {
    expect_passes("bare.test.js").await;
}

async fn jests_jsdom_receives_events_with_nodes_globals() {
    expect_passes("node-globals.test.js").await;
}

async fn jest_mocks_the_class_and_the_hook() {
    expect_passes("automock.test.js").await;
}
