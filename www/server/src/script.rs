//! Scripted replies at `/api/script/:name`, for pages of this server's own origin. Of a reply, the status, its own headers,
//! gates, what is sent, and the ending are played; everything else is as the HTTP library does it.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::{Stream, stream};

use crate::connections::Connection;
use crate::errors::ApiError;
use crate::faulty::reply::{Ending, Framing, InTurn, Reply, Step};
use crate::stream_request::StreamRequest;

/// The registered scripts, by name.
#[derive(Debug, Default)]
pub(crate) struct Scripts {
    replies: Mutex<HashMap<String, InTurn>>,
}

impl Scripts {
    pub(crate) fn register(&self, name: &str, replies: Vec<Reply>) {
        assert!(replies.iter().all(Reply::is_scriptable), "the script {name:?} has what only a fault server can send");
        let mut scripts = self.replies.lock().unwrap_or_else(PoisonError::into_inner);
        scripts.insert(name.to_owned(), InTurn::new(replies));
    }

    fn next(&self, name: &str) -> Option<Reply> {
        self.replies.lock().unwrap_or_else(PoisonError::into_inner).get_mut(name).map(InTurn::next)
    }
}

/// `/api/script/:name`, by any method.
pub(crate) async fn play(
    request: StreamRequest,
    State(scripts): State<Arc<Scripts>>,
    Path(name): Path<String>,
) -> Result<Response, ApiError> {
    let Some(reply) = scripts.next(&name) else {
        return Err(ApiError::NoScript(name));
    };
    let connection = Arc::clone(&request.connection);
    for gate in &reply.before_head {
        gate.pass().await;
    }
    match reply.framing {
        Framing::Raw => end_badly(reply.ending, &connection).await,
        // With its length, as 204 and redirects are sent by other servers.
        Framing::Whole => Ok((reply.status_code(), reply.header_map(), Body::from(reply.whole_body())).into_response()),
        Framing::Chunked | Framing::UntilClose => {
            let (status, headers) = (reply.status_code(), reply.header_map());
            Ok(request.respond_with(status, headers, body(reply.steps.into(), reply.ending, connection)))
        }
    }
}

fn body(steps: VecDeque<Step>, ending: Ending, connection: Arc<Connection>) -> impl Stream<Item = Bytes> {
    stream::unfold((steps, connection), move |(mut steps, connection)| async move {
        loop {
            // A body that is not ready makes hyper send what it has, so each chunk leaves on its own and before
            // whatever comes next happens.
            tokio::task::yield_now().await;
            match steps.pop_front() {
                Some(Step::Send(bytes)) => return Some((bytes, (steps, connection))),
                Some(Step::Wait(gate)) => gate.pass().await,
                Some(step) => unreachable!("a reply with {step:?} is not registered"),
                None if ending == Ending::Proper => return None,
                None => end_badly(ending, &connection).await,
            }
        }
    })
}

/// Resets the connection or leaves it hanging; never returns, as the connection's end takes its caller with it.
async fn end_badly<T>(ending: Ending, connection: &Connection) -> T {
    if ending == Ending::Reset {
        connection.cut();
    }
    std::future::pending().await
}
