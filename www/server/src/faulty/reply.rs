//! What the fault server does with one request: a head, steps, and an ending, each of which may be as wrong as a test
//! needs it.

use std::time::{Duration, SystemTime};
use std::{mem, vec};

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use bytes::Bytes;

use super::flood::Flood;
use super::run::Run;
use crate::gate::Gate;

/// One thing after another.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Send(Bytes),
    /// One byte at a time, with a pause after each.
    Drip(Bytes, Duration),
    Pause(Duration),
    Wait(Gate),
    Flood(Flood),
    Events(Run),
}

/// How the client learns where the body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// By `Content-Length`: the body is known and sent with the head.
    Whole,
    Chunked,
    UntilClose,
    /// The steps are all there is, head included.
    Raw,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Proper,
    /// The connection is closed before the body is complete.
    Cut,
    Reset,
    Hang,
}

/// What is done with one request. Constructors say how it begins, methods add to it: headers, steps of the body in
/// their order, and the ending, which is a proper one by default.
///
/// ```
/// use std::time::Duration;
/// use demo_server::faulty::{Gate, Reply};
///
/// let gate = Gate::new();
/// let lost = Reply::event_stream().send("id: 1\ndata: a\n\ndata: unfin").wait(&gate).cut();
/// let slow = Reply::event_stream().slow_head(Duration::from_secs(1));
/// let busy = Reply::status(429).retry_after(2).body("text/plain", "later");
/// # let _ = (lost, slow, busy);
/// ```
///
/// Connections are closed after each reply unless it says [`keep_alive`](Self::keep_alive): browsers repeat a request
/// by themselves when a *kept* connection breaks, and a test that counts requests would see one too many.
#[derive(Clone, Debug)]
#[must_use]
pub struct Reply {
    status: u16,
    headers: Vec<(String, Vec<u8>)>,
    cors: bool,
    pub(crate) framing: Framing,
    pub(crate) before_head: Vec<Gate>,
    pub(super) head_pace: Option<Duration>,
    pub(super) pieces: Vec<usize>,
    pub(crate) steps: Vec<Step>,
    pub(crate) ending: Ending,
    pub(super) keep_alive: bool,
}

/// How a reply begins.
impl Reply {
    fn new(status: u16, framing: Framing) -> Self {
        Self {
            status,
            headers: Vec::new(),
            cors: true,
            framing,
            before_head: Vec::new(),
            head_pace: None,
            pieces: Vec::new(),
            steps: Vec::new(),
            ending: Ending::Proper,
            keep_alive: false,
        }
    }

    /// 200 with an event stream, each step of which leaves as one chunk of its own.
    pub fn event_stream() -> Self {
        Self::new(200, Framing::Chunked).header("Content-Type", "text/event-stream").header("Cache-Control", "no-store")
    }

    /// This status without a body; [`body`](Self::body) adds one.
    pub fn status(status: u16) -> Self {
        Self::new(status, Framing::Whole)
    }

    /// Nothing but what the steps say, the head included. Ends by closing the connection.
    pub fn raw() -> Self {
        Self::new(0, Framing::Raw)
    }

    /// The request is accepted and never answered.
    pub fn say_nothing() -> Self {
        Self::raw().hang()
    }

    /// The connection is closed instead of an answer.
    pub fn close_at_once() -> Self {
        Self::raw()
    }

    /// The connection is reset instead of an answer.
    pub fn reset_at_once() -> Self {
        Self::raw().reset()
    }

    /// 204: there is no more to come.
    pub fn no_content() -> Self {
        Self::status(204)
    }

    /// 401 with a challenge.
    pub fn unauthorized() -> Self {
        let challenge = "Bearer error=\"invalid_token\"";
        Self::status(401).header("WWW-Authenticate", challenge).body("text/plain", "The token is not good.")
    }

    /// 429; [`retry_after`](Self::retry_after) says when to come back.
    pub fn too_many_requests() -> Self {
        Self::status(429).body("text/plain", "Too many requests.")
    }

    /// 503.
    pub fn unavailable() -> Self {
        Self::status(503).body("text/plain", "Back in a moment.")
    }

    /// 200 with a web page, as a proxy's login form has it.
    pub fn web_page() -> Self {
        Self::status(200).body("text/html", "<!doctype html><title>Log in</title><p>Who are you?")
    }

