//! One connection of the fault server: request, reply, and so on until one side closes it. The socket is read all the
//! time, so the server notices at once when the client closes it, whatever the reply is doing.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::net::TcpStream;

use super::incoming::Incoming;
use super::outgoing::Outgoing;
use super::reply::{Ending, Framing, Reply, Step};
use super::tries::Tries;
use super::watch::{End, Visit, Watch, is_preflight};
use crate::journal::Entry;
use crate::kept::beginning;

type Answer = Box<dyn FnMut(&Entry) -> Reply + Send>;

/// What all connections of a server share.
#[derive(Default)]
pub(super) struct Shared {
    pub(super) answers: Mutex<HashMap<String, Answer>>,
    tries: Tries,
    pub(super) watch: Arc<Watch>,
}

impl Shared {
    fn reply(&self, request: &Entry) -> Reply {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        match answers.get_mut(&request.path) {
            Some(answer) => answer(request),
            None => self.tries.reply(request),
        }
    }
}

/// What becomes of the connection after a reply.
enum Afterwards {
    KeepAlive,
    Close,
    Reset,
}

/// Serves a connection until it is gone.
pub(super) async fn serve(socket: Arc<TcpStream>, shared: Arc<Shared>) {
    // Every packet has to leave when it is written, however small.
    let _ = socket.set_nodelay(true);
    let _here = shared.watch.connected();

    let mut incoming = Incoming::new(Arc::clone(&socket));
    while let Some(head) = incoming.head().await {
        let visit = shared.watch.arrived(&head.entry, &socket);
        let mut request = head.entry;
        let Some(body) = incoming.body(&request).await else {
            return visit.end(End::ClosedByClient);
        };
        request.body_length = body.len();
        request.body = beginning(&body);
        visit.record(request.clone(), head.raw);

        let reply = if is_preflight(&request) { preflight(&request) } else { shared.reply(&request) };
        let outgoing = Outgoing::new(Arc::clone(&socket), reply.framing == Framing::Chunked, reply.pieces.clone());
        let afterwards = tokio::select! {
            () = incoming.closed() => return visit.end(End::ClosedByClient),
            played = play(&reply, outgoing, &visit, request.header("origin")) => played,
        };
        match afterwards {
            Ok(Afterwards::KeepAlive) => {}
            // The client has to take what was sent and to close its side, or the system would reset the connection.
            Ok(Afterwards::Close) => return incoming.closed().await,
            Ok(Afterwards::Reset) => return,
            Err(_) => return visit.end(End::ClosedByClient),
        }
    }
}

/// Allows whatever is asked for. `*` would not cover `Authorization`.
fn preflight(request: &Entry) -> Reply {
    let mirrored = |name| request.header(name).unwrap_or_default();
    Reply::no_content()
        .header("Access-Control-Allow-Methods", mirrored("access-control-request-method"))
        .header("Access-Control-Allow-Headers", mirrored("access-control-request-headers"))
        .header("Access-Control-Max-Age", "600")
}

async fn play(reply: &Reply, mut out: Outgoing, visit: &Visit, origin: Option<&[u8]>) -> io::Result<Afterwards> {
    for gate in &reply.before_head {
        gate.pass().await;
    }
    let head = reply.head(origin);
    if reply.framing == Framing::Whole {
        return play_whole(reply, &head, &out, visit).await;
    }
    match reply.head_pace {
        Some(pause) => out.drip(&head, pause).await?,
        None => out.write(&head).await?,
    }
    steps(&reply.steps, &mut out).await?;
    if reply.ending == Ending::Hang {
        return std::future::pending().await;
    }
    // Noted before it is done: a client that is quick to come back must not find itself here still.
    visit.end(if reply.ending == Ending::Proper { End::Complete } else { End::BrokenOff });
    match reply.ending {
        Ending::Proper => {
            out.end().await?;
            Ok(close_unless(reply.keep_alive && reply.framing == Framing::Chunked, &out))
        }
        Ending::Cut => {
            out.break_off().await?;
            Ok(close_unless(false, &out))
        }
        Ending::Reset => {
            out.reset();
            Ok(Afterwards::Reset)
        }
        Ending::Hang => std::future::pending().await,
    }
}

/// Head and body together; the last byte is kept back until the request is noted as answered.
async fn play_whole(reply: &Reply, head: &[u8], out: &Outgoing, visit: &Visit) -> io::Result<Afterwards> {
    if let (Some(pause), [early @ .., last]) = (reply.head_pace, head) {
        out.drip(early, pause).await?;
        visit.end(End::Complete);
        out.write(&[&[*last], &reply.whole_body()[..]].concat()).await?;
    } else {
        visit.end(End::Complete);
        out.write(&[head, &reply.whole_body()[..]].concat()).await?;
    }
    Ok(close_unless(reply.keep_alive, out))
}

fn close_unless(keep_alive: bool, out: &Outgoing) -> Afterwards {
    if keep_alive {
        return Afterwards::KeepAlive;
    }
    out.close();
    Afterwards::Close
}

async fn steps(steps: &[Step], out: &mut Outgoing) -> io::Result<()> {
    for step in steps {
        match step {
            Step::Send(bytes) => out.body(bytes).await?,
            Step::Drip(bytes, pause) => out.drip_body(bytes, *pause).await?,
            Step::Pause(length) => tokio::time::sleep(*length).await,
            Step::Wait(gate) => gate.pass().await,
            Step::Flood(flood) => out.flood(flood).await?,
            Step::Events(run) => {
                for n in run.numbers.clone() {
                    if n > run.numbers.start {
                        tokio::time::sleep(run.every).await;
                    }
                    out.body(run.event(n).as_bytes()).await?;
                }
            }
        }
    }
    Ok(())
}
