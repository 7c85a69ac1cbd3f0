//! Login, refresh and expiry as the chat page meets them, and how refusals are worded.

use std::time::Duration;

use demo_server::{Config, DemoServer};
use reqwest::Response;
use serde_json::{Value, json};

use crate::client::{access_token, get, log_in, post, send, send_for_json, start, start_with};

async fn chat_with(server: &DemoServer, access_token: &str) -> Response {
    let prompt = json!({ "message": "hello", "tokenDelay": 0 });
    send(post(server, "/api/chat/stream", &prompt).bearer_auth(access_token)).await
}

async fn refresh(server: &DemoServer, tokens: &Value) -> (u16, Value) {
    let body = json!({ "refreshToken": tokens["refreshToken"] });
    send_for_json(post(server, "/api/refresh", &body)).await
}

#[tokio::test]
async fn a_login_gives_tokens_that_open_the_chat() {
    let server = start().await;
    let tokens = log_in(&server).await;
    assert_eq!(tokens["tokenType"], "Bearer");
    assert_eq!(tokens["expiresIn"], 60);
    assert_eq!(chat_with(&server, access_token(&tokens)).await.status(), 200);
}

#[tokio::test]
async fn a_wrong_password_is_refused_with_a_sentence() {
    let server = start().await;
    let credentials = json!({ "username": "demo", "password": "sesame" });
    let (status, body) = send_for_json(post(&server, "/api/login", &credentials)).await;
    assert_eq!(status, 401);
    assert!(body["error"].as_str().expect("a sentence").contains("password"));
}

#[tokio::test]
async fn a_name_too_long_to_be_remembered_is_refused() {
    let server = start().await;
    let credentials = json!({ "username": "x".repeat(257), "password": "demo" });
    let (status, body) = send_for_json(post(&server, "/api/login", &credentials)).await;
    assert_eq!((status, &body["error"]), (400, &json!("The length of the username is 257 and must be at most 256.")));
}

#[tokio::test]
async fn the_chat_without_a_token_is_refused_with_a_challenge() {
    let server = start().await;
    let response = send(post(&server, "/api/chat/stream", &json!({ "message": "hello" }))).await;
    assert_eq!(response.status(), 401);
    assert_eq!(response.headers()["www-authenticate"], "Bearer");
}

#[tokio::test]
async fn an_expired_access_token_is_refused() {
    let server = start_with(Config { access_token_ttl: Duration::ZERO, ..Config::default() }).await;
    let tokens = log_in(&server).await;
    let response = chat_with(&server, access_token(&tokens)).await;
    assert_eq!(response.status(), 401);
    assert_eq!(response.headers()["www-authenticate"], "Bearer error=\"invalid_token\"");
}

#[tokio::test]
async fn a_token_signed_with_another_secret_is_refused() {
    let server = start().await;
    let tokens = log_in(&start().await).await;
    assert_eq!(chat_with(&server, access_token(&tokens)).await.status(), 401);
}

#[tokio::test]
async fn a_refresh_token_gives_new_tokens_and_works_once() {
    let server = start().await;
    let first = log_in(&server).await;
    let (status, second) = refresh(&server, &first).await;
    assert_eq!(status, 200);
    assert_ne!(second["refreshToken"], first["refreshToken"]);
    assert_ne!(second["accessToken"], first["accessToken"]);
    assert_eq!(chat_with(&server, access_token(&second)).await.status(), 200);

    assert_eq!(refresh(&server, &first).await.0, 401);
    assert_eq!(refresh(&server, &second).await.0, 200);
}

#[tokio::test]
async fn an_expired_refresh_token_is_refused() {
    let server = start_with(Config { refresh_token_ttl: Duration::ZERO, ..Config::default() }).await;
    let tokens = log_in(&server).await;
    assert_eq!(refresh(&server, &tokens).await.0, 401);
}

#[tokio::test]
async fn expiring_all_tokens_refuses_those_issued_and_not_those_issued_after() {
    let server = start().await;
    let tokens = log_in(&server).await;
    let (_, state) = send_for_json(post(&server, "/api/faults/expire-tokens", &json!({}))).await;
    assert_eq!(state["tokensExpired"], 1);
    assert_eq!(chat_with(&server, access_token(&tokens)).await.status(), 401);

    let (_, renewed) = refresh(&server, &tokens).await;
    assert_eq!(chat_with(&server, access_token(&renewed)).await.status(), 200);
}

#[tokio::test]
async fn a_body_that_is_no_json_is_refused_with_a_sentence() {
    let server = start().await;
    let request = post(&server, "/api/login", &json!({})).body("username=demo");
    let (status, body) = send_for_json(request).await;
    assert_eq!(status, 400);
    assert!(body["error"].is_string());
}

#[tokio::test]
async fn unknown_addresses_and_methods_are_refused_with_a_sentence() {
    let server = start().await;
    for (request, expected) in [
        (get(&server, "/api/nothing"), 404),
        (get(&server, "/nothing.html"), 404),
        (get(&server, "/api/login"), 405),
        (get(&server, "/api/faults/drop"), 405),
        (get(&server, "/api/load?count=many"), 400),
    ] {
        let (status, body) = send_for_json(request).await;
        assert_eq!(status, expected);
        assert!(body["error"].is_string());
    }
}
