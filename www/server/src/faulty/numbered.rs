//! A stream of numbered events that continues after `Last-Event-ID`, and a schedule of what goes wrong on the way. With
//! any schedule, a client that resumes correctly sees each number once and in order.

use std::time::Duration;

use serde::Deserialize;

use super::reply::{Reply, Step};
use super::run::{self, LineEnd, Run, event};
use crate::milliseconds;

/// How the client learns that there are no more numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Done {
    /// The stream ends after the last number, and a later request is answered 204.
    #[default]
    NoContent,
    /// After the last number comes an event with this data, such as `[DONE]`, and a proper end.
    Marker(String),
    /// The stream stays open and sends nothing more.
    StayOpen,
}

/// What goes wrong with one request. `after` counts the events that are sent whole before it does; with fewer events
/// left it happens after the last one, before the client learns that it was the last. In JSON:
/// `{ "fault": "cutAt", "after": 2, "byte": 5 }`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "fault", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Fault {
    /// Nothing.
    None,
    /// The connection is closed in the middle of the next event's data line, behind its id.
    CutMidLine {
        /// Events sent before.
        after: u64,
    },
    /// The connection is closed in the middle of a character of three bytes.
    CutMidCharacter {
        /// Events sent before.
        after: u64,
    },
    /// The connection is closed between the CR and the LF of the empty line that ends the last of these events: the CR
    /// alone ends it already. The stream has CRLF line ends for this request. With `after: 0` it is the end of the
    /// first event's id line.
    CutBetweenCrAndLf {
        /// Events sent before, the last one without its last LF.
        after: u64,
    },
    /// The connection is closed after so many bytes of the next event, modulo its length without the empty line that
    /// would end it.
    CutAt {
        /// Events sent before.
        after: u64,
        /// Bytes of the event behind them.
        byte: usize,
    },
    /// The connection is reset.
    Reset {
        /// Events sent before.
        after: u64,
    },
    /// The connection is reset instead of an answer.
    ResetAtOnce,
    /// The connection stays open and nothing more is sent.
    Silence {
        /// Events sent before.
        after: u64,
    },
    /// The stream ends properly, too early.
    End {
        /// Events sent before.
        after: u64,
    },
    /// The request is accepted and never answered.
    SayNothing,
    /// The head comes one byte at a time, then all goes well.
    SlowHead {
        /// After each byte, in milliseconds.
        pause: u64,
    },
    /// A status instead of the stream, with a `Retry-After` in seconds if there is one.
    Status {
        /// Such as 401, 429 or 503.
        status: u16,
        /// In seconds.
        retry_after: Option<u32>,
    },
    /// Everything is sent in pieces of these sizes in turn, then all goes well.
    Pieces {
        /// In bytes.
        sizes: Vec<usize>,
    },
}

/// A stream of the events 1 to `total`, each with its number as its id. Plain data, so that property tests can generate
/// and shrink it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[must_use]
pub struct Numbered {
    /// The last number.
    pub total: u64,
    /// One fault for each request; later ones are answered without any.
    pub schedule: Vec<Fault>,
    /// What ends a line.
    pub line_end: LineEnd,
    /// What comes after the last number.
    pub done: Done,
    /// The sizes of the pieces that everything is sent in, in turn; empty for one packet per event.
    pub pieces: Vec<usize>,
    /// The pause between two events.
    #[serde(deserialize_with = "milliseconds::deserialize")]
    pub every: Duration,
    /// The reconnection time at the beginning of each stream, in milliseconds.
    pub retry: Option<u64>,
}

impl Numbered {
    /// The numbers from 1 to `total` without any fault.
    pub fn new(total: u64) -> Self {
        Self { total, ..Self::default() }
    }

    /// Sets what goes wrong, one fault for each request.
    pub fn schedule(mut self, schedule: impl IntoIterator<Item = Fault>) -> Self {
        self.schedule = schedule.into_iter().collect();
        self
    }

    /// The data of the event with this number, to compare with what arrived.
    pub fn data(n: u64) -> String {
        run::data(n)
    }

