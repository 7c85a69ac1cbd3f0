//! What the server says about its clients.

use std::time::Instant;

use demo_server::faulty::{End, Gate, Reply};

use crate::client::{Raw, fetch, start};

#[tokio::test]
async fn a_request_is_noted_to_the_byte() {
    let server = start().await;
    server.answer("/s", [Reply::no_content()]);
    let mut raw = Raw::connect(server.addr()).await;
    let head =
        "POST /s?client=a&x=%20 HTTP/1.1\r\nAuthorization: Bearer t\r\nLAST-event-id:  é \r\nContent-Length: 4\r\n\r\n";
    raw.write(head.as_bytes()).await;
    raw.write(b"body").await;
    raw.response().await;

    let exchange = server.request_to("/s", 0).await;
    assert_eq!(exchange.head, head.as_bytes());
    assert_eq!((exchange.request.method.as_str(), exchange.request.query.as_str()), ("POST", "client=a&x=%20"));
    assert_eq!(exchange.request.header_str("authorization"), Some("Bearer t"));
    assert_eq!(exchange.last_event_id(), Some("é"));
    assert_eq!((&exchange.request.body[..], exchange.client.as_str()), (&b"body"[..], "a"));
    assert_eq!(exchange.ended().await.how, End::Complete);
}

#[tokio::test]
async fn a_body_too_long_to_be_kept_is_marked_as_cut() {
    let server = start().await;
    server.answer("/s", [Reply::no_content()]);
    let mut raw = Raw::connect(server.addr()).await;
    raw.write(b"POST /s HTTP/1.1\r\nContent-Length: 1048577\r\n\r\n").await;
    raw.write(&b"x".repeat(1_048_577)).await;
    raw.response().await;

    let request = &server.request_to("/s", 0).await.request;
    assert_eq!((request.body.len(), request.body_length, request.is_body_cut()), (1_048_576, 1_048_577, true));
}

#[tokio::test]
async fn a_head_may_come_bit_by_bit() {
    let server = start().await;
    server.answer("/s", [Reply::no_content()]);
    let mut raw = Raw::connect(server.addr()).await;
    for byte in b"GET /s HTTP/1.1\r\nA: b\r\n\r\n" {
        raw.write(&[*byte]).await;
        tokio::task::yield_now().await;
    }
    assert_eq!(raw.response().await.status(), "204");
}

#[tokio::test]
async fn a_client_that_leaves_is_noticed_whatever_the_reply_is_doing() {
    let server = start().await;
    let gate = Gate::new();
    server.answer(
        "/s",
        [
            Reply::say_nothing(),
            Reply::event_stream().hold_head(&gate),
            Reply::event_stream().send("data: a\n\n").wait(&gate),
            Reply::event_stream().hang(),
            Reply::event_stream().pause(std::time::Duration::from_secs(1000)),
        ],
    );
    for index in 0..5 {
        let raw = Raw::get(&server, "/s", "").await;
        let exchange = server.request_to("/s", index).await;
        let leaving = Instant::now();
        if index % 2 == 0 {
            drop(raw);
        } else {
            raw.reset();
        }
        assert!(exchange.closed_by_client().await >= leaving);
        server.wait_open(0).await;
    }
    server.wait_connections(0).await;
}

#[tokio::test]
async fn the_servers_own_endings_are_not_the_clients() {
    let server = start().await;
    server.answer("/s", [Reply::event_stream().cut(), Reply::event_stream().reset(), Reply::event_stream()]);
    for (index, how) in [End::BrokenOff, End::BrokenOff, End::Complete].into_iter().enumerate() {
        fetch(&server, "/s", "").await;
        assert_eq!(server.request_to("/s", index).await.ended().await.how, how);
    }
}

#[tokio::test]
async fn two_requests_at_once_are_seen_by_client() {
    let server = start().await;
    server.answer("/s", [Reply::event_stream().hang()]);
    let _a = Raw::get(&server, "/s?client=a", "").await;
    let _b = Raw::get(&server, "/s?client=b", "").await;
    server.wait_open(2).await;
    assert_eq!((server.most_open_of("a"), server.most_open_of("b")), (1, 1));
    let _second = Raw::get(&server, "/s?x=y&client=a", "").await;
    server.wait_open_of("a", 2).await;
    assert_eq!((server.most_open_of("a"), server.most_open_of_any(), server.open()), (2, 2, 3));
    assert_eq!((server.open_of("a"), server.connections()), (2, 3));
}

#[tokio::test]
async fn without_a_name_a_path_is_one_client() {
    let server = start().await;
    server.answer("/s", [Reply::event_stream().hang()]);
    let _both = (Raw::get(&server, "/s", "").await, Raw::get(&server, "/s?x", "").await);
    server.wait_open_of("/s", 2).await;
    assert_eq!(server.most_open_of("/s"), 2);
}

/// The tasks of the two connections run in any order; what counts is the order of closing and asking.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_closes_before_it_asks_again_never_has_two_open() {
    let server = start().await;
    server.answer("/s", [Reply::event_stream().send("data: a\n\n").hang()]);
    for _ in 0..300 {
        // The next connection exists already, so that its request can be as early as possible.
        let (mut first, mut second) = (Raw::get(&server, "/s", "").await, Raw::connect(server.addr()).await);
        first.head().await;
        drop(first);
        second.ask("/s", "").await;
        second.head().await;
        second.reset();
    }
    assert_eq!(server.most_open_of("/s"), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_has_its_answer_never_has_two_open() {
    let server = start().await;
    let kinds = [
        Reply::event_stream().send("data: a\n\n").cut(),
        Reply::event_stream().reset(),
        Reply::unauthorized(),
        Reply::no_content(),
    ];
    server.answer("/s", kinds.iter().cycle().take(400).cloned());
    let mut earlier = None;
    for _ in 0..400 {
        let mut raw = Raw::get(&server, "/s", "").await;
        raw.response().await;
        // Not closed before the next request is made: the answer alone has to be enough.
        drop(earlier.replace(raw));
    }
    assert_eq!(server.most_open_of("/s"), 1);
}
