//! Killing the server during a stream and starting it again: no event is lost and none comes twice.

use demo_server::{Answer, Gate};
use e2e::{Page, demo_config, lab_config, lab_server, restart, soon, tests};
use serde_json::json;

use crate::demo::{Demo, index_of};

tests! {
    InPage:
        a_chat_goes_on_with_a_server_that_was_killed_and_restarted,
        notifications_published_while_the_server_was_down_arrive,
        ids_come_in_order_and_once_through_two_restarts,
        a_feed_is_complete_through_three_restarts,
}

async fn a_chat_goes_on_with_a_server_that_was_killed_and_restarted(page: Page) {
    let mut demo = Demo::open_slow(page).await;
    demo.be_answered_halfway("Tell me about events").await;
    let old = demo.asked();
    let waiting = demo.page.clone();
    // A new process has a new secret: the page's tokens are worth nothing any more.
    demo.server = restart(demo.server, demo_config(), async move {
        waiting.wait_for_text("chat-state", "Reconnecting").await;
        waiting.wait_until("part('message-assistant').dataset.phase === 'waiting' && !part('cursor').hidden").await;
    })
    .await;
    demo.expect_the_whole_answer("Tell me about events").await;

    let asked = demo.asked();
    assert_eq!(asked.len(), 2, "refused for the token of the old process, then taken");
    for request in &asked {
        assert_eq!((&*request.method, &request.body), ("POST", &old[0].body));
        assert!(index_of(request.header_str("last-event-id").expect("it asks for the rest")) > 0);
    }
    demo.expect_never_two_streams();
}

async fn notifications_published_while_the_server_was_down_arrive(page: Page) {
    let mut demo = Demo::open(page).await;
    let mut ids = vec![demo.server.log().notify("before", "")];
    demo.expect_notifications(&ids).await;

    let log = demo.server.log().clone();
    let waiting = demo.page.clone();
    demo.server = restart(demo.server, demo_config(), async {
        waiting.wait_for_text("feed-state", "Reconnecting").await;
        ids.extend(["while", "it was", "down"].map(|title| log.notify(title, "")));
    })
    .await;
    ids.push(demo.server.log().notify("after", ""));
    demo.expect_notifications(&ids).await;

    let requests = demo.server.journal().requests_to("/events");
    assert_eq!(requests[0].header_str("last-event-id"), Some(&*ids[0].to_string()));
    demo.expect_never_two_streams();
}

async fn ids_come_in_order_and_once_through_two_restarts(page: Page) {
    // Each server says some hundred events and dies in the middle of the next one.
    let numbers =
        |range: std::ops::Range<u32>| range.map(|n| format!("id: {n}\ndata: {n}\n\n")).collect::<Vec<_>>().concat();
    let cut_off = Gate::new();
    let dying = |range: std::ops::Range<u32>| {
        let half_an_event = format!("id: {}\ndata: never ", range.end);
        vec![Answer::new(200).chunk(numbers(range)).chunk(half_an_event).wait(&cut_off)]
    };

    let mut server = lab_server().await;
    server.script("numbers", dying(1..301));
    page.open(&format!("{}/lab.html", server.url())).await;
    page.act(
        "globalThis.numbers = client('/api/script/numbers', { backoff: { initial: 10, max: 200 } })
         numbers.connect()
         await until(() => numbers.lastEventId === '300')",
    )
    .await;

    server = restart(server, lab_config(), async {}).await;
    server.script("numbers", dying(301..601));
    page.act("await until(() => numbers.lastEventId === '600')").await;
    let second = server.journal().requests_to("/api/script/numbers");
    assert_eq!(second.last().and_then(|request| request.header_str("last-event-id")), Some("300"));
    assert_eq!(server.most_open_streams(), 1);

    server = restart(server, lab_config(), async {}).await;
    server.script("numbers", vec![Answer::new(200).chunk(numbers(601..901)).hang()]);
    page.act("await until(() => numbers.lastEventId === '900')").await;
    let third = server.journal().requests_to("/api/script/numbers");
    assert_eq!(third.last().and_then(|request| request.header_str("last-event-id")), Some("600"));
    assert_eq!(server.most_open_streams(), 1);

    let ids: Vec<String> = page.run("return of('event').map(({ id }) => id)").await;
    assert_eq!(ids, (1..901).map(|n| n.to_string()).collect::<Vec<_>>());
    soon("still one stream", server.wait_open_streams(1)).await;
}

async fn a_feed_is_complete_through_three_restarts(page: Page) {
    let mut server = lab_server().await;
    page.open(&format!("{}/lab.html", server.url())).await;
    page.act("globalThis.feed = client('/events', { backoff: { max: 200 } }); await feed.connect()").await;

    let mut ids = Vec::new();
    for round in 0..3 {
        ids.extend((0..20).map(|n| server.log().push("tick", &json!([round, n]))));
        let last = ids.last().map(u64::to_string);
        page.run_with::<()>("await until(() => feed.lastEventId === args)", json!(last)).await;
        let log = server.log().clone();
        server = restart(server, lab_config(), async {
            page.act("await until(() => feed.state === 'reconnecting')").await;
            ids.extend((20..25).map(|n| log.push("tick", &json!([round, n]))));
        })
        .await;
        // Published while the client may be on its way, half replayed and half live.
        ids.extend((25..30).map(|n| server.log().push("tick", &json!([round, n]))));
        let last = ids.last().map(u64::to_string);
        page.run_with::<()>("await until(() => feed.lastEventId === args)", json!(last)).await;
        assert_eq!(server.most_open_streams(), 1);
    }
    let seen: Vec<String> = page.run("return of('event').map(({ id }) => id)").await;
    assert_eq!(seen, ids.iter().map(u64::to_string).collect::<Vec<_>>());
}
