//! What theirs does wrong and ours does not, and what remains different: each case shows both. Numbers are those of issues and pull requests of
//! Azure/fetch-event-source.

use demo_server::faulty::{FaultServer, Reply};
use e2e::{Page, tests};
use serde_json::{Value, json};

use super::{Case, LIBRARIES, Outcome, case, open, run, stream};

tests! {
    InPage:
        bugs_of_the_format_and_of_requests,
        bugs_of_the_life_of_a_call;
}

/// A case, what of its outcome is looked at, and how that is with ours and with theirs.
struct Bug {
    case: Case,
    look: fn(&Outcome) -> Value,
    ours: Value,
    theirs: Value,
}

fn bug<const N: usize>(
    name: &'static str,
    replies: [Reply; N],
    init: &'static str,
    look: fn(&Outcome) -> Value,
    [ours, theirs]: [Value; 2],
) -> Bug {
    Bug { case: case(name, replies, init), look, ours, theirs }
}

fn data(outcome: &Outcome) -> Value {
    let log = outcome.log.as_array().into_iter().flatten();
    log.filter_map(|entry| entry.get("message")).map(|message| message["data"].clone()).collect()
}

/// What happened, as words.
fn story(outcome: &Outcome) -> Value {
    let word = |entry: &Value| match entry.as_object().and_then(|entry| entry.iter().next()) {
        Some((kind, Value::String(name))) => format!("{kind} {name}"),
        Some((kind, Value::Object(message))) => format!("{kind} {}", message["data"].as_str().unwrap_or_default()),
        Some((kind, _)) => kind.clone(),
        None => String::new(),
    };
    outcome.log.as_array().into_iter().flatten().map(word).collect()
}

fn of_requests(outcome: &Outcome, key: &str) -> Value {
    outcome.requests.iter().map(|request| request[key].clone()).collect()
}

fn ids(outcome: &Outcome) -> Value {
    of_requests(outcome, "id")
}

async fn bugs_of_the_format_and_of_requests(page: Page) {
    let (_lab, faults) = open(&page).await;
    let (mut cases, mut looks) = (Vec::new(), Vec::new());
    for Bug { case, look, ours, theirs } in
        [bugs_of_the_format(), prompts_that_run_twice(), bugs_of_requests()].into_iter().flatten()
    {
        cases.push(case);
        looks.push((look, [ours, theirs]));
    }
    let outcomes = run(&page, &faults, cases).await;
    let mut different = Vec::new();
    for ((name, outcomes), (look, expected)) in outcomes.iter().zip(looks) {
        for ((library, outcome), expected) in LIBRARIES.iter().zip(outcomes).zip(expected) {
            let seen = look(outcome);
            if seen != expected {
                different.push(format!("{name}, {library}: {seen} instead of {expected}"));
            }
        }
    }
    assert!(different.is_empty(), "{different:#?}");
}

fn bugs_of_the_format() -> Vec<Bug> {
    let twice = "{
        onclose() { if (it.times('close') === 1) throw new it.Refused() },
        onerror(error) { if (it.times('error') === 2) throw error; return 1 },
    }";
    let dead = json!(["message a", "close", "error Refused", "error TypeError", "rejected TypeError"]);
    let alive = json!(["message a", "close", "error Refused", "message b", "close", "resolved"]);
    vec![
        bug(
            "comments are delivered (15)",
            [stream(": ping\n\ndata: a\n\n")],
            "{}",
            data,
            [json!(["a"]), json!(["", "a"])],
        ),
        bug(
            "blocks without data or a name are delivered",
            [stream("retry: 9\n\nid: 1\n\nevent: x\n\n\n")],
            "{}",
            data,
            [json!([""]), json!(["", "", "", ""])],
        ),
        bug("an empty first line is lost (50)", [stream("data:\ndata: a\n\ndata\ndata\n\n")], "{}", data, {
            [json!(["\na", "\n"]), json!(["a", ""])]
        }),
        bug("a byte order mark within the data is lost", [stream("data: \u{feff}a\n\n")], "{}", data, {
            [json!(["\u{feff}a"]), json!(["a"])]
        }),
        bug(
            "a byte order mark within the stream is ignored",
            [stream("data: a\n\n\u{feff}data: b\n\n")],
            "{}",
            data,
            [json!(["a"]), json!(["a", "b"])],
        ),
        bug(
            "an id without a colon does not reset it",
            [stream("id: 1\ndata: a\n\nid\ndata: b\n\n"), stream("")],
            twice,
            ids,
            [json!([null, null]), json!([null, "1"])],
        ),
        bug(
            "an id of an unfinished event counts",
            [stream("id: 1\ndata: a\n\nid: 2\ndata: lo"), stream("")],
            twice,
            ids,
            [json!([null, "1"]), json!([null, "2"])],
        ),
        bug("an id with a NUL", [stream("id: 1\u{0}2\ndata: a\n\n"), stream("data: b\n\n")], twice, story, {
            [alive.clone(), dead.clone()]
        }),
        bug(
            "an id beyond Latin-1",
            [stream("id: 二\ndata: a\n\n"), stream("data: b\n\n")],
            twice,
            story,
            [alive, dead],
        ),
        bug(
            "an id beyond Latin-1 is sent as it came",
            [stream("id: 二\ndata: a\n\n"), stream("data: b\n\n")],
            twice,
            ids,
            [json!([null, "二"]), json!([null])],
        ),
    ]
}

