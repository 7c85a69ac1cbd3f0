//! The last events, for listeners that come late.

use demo_server::faulty::{Done, Fault, Numbered, Reply};
use e2e::{Page, tests};
use serde_json::{Value, json};

use crate::lab::open_lab_with_faults;

tests! {
    InPage:
        a_listener_that_comes_late_finds_the_last_events,
        the_history_goes_on_through_a_reconnect,
        the_history_is_bounded_in_bytes,
        without_the_option_nothing_is_kept,
}

async fn a_listener_that_comes_late_finds_the_last_events(page: Page) {
    let (_lab, faults) = open_lab_with_faults(&page).await;
    let events =
        (1..=10).map(|n| format!("id: {n}\nevent: tick\ndata: {{\"n\":{n}}}\n\n")).collect::<Vec<_>>().concat();
    faults.answer("/ten", [Reply::event_stream().send(events).hang()]);
    page.act(
        "globalThis.it = client(at('/ten'), { history: 3 })
         it.connect()
         await until(() => of('event').length === 10)",
    )
    .await;
    let kept: Value = page
        .run(
            "return it.history.map((event) => [event.type, event.id, event.data, event.json().n, Object.isFrozen(it.history)])",
        )
        .await;
    let expected = |n: u32| json!(["tick", n.to_string(), format!("{{\"n\":{n}}}"), n, true]);
    assert_eq!(kept, json!([expected(8), expected(9), expected(10)]));
    page.act("it.disconnect()").await;
    assert_eq!(page.run::<u32>("return it.history.length").await, 3, "what was said stays said");
}

async fn the_history_goes_on_through_a_reconnect(page: Page) {
    let (_lab, faults) = open_lab_with_faults(&page).await;
    let numbers = Numbered::new(6).done(Done::StayOpen).schedule([Fault::CutMidLine { after: 4 }]);
    faults.numbered("/numbers", numbers);
    page.act(
        "globalThis.it = client(at('/numbers'), { history: 4, backoff: { initial: 10 } })
         it.connect()
         await until(() => of('event').length === 6)",
    )
    .await;
    assert_eq!(page.run::<Vec<String>>("return it.history.map(({ id }) => id)").await, ["3", "4", "5", "6"]);
}

async fn the_history_is_bounded_in_bytes(page: Page) {
    let (_lab, faults) = open_lab_with_faults(&page).await;
    let events = (1..=10).map(|n| format!("id: {n}\ndata: {}\n\n", "x".repeat(400))).collect::<Vec<_>>().concat();
    faults.answer("/large", [Reply::event_stream().send(events).hang()]);
    page.act(
        "globalThis.it = client(at('/large'), { history: 8, maxEventBytes: 1000 })
         it.connect()
         await until(() => of('event').length === 10)",
    )
    .await;
    assert_eq!(page.run::<Vec<String>>("return it.history.map(({ id }) => id)").await, ["9", "10"]);
}

async fn without_the_option_nothing_is_kept(page: Page) {
    let (_lab, faults) = open_lab_with_faults(&page).await;
    faults.numbered("/numbers", Numbered::new(3).done(Done::StayOpen));
    page.act(
        "globalThis.it = client(at('/numbers'))
         it.connect()
         await until(() => of('event').length === 3)",
    )
    .await;
    assert_eq!(page.run::<Value>("return it.history").await, json!([]));
}
