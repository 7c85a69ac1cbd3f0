//! Single replies: heads, bodies, endings.

use std::io::ErrorKind;
use std::time::{Duration, UNIX_EPOCH};

use demo_server::faulty::{End, FaultServer, Gate, Reply};
use demo_server::{Config, DemoServer};
use serde_json::{Value, json};

use crate::client::{Finish, Raw, fetch, get, start};

#[tokio::test]
async fn each_request_gets_its_reply_and_the_last_repeats() {
    let server = start().await;
    server.answer("/s", [Reply::status(503), Reply::event_stream().send("data: a\n\n")]);
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(fetch(&server, "/s", "").await.status().to_owned());
    }
    assert_eq!(statuses, ["503", "200", "200"]);
}

#[tokio::test]
async fn a_stream_is_one_an_ordinary_client_understands() {
    let server = start().await;
    server.answer("/s", [Reply::event_stream().send("data: a\n\n").drip("data: é\n\n", Duration::ZERO)]);
    let response = get(&(server.url() + "/s")).await.expect("an answer");
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    assert_eq!(response.text().await.expect("a body"), "data: a\n\ndata: é\n\n");
}

#[tokio::test]
async fn a_body_is_sent_with_its_length() {
    let server = start().await;
    server.answer("/s", [Reply::status(401).body("text/plain", "no")]);
    let response = fetch(&server, "/s", "").await;
    assert_eq!((response.status(), response.text().as_str()), ("401", "no"));
    assert_eq!(response.header("Content-Length"), Some("2"));
}

#[tokio::test]
async fn the_shortcuts_are_what_they_say() {
    let server = start().await;
    let date = UNIX_EPOCH + Duration::from_secs(784_111_777);
    server.answer(
        "/s",
        [
            Reply::too_many_requests().retry_after(2),
            Reply::unavailable().retry_after_date(date),
            Reply::redirect(307, "http://elsewhere.example/s"),
            Reply::web_page(),
            Reply::no_content(),
        ],
    );
    let busy = fetch(&server, "/s", "").await;
    assert_eq!((busy.status(), busy.header("Retry-After")), ("429", Some("2")));
    let unavailable = fetch(&server, "/s", "").await;
    assert_eq!(unavailable.header("Retry-After"), Some("Sun, 06 Nov 1994 08:49:37 GMT"));
    let redirect = fetch(&server, "/s", "").await;
    assert_eq!((redirect.status(), redirect.header("Location")), ("307", Some("http://elsewhere.example/s")));
    let page = fetch(&server, "/s", "").await;
    assert_eq!((page.status(), page.header("Content-Type")), ("200", Some("text/html")));
    let nothing = fetch(&server, "/s", "").await;
    assert_eq!((nothing.status(), nothing.header("Content-Length")), ("204", None));
}

#[tokio::test]
async fn a_cut_is_the_connections_end_in_the_middle_of_a_chunk() {
    let server = start().await;
    server.answer("/s", [Reply::event_stream().send("data: unfin").cut()]);
    let mut raw = Raw::get(&server, "/s", "").await;
    raw.head().await;
    let (rest, end) = raw.rest().await;
    assert_eq!(String::from_utf8_lossy(&rest), "b\r\ndata: unfin\r\n400\r\n");
    assert_eq!(end.kind(), ErrorKind::UnexpectedEof);
    assert!(get(&(server.url() + "/s")).await.expect("a head").bytes().await.is_err());
}

#[tokio::test]
async fn a_reset_comes_after_what_was_sent() {
    let server = start().await;
    server.answer("/s", [Reply::event_stream().send("data: a\n\n").reset(), Reply::reset_at_once()]);
    let response = fetch(&server, "/s", "").await;
    assert_eq!((response.text().as_str(), response.finish), ("data: a\n\n", Finish::Reset));
    let (rest, end) = Raw::get(&server, "/s", "").await.rest().await;
    assert_eq!((rest.len(), end.kind()), (0, ErrorKind::ConnectionReset));
}

