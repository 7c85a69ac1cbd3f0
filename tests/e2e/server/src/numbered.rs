//! Streams of numbers, as the tests describe them.

use demo_server::faulty::{Done, Fault, FaultServer, LineEnd, Numbered, Reply};
use serde::Deserialize;

use crate::calls::Milliseconds;

/// A [`Numbered`].
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NumberedStream {
    total: u64,
    #[serde(default)]
    schedule: Vec<FaultOf>,
    line_end: Option<LineEndOf>,
    done: Option<DoneOf>,
    #[serde(default)]
    pieces: Vec<usize>,
    every: Option<Milliseconds>,
    retry: Option<u64>,
}

#[derive(Clone, Copy, Deserialize)]
enum LineEndOf {
    #[serde(rename = "\n")]
    Lf,
    #[serde(rename = "\r\n")]
    CrLf,
    #[serde(rename = "\r")]
    Cr,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum DoneOf {
    NoContent,
    Marker(String),
    StayOpen,
}

/// `{ "fault": "cutAt", "after": 2, "byte": 5 }`.
#[derive(Deserialize)]
#[serde(tag = "fault", rename_all = "camelCase", rename_all_fields = "camelCase")]
enum FaultOf {
    None,
    CutMidLine { after: u64 },
    CutMidCharacter { after: u64 },
    CutBetweenCrAndLf { after: u64 },
    CutAt { after: u64, byte: usize },
    Reset { after: u64 },
    ResetAtOnce,
    Silence { after: u64 },
    End { after: u64 },
    SayNothing,
    SlowHead { pause: u64 },
    Status { status: u16, retry_after: Option<u32> },
    Pieces { sizes: Vec<usize> },
}

impl From<FaultOf> for Fault {
    fn from(fault: FaultOf) -> Self {
        match fault {
            FaultOf::None => Self::None,
            FaultOf::CutMidLine { after } => Self::CutMidLine { after },
            FaultOf::CutMidCharacter { after } => Self::CutMidCharacter { after },
            FaultOf::CutBetweenCrAndLf { after } => Self::CutBetweenCrAndLf { after },
            FaultOf::CutAt { after, byte } => Self::CutAt { after, byte },
            FaultOf::Reset { after } => Self::Reset { after },
            FaultOf::ResetAtOnce => Self::ResetAtOnce,
            FaultOf::Silence { after } => Self::Silence { after },
            FaultOf::End { after } => Self::End { after },
            FaultOf::SayNothing => Self::SayNothing,
            FaultOf::SlowHead { pause } => Self::SlowHead { pause },
            FaultOf::Status { status, retry_after } => Self::Status { status, retry_after },
            FaultOf::Pieces { sizes } => Self::Pieces(sizes),
        }
    }
}

impl From<NumberedStream> for Numbered {
    fn from(stream: NumberedStream) -> Self {
        let mut numbered = Self::new(stream.total).schedule(stream.schedule.into_iter().map(Into::into));
        numbered.pieces = stream.pieces;
        numbered.retry = stream.retry;
        numbered.every = stream.every.map(Into::into).unwrap_or_default();
        numbered.line_end = match stream.line_end {
            None | Some(LineEndOf::Lf) => LineEnd::Lf,
            Some(LineEndOf::CrLf) => LineEnd::CrLf,
            Some(LineEndOf::Cr) => LineEnd::Cr,
        };
        numbered.done = match stream.done {
            None | Some(DoneOf::NoContent) => Done::NoContent,
            Some(DoneOf::Marker(data)) => Done::Marker(data),
            Some(DoneOf::StayOpen) => Done::StayOpen,
        };
        numbered
    }
}

/// Answers the requests to `path` with all events after the last that was seen, of `total` events of 1 KiB each, at once;
/// then the stream stays open.
pub(crate) fn answer_with_kibibytes(faults: &FaultServer, path: &str, total: usize) {
    let events: Vec<u8> = (1..=total).flat_map(|n| format!("id: {n:05}\ndata: {n:1005}\n\n").into_bytes()).collect();
    faults.answer_by(path, move |request| {
        let seen = request.header_str("last-event-id").and_then(|id| id.parse::<usize>().ok()).unwrap_or(0);
        Reply::event_stream().send(events[events.len() / total * seen..].to_vec()).hang()
    });
}
