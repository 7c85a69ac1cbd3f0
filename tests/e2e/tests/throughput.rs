//! 200,000 events reach a listener in order and without loss, here and with the peer in the same run. The times are
//! printed, not judged: a busy machine must not fail a test.

use e2e::{Engine, Page, fetch_event_source, lab_server, soon, tests};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::lab::open_lab;

tests! {
    Alone: two_hundred_thousand_events_arrive_in_order_without_loss;
}

/// Runs of each client; they take turns.
const REPETITIONS: usize = 3;

/// What each client is called in the report, and how it is run: `run(client, url)` in the page.
const CLIENTS: [&str; 4] =
    ["sse-fetch, text", "fetch-event-source, text", "sse-fetch, JSON", "fetch-event-source, JSON"];

/// The same checks for all: the number of events, their order, the sums of their numbers and of their lengths.
const RUN: &str = "
    const seen = { count: 0, inOrder: true, sum: 0, length: 0 }
    const text = (id, data) => {
      if (Number(id) !== seen.count + 1) seen.inOrder = false
      seen.count += 1
      seen.sum += Number(id)
      seen.length += data.length
    }
    const json = (id, { n, pad }) => {
      if (Number(id) !== seen.count + 1) seen.inOrder = false
      seen.count += 1
      seen.sum += n
      seen.length += pad.length
    }
    const ours = (options, take) => new Promise((resolve) => {
      const client = new SSEClient(args.url, { reconnect: 'never', ...options })
      client.on('message', take)
      client.on('close', resolve)
      client.connect()
    })
    const theirs = (onmessage) => peer.fetchEventSource(args.url, { openWhenHidden: true, onmessage })
    const clients = [
      () => ours({ parse: 'text' }, (data, event) => text(event.id, data)),
      () => theirs(({ id, data }) => text(id, data)),
      () => ours({}, (data, event) => json(event.id, data)),
      () => theirs(({ id, data }) => json(id, JSON.parse(data))),
    ]
    const started = performance.now()
    await clients[args.client]()
    return { milliseconds: performance.now() - started, ...seen }";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Seen {
    milliseconds: f64,
    count: u64,
    in_order: bool,
    sum: u64,
    length: usize,
}

async fn two_hundred_thousand_events_arrive_in_order_without_loss(page: Page) {
    let count: u64 = 200_000;
    let server = lab_server().await;
    open_lab(&page, &server).await;
    let load =
        "const script = document.createElement('script'); script.textContent = args; document.head.append(script)";
    page.run_with::<Value>(load, json!(fetch_event_source())).await;

    let url = format!("/api/blast?from=1&bytes=150&count={count}");
    let mut times = [const { Vec::new() }; CLIENTS.len()];
    for _ in 0..REPETITIONS {
        for (client, times) in times.iter_mut().enumerate() {
            let seen: Seen = page.run_with(RUN, json!({ "client": client, "url": url })).await;
            let name = CLIENTS[client];
            assert_eq!(seen.count, count, "{name}");
            assert!(seen.in_order, "{name}");
            assert_eq!(seen.sum, count * (count + 1) / 2, "{name}");
            assert_eq!(seen.length, expected_length(count, client < 2), "{name}");
            times.push(seen.milliseconds);
            soon("the stream is closed", server.wait_open_streams(0)).await;
        }
    }
    assert_eq!(server.most_open_streams(), 1);
    report(page.engine(), count, times);
}

/// The lengths of all data together, or of its padding alone: an event is 150 bytes with `id: N`, its number in the
/// data again, and the padding that is left.
fn expected_length(count: u64, whole: bool) -> usize {
    let digits = |n: u64| n.to_string().len();
    let data = |n: u64| 150 - "id: \ndata: \n\n".len() - digits(n);
    let padding = |n: u64| data(n) - r#"{"n":,"pad":""}"#.len() - digits(n);
    (1..=count).map(if whole { &data as &dyn Fn(u64) -> usize } else { &padding }).sum()
}

fn report(engine: Engine, count: u64, times: [Vec<f64>; CLIENTS.len()]) {
    let medians = times.map(|mut times| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    });
    let figures: Vec<String> = CLIENTS.iter().zip(medians).map(|(name, ms)| format!("{name} {ms:.0} ms")).collect();
    println!("{count} events in {engine}: {}", figures.join("; "));
}
