//! The README of @microsoft/fetch-event-source: its examples in our words, with the same calls.

use demo_server::faulty::{FaultServer, Reply};
use e2e::{Page, tests};
use serde_json::{Value, json};

use super::{open, stream};

tests! {
    InPage:
        the_examples_of_their_readme;
}

async fn the_examples_of_their_readme(page: Page) {
    let (_lab, faults) = open(&page).await;
    in_place_of_event_source(&page, &faults).await;
    a_post_that_is_aborted(&page, &faults).await;
    error_handling(&page, &faults).await;
}

async fn in_place_of_event_source(page: &Page, faults: &FaultServer) {
    faults.answer("/api/sse", [stream("data: one\n\nevent: named\ndata: two\n\n")]);
    let seen: Value = page
        .run(
            "const { fetchEventSource } = await import('/pkg/fetch-event-source.js')
             const seen = []
             await fetchEventSource(at('/api/sse'), {
               onmessage(ev) {
                 seen.push(ev.data)
               },
             })
             return seen",
        )
        .await;
    assert_eq!(seen, json!(["one", "two"]));
}

async fn a_post_that_is_aborted(page: &Page, faults: &FaultServer) {
    faults.answer("/api/chat", [stream("data: one\n\n").hang()]);
    page.act(
        "const { fetchEventSource } = await import('/pkg/fetch-event-source.js')
         const ctrl = new AbortController()
         const over = fetchEventSource(at('/api/chat'), {
           method: 'POST',
           headers: { 'Content-Type': 'application/json' },
           body: JSON.stringify({ foo: 'bar' }),
           signal: ctrl.signal,
           onmessage: ({ data }) => tell({ data }),
         })
         await until(() => of('data').length === 1)
         ctrl.abort()
         await over",
    )
    .await;
    let exchange = faults.request_to("/api/chat", 0).await;
    exchange.closed_by_client().await;
    assert_eq!((&*exchange.request.method, exchange.request.json()), ("POST", Some(json!({ "foo": "bar" }))));
    assert_eq!(exchange.request.header_str("content-type"), Some("application/json"));
}

async fn error_handling(page: &Page, faults: &FaultServer) {
    faults.answer("/fatal-status", [Reply::status(404)]);
    faults.answer(
        "/all",
        [
            // The server ends it, then it is overloaded, then a proxy answers, and then it gives up for good.
            stream("retry: 5\n\nid: 1\ndata: a\n\n"),
            Reply::too_many_requests(),
            Reply::unavailable(),
            Reply::web_page(),
            stream("data: b\n\nevent: FatalError\ndata: no more\n\ndata: c\n\n").hang(),
        ],
    );
    let script = "
        const { EventStreamContentType, fetchEventSource } = await import('/pkg/fetch-event-source.js')
        class RetriableError extends Error {}
        class FatalError extends Error {}
        const seen = []
        const run = (url) => fetchEventSource(url, {
          async onopen(response) {
            seen.push(response.status)
            if (response.ok && response.headers.get('content-type') === EventStreamContentType) {
              return
            } else if (response.status >= 400 && response.status < 500 && response.status !== 429) {
              throw new FatalError()
            } else {
              throw new RetriableError()
            }
          },
          onmessage(msg) {
            if (msg.event === 'FatalError') {
              throw new FatalError(msg.data)
            }
            seen.push(msg.data)
          },
          onclose() {
            throw new RetriableError()
          },
          onerror(err) {
            if (err instanceof FatalError) {
              throw err
            } else {
              seen.push('again')
            }
          },
        })
        for (const path of ['/fatal-status', '/all']) {
          await run(at(path)).catch((error) => seen.push([error instanceof FatalError, error.message]))
        }
        return seen";
    let seen: Value = page.run(script).await;
    let again = "again";
    let expected =
        json!([404, [true, ""], 200, "a", again, 429, again, 503, again, 200, again, 200, "b", [true, "no more"]]);
    assert_eq!(seen, expected);
    faults.wait_open(0).await;
}
