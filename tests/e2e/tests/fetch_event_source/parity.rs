//! Where both libraries do the same.

use demo_server::faulty::Reply;
use e2e::{Page, tests};
use serde_json::json;

use super::{Case, LIBRARIES, case, open, run, stream};

tests! {
    InPage:
        what_theirs_does_ours_does,
        retries_wait_as_long_as_onerror_the_stream_or_the_default_says_and_abort_ends_the_wait;
}

/// Refuses whatever is not a good stream, as most applications do.
const CAREFUL: &str = "{
    onopen(response) { if (!response.ok) throw new it.Refused() },
    onerror: () => 1,
}";

/// Asks again once after the server has ended the stream.
const TWICE: &str = "{
    onclose() { if (it.times('close') === 1) throw new it.Refused() },
    onerror: () => 1,
}";

fn cases() -> Vec<Case> {
    [streams(), callbacks(), thrown_values(), requests(), unprocessed_requests(), endings()]
        .into_iter()
        .flatten()
        .collect()
}

fn streams() -> Vec<Case> {
    let lines = "event: note\nid: 1\ndata: one\ndata: two\n\ndata:no space\n\nid:\nevent:x\ndata: {\"a\": \"ä🦀\"}\n\n";
    let unfinished = "data: a\n\ndata: never finished\n";
    vec![
        case("names ids and several lines", [stream(lines)], "{}"),
        case("an unfinished event is none", [stream(unfinished)], "{}"),
        case("carriage returns", [stream("data: a\r\rdata: b\r\n\r\ndata: c\n\n")], "{}"),
        case("byte by byte", [stream("id: 7\r\ndata: ä\r\ndata: 🦀\r\n\r\ndata: b\r\n\r\n").in_pieces([1])], "{}"),
        case(
            "events that are named message, and others",
            [stream("event: message\ndata: a\n\ndata: b\n\nevent: message\nid: 1\ndata: c\n\n")],
            "{}",
        ),
        case("events called like the callbacks", [stream("event: close\ndata: a\n\nevent: error\ndata: b\n\n")], "{}"),
        case("an empty stream", [stream("")], "{}"),
        case("the end of a stream as LangServe names it", [stream("event: data\ndata: {}\n\nevent: end\n\n")], "{}"),
        case("a ping as Dify sends it", [stream("event: ping\n\ndata: a\n\nid: 7\nevent: ping\n\n")], "{}"),
        case("an error where a stream should be", [stream("{\"error\":\"no such model\"}")], "{}"),
        case(
            "an id in the headers to start from, which the stream resets",
            [stream("retry: 1\nid: 6\ndata: a\n\n"), stream("id:\ndata: b\n\n"), stream("data: c\n\n")],
            "{ headers: { 'last-event-id': '5' }, onclose() { if (it.times('close') < 3) throw new it.Refused() } }",
        ),
        case(
            "an id in the headers, sent until the stream has another one",
            [Reply::web_page(), stream("retry: 1\ndata: a\n\n"), stream("id: 6\ndata: b\n\n"), stream("")],
            {
                "{
                    headers: { 'last-event-id': '5' },
                    onclose() { if (it.times('close') < 3) throw new it.Refused() },
                    onerror: () => 1,
                }"
            },
        ),
        case("an id that is reset", [stream("id: 1\ndata: a\n\nid:\ndata: b\n\n"), stream("data: c\n\n")], TWICE),
        case("an id of long ago", [stream("id: 1\ndata: a\n\n"), stream("data: b\n\n"), stream("data: c\n\n")], {
            "{ onclose() { if (it.times('close') < 3) throw new it.Refused() }, onerror: () => 1 }"
        }),
    ]
}

