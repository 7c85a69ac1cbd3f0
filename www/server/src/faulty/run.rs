//! Numbered events, as a reply sends them.

use std::ops::Range;
use std::time::Duration;

use serde::Deserialize;
use serde_json::json;

/// What ends a line of the stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum LineEnd {
    /// `\n`.
    #[default]
    #[serde(rename = "\n")]
    Lf,
    /// `\r\n`.
    #[serde(rename = "\r\n")]
    CrLf,
    /// `\r`.
    #[serde(rename = "\r")]
    Cr,
}

impl LineEnd {
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Lf => "\n",
            Self::CrLf => "\r\n",
            Self::Cr => "\r",
        }
    }
}

/// Consecutive events, written one by one when their time comes.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub(super) numbers: Range<u64>,
    pub(super) line_end: LineEnd,
    pub(super) every: Duration,
}

impl Run {
    pub(super) fn event(&self, n: u64) -> String {
        event(n, self.line_end)
    }
}

/// The event with this number.
pub(super) fn event(n: u64, line_end: LineEnd) -> String {
    let (data, end) = (data(n), line_end.text());
    format!("id: {n}{end}data: {data}{end}{end}")
}

/// The data of the event with this number.
pub(super) fn data(n: u64) -> String {
    json!({ "n": n, "text": "Zoé für 李雷 🙂" }).to_string()
}