/// A prompt that runs twice is paid for twice, and its answer starts anew.
fn prompts_that_run_twice() -> Vec<Bug> {
    const POST: &str = "{ method: 'POST', body: 'q' }";
    let answered = || stream("data: b\n\n");
    let once = || json!(["error Error", "rejected Error"]);
    let again = || json!(["error Error", "message b", "close", "resolved"]);
    let ending_once =
        "{ method: 'POST', body: 'q', onclose() { if (it.times('close') === 1) throw new it.Refused() } }";
    let refusing_once = "{ method: 'POST', body: 'q', onmessage({ id }) { if (id === '1') throw new it.Refused() } }";
    vec![
        bug(
            "a POST whose stream broke runs twice",
            [stream("retry: 5\ndata: a\n\n"), answered()],
            "{ method: 'POST', body: 'q', fetch: it.breaking }",
            story,
            [
                json!(["message a", "error TypeError", "rejected TypeError"]),
                json!(["message a", "error TypeError", "message b", "close", "resolved"]),
            ],
        ),
        bug(
            "a POST whose events are numbered runs twice when its stream breaks",
            [stream("id: 1\nretry: 5\ndata: a\n\n"), answered()],
            "{ method: 'POST', body: 'q', fetch: it.breaking }",
            story,
            [
                json!(["message a", "error TypeError", "rejected TypeError"]),
                json!(["message a", "error TypeError", "message b", "close", "resolved"]),
            ],
        ),
        bug(
            "a POST whose stream was complete runs twice",
            [stream("retry: 5\ndata: a\n\n"), answered()],
            ending_once,
            story,
            [
                json!(["message a", "close", "error Refused", "rejected Refused"]),
                json!(["message a", "close", "error Refused", "message b", "close", "resolved"]),
            ],
        ),
        bug(
            "a POST whose events are numbered runs twice when its stream is complete",
            [stream("id: 1\nretry: 5\ndata: a\n\n"), answered()],
            ending_once,
            story,
            [
                json!(["message a", "close", "error Refused", "rejected Refused"]),
                json!(["message a", "close", "error Refused", "message b", "close", "resolved"]),
            ],
        ),
        bug(
            "a POST runs twice when onmessage throws",
            [stream("id: 1\nretry: 5\ndata: a\n\n"), answered()],
            refusing_once,
            story,
            [
                json!(["message a", "error Refused", "rejected Refused"]),
                json!(["message a", "error Refused", "message b", "close", "resolved"]),
            ],
        ),
        bug("a POST answered with a web page runs twice", [Reply::web_page(), answered()], POST, story, {
            [once(), again()]
        }),
        bug("a POST answered with 500 runs twice", [Reply::status(500), answered()], POST, story, [once(), again()]),
        bug("a POST answered with 504 runs twice", [Reply::status(504), answered()], POST, story, [once(), again()]),
        bug("a POST answered with 401 runs twice", [Reply::unauthorized(), answered()], POST, story, {
            [once(), again()]
        }),
        bug(
            "a POST answered with 503 runs twice, though the server does not say when to come back",
            [Reply::status(503), answered()],
            POST,
            story,
            [once(), again()],
        ),
        bug(
            "a POST that got no answer runs twice",
            [stream("data: b\n\n")],
            "{
              method: 'POST',
              body: 'q',
              fetch: (...given) => (it.times('error') ? fetch(...given) : Promise.reject(new it.Refused())),
            }",
            story,
            [json!(["error Refused", "rejected Refused"]), json!(["error Refused", "message b", "close", "resolved"])],
        ),
    ]
}