fn callbacks() -> Vec<Case> {
    let page = Reply::web_page;
    vec![
        case("the default onopen refuses a web page", [page(), stream("data: a\n\n")], "{ onerror: () => 1 }"),
        case(
            "the default onopen refuses no content",
            [Reply::no_content(), stream("data: a\n\n")],
            "{ onerror: () => 1 }",
        ),
        case(
            "the default onopen does not look at the status",
            [Reply::status(500).body("text/event-stream; charset=utf-8", "data: a\n\n")],
            "{}",
        ),
        case(
            "an onopen of ones own takes any type",
            [Reply::status(200).body("text/plain", "data: a\n\n")],
            "{ onopen() {} }",
        ),
        case(
            "onopen sees every status",
            {
                [
                    Reply::unavailable(),
                    Reply::too_many_requests().retry_after(3600),
                    Reply::unauthorized(),
                    stream("data: a\n\n"),
                ]
            },
            CAREFUL,
        ),
        case("a promise of onopen that is rejected", [page(), stream("data: a\n\n")], {
            "{ onopen: async (response) => { if (await response.text()) throw new it.Refused() }, onerror() { throw new RangeError() } }"
        }),
        case(
            "onmessage throws",
            [stream("id: 1\ndata: a\n\nid: 2\ndata: b\n\nid: 3\ndata: c\n\n"), stream("data: d\n\n")],
            "{ onmessage({ data }) { if (data === 'b') throw new it.Refused() }, onerror: () => 1 }",
        ),
        case("onmessage throws and onerror gives up", [stream("data: a\n\ndata: b\n\n")], {
            "{ onmessage() { throw new it.Refused() }, onerror(error) { throw error } }"
        }),
        case("onclose throws", [stream("id: 1\ndata: a\n\n"), stream("data: b\n\n")], TWICE),
        case("onclose throws and onerror gives up", [stream("data: a\n\n")], {
            "{ onclose() { throw new it.Refused() }, onerror() { throw new RangeError() } }"
        }),
        case(
            "onerror says nothing",
            [stream("id: 1\nretry: 5\ndata: a\n\n"), stream("data: b\n\n")],
            "{ fetch: it.breaking }",
        ),
        case("onerror says null", [stream("retry: 5\ndata: a\n\n"), stream("data: b\n\n")], {
            "{ fetch: it.breaking, onerror: () => null }"
        }),
        case("onerror says zero", [page(), stream("data: b\n\n")], "{ onerror: () => 0 }"),
        case("no connection", [Reply::close_at_once(), stream("data: a\n\n")], "{ onerror: () => 1 }"),
        case("no connection and onerror gives up", [Reply::close_at_once()], "{ onerror(error) { throw error } }"),
    ]
}

/// `onerror` gets the very value, and it is what the promise is rejected with.
fn thrown_values() -> Vec<Case> {
    let events = || stream("data: a\n\n");
    vec![
        case("onopen throws no error", [events()], {
            "{
              onopen() { const count = it.times('open'); if (count <= it.odd.length) throw it.odd[count - 1] },
              onerror: () => 1,
            }"
        }),
        case("onopen rejects with no error", [events()], {
            "{
              onopen() { const count = it.times('open'); if (count <= it.odd.length) return Promise.reject(it.odd[count - 1]) },
              onerror: () => 1,
            }"
        }),
        case("onmessage throws no error", [events()], {
            "{
              onmessage() { const count = it.times('message'); if (count <= it.odd.length) throw it.odd[count - 1] },
              onerror: () => 1,
            }"
        }),
        case("onclose throws no error", [events()], {
            "{
              onclose() { const count = it.times('close'); if (count <= it.odd.length) throw it.odd[count - 1] },
              onerror: () => 1,
            }"
        }),
        case("fetch rejects with no error", [events()], {
            "{
              fetch(...given) {
                const count = it.times('error')
                return count < it.odd.length ? Promise.reject(it.odd[count]) : fetch(...given)
              },
              onerror: () => 1,
            }"
        }),
        case("onopen throws undefined, and onerror does too", [events()], {
            "{ onopen() { throw undefined }, onerror(error) { throw error } }"
        }),
        case("onmessage throws null, and onerror does too", [events()], {
            "{ onmessage() { throw null }, onerror(error) { throw error } }"
        }),
        case("onclose throws false, and onerror does too", [events()], {
            "{ onclose() { throw false }, onerror(error) { throw error } }"
        }),
        case("fetch rejects with undefined, and onerror throws it", [events()], {
            "{ fetch: () => Promise.reject(undefined), onerror(error) { throw error } }"
        }),
    ]
}

/// A POST that the server says it has not processed is sent again.
fn unprocessed_requests() -> Vec<Case> {
    const POST: &str = "{ method: 'POST', body: 'q' }";
    let answered = || stream("data: a\n\n");
    vec![
        case("a POST answered with 425", [Reply::status(425), answered()], POST),
        case("a POST answered with 429", [Reply::too_many_requests(), answered()], POST),
        case("a POST answered with 503 and when to come back", [Reply::unavailable().retry_after(1), answered()], POST),
        case("a POST answered with 401, and onerror names a time", [Reply::unauthorized(), answered()], {
            "{ method: 'POST', body: 'q', onerror: () => 1 }"
        }),
    ]
}

