//! A page that reconnects a thousand times keeps nothing of it: no memory, no listener, no timer. The figures are printed.

use demo_server::faulty::Reply;
use e2e::{Page, soon, tests};
use serde_json::{Value, json};

use crate::lab::open_lab_with_faults;

tests! {
    Alone: a_thousand_reconnects_leave_nothing_behind;
}

/// Each stream of so many stays open.
const LEFT_OPEN: u32 = 25;

/// Before the memory is measured for the first time, so that what is made once and kept does not count.
const WARM_UP: u32 = 100;

/// More than this may not be left of a thousand reconnects, in bytes.
const HEAP: i64 = 1024 * 1024;

async fn a_thousand_reconnects_leave_nothing_behind(page: Page) {
    let (_lab, faults) = open_lab_with_faults(&page).await;
    // Most streams are broken off by the server. Some are left by the page, which then waits for a moment each time.
    let mut requests = 0;
    faults.answer_by("/again", move |_| {
        requests += 1;
        let stream = Reply::event_stream().send(format!("id: {requests}\ndata: {requests}\n\n"));
        if requests % LEFT_OPEN == 0 { stream.hang() } else { stream.cut() }
    });
    page.run_with::<Value>(
        "// The browser's own notes of the last 250 requests are not what is looked for.
         performance.setResourceTimingBufferSize(0)
         globalThis.controller = new AbortController()
         globalThis.left = leftovers(window, document, controller.signal)
         globalThis.it = new SSEClient(at('/again'), { backoff: { initial: 0, max: 0 }, signal: controller.signal })
         it.on('message', (data) => { if (data % args === 0) it.stats().attempts < awaited ? it.reconnect() : enough() })
         globalThis.reach = (attempts) => new Promise((resolve) => {
           globalThis.awaited = attempts
           globalThis.enough = resolve
           it.reconnect()
         })",
        json!(LEFT_OPEN),
    )
    .await;

    reach(&page, WARM_UP).await;
    let before = measure(&page).await;
    for hundreds in 1..=10 {
        reach(&page, WARM_UP + 100 * hundreds).await;
    }
    let after = measure(&page).await;
    let reconnects = after.attempts - before.attempts;

    page.act("it.disconnect()").await;
    soon("nothing is open", faults.wait_open(0)).await;
    let end: Value = page.run("return left()").await;
    println!(
        "thousand_reconnects in {}: {reconnects} reconnects; wasm {} pages before, {:+} after; heap {} bytes before, {:+} after; \
         listeners and timers while connected {} before, {} after; at the end {end}",
        page.engine(),
        before.pages,
        after.pages - before.pages,
        before.heap,
        after.heap - before.heap,
        before.left,
        after.left,
    );
    assert!(reconnects >= 1000, "{reconnects}");
    assert_eq!(after.pages, before.pages, "pages of wasm");
    assert!(after.heap - before.heap < HEAP, "{} bytes more", after.heap - before.heap);
    assert_eq!(after.left["listeners"], before.left["listeners"], "while connected");
    assert_eq!(end, json!({ "listeners": 0, "timers": 0 }));
    assert_eq!(faults.most_open_of("/again"), 1);
}

/// Reconnects until there were so many attempts, and the stream of the last stays open.
async fn reach(page: &Page, attempts: u32) {
    page.run_with::<Value>("await reach(args)", json!(attempts)).await;
}

struct Measured {
    attempts: u32,
    pages: i64,
    heap: i64,
    left: Value,
}

async fn measure(page: &Page) -> Measured {
    Measured {
        attempts: page.run("return it.stats().attempts").await,
        pages: page.run("return wasmPages()").await,
        heap: i64::try_from(page.heap().await).expect("a number of bytes"),
        left: page.run("return left()").await,
    }
}
