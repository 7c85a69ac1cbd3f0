//! Faults to try by hand, at `/try/NAME`: the first few requests of a client go wrong in the named way, later ones get
//! a stream of numbers that goes on from `Last-Event-ID`. `/try` lists them.
//!
//! The query says `client`, `times` (how many requests go wrong) and `every` (milliseconds between two events).

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::json;

use super::flood::Flood;
use super::numbered::{Fault, Numbered};
use super::reply::Reply;
use crate::journal::Entry;

/// Clients remembered; a demo left running for weeks starts afresh then.
const CAPACITY: usize = 10_000;

/// Events that arrive before a stream goes wrong.
const BEFORE: u64 = 3;

/// Milliseconds between two events unless told otherwise.
const EVERY: u64 = 300;

enum Kind {
    /// Of the stream of numbers.
    Fault(Fault),
    /// Something else altogether.
    Reply(fn(&Asked) -> Reply),
}

struct Try {
    name: &'static str,
    description: &'static str,
    times: u32,
    kind: Kind,
}

/// What a request asks for.
struct Asked<'a> {
    request: &'a Entry,
    every: u64,
}

impl Asked<'_> {
    fn new(request: &Entry) -> Asked<'_> {
        Asked { request, every: number(request, "every").unwrap_or(EVERY) }
    }

    fn client(&self) -> &str {
        parameter(self.request, "client").unwrap_or_default()
    }

    fn stream(&self, fault: &Fault) -> Reply {
        let numbered = Numbered::new(u64::MAX).every(Duration::from_millis(self.every));
        numbered.reply(seen(self.request), fault)
    }
}

/// The number in a request's `Last-Event-ID`, or 0.
pub(super) fn seen(request: &Entry) -> u64 {
    request.header_str("last-event-id").and_then(|id| id.parse().ok()).unwrap_or(0)
}

fn parameter<'a>(request: &'a Entry, name: &str) -> Option<&'a str> {
    request.query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
}

fn number<T: std::str::FromStr>(request: &Entry, name: &str) -> Option<T> {
    parameter(request, name)?.parse().ok()
}

fn all() -> Vec<Try> {
    let fault = |name, description, fault| Try { name, description, times: 2, kind: Kind::Fault(fault) };
    let reply = |name, description, times, reply| Try { name, description, times, kind: Kind::Reply(reply) };
    vec![
        fault("steady", "Nothing goes wrong.", Fault::None),
        fault("cut-mid-line", "The connection closes in the middle of a line.", Fault::CutMidLine { after: BEFORE }),
        fault(
            "cut-mid-character",
            "The connection closes in the middle of a character.",
            Fault::CutMidCharacter { after: BEFORE },
        ),
        fault(
            "cut-between-cr-and-lf",
            "The connection closes between the two bytes of a line end.",
            Fault::CutBetweenCrAndLf { after: BEFORE },
        ),
        fault("reset", "The connection is reset.", Fault::Reset { after: BEFORE }),
        fault("end", "The stream ends properly, too early.", Fault::End { after: BEFORE }),
        fault("silent-after", "The stream falls silent and stays open.", Fault::Silence { after: BEFORE }),
        fault("accept-and-say-nothing", "The request is accepted and never answered.", Fault::SayNothing),
        fault("slow-headers", "The head comes a byte at a time.", Fault::SlowHead { pause: 40 }),
        reply("unauthorized-once", "The token is refused (401), the next one is good.", 1, |_| Reply::unauthorized()),
        reply("too-many-requests", "429, come back in two seconds.", 2, |_| Reply::too_many_requests().retry_after(2)),
        reply("unavailable", "503, as while a server restarts.", 2, |_| Reply::unavailable()),
        reply("no-content", "204: there is nothing more to come.", u32::MAX, |_| Reply::no_content()),
        reply("not-a-stream", "200 with a web page, as a proxy's login form.", u32::MAX, |_| Reply::web_page()),
        reply("redirect", "The stream has moved (307).", 2, |asked| {
            Reply::redirect(307, &format!("/try/steady?{}", asked.request.query))
        }),
        reply("endless-line", "A line that never ends.", 2, |_| Reply::endless_line()),
        reply("endless-comments", "Comments for ever, and not one event.", 2, |_| {
            let comments = Flood::endless(": still nothing\n".as_bytes()).with_pause(Duration::from_millis(100));
            Reply::event_stream().flood(&comments)
        }),
    ]
}

/// How often each client tried what.
#[derive(Default)]
pub(super) struct Tries {
    requests: Mutex<HashMap<(&'static str, String), u32>>,
}

impl Tries {
    /// Answers `/try` and what is below; 404 elsewhere.
    pub(super) fn reply(&self, request: &Entry) -> Reply {
        if request.path == "/try" {
            return list();
        }
        let name = request.path.strip_prefix("/try/").unwrap_or_default();
        let Some(what) = all().into_iter().find(|what| what.name == name) else {
            let message = json!({ "error": "There is nothing here." });
            return Reply::status(404).body("application/json", message.to_string());
        };
        let asked = Asked::new(request);
        let times = number(request, "times").unwrap_or(what.times);
        if self.count(what.name, asked.client()) >= times {
            return asked.stream(&Fault::None);
        }
        match what.kind {
            Kind::Fault(fault) => asked.stream(&fault),
            Kind::Reply(reply) => reply(&asked),
        }
    }

    /// How many requests for this there were before.
    fn count(&self, name: &'static str, client: &str) -> u32 {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        if requests.len() >= CAPACITY {
            requests.clear();
        }
        let count = requests.entry((name, client.to_owned())).or_default();
        *count = count.saturating_add(1);
        *count - 1
    }
}

fn list() -> Reply {
    let entry = |what: &Try| json!({ "name": what.name, "description": what.description });
    let entries: Vec<_> = all().iter().map(entry).collect();
    Reply::status(200).body("application/json", json!(entries).to_string())
}
