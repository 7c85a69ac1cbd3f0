//! What ours has beyond theirs: a limit for the size of an event, and headers that are asked for.

use demo_server::faulty::{Flood, Reply};
use e2e::{Page, tests};
use serde_json::{Value, json};

use super::{open, stream};

tests! {
    InPage:
        an_event_larger_than_max_event_bytes_ends_the_call,
        the_number_that_onerror_returns_sends_it_again_even_so,
        the_default_of_max_event_bytes_is_16_mib,
        a_wrong_max_event_bytes_rejects_with_what_is_right,
        a_last_event_id_from_a_headers_function_is_where_the_stream_starts,
        a_headers_function_that_throws_is_called_again_and_no_prompt_is_lost,
        a_property_of_every_object_is_no_option;
}

const TOO_LARGE: &str = "
    const { fetchEventSource } = library('ours')
    const seen = []
    const outcome = await fetchEventSource(at('/feed'), {
      ...args,
      maxEventBytes: 20,
      fetch: (input, init) => (seen.push('maxEventBytes' in init), fetch(input, init)),
      onmessage: ({ data }) => seen.push(data),
      onerror: ({ name, code }) => void seen.push([name, code]),
    }).then(() => 'resolved', ({ code }) => code)
    return [...seen, outcome]";

async fn an_event_larger_than_max_event_bytes_ends_the_call(page: Page) {
    let (_lab, faults) = open(&page).await;
    faults.answer("/feed", [stream("data: small\n\ndata: much larger than that\n\n")]);
    for init in [json!({}), json!({ "method": "POST", "body": "q" })] {
        let seen: Value = page.run_with(TOO_LARGE, init).await;
        assert_eq!(seen, json!([false, "small", ["SSEError", "too-large"], "too-large"]));
    }
}

async fn the_number_that_onerror_returns_sends_it_again_even_so(page: Page) {
    let (_lab, faults) = open(&page).await;
    faults.answer("/feed", [stream("data: much larger than that\n\n"), stream("data: small\n\n")]);
    let script = "
        const seen = []
        await library('ours').fetchEventSource(at('/feed'), {
          method: 'POST',
          maxEventBytes: 20,
          onmessage: ({ data }) => seen.push(data),
          onerror: ({ code }) => (seen.push(code), 1),
        })
        return seen";
    assert_eq!(page.run::<Value>(script).await, json!(["too-large", "small"]));
}

async fn the_default_of_max_event_bytes_is_16_mib(page: Page) {
    let (_lab, faults) = open(&page).await;
    faults.answer("/feed", [Reply::event_stream().flood(&Flood::endless(b"data: 0123456789abcdef\n"))]);
    let script = "
        const outcome = await library('ours').fetchEventSource(at('/feed')).then(() => 'resolved', ({ code }) => code)
        return outcome";
    assert_eq!(page.run::<Value>(script).await, json!("too-large"));
    faults.wait_open(0).await;
}

async fn a_wrong_max_event_bytes_rejects_with_what_is_right(page: Page) {
    let (_lab, _faults) = open(&page).await;
    let script = "
        const wrong = [0, -1, 1.5, NaN, Infinity, '16', {}, 2 ** 31]
        const refused = wrong.map((maxEventBytes) =>
          library('ours').fetchEventSource(at('/feed'), { maxEventBytes }).catch(({ name, message }) => [name, message]))
        return Promise.all(refused)";
    let refused: Vec<[String; 2]> = page.run(script).await;
    for [name, message] in refused {
        assert_eq!(name, "TypeError", "{message}");
        assert!(message.contains("maxEventBytes") && message.contains("bytes from 1 to 1073741824"), "{message}");
    }
}

async fn a_last_event_id_from_a_headers_function_is_where_the_stream_starts(page: Page) {
    let (_lab, faults) = open(&page).await;
    let replies = ["retry: 1\ndata: a\n\n", "id: 6\ndata: b\n\n", "data: c\n\n", "id\ndata: d\n\n", ""];
    faults.answer("/feed", [Reply::unavailable()].into_iter().chain(replies.map(stream)));
    let script = "
        let closed = 0
        return library('ours').fetchEventSource(at('/feed'), {
          headers: async () => ({ 'Last-Event-ID': '5' }),
          onclose() { if (++closed < 5) throw new Error() },
          onerror: () => 1,
        })";
    page.run::<Value>(script).await;
    let ids: Vec<Option<String>> =
        faults.exchanges_to("/feed").iter().map(|it| it.last_event_id().map(str::to_owned)).collect();
    let expected = [Some("5"), Some("5"), Some("5"), Some("6"), Some("6"), None];
    assert_eq!(ids, expected.map(|id| id.map(str::to_owned)));
}

async fn a_headers_function_that_throws_is_called_again_and_no_prompt_is_lost(page: Page) {
    let (_lab, faults) = open(&page).await;
    faults.answer("/feed", [stream("data: a\n\n")]);
    let script = "
        const seen = []
        const failing = [() => { throw undefined }, async () => { throw new Refused() }]
        for (const fail of failing) {
          let calls = 0
          await library('ours').fetchEventSource(at('/feed'), {
            method: 'POST',
            body: 'q',
            headers: () => (calls++ === 0 ? fail() : {}),
            onmessage: ({ data }) => seen.push(data),
            onerror: (error) => void seen.push(error?.name ?? String(error)),
          })
        }
        return seen";
    assert_eq!(page.run::<Value>(script).await, json!(["undefined", "a", "Refused", "a"]));
    assert_eq!(faults.exchanges_to("/feed").len(), 2);
}

async fn a_property_of_every_object_is_no_option(page: Page) {
    let (_lab, faults) = open(&page).await;
    faults.answer("/feed", [stream("data: a\n\n")]);
    let script = "
        Object.prototype.each = () => {}
        Object.prototype.maxReconnects = 'x'
        try {
          const seen = []
          await library('ours').fetchEventSource(at('/feed'), { onmessage: ({ data }) => seen.push(data) })
          return seen
        } finally {
          delete Object.prototype.each
          delete Object.prototype.maxReconnects
        }";
    assert_eq!(page.run::<Value>(script).await, json!(["a"]));
}