#[tokio::test]
async fn a_body_without_framing_ends_with_the_connection() {
    let server = start().await;
    server.answer("/s", [Reply::event_stream().until_close().send("data: a\n\n")]);
    let mut raw = Raw::get(&server, "/s", "").await;
    assert!(!raw.head().await.contains("Transfer-Encoding"));
    let (rest, end) = raw.rest().await;
    assert_eq!((&rest[..], end.kind()), (&b"data: a\n\n"[..], ErrorKind::UnexpectedEof));
}

#[tokio::test]
async fn a_raw_reply_is_nothing_but_its_steps() {
    let server = start().await;
    server.answer("/s", [Reply::raw().send("HTTP/1.1 200 OK\r\nX: "), Reply::close_at_once()]);
    let (rest, _) = Raw::get(&server, "/s", "").await.rest().await;
    assert_eq!(String::from_utf8_lossy(&rest), "HTTP/1.1 200 OK\r\nX: ");
    let (rest, end) = Raw::get(&server, "/s", "").await.rest().await;
    assert_eq!((rest.len(), end.kind()), (0, ErrorKind::UnexpectedEof));
}

#[tokio::test]
async fn a_kept_connection_takes_one_request_after_the_other() {
    let server = start().await;
    let first = Reply::event_stream().send("data: a\n\n").keep_alive();
    server.answer("/s", [first, Reply::status(503).keep_alive(), Reply::no_content()]);
    let mut raw = Raw::connect(server.addr()).await;
    raw.write(b"GET /s HTTP/1.1\r\n\r\nGET /s HTTP/1.1\r\n\r\n").await;
    assert_eq!(raw.response().await.text(), "data: a\n\n");
    assert_eq!(raw.response().await.status(), "503");
    raw.ask("/s", "").await;
    assert_eq!(raw.response().await.status(), "204");
    assert_eq!(raw.rest().await.1.kind(), ErrorKind::UnexpectedEof);
    assert_eq!(server.exchanges_to("/s").len(), 3);
}

#[tokio::test]
async fn gates_hold_the_head_and_the_body() {
    let server = start().await;
    let (head, body) = (Gate::new(), Gate::new());
    server.answer("/s", [Reply::event_stream().hold_head(&head).send("data: a\n\n").wait(&body).send("data: b\n\n")]);
    let mut raw = Raw::get(&server, "/s", "").await;
    head.reached().await;
    assert!(raw.nothing_arrived(), "the head was sent too early");
    head.open();
    raw.head().await;
    assert_eq!(raw.chunk().await.expect("a chunk"), b"data: a\n\n");
    body.reached().await;
    assert!(raw.nothing_arrived(), "the body went on too early");
    body.open();
    assert_eq!(raw.chunk().await.expect("a chunk"), b"data: b\n\n");
}

#[tokio::test(start_paused = true)]
async fn a_slow_head_comes_a_byte_a_second() {
    let server = start().await;
    server.answer("/s", [Reply::no_content().slow_head(Duration::from_secs(1))]);
    let mut raw = Raw::get(&server, "/s", "").await;
    let begin = tokio::time::Instant::now();
    let head = raw.head().await;
    assert!(head.starts_with("HTTP/1.1 204"));
    assert!(begin.elapsed() >= Duration::from_secs(head.len() as u64 - 1), "{:?}", begin.elapsed());
}

#[tokio::test]
async fn small_pieces_are_chunks_of_their_own() {
    let server = start().await;
    server.answer("/s", [Reply::event_stream().in_pieces([1, 3, 0]).send("data: a\n\n")]);
    let response = fetch(&server, "/s", "").await;
    assert_eq!(response.chunks, [&b"d"[..], b"ata", b":", b" a\n", b"\n"]);
}