    /// What the client that has seen the events up to `seen` is answered.
    pub(super) fn reply(&self, seen: u64, fault: &Fault) -> Reply {
        if let Some(instead) = instead_of_a_stream(fault) {
            return instead;
        }
        if seen >= self.total && self.done == Done::NoContent {
            return Reply::no_content();
        }
        let line_end = if matches!(fault, Fault::CutBetweenCrAndLf { .. }) { LineEnd::CrLf } else { self.line_end };
        let stream = Stream { numbered: self, line_end, seen };
        let opening = self.retry.map(|milliseconds| format!("retry: {milliseconds}{}", line_end.text().repeat(2)));
        let reply = Reply::event_stream().in_pieces(self.pieces.iter().copied());
        stream.play(fault, opening.into_iter().fold(reply, Reply::send))
    }
}

fn instead_of_a_stream(fault: &Fault) -> Option<Reply> {
    match fault {
        Fault::ResetAtOnce => Some(Reply::reset_at_once()),
        Fault::SayNothing => Some(Reply::say_nothing()),
        Fault::Status { status, retry_after } => {
            Some(retry_after.iter().fold(Reply::status(*status), |reply, seconds| reply.retry_after(*seconds)))
        }
        _ => None,
    }
}

/// One response, under construction.
struct Stream<'a> {
    numbered: &'a Numbered,
    line_end: LineEnd,
    seen: u64,
}

impl Stream<'_> {
    fn play(&self, fault: &Fault, reply: Reply) -> Reply {
        match *fault {
            Fault::CutMidLine { after } => self.cut(reply, after, |event| event.find("\"text").unwrap_or_default()),
            Fault::CutMidCharacter { after } => {
                self.cut(reply, after, |event| event.find('李').unwrap_or_default() + 1)
            }
            Fault::CutAt { after, byte } => self.cut(reply, after, |event| byte % event.trim_end().len()),
            Fault::CutBetweenCrAndLf { after } => self.cut_between_cr_and_lf(reply, after),
            Fault::Reset { after } => self.events(reply, after).reset(),
            Fault::Silence { after } => self.events(reply, after).hang(),
            Fault::End { after } => self.events(reply, after),
            Fault::SlowHead { pause } => self.to_the_end(reply.slow_head(Duration::from_millis(pause))),
            Fault::Pieces { ref sizes } => self.to_the_end(reply.in_pieces(sizes.iter().copied())),
            Fault::None | Fault::ResetAtOnce | Fault::SayNothing | Fault::Status { .. } => self.to_the_end(reply),
        }
    }

    /// The number of the last of so many events.
    fn last_of(&self, count: u64) -> u64 {
        self.seen.saturating_add(count).min(self.numbered.total.max(self.seen))
    }

    fn events(&self, reply: Reply, count: u64) -> Reply {
        let numbers = self.seen.saturating_add(1)..self.last_of(count).saturating_add(1);
        if numbers.is_empty() {
            return reply;
        }
        reply.step(Step::Events(Run { numbers, line_end: self.line_end, every: self.numbered.every }))
    }

    fn to_the_end(&self, reply: Reply) -> Reply {
        let reply = self.events(reply, u64::MAX);
        match &self.numbered.done {
            Done::NoContent => reply,
            Done::Marker(data) => reply.send(format!("data: {data}{}", self.line_end.text().repeat(2))),
            Done::StayOpen => reply.hang(),
        }
    }

    /// Sends `after` events and of the next one only as many bytes as `place` says.
    fn cut(&self, reply: Reply, after: u64, place: impl FnOnce(&str) -> usize) -> Reply {
        // There is always one more to be cut in two, even if its number is beyond the last: it does not arrive whole.
        let next = event(self.last_of(after).saturating_add(1), self.line_end);
        let part = next.as_bytes()[..place(&next)].to_vec();
        let reply = self.events(reply, after);
        if part.is_empty() { reply.cut() } else { reply.send(part).cut() }
    }

    fn cut_between_cr_and_lf(&self, reply: Reply, after: u64) -> Reply {
        let last = self.last_of(after);
        if last == self.seen {
            return self.cut(reply, 0, |event| event.find('\n').unwrap_or_default());
        }
        let text = event(last, self.line_end);
        self.events(reply, last - self.seen - 1).send(text[..text.len() - 1].to_owned()).cut()
    }
}
