//! Runs demo servers and fault servers for the end-to-end tests, which are written in TypeScript. The tests start this
//! program and talk to it over its standard input and output, one JSON value a line; `fixture/test-servers.ts` is the
//! other end.
//!
//! * A call: `{ "id": 1, "to": 3, "call": "waitOpen", "args": [0] }`, answered by `{ "id": 1, "value": … }` or
//!   `{ "id": 1, "error": "…" }`. `to` is a server's number, which the test chooses; calls without it concern gates,
//!   floods, or the program.
//! * A question about a request, which the test answers with a reply: `{ "ask": 5, "handler": 2, "request": … }`,
//!   answered by `{ "ask": 5, "reply": … }`.
//!
//! The program ends when its standard input does, so it never outlives the tests.

mod calls;
mod records;
mod replies;
mod servers;
mod shared;

use std::io::{BufRead, BufWriter, Write};
use std::sync::{Arc, mpsc};

use anyhow::Result;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::runtime::Builder;

use crate::calls::Call;
use crate::servers::Servers;

/// What the tests send.
#[derive(Deserialize)]
#[serde(untagged)]
enum Message {
    Call {
        id: u64,
        to: Option<u32>,
        #[serde(flatten)]
        call: Call,
    },
    Reply {
        ask: u64,
        reply: Vec<Call>,
    },
}

fn main() -> Result<()> {
    // Requests that wait for the answer of a test block their thread.
    let runtime = Builder::new_multi_thread().worker_threads(4).enable_all().build()?;
    let (lines, to_write) = mpsc::channel::<Value>();
    std::thread::spawn(move || write_lines(&to_write));
    let servers = Arc::new(Servers::new(lines.clone()));
    for line in std::io::stdin().lock().lines() {
        match serde_json::from_str(&line?)? {
            Message::Call { id, to, call } => {
                let (servers, lines) = (Arc::clone(&servers), lines.clone());
                runtime.spawn(async move {
                    let _ = lines.send(match servers.call(to, &call).await {
                        Ok(value) => json!({ "id": id, "value": value }),
                        Err(error) => json!({ "id": id, "error": format!("{}: {error:#}", call.name) }),
                    });
                });
            }
            Message::Reply { ask, reply } => servers.questions().answer(ask, reply),
        }
    }
    // Nothing is waited for: the tests are over.
    std::process::exit(0)
}

fn write_lines(lines: &mpsc::Receiver<Value>) {
    let mut out = BufWriter::new(std::io::stdout());
    for line in lines {
        // An error says that the tests are over.
        if writeln!(out, "{line}").and_then(|()| out.flush()).is_err() {
            return;
        }
    }
}
