//! `POST /api/chat/stream`: types an answer token by token. The answer follows from the message alone, so any server
//! can take over in the middle of it: the token's number is in the last event id.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::answers;
use crate::auth::Bearer;
use crate::errors::ApiError;
use crate::extract::JsonBody;
use crate::sse::Event;
use crate::stream_request::{StreamRequest, Timing, kept_alive};

/// The longest time between two tokens that can be asked for, in milliseconds.
const SLOWEST: u64 = 120_000;

/// The body of a chat request. A page sends the `conversation` as well, which the demo's answers do not depend on.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Prompt {
    message: String,
    /// Milliseconds between two tokens.
    token_delay: Option<u64>,
}

/// Whether answers are typed without a pause. Clones are the same switch.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hurry(Arc<watch::Sender<bool>>);

impl Hurry {
    pub(crate) fn set(&self, on: bool) {
        self.0.send_replace(on);
    }

    /// Waits until the switch is on.
    async fn on(&self) {
        // The sender is `self`, so the channel cannot be closed while we wait.
        let _ = self.0.subscribe().wait_for(|on| *on).await;
    }
}

/// `POST /api/chat/stream`: after `Last-Event-ID: KEY:N` the answer continues with token N + 1; when all of it was
/// seen there is no content.
pub(crate) async fn answer(
    request: StreamRequest,
    State(timing): State<Timing>,
    _: Bearer,
    JsonBody(prompt): JsonBody<Prompt>,
) -> Result<Response, ApiError> {
    let pace = match prompt.token_delay {
        Some(delay) => {
            ApiError::check("tokenDelay", delay, SLOWEST)?;
            Duration::from_millis(delay)
        }
        None => timing.pace,
    };
    if prompt.message.trim().is_empty() {
        return Err(ApiError::Body("the message is empty".to_owned()));
    }
    let key = key(&prompt.message);
    let events = events(&key, &answers::tokens(&answers::answer(&prompt.message)));
    let first = request.last_event_id().and_then(|id| next_index(id, &key)).unwrap_or(0);
    if first >= events.len() {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let pieces = typed(events.into_iter().skip(first), pace, timing.hurry);
    Ok(request.respond(kept_alive(pieces, timing.keep_alive)))
}

/// The index after the one in the last event id; none if that is of another answer.
fn next_index(last_event_id: &str, key: &str) -> Option<usize> {
    let (of, index) = last_event_id.rsplit_once(':')?;
    let index: usize = index.parse().ok()?;
    (of == key).then(|| index.saturating_add(1))
}

/// The whole answer, with `[DONE]` numbered as one more token.
fn events(key: &str, tokens: &[&str]) -> Vec<Bytes> {
    let data = tokens.iter().enumerate().map(|(index, token)| json!({ "index": index, "token": token }).to_string());
    data.chain(["[DONE]".to_owned()])
        .enumerate()
        .map(|(index, data)| {
            let id = format!("{key}:{index}");
            Event { id: Some(&id), data: &data, ..Event::default() }.to_bytes()
        })
        .collect()
}

fn typed(events: impl Iterator<Item = Bytes> + Send, pace: Duration, hurry: Hurry) -> impl Stream<Item = Bytes> + Send {
    stream::iter(events).enumerate().then(move |(index, event)| {
        let hurry = hurry.clone();
        async move {
            if index > 0 && !pace.is_zero() {
                // Whichever comes first.
                let _ = timeout(pace, hurry.on()).await;
            }
            event
        }
    })
}

/// Names the answer in event ids: 32 bits of FNV-1a over the message, which is the same in every build.
fn key(message: &str) -> String {
    let hash = message.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    format!("{hash:08x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_the_published_hash_of_the_message() {
        assert_eq!(key(""), "811c9dc5");
        assert_eq!(key("foobar"), "bf9cf968");
    }

    #[test]
    fn only_the_last_event_id_of_the_same_answer_counts() {
        assert_eq!(next_index("bf9cf968:4", "bf9cf968"), Some(5));
        assert_eq!(next_index("811c9dc5:4", "bf9cf968"), None);
        assert_eq!(next_index("4", "bf9cf968"), None);
        assert_eq!(next_index("bf9cf968:x", "bf9cf968"), None);
    }
}
