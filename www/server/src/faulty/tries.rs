//! Faults to try by hand, at `/try/NAME`: the first few requests of a client go wrong in the named way, later ones get
//! a stream of numbers that continues after `Last-Event-ID`. `/try` lists them.
//!
//! The query has `client`, `times` (how many requests go wrong) and `every` (milliseconds between two events, at most a
//! minute). Other values are refused with 400.

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

/// Milliseconds between two events: the default, and the largest value of `every`.
const EVERY: u64 = 300;
const LONGEST_PAUSE: u64 = 60_000;

/// The longest name of a client, in bytes.
const LONGEST_NAME: usize = 256;

enum Kind {
    /// Of the stream of numbers.
    Fault(Fault),
    /// Something else altogether.
    Reply(fn(&Asked) -> Reply),
}

struct Try {
    name: &'static str,
    description: &'static str,
    times: u64,
    kind: Kind,
}

/// What a request asks for.
struct Asked<'a> {
    request: &'a Entry,
    client: &'a str,
    every: u64,
    times: Option<u64>,
}

impl Asked<'_> {
    fn new(request: &Entry) -> Result<Asked<'_>, String> {
        let client = parameter(request, "client").unwrap_or_default();
        if client.len() > LONGEST_NAME {
            return Err(format!("client has {} bytes and may have at most {LONGEST_NAME}.", client.len()));
        }
        let every = number(request, "every", LONGEST_PAUSE)?.unwrap_or(EVERY);
        let times = number(request, "times", u32::MAX.into())?;
        Ok(Asked { request, client, every, times })
    }

    fn stream(&self, fault: &Fault) -> Reply {
        let numbered = Numbered { every: Duration::from_millis(self.every), ..Numbered::new(u64::MAX) };
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

fn number(request: &Entry, name: &str, most: u64) -> Result<Option<u64>, String> {
    let Some(given) = parameter(request, name) else { return Ok(None) };
    match given.parse() {
        Ok(number) if number <= most => Ok(Some(number)),
        _ => Err(format!("{name} is {given} and must be a whole number from 0 to {most}.")),
    }
}

fn refusal(status: u16, error: &str) -> Reply {
    Reply::status(status).body("application/json", json!({ "error": error }).to_string())
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
        reply("no-content", "204: there is nothing more to come.", u64::MAX, |_| Reply::no_content()),
        reply("not-a-stream", "200 with a web page, as a proxy's login form.", u64::MAX, |_| Reply::web_page()),
        reply("redirect", "The stream has moved (307).", 2, |asked| {
            Reply::redirect(307, &format!("/try/steady?{}", asked.request.query))
        }),
        reply("endless-line", "A line that never ends.", 2, |_| {
            Reply::event_stream().send("data: ").flood(&Flood::endless(b"x"))
        }),
        reply("endless-comments", "Comments without end, and no event.", 2, |_| {
            let comments = Flood::endless(": still nothing\n".as_bytes()).with_pause(Duration::from_millis(100));
            Reply::event_stream().flood(&comments)
        }),
    ]
}

/// How often each client tried what.
#[derive(Default)]
pub(super) struct Tries {
    requests: Mutex<HashMap<(&'static str, String), u64>>,
}

impl Tries {
    /// Answers `/try` and what is below; 404 elsewhere.
    pub(super) fn reply(&self, request: &Entry) -> Reply {
        if request.path == "/try" {
            return list();
        }
        let name = request.path.strip_prefix("/try/").unwrap_or_default();
        let Some(what) = all().into_iter().find(|what| what.name == name) else {
            return refusal(404, "There is nothing here.");
        };
        let asked = match Asked::new(request) {
            Ok(asked) => asked,
            Err(error) => return refusal(400, &error),
        };
        if self.count(what.name, asked.client) >= asked.times.unwrap_or(what.times) {
            return asked.stream(&Fault::None);
        }
        match what.kind {
            Kind::Fault(fault) => asked.stream(&fault),
            Kind::Reply(reply) => reply(&asked),
        }
    }

    /// How many requests for this there were before.
    fn count(&self, name: &'static str, client: &str) -> u64 {
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
