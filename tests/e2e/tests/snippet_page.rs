//! The page of code that was written for a client of one's own and runs with this one unchanged.

use demo_server::Answer;
use e2e::{Page, demo_server, said, soon, tests};
use serde_json::json;

use crate::demo::CHAT;

tests! {
    InPage:
        code_written_for_ones_own_client_runs_unchanged,
        its_disconnect_closes_the_stream,
        it_is_told_when_the_reconnects_are_used_up,
}

async fn code_written_for_ones_own_client_runs_unchanged(page: Page) {
    let server = demo_server().await;
    page.open(&format!("{}/snippet.html", server.url())).await;
    let tokens = said("Hello").await;
    page.wait_for_text("snippet-count", &(tokens.len() + 1).to_string()).await;

    let source = page.text("snippet-source").await;
    for line in
        ["new SSEClient(url, {", "client.on('notification', data =>", "client.on('max-reconnects-reached', () =>"]
    {
        assert!(source.contains(line), "{source}");
    }
    let events: Vec<[String; 2]> = page
        .run("return [...document.querySelectorAll('[data-testid=snippet-event]')].map((item) => [item.dataset.parsed, item.querySelector('code').textContent])")
        .await;
    let (mark, typed) = events.split_last().expect("events");
    assert_eq!(*mark, ["false", "[DONE]"], "what is no JSON comes as text");
    for ([parsed, data], (index, token)) in typed.iter().zip(tokens.iter().enumerate()) {
        assert_eq!(parsed, "true");
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(data).ok(),
            Some(json!({ "index": index, "token": token }))
        );
    }

    let asked = server.journal().requests_to(CHAT);
    assert_eq!(asked.len(), 1, "a finished POST is not sent again");
    assert_eq!(asked[0].json(), Some(json!({ "message": "Hello", "conversation": "snippet" })));
    assert_eq!(asked[0].header_str("content-type"), Some("application/json"));
    assert_eq!(page.text("snippet-status").await, "started", "nothing failed");
}

async fn its_disconnect_closes_the_stream(page: Page) {
    let server = demo_server().await;
    server.script("notes", vec![Answer::new(200).chunk("event: notification\ndata: {\"title\":\"A\"}\n\n").hang()]);
    page.open(&format!("{}/snippet.html?url=/api/script/notes", server.url())).await;
    page.wait_for_text("snippet-count", "1").await;
    assert_eq!(
        page.run::<String>("return document.querySelector('[data-testid=snippet-event]').dataset.type").await,
        "notification"
    );

    page.click("snippet-disconnect").await;
    soon("the stream is closed", server.wait_open_streams(0)).await;
    page.click("snippet-connect").await;
    page.wait_for_text("snippet-count", "2").await;
    assert_eq!(server.most_open_streams(), 1);
}

async fn it_is_told_when_the_reconnects_are_used_up(page: Page) {
    let server = demo_server().await;
    server.script("away", vec![Answer::new(503)]);
    page.open(&format!("{}/snippet.html?url=/api/script/away&max=2", server.url())).await;
    page.wait_for_text("snippet-status", "max-reconnects-reached").await;
    assert_eq!(server.journal().requests_to("/api/script/away").len(), 3, "the first request and two reconnects");
}
