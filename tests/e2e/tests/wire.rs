//! What a request looks like when it arrives: method, headers to the byte, body, and all of that across redirects and
//! origins.

use demo_server::{Answer, DemoServer, Entry, Gate};
use e2e::{Page, lab_server, soon, tests};
use serde_json::{Value, json};

use crate::lab::{lost_after, open_lab, staying_open};

tests! {
    InPage:
        a_last_event_id_is_sent_as_its_utf8_bytes,
        a_last_event_id_to_start_from_is_sent_with_the_first_request,
        every_kind_of_body_arrives_with_its_content_type,
        methods_are_sent_as_asked,
        headers_are_asked_again_for_every_attempt,
        a_redirected_post_keeps_its_method_and_body,
        the_origin_of_an_event_is_that_of_the_final_url,
        another_origin_gets_the_preflight_and_the_headers,
}

async fn a_last_event_id_is_sent_as_its_utf8_bytes(page: Page) {
    let server = lab_server().await;
    let ids = ["naïve café", "事件 一二三", "🦀 and a  double space", "plain"];
    let gates = ids.map(|_| Gate::new());
    let dropped = ids.iter().zip(&gates).map(|(id, gate)| lost_after(&format!("id: {id}\ndata: x\n\n"), gate));
    server.script("ids", dropped.chain([staying_open()]).collect());

    open_lab(&page, &server).await;
    page.act("client('/api/script/ids', { backoff: { initial: 10 } }).connect()").await;
    for (index, gate) in gates.iter().enumerate() {
        page.run_with::<Value>("await until(() => of('event').length > args)", json!(index)).await;
        gate.open();
    }
    let requests = soon("five requests", server.journal().wait_for_requests_to("/api/script/ids", 5)).await;
    let sent: Vec<Option<&[u8]>> = requests.iter().map(|request| request.header("last-event-id")).collect();
    let expected: Vec<Option<&[u8]>> = [None].into_iter().chain(ids.iter().map(|id| Some(id.as_bytes()))).collect();
    assert_eq!(sent, expected);
    assert_eq!(page.run::<Vec<String>>("return of('event').map(({ id }) => id)").await, ids);
}

async fn a_last_event_id_to_start_from_is_sent_with_the_first_request(page: Page) {
    let server = lab_server().await;
    server.script("from", vec![staying_open()]);
    open_lab(&page, &server).await;
    page.act("await client('/api/script/from', { lastEventId: 'Ω-41' }).connect()").await;
    assert_eq!(server.journal().requests_to("/api/script/from")[0].header("last-event-id"), Some("Ω-41".as_bytes()));
}

async fn every_kind_of_body_arrives_with_its_content_type(page: Page) {
    let server = lab_server().await;
    server.script("body", vec![staying_open()]);
    open_lab(&page, &server).await;
    let kinds: [(&str, Option<&str>, &[u8]); 9] = [
        ("{ a: 1, b: ['ü'] }", Some("application/json"), r#"{"a":1,"b":["ü"]}"#.as_bytes()),
        ("[1, 2]", Some("application/json"), b"[1,2]"),
        ("'täxt'", Some("text/plain;charset=UTF-8"), "täxt".as_bytes()),
        ("new URLSearchParams({ q: 'a b&c' })", Some("application/x-www-form-urlencoded;charset=UTF-8"), b"q=a+b%26c"),
        ("new Blob(['<x/>'], { type: 'text/xml' })", Some("text/xml"), b"<x/>"),
        ("new Uint8Array([0, 255, 10])", None, &[0, 255, 10]),
        ("new Uint8Array([1, 2]).buffer", None, &[1, 2]),
        ("() => ({ asked: 'late' })", Some("application/json"), br#"{"asked":"late"}"#),
        ("async () => 'later'", Some("text/plain;charset=UTF-8"), b"later"),
    ];
    for (body, content_type, bytes) in kinds {
        server.journal().clear();
        let request = post(&page, &server, body).await;
        assert_eq!(request.method, "POST", "{body}");
        assert_eq!(request.header_str("content-type"), content_type, "{body}");
        assert_eq!(request.body, bytes, "{body}");
    }

    server.journal().clear();
    let form =
        post(&page, &server, "(() => { const form = new FormData(); form.set('field', 'välue'); return form })()")
            .await;
    let content_type = form.header_str("content-type").unwrap_or_default();
    let boundary = content_type.strip_prefix("multipart/form-data; boundary=").expect("a boundary");
    let text = String::from_utf8_lossy(&form.body);
    assert!(text.contains(boundary) && text.contains("name=\"field\"\r\n\r\nvälue\r\n"), "{text}");
}

/// Sends a body, given as an expression, and returns the request that arrived.
async fn post(page: &Page, server: &DemoServer, body: &str) -> std::sync::Arc<Entry> {
    page.act(&format!(
        "const it = client('/api/script/body', {{ body: {body} }}); await it.connect(); it.disconnect()"
    ))
    .await;
    let requests = server.journal().requests_to("/api/script/body");
    assert_eq!(requests.len(), 1, "{body}");
    std::sync::Arc::clone(&requests[0])
}

async fn methods_are_sent_as_asked(page: Page) {
    let server = lab_server().await;
    server.script("method", vec![staying_open()]);
    open_lab(&page, &server).await;
    page.act(
        "for (const options of [{}, { body: 'b' }, { method: 'PUT', body: 'b' }, { method: 'delete' }, { method: 'patch', body: 'b' }, { method: 'QUERY', body: 'b' }]) {
           const it = client('/api/script/method', options)
           await it.connect()
           it.disconnect()
         }",
    )
    .await;
    let requests = server.journal().requests_to("/api/script/method");
    let methods: Vec<(&str, &[u8])> = requests.iter().map(|request| (&*request.method, &*request.body)).collect();
    let expected: [(&str, &[u8]); 6] =
        [("GET", b""), ("POST", b"b"), ("PUT", b"b"), ("DELETE", b""), ("PATCH", b"b"), ("QUERY", b"b")];
    assert_eq!(methods, expected);
    assert!(requests.iter().all(|request| request.header_str("accept") == Some("text/event-stream")));
}

async fn headers_are_asked_again_for_every_attempt(page: Page) {
    let server = lab_server().await;
    let gate = Gate::new();
    server.script("headers", vec![lost_after("id: 7\ndata: x\n\n", &gate), Answer::new(503), staying_open()]);
    open_lab(&page, &server).await;
    page.act(
        "client('/api/script/headers', {
           backoff: { initial: 10 },
           headers: async ({ attempt, lastEventId, error }) => {
             await null
             return { 'X-Attempt': `${attempt} ${lastEventId} ${error?.code} ${error?.status}` }
           },
         }).connect()
         await until(() => of('event').length === 1)",
    )
    .await;
    gate.open();
    let requests = soon("three requests", server.journal().wait_for_requests_to("/api/script/headers", 3)).await;
    let told: Vec<_> = requests.iter().map(|request| request.header_str("x-attempt")).collect();
    assert_eq!(told, [Some("0  undefined undefined"), Some("1 7 network undefined"), Some("2 7 status 503")]);
}