#[tokio::test]
async fn pages_of_other_origins_may_read_unless_a_reply_forbids_it() {
    let server = start().await;
    server.answer("/s", [Reply::event_stream(), Reply::event_stream().without_cors()]);
    server.answer("/one", [Reply::event_stream().header("access-control-allow-origin", "http://other.example")]);

    let allowed = fetch(&server, "/s", "Origin: http://page.example\r\n").await;
    assert_eq!(allowed.header("Access-Control-Allow-Origin"), Some("http://page.example"));
    assert!(allowed.header("Access-Control-Expose-Headers").is_some_and(|names| names.contains("Retry-After")));
    let refused = fetch(&server, "/s", "Origin: http://page.example\r\n").await;
    assert_eq!(refused.header("Access-Control-Allow-Origin"), None);
    let other = fetch(&server, "/one", "Origin: http://page.example\r\n").await;
    assert_eq!(other.header("Access-Control-Allow-Origin"), Some("http://other.example"));
    assert_eq!(other.head.to_ascii_lowercase().matches("access-control-allow-origin").count(), 1);
}

#[tokio::test]
async fn a_preflight_is_allowed_what_it_asks_for_and_takes_no_reply_away() {
    let server = start().await;
    server.answer("/s", [Reply::status(418), Reply::no_content()]);
    let mut raw = Raw::connect(server.addr()).await;
    let asked = "Access-Control-Request-Headers: authorization,last-event-id,content-type\r\n";
    let head = format!("OPTIONS /s HTTP/1.1\r\nOrigin: null\r\nAccess-Control-Request-Method: POST\r\n{asked}\r\n");
    raw.write(head.as_bytes()).await;
    let response = raw.response().await;
    assert_eq!(response.header("Access-Control-Allow-Headers"), Some("authorization,last-event-id,content-type"));
    assert_eq!(response.header("Access-Control-Allow-Methods"), Some("POST"));
    assert_eq!(response.header("Access-Control-Allow-Origin"), Some("null"));
    assert_eq!(fetch(&server, "/s", "").await.status(), "418");
    assert_eq!((server.preflights_to("/s").len(), server.exchanges_to("/s").len()), (1, 1));
}

#[tokio::test]
async fn a_function_decides_by_the_request() {
    let server = start().await;
    server.answer_by("/s", |request| match request.header_str("authorization") {
        Some("Bearer new") => Reply::no_content(),
        _ => Reply::unauthorized(),
    });
    assert_eq!(fetch(&server, "/s", "Authorization: Bearer old\r\n").await.status(), "401");
    assert_eq!(fetch(&server, "/s", "Authorization: Bearer new\r\n").await.status(), "204");
}

#[tokio::test]
async fn nothing_registered_is_404() {
    assert_eq!(fetch(&start().await, "/nowhere", "").await.status(), "404");
}

#[tokio::test]
async fn a_stopped_server_resets_its_connections_and_frees_its_port() {
    let server = start().await;
    server.answer("/s", [Reply::event_stream().hang()]);
    let mut raw = Raw::get(&server, "/s", "").await;
    raw.head().await;
    server.stop().await;
    assert_eq!(raw.rest().await.1.kind(), ErrorKind::ConnectionReset);
    assert_eq!(server.request_to("/s", 0).await.ended().await.how, End::Stopped);
    let again = FaultServer::start_on(server.addr().port()).await.expect("the port is free");
    assert_eq!(again.addr(), server.addr());
}

#[tokio::test]
async fn the_demo_server_returns_the_address_of_its_fault_server() {
    let server =
        DemoServer::start(Config { fault_server: true, ..Config::default() }).await.expect("the server starts");
    let answer = get(&(server.url() + "/api/fault-server")).await.expect("an answer");
    let address = server.fault_server().expect("a fault server").url();
    assert_eq!(answer.json::<Value>().await.expect("JSON"), json!({ "url": address }));
    assert!(get(&(address.clone() + "/try")).await.is_ok());
    server.stop().await;
    assert!(get(&(address + "/try")).await.is_err());
}

#[tokio::test]
async fn a_demo_server_without_a_fault_server_returns_no_address() {
    let server = DemoServer::start(Config::default()).await.expect("the server starts");
    let answer = get(&(server.url() + "/api/fault-server")).await.expect("an answer");
    assert_eq!(answer.json::<Value>().await.expect("JSON"), json!({ "url": null }));
}