    /// A redirect with this status (301, 302, 303, 307 or 308) to any address, also a relative one.
    pub fn redirect(status: u16, location: &str) -> Self {
        Self::status(status).header("Location", location)
    }
}

/// The head.
impl Reply {
    /// Sets a header, in place of one of the same name. Setting one of the `Access-Control-*` headers replaces what
    /// would be sent of itself.
    pub fn header(self, name: &str, value: impl AsRef<[u8]>) -> Self {
        let mut reply = self.without_header(name);
        reply.headers.push((name.to_owned(), value.as_ref().to_vec()));
        reply
    }

    /// Takes a header away that was set, such as the `Content-Type` of an event stream.
    pub fn without_header(mut self, name: &str) -> Self {
        self.headers.retain(|(given, _)| !given.eq_ignore_ascii_case(name));
        self
    }

    /// `Retry-After` in seconds.
    pub fn retry_after(self, seconds: u32) -> Self {
        self.header("Retry-After", seconds.to_string())
    }

    /// `Retry-After` as an HTTP date, which counts in whole seconds.
    pub fn retry_after_date(self, date: SystemTime) -> Self {
        self.header("Retry-After", httpdate::fmt_http_date(date))
    }

    /// Sends none of the CORS headers a page of another origin needs, so that it is refused the answer.
    pub fn without_cors(mut self) -> Self {
        self.cors = false;
        self
    }

    /// Keeps the connection for another request after a proper end.
    pub fn keep_alive(mut self) -> Self {
        self.keep_alive = true;
        self
    }

    /// The body ends where the connection does, as in HTTP/1.0: a [`cut`](Self::cut) cannot be told from an end.
    pub fn until_close(mut self) -> Self {
        self.framing = Framing::UntilClose;
        self
    }

    /// The head, too, waits until the gate is opened.
    pub fn hold_head(mut self, gate: &Gate) -> Self {
        self.before_head.push(gate.clone());
        self
    }

    /// Sends the head one byte at a time, with this pause after each.
    pub fn slow_head(mut self, pause: Duration) -> Self {
        self.head_pace = Some(pause);
        self
    }
}

/// The body and its end.
impl Reply {
    /// A body of this type, sent with its length in one go.
    pub fn body(self, content_type: &str, body: impl Into<Bytes>) -> Self {
        let mut reply = self.header("Content-Type", content_type);
        reply.steps.push(Step::Send(body.into()));
        reply
    }

    /// Sends bytes, as one chunk and one packet.
    pub fn send(self, bytes: impl Into<Bytes>) -> Self {
        self.step(Step::Send(bytes.into()))
    }

    /// Sends bytes one at a time, each as a chunk of its own, with a pause after each.
    pub fn drip(self, bytes: impl Into<Bytes>, pause: Duration) -> Self {
        self.step(Step::Drip(bytes.into(), pause))
    }

    /// Sends nothing for so long.
    pub fn pause(self, length: Duration) -> Self {
        self.step(Step::Pause(length))
    }

    /// Waits until the gate is opened, with all that comes before already sent.
    pub fn wait(self, gate: &Gate) -> Self {
        self.step(Step::Wait(gate.clone()))
    }

    /// Sends as much as the flood has, as fast as the client takes it. A test can watch the flood during this.
    pub fn flood(self, flood: &Flood) -> Self {
        self.step(Step::Flood(flood.clone()))
    }

    /// Everything that [`send`](Self::send) and numbered streams say goes out in pieces of these sizes in turn, each a
    /// packet and a chunk of its own; `[1]` sends every byte alone. Zeros are left out.
    pub fn in_pieces(mut self, sizes: impl IntoIterator<Item = usize>) -> Self {
        self.pieces = sizes.into_iter().filter(|size| *size > 0).collect();
        self
    }

    /// Ends as it should. This is the default.
    pub fn end(self) -> Self {
        self.ending(Ending::Proper)
    }

    /// Closes the connection in the middle of a chunk: a network error for the client.
    pub fn cut(self) -> Self {
        self.ending(Ending::Cut)
    }

    /// Resets the connection (RST).
    pub fn reset(self) -> Self {
        self.ending(Ending::Reset)
    }

    /// Does not end: nothing more is sent and the connection stays open.
    pub fn hang(self) -> Self {
        self.ending(Ending::Hang)
    }

