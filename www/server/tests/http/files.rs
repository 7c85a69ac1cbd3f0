//! Static files, and what a page of another origin is allowed.

use std::path::{Path, PathBuf};

use demo_server::{Config, DemoServer};
use reqwest::Method;

use crate::client::{get, http, send, start, start_with};

/// This package's own folders stand in for the pages and the built package, which need not exist here.
async fn serve_own_folders() -> DemoServer {
    let package: &Path = env!("CARGO_MANIFEST_DIR").as_ref();
    start_with(Config {
        pages: PathBuf::from(package),
        package: package.join("src"),
        benchmarks: package.join("tests"),
        examples: package.join("tests/examples"),
        ..Config::default()
    })
    .await
}

#[tokio::test]
async fn pages_and_package_are_served_and_revalidated() {
    let server = serve_own_folders().await;
    for path in ["/Cargo.toml", "/pkg/lib.rs"] {
        let response = send(get(&server, path)).await;
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(response.headers()["cache-control"], "no-cache");
    }
}

#[tokio::test]
async fn only_what_measures_is_isolated_from_other_origins() {
    let server = serve_own_folders().await;
    let policies = async |path: &str| {
        let response = send(get(&server, path)).await;
        let header = |name: &str| response.headers().get(name).map(|value| value.to_str().expect("text").to_owned());
        (response.status().as_u16(), header("cross-origin-opener-policy"), header("cross-origin-embedder-policy"))
    };
    let isolated = |status| (status, Some("same-origin".to_owned()), Some("require-corp".to_owned()));
    assert_eq!(policies("/bench/http/main.rs").await, isolated(200));
    assert_eq!(policies("/bench.html").await, isolated(404));
    assert_eq!(policies("/Cargo.toml").await, (200, None, None));
}

#[tokio::test]
async fn without_benchmarks_the_rest_is_served() {
    let server = start_with(Config { benchmarks: PathBuf::from("nowhere"), ..Config::default() }).await;
    assert_eq!(send(get(&server, "/bench/index.html")).await.status(), 404);
    assert_eq!(send(get(&server, "/api/status")).await.status(), 200);
}

#[tokio::test]
async fn each_example_is_served_at_the_address_it_is_built_for() {
    let server = serve_own_folders().await;
    for name in ["react", "vue"] {
        for path in [format!("/{name}"), format!("/{name}/"), format!("/{name}/index.html")] {
            let response = send(get(&server, &path)).await;
            assert_eq!(response.status(), 200, "{path}");
            assert_eq!(response.headers()["cache-control"], "no-cache");
            assert_eq!(response.text().await.expect("a page").trim_end(), format!("<title>{name}</title>"));
        }
    }
}

#[tokio::test]
async fn without_examples_the_rest_is_served() {
    let server = start_with(Config { examples: PathBuf::from("nowhere"), ..Config::default() }).await;
    assert_eq!(send(get(&server, "/react/")).await.status(), 404);
    assert_eq!(send(get(&server, "/vue/index.html")).await.status(), 404);
    assert_eq!(send(get(&server, "/api/status")).await.status(), 200);
}

#[tokio::test]
async fn what_is_outside_the_folders_is_not_served() {
    let server = serve_own_folders().await;
    assert_eq!(send(get(&server, "/pkg/..%2fCargo.toml")).await.status(), 404);
}

#[tokio::test]
async fn a_page_of_another_origin_may_send_the_headers_a_stream_needs() {
    let server = start().await;
    let preflight = http()
        .request(Method::OPTIONS, server.url() + "/api/chat/stream")
        .header("origin", "http://localhost:5173")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization,content-type,last-event-id");
    let response = send(preflight).await;
    assert_eq!(response.status(), 200);
    let headers = response.headers();
    assert_eq!(headers["access-control-allow-origin"], "http://localhost:5173");
    assert_eq!(headers["access-control-allow-headers"], "authorization,content-type,last-event-id");
    assert_eq!(headers["access-control-allow-methods"], "POST");
}

#[tokio::test]
async fn a_page_of_another_origin_can_read_a_refusal() {
    let server = start().await;
    server.faults().unavailable(1, Some(3));
    let response = send(get(&server, "/events").header("origin", "http://localhost:5173")).await;
    assert_eq!(response.status(), 503);
    assert_eq!(response.headers()["access-control-allow-origin"], "http://localhost:5173");
    assert!(response.headers()["access-control-expose-headers"].to_str().expect("text").contains("retry-after"));
}
