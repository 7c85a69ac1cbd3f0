//! Replies, made again from the calls that the test's builder recorded.

use std::time::{Duration, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use demo_server::faulty::Reply;

use crate::calls::{Call, Milliseconds, Text};
use crate::shared::{FloodOf, Shared};

/// Replies, each from its constructor and the methods called on it.
pub(crate) fn replies(shared: &Shared, replies: &[Vec<Call>]) -> Result<Vec<Reply>> {
    replies.iter().map(|calls| reply(shared, calls)).collect()
}

pub(crate) fn reply(shared: &Shared, calls: &[Call]) -> Result<Reply> {
    let (constructor, methods) = calls.split_first().context("a reply begins with its constructor")?;
    let reply = construct_reply(constructor)?;
    methods.iter().try_fold(reply, |reply, call| continue_reply(shared, reply, call))
}

fn construct_reply(call: &Call) -> Result<Reply> {
    Ok(match &*call.name {
        "eventStream" => Reply::event_stream(),
        "status" => Reply::status(call.arg()?),
        "raw" => Reply::raw(),
        "sayNothing" => Reply::say_nothing(),
        "closeAtOnce" => Reply::close_at_once(),
        "resetAtOnce" => Reply::reset_at_once(),
        "noContent" => Reply::no_content(),
        "unauthorized" => Reply::unauthorized(),
        "tooManyRequests" => Reply::too_many_requests(),
        "unavailable" => Reply::unavailable(),
        "webPage" => Reply::web_page(),
        "redirect" => {
            let (status, location): (u16, String) = call.args()?;
            Reply::redirect(status, &location)
        }
        name => bail!("no reply begins with {name}"),
    })
}

fn continue_reply(shared: &Shared, reply: Reply, call: &Call) -> Result<Reply> {
    let pause = || call.arg::<Milliseconds>().map(Duration::from);
    let gate = || call.arg().map(|number| shared.gate(number));
    Ok(match &*call.name {
        "header" => {
            let (name, value): (String, Text) = call.args()?;
            reply.header(&name, value.into_bytes()?)
        }
        "withoutHeader" => reply.without_header(&call.arg::<String>()?),
        "retryAfter" => reply.retry_after(call.arg()?),
        "retryAfterDate" => reply.retry_after_date(UNIX_EPOCH + pause()?),
        "withoutCors" => reply.without_cors(),
        "untilClose" => reply.until_close(),
        "holdHead" => reply.hold_head(&gate()?),
        "slowHead" => reply.slow_head(pause()?),
        "body" => {
            let (content_type, body): (String, Text) = call.args()?;
            reply.body(&content_type, body.into_bytes()?)
        }
        "send" => reply.send(call.arg::<Text>()?.into_bytes()?),
        "drip" => {
            let (bytes, pause): (Text, Milliseconds) = call.args()?;
            reply.drip(bytes.into_bytes()?, pause.into())
        }
        "pause" => reply.pause(pause()?),
        "wait" => reply.wait(&gate()?),
        "flood" => reply.flood(&shared.flood(&call.arg::<FloodOf>()?)?),
        "inPieces" => reply.in_pieces(call.arg::<Vec<usize>>()?),
        "end" => reply.end(),
        "cut" => reply.cut(),
        "reset" => reply.reset(),
        "hang" => reply.hang(),
        name => bail!("a reply has no {name}"),
    })
}