fn bugs_of_requests() -> Vec<Bug> {
    vec![
        bug(
            "headers are those of long ago (33)",
            [Reply::unauthorized(), stream("data: a\n\n")],
            {
                "(it.init = {
              headers: { authorization: 'old' },
              onerror() { it.init.headers.authorization = 'new'; return 1 },
            })"
            },
            |outcome| of_requests(outcome, "authorization"),
            [json!(["old", "new"]), json!(["old", "old"])],
        ),
        bug(
            "an Accept in capitals is doubled",
            [stream("")],
            "{ headers: { Accept: 'a/b' } }",
            |outcome| of_requests(outcome, "accept"),
            [json!(["a/b"]), json!(["a/b, text/event-stream"])],
        ),
        bug(
            "a Request is sent once only",
            [Reply::unavailable(), stream("data: a\n\n")],
            {
                "{
              input: new Request(it.url, { method: 'POST', body: 'q' }),
              onerror(error) { if (it.times('error') === 2) throw error; return 1 },
            }"
            },
            story,
            [
                json!(["error Error", "message a", "close", "resolved"]),
                json!(["error Error", "error TypeError", "rejected TypeError"]),
            ],
        ),
        bug(
            "a Last-Event-ID in the headers comes back after the stream has reset its id",
            [stream("retry: 1\nid: 6\ndata: a\n\n"), stream("id:\ndata: b\n\n"), stream("data: c\n\n")],
            "{ headers: { 'Last-Event-ID': '5' }, onclose() { if (it.times('close') < 3) throw new it.Refused() } }",
            ids,
            [json!(["5", "6", null]), json!(["5", "5, 6", "5"])],
        ),
        bug(
            "a Last-Event-ID in the headers comes back when the stream has no other id than the empty one",
            [stream("retry: 1\nid:\ndata: a\n\n"), stream("data: b\n\n")],
            "{ headers: { 'Last-Event-ID': '5' }, onclose() { if (it.times('close') < 2) throw new it.Refused() } }",
            ids,
            [json!(["5", null]), json!(["5", "5"])],
        ),
        bug(
            "the headers of a Request are lost",
            [stream("")],
            "{ input: new Request(it.url, { headers: { authorization: 'x' } }) }",
            |outcome| of_requests(outcome, "authorization"),
            [json!(["x"]), json!([null])],
        ),
        bug(
            "headers that are Headers are lost",
            [stream("")],
            "{ headers: new Headers({ authorization: 'x' }) }",
            |outcome| of_requests(outcome, "authorization"),
            [json!(["x"]), json!([null])],
        ),
    ]
}

async fn bugs_of_the_life_of_a_call(page: Page) {
    let (_lab, faults) = open(&page).await;
    bugs_of_aborting(&page, &faults).await;
    bugs_of_requests_that_are_left_open(&page, &faults).await;
    bugs_of_hidden_pages(&page, &faults).await;
    two_streams_of_one_address_do_not_wait_for_each_other(&page, &faults).await;
}

/// Runs a script with each library in turn, as `fetchEventSource`; it sees its address as `url`.
async fn each(page: &Page, faults: &FaultServer, name: &str, reply: Reply, script: &str, [ours, theirs]: [Value; 2]) {
    for (library, expected) in [("ours", ours), ("theirs", theirs)] {
        faults.answer("/it", [reply.clone()]);
        let script =
            format!("told.length = 0; const {{ fetchEventSource }} = library(args), url = at('/it')\n{script}");
        let seen: Value = page.run_with(&script, json!(library)).await;
        assert_eq!(seen, expected, "{name}, {library}");
    }
}

async fn bugs_of_aborting(page: &Page, faults: &FaultServer) {
    let calls = "
        const controller = new AbortController()
        controller.abort()
        let calls = 0
        const call = fetchEventSource(url, {
          signal: controller.signal,
          fetch: async () => (calls++, new Response('', { headers: { 'content-type': 'text/event-stream' } })),
        })
        await call
        return calls";
    each(page, faults, "a signal that is aborted already (98)", stream(""), calls, [json!(0), json!(1)]).await;

    let retries = "
        const timers = watchTimers()
        const controller = new AbortController()
        await fetchEventSource(url, {
          signal: controller.signal,
          onerror: () => (controller.abort(), 54321),
        })
        await undefined
        return timers.isPending(54321)";
    each(page, faults, "abort in onerror (24, 87)", Reply::web_page(), retries, [json!(false), json!(true)]).await;

    let rest = "
        const controller = new AbortController()
        const seen = []
        await fetchEventSource(url, {
          signal: controller.signal,
          onmessage({ data }) {
            seen.push(data)
            controller.abort()
          },
        })
        return seen";
    let two = stream("data: 1\n\ndata: 2\n\n").hang();
    each(page, faults, "the rest after abort (24)", two, rest, [json!(["1"]), json!(["1", "2"])]).await;

    let leak = "
        const { signal } = new AbortController()
        const left = leftovers(signal)
        await fetchEventSource(url, { signal })
        return left().listeners";
    each(page, faults, "a listener is left on the signal", stream(""), leak, [json!(0), json!(1)]).await;

    let of_request = "
        const controller = new AbortController()
        let aborted
        const stop = new AbortController()
        const call = fetchEventSource(new Request(url, { signal: controller.signal }), {
          signal: args === 'theirs' ? stop.signal : undefined,
          fetch(input, init) {
            aborted = () => init.signal.aborted
            return fetch(input, init)
          },
          onmessage: () => tell({ message: args }),
        })
        await until(() => of('message').some(({ message }) => message === args))
        controller.abort()
        const seen = aborted()
        stop.abort()
        await call
        return seen";
    let one = stream("data: 1\n\n").hang();
    each(page, faults, "the signal of a Request", one, of_request, [json!(true), json!(false)]).await;
}