    pub(super) fn step(mut self, step: Step) -> Self {
        self.stream_it();
        self.steps.push(step);
        self
    }

    fn ending(mut self, ending: Ending) -> Self {
        if ending != Ending::Proper {
            self.stream_it();
        }
        self.ending = ending;
        self
    }

    /// A body that comes bit by bit, or not to its end, is not sent in one go.
    fn stream_it(&mut self) {
        if self.framing == Framing::Whole {
            self.framing = Framing::Chunked;
        }
    }

    /// The bytes of a body that is sent in one go.
    pub(crate) fn whole_body(&self) -> Vec<u8> {
        let sends = self.steps.iter().filter_map(|step| match step {
            Step::Send(bytes) => Some(&bytes[..]),
            _ => None,
        });
        sends.collect::<Vec<_>>().concat()
    }

    /// Whether [`script`](crate::script) can play it.
    pub(crate) fn is_scriptable(&self) -> bool {
        let known = |step: &Step| matches!(step, Step::Send(_) | Step::Wait(_));
        let ends_as_scripts_do = match self.framing {
            Framing::Raw => self.steps.is_empty() && matches!(self.ending, Ending::Reset | Ending::Hang),
            _ => self.ending != Ending::Cut,
        };
        ends_as_scripts_do && self.steps.iter().all(known) && self.head_pace.is_none() && self.pieces.is_empty()
    }

    pub(crate) fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.status).expect("a status between 100 and 999")
    }

    pub(crate) fn header_map(&self) -> HeaderMap {
        let header = |(name, value): &(String, Vec<u8>)| {
            let name = HeaderName::from_bytes(name.as_bytes()).expect("a header name");
            (name, HeaderValue::from_bytes(value).expect("a header value"))
        };
        self.headers.iter().map(header).collect()
    }

    /// Status line and headers for a request of this `Origin`.
    pub(super) fn head(&self, origin: Option<&[u8]>) -> Vec<u8> {
        if self.framing == Framing::Raw {
            return Vec::new();
        }
        let reason = StatusCode::from_u16(self.status).ok().and_then(|status| status.canonical_reason());
        let mut head = format!("HTTP/1.1 {} {}\r\n", self.status, reason.unwrap_or_default()).into_bytes();
        let mut write = |name: &str, value: &[u8]| {
            head.extend_from_slice(&[name.as_bytes(), b": ", value, b"\r\n"].concat());
        };
        for (name, value) in &self.headers {
            write(name, value);
        }
        for (name, value) in self.cors_headers(origin) {
            write(name, value);
        }
        write("Connection", if self.keep_alive { b"keep-alive" } else { b"close" });
        match self.framing {
            // A 204 has no body by definition and must not name its length.
            Framing::Whole if self.status != 204 => {
                write("Content-Length", self.whole_body().len().to_string().as_bytes());
            }
            Framing::Chunked => write("Transfer-Encoding", b"chunked"),
            Framing::Whole | Framing::UntilClose | Framing::Raw => {}
        }
        head.extend_from_slice(b"\r\n");
        head
    }

    fn cors_headers<'a>(&self, origin: Option<&'a [u8]>) -> Vec<(&'static str, &'a [u8])> {
        let mut headers: Vec<(&str, &[u8])> = match (self.cors, origin) {
            (true, Some(origin)) => vec![
                ("Access-Control-Allow-Origin", origin),
                ("Access-Control-Allow-Credentials", b"true"),
                ("Access-Control-Expose-Headers", b"Retry-After, WWW-Authenticate"),
                ("Vary", b"Origin"),
            ],
            _ => Vec::new(),
        };
        headers.retain(|(name, _)| !self.headers.iter().any(|(given, _)| given.eq_ignore_ascii_case(name)));
        headers
    }
}

/// Replies for requests: one for each, the last one again and again.
#[derive(Debug)]
pub(crate) struct InTurn {
    next: Reply,
    later: vec::IntoIter<Reply>,
}

impl InTurn {
    pub(crate) fn new(replies: Vec<Reply>) -> Self {
        let mut later = replies.into_iter();
        Self { next: later.next().expect("at least one reply"), later }
    }

    pub(crate) fn next(&mut self) -> Reply {
        let after = self.later.next().unwrap_or_else(|| self.next.clone());
        mem::replace(&mut self.next, after)
    }
}
