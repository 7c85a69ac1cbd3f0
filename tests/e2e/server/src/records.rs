//! What servers saw, as the tests read it.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use demo_server::Entry;
use demo_server::faulty::{End, Ended, Exchange};
use serde_json::{Value, json};

use crate::calls::latin1;

/// A request. Header values and the body are one character a byte.
pub(crate) fn request(entry: &Entry) -> Value {
    let headers: Vec<_> = entry.headers.iter().map(|(name, value)| (name, latin1(value))).collect();
    json!({
        "method": entry.method,
        "path": entry.path,
        "query": entry.query,
        "headers": headers,
        "body": latin1(&entry.body),
        "bodyLength": entry.body_length,
    })
}

/// Whether a browser asks for permission, before the request itself.
fn is_preflight(entry: &Entry) -> bool {
    entry.method == "OPTIONS" && entry.header("access-control-request-method").is_some()
}

/// An exchange; `number` identifies it at its server.
pub(crate) fn exchange(number: usize, exchange: &Exchange) -> Value {
    json!({
        "number": number,
        "request": request(&exchange.request),
        "head": latin1(&exchange.head),
        "client": exchange.client,
        "arrived": unix_time(exchange.arrived),
        "isOpen": exchange.is_open(),
        "isPreflight": is_preflight(&exchange.request),
    })
}

pub(crate) fn ended(Ended { how, at }: Ended) -> Value {
    let how = match how {
        End::Complete => "complete",
        End::BrokenOff => "broken-off",
        End::ClosedByClient => "closed-by-client",
        End::Stopped => "stopped",
    };
    json!({ "how": how, "at": unix_time(at) })
}

/// In milliseconds since 1970, with fractions, as `Date.now()` and `performance` count.
fn unix_time(at: Instant) -> f64 {
    let then = SystemTime::now() - at.elapsed();
    then.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64() * 1000.0
}