async fn bugs_of_requests_that_are_left_open(page: &Page, faults: &FaultServer) {
    // The second attempt receives an event and aborts. The wait is long enough for the server to see the first one's end.
    let refused =
        "onopen() { if (++count === 1) throw new Error() }, onmessage: () => controller.abort(), onerror: () => 300";
    let thrown = "onmessage() { if (++count === 1) throw new Error(); controller.abort() }, onerror: () => 300";
    for (name, callbacks) in [("refused", refused), ("thrown", thrown)] {
        for (library, expected) in [("ours", 1), ("theirs", 2)] {
            let open_stream = || stream("data: a\n\n").hang();
            let path = format!("/{name}/{library}");
            faults.answer(&path, [open_stream(), open_stream()]);
            let script = format!(
                "const controller = new AbortController()
                 // Firefox would have the second request wait for the first one, in case it can be answered from the cache.
                 const init = {{ cache: 'no-store', signal: controller.signal }}
                 let count = 0
                 await library(args.library).fetchEventSource(at(args.path), {{ ...init, {callbacks} }})"
            );
            page.run_with::<Value>(&script, json!({ "library": library, "path": path })).await;
            assert_eq!(faults.most_open_of(&path), expected, "{path} (7)");
        }
    }
}

async fn bugs_of_hidden_pages(page: &Page, faults: &FaultServer) {
    let opening = "
        const controller = new AbortController()
        const { signal } = controller
        let calls = 0
        const errors = []
        let request
        const ownFetch = (input, init) => (calls++, (request = init.signal), fetch(input, init))
        const mark = (name) => tell({ [name + args]: true })
        const reached = (name, count) => until(() => of(name + args).length >= count)";
    let again = format!(
        "{opening}
         const call = fetchEventSource(url, {{ signal, fetch: ownFetch, onmessage: () => mark('again'), onerror: ({{ name }}) => void errors.push(name) }})
         await reached('again', 1)
         hide()
         show()
         await reached('again', 2)
         controller.abort()
         await call
         return errors"
    );
    let open_stream = || stream("id: 1\ndata: a\n\n").hang();
    each(page, faults, "hidden and shown again (95)", open_stream(), &again, [json!([]), json!(["AbortError"])]).await;

    let retry = format!(
        "{opening}
         watchTimers()
         const call = fetchEventSource(url, {{ signal, fetch: ownFetch, onerror: () => (hide(), 37) }})
         await until(() => of('fired').some(({{ fired }}) => fired === 37))
         // Whatever is to be requested has been by the time of this answer.
         await fetch('/api/status')
         const whileHidden = calls
         told.length = 0
         controller.abort()
         show()
         await call
         return whileHidden > 1"
    );
    each(page, faults, "a hidden page tries again (17)", Reply::web_page(), &retry, [json!(false), json!(true)]).await;

    let post = format!(
        "{opening}
         const call = fetchEventSource(url, {{ method: 'POST', signal, fetch: ownFetch, onmessage: () => mark('post') }})
         await reached('post', 1)
         const first = request
         hide()
         const isOpen = !first.aborted
         show()
         controller.abort()
         await call
         return [calls, isOpen]"
    );
    for events in ["data: a\n\n", "id: 1\ndata: a\n\n"] {
        let name = format!("a POST is sent again (36, 51, 55): {events}");
        each(page, faults, &name, stream(events).hang(), &post, [json!([1, true]), json!([2, false])]).await;
    }
}

/// (Theirs: in Firefox, the second waits for 20 s.)
async fn two_streams_of_one_address_do_not_wait_for_each_other(page: &Page, faults: &FaultServer) {
    faults.answer("/both", [stream("data: a\n\n").hang()]);
    let script = "
        const controller = new AbortController()
        let count = 0
        const onmessage = () => { if (++count === 2) controller.abort() }
        const one = () => library('ours').fetchEventSource(at('/both'), { signal: controller.signal, onmessage })
        await Promise.all([one(), one()])";
    page.act(script).await;
    assert_eq!(faults.most_open_of("/both"), 2);
}