async fn a_redirected_post_keeps_its_method_and_body(page: Page) {
    let server = lab_server().await;
    server.script("moved", vec![Answer::new(307).header("location", "/api/script/here")]);
    server.script("here", vec![staying_open()]);
    open_lab(&page, &server).await;
    page.act(
        "await client('/api/script/moved', { body: { q: 1 }, headers: { Authorization: 'Bearer t' }, lastEventId: 'é' }).connect()",
    )
    .await;
    let request = &server.journal().requests_to("/api/script/here")[0];
    assert_eq!((&*request.method, request.json()), ("POST", Some(json!({ "q": 1 }))));
    assert_eq!(request.header_str("authorization"), Some("Bearer t"));
    assert_eq!(request.header("last-event-id"), Some("é".as_bytes()));
    let open: Value = page.run("return of('open')[0].open").await;
    assert_eq!(open, json!({ "status": 200, "url": format!("{}/api/script/here", server.url()), "attempt": 0 }));
}

async fn the_origin_of_an_event_is_that_of_the_final_url(page: Page) {
    let (server, other) = (lab_server().await, lab_server().await);
    server.script("moved", vec![Answer::new(302).header("location", format!("{}/api/script/here", other.url()))]);
    other.script("here", vec![Answer::new(200).chunk("data: x\n\n").hang()]);
    open_lab(&page, &server).await;
    page.act("client('/api/script/moved').connect(); await until(() => of('event').length > 0)").await;
    assert_eq!(page.run::<String>("return of('event')[0].origin").await, other.url());
}

async fn another_origin_gets_the_preflight_and_the_headers(page: Page) {
    let (server, other) = (lab_server().await, lab_server().await);
    other.script("api", vec![staying_open()]);
    open_lab(&page, &server).await;
    page.run_with::<Value>(
        "await client(args, { body: { q: 'ü' }, headers: { Authorization: 'Bearer t' }, lastEventId: 'ö 1' }).connect()",
        json!(format!("{}/api/script/api", other.url())),
    )
    .await;

    let entries = other.journal().entries();
    let methods: Vec<&str> = entries.iter().map(|entry| &*entry.method).collect();
    assert_eq!(methods, ["OPTIONS", "POST"]);
    assert_eq!(
        entries[0].header_str("access-control-request-headers"),
        Some("authorization,content-type,last-event-id")
    );
    let request = &entries[1];
    assert_eq!(request.header_str("origin"), Some(&*server.url()));
    assert_eq!(request.header_str("authorization"), Some("Bearer t"));
    assert_eq!(request.header("last-event-id"), Some("ö 1".as_bytes()));
    assert_eq!(request.json(), Some(json!({ "q": "ü" })));
    assert_eq!(server.journal().requests_to("/api/script/api").len(), 0);
}
