//! `sse-fetch/fetch-event-source` beside the library whose place it takes: what that does right, ours does too; where it
//! does wrong, there is a test that shows both.

use demo_server::DemoServer;
use demo_server::faulty::{Exchange, FaultServer, Reply};
use e2e::{Page, fetch_event_source};
use serde_json::{Value, json};

use crate::lab::open_lab_with_faults;

pub mod beyond;
pub mod bugs;
pub mod elsewhere;
pub mod examples;
pub mod parity;

const LIBRARIES: [&str; 2] = ["ours", "theirs"];

/// A call, and what the server answers to its requests.
struct Case {
    name: &'static str,
    replies: Vec<Reply>,
    /// The call's `init`, as `observe` in the page takes it.
    init: &'static str,
}

fn case<const N: usize>(name: &'static str, replies: [Reply; N], init: &'static str) -> Case {
    Case { name, replies: replies.into(), init }
}

/// What became of a case with one of the libraries.
#[derive(Debug, PartialEq)]
struct Outcome {
    /// Callbacks and the promise.
    log: Value,
    requests: Vec<Value>,
}

/// The laboratory with both libraries, beside a server of faults.
async fn open(page: &Page) -> (DemoServer, FaultServer) {
    let servers = open_lab_with_faults(page).await;
    page.act("await import('/fetch-event-source.js')").await;
    let load = "const script = document.createElement('script')
                script.textContent = args
                document.head.append(script)";
    page.run_with::<Value>(load, json!(fetch_event_source())).await;
    servers
}

/// Runs all cases with both libraries at the same time; for each case what became of it with ours and with theirs.
async fn run(page: &Page, faults: &FaultServer, cases: Vec<Case>) -> Vec<(&'static str, [Outcome; 2])> {
    let path = |library: &str, name: &str| format!("/{library}/{}", name.replace(|c: char| !c.is_alphanumeric(), "-"));
    let mut calls = Vec::new();
    for case in &cases {
        for library in LIBRARIES {
            let path = path(library, case.name);
            faults.answer(&path, case.replies.clone());
            calls.push(json!([library, path, case.init]));
        }
    }
    let script = "return Promise.all(args.map(([name, path, init]) => observe(name, at(path), init)))";
    let mut logs = page.run_with::<Vec<Value>>(script, json!(calls)).await.into_iter();
    let mut outcome = |library, name| Outcome {
        log: logs.next().expect("a log for each call"),
        requests: faults.exchanges_to(&path(library, name)).iter().map(|exchange| request(exchange)).collect(),
    };
    cases.iter().map(|case| (case.name, LIBRARIES.map(|library| outcome(library, case.name)))).collect()
}

/// What of a request is the library's doing.
fn request(exchange: &Exchange) -> Value {
    let request = &exchange.request;
    let header = |name| request.header(name).map(String::from_utf8_lossy);
    json!({
        "method": request.method,
        "body": String::from_utf8_lossy(&request.body),
        "accept": header("accept"),
        "type": header("content-type"),
        "authorization": header("authorization"),
        "id": header("last-event-id"),
    })
}

/// A stream that the server ends.
fn stream(text: &'static str) -> Reply {
    Reply::event_stream().send(text)
}