fn requests() -> Vec<Case> {
    let post = "{
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Authorization: 'Bearer x' },
        body: JSON.stringify({ q: 'ü' }),
        onerror: () => 1,
    }";
    vec![
        case("a POST", [stream("data: a\n\n")], post),
        case("a POST that was refused", [Reply::unavailable(), stream("data: a\n\n")], post),
        case("a POST that broke and onerror names a time", [stream("data: a\n\n"), stream("data: b\n\n")], {
            "{ method: 'POST', body: 'q', fetch: it.breaking, onerror: () => 1 }"
        }),
        case("a form", [stream("data: a\n\n")], "{ method: 'put', body: new URLSearchParams({ q: 'ü' }) }"),
        case("an accept of ones own", [stream("data: a\n\n")], "{ headers: { accept: 'text/event-stream, */*' } }"),
        case("an address as a URL", [stream("data: a\n\n")], "{ input: new URL(it.url) }"),
        case("an address as a Request", [stream("data: a\n\n")], {
            "{ input: new Request(it.url, { method: 'POST', body: 'q' }), headers: { authorization: 'x' } }"
        }),
        case("a fetch of ones own", [stream("id: 1\ndata: a\n\n"), stream("data: b\n\n")], {
            "{
              headers: { Authorization: 'x' },
              credentials: 'omit',
              fetch(input, { headers, credentials, signal, cache, ...rest }) {
                it.note({ fetch: { path: input.replace(/.*\\//, ''), headers: { ...headers }, credentials, signal: signal.aborted, rest: Object.keys(rest) } })
                return fetch(input, { headers, credentials, signal })
              },
              onclose() { if (it.times('close') === 1) throw new it.Refused() },
              onerror: () => 1,
            }"
        }),
        case("a response made by hand", [stream("")], {
            "{
              input: '/no address at all',
              fetch: async () => ({ headers: new Headers({ 'content-type': 'text/event-stream' }), body: new Response('data: a\\n\\n').body }),
            }"
        }),
        case("a fetch that is none", [stream("")], "{ fetch: () => undefined, onerror(error) { throw error } }"),
        case(
            "a header that cannot be sent",
            [stream("")],
            "{ headers: { 'a b': 'c' }, onerror(error) { throw error } }",
        ),
        case("an address that is none", [stream("")], "{ input: 'http://', onerror(error) { throw error } }"),
    ]
}

fn endings() -> Vec<Case> {
    let open = || stream("data: a\n\n").hang();
    vec![
        case("an error whose body never ends", [Reply::status(404).send("no").hang()], {
            "{ onerror(error) { throw error } }"
        }),
        case("aborted at once", [open()], {
            "(queueMicrotask(it.abort), { signal: it.signal, fetch: () => new Promise(() => {}) })"
        }),
        case("aborted in onopen", [open()], "{ signal: it.signal, onopen: it.abort }"),
        case("aborted in onmessage", [open()], "{ signal: it.signal, onmessage: it.abort }"),
        case("aborted in onmessage which throws", [open()], {
            "{ signal: it.signal, onmessage() { it.abort(); throw new it.Refused() } }"
        }),
        case("aborted in onclose", [stream("")], "{ signal: it.signal, onclose: it.abort }"),
        case("aborted in onclose which throws", [stream("")], {
            "{ signal: it.signal, onclose() { it.abort(); throw new it.Refused() } }"
        }),
        case("aborted in onerror which throws", [Reply::web_page()], {
            "{ signal: it.signal, onerror(error) { it.abort(); throw error } }"
        }),
        case("onmessage that is missing", [stream("data: a\n\n")], "{ onmessage: undefined }"),
    ]
}

async fn what_theirs_does_ours_does(page: Page) {
    let (_lab, faults) = open(&page).await;
    let outcomes = run(&page, &faults, cases()).await;
    let different: Vec<_> = outcomes.iter().filter(|(_, [ours, theirs])| ours != theirs).collect();
    assert!(different.is_empty(), "{different:#?}");
    // That they agree is not enough: both might have done nothing.
    for (name, [ours, _]) in &outcomes {
        let end = &ours.log.as_array().and_then(|log| log.last()).expect(name);
        assert!(end.get("resolved").or(end.get("rejected")).is_some(), "{name} never ends: {ours:#?}");
    }
}

async fn retries_wait_as_long_as_onerror_the_stream_or_the_default_says_and_abort_ends_the_wait(page: Page) {
    let (_lab, faults) = open(&page).await;
    page.act("globalThis.timers = watchTimers()").await;
    let no_retry = || stream("data: a\n\n");
    let retry = || stream("retry: 7000\n\nid: 1\n: retry: 1\ndata: a\n\n");
    let [at_the_end, in_an_event] = ["onclose", "onmessage"];
    for (reply, thrown_in, answer, delay) in [
        (no_retry(), at_the_end, "undefined", 1000),
        (no_retry(), at_the_end, "null", 1000),
        (retry(), at_the_end, "undefined", 7000),
        (retry(), in_an_event, "undefined", 7000),
        (retry(), at_the_end, "4321", 4321),
        (retry(), in_an_event, "4321", 4321),
        (Reply::close_at_once(), at_the_end, "4321", 4321),
    ] {
        for library in LIBRARIES {
            faults.answer("/wait", [reply.clone()]);
            let script = format!(
                "told.length = 0
                 const controller = new AbortController()
                 const call = library(args).fetchEventSource(at('/wait'), {{
                   signal: controller.signal,
                   {thrown_in}() {{ throw new Error() }},
                   onerror: () => {answer},
                 }})
                 await until(() => of('timer').some(({{ timer }}) => timer === {delay}))
                 controller.abort()
                 await call
                 return timers.isPending({delay})"
            );
            let is_pending = page.run_with::<bool>(&script, json!(library)).await;
            assert!(!is_pending, "{library}: {thrown_in}, {answer}, {delay}");
        }
    }
}
