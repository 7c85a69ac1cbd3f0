//! The package in Vite: in its development server and after a build, with React, with Vue, and without a framework.

use demo_server::DemoServer;
use e2e::{Page, tests};
use packaging::{DevServer, Project, serve};

use crate::app::{App, built_without_warnings, nothing_is_left};

tests! {
    InPage:
        react_built;
    InOnePage:
        react_in_development,
        vue_in_development,
        vue_built,
        entries_in_development,
        slim_in_development_with_vite_5,
        slim_in_development_with_vite_6,
        slim_in_development_with_vite_7,
        entries_built;
}

/// The ways in which `vite-vanilla` gives the slim entry the URL of its wasm.
const WASM_SOURCES: [&str; 3] = ["&wasm=default", "&wasm=new-url", "&wasm=imported-url"];

async fn react_in_development(page: Page) {
    framework_in_development(page, "vite-react").await;
}

async fn react_built(page: Page) {
    framework_built(page, "vite-react").await;
}

async fn vue_in_development(page: Page) {
    framework_in_development(page, "vite-vue").await;
}

async fn vue_built(page: Page) {
    framework_built(page, "vite-vue").await;
}

async fn framework_in_development(page: Page, name: &str) {
    let project = Project::new(name).await;
    let pages = develop(&project).await;
    App::new(page).await.runs_in_framework(pages.url()).await;
    built_without_warnings(&pages.printed());
}

async fn framework_built(page: Page, name: &str) {
    let project = Project::new(name).await;
    let pages = build(&project).await;
    App::new(page).await.runs_in_framework(&pages.url()).await;
}

async fn entries_in_development(page: Page) {
    let project = Project::shared("vite-vanilla").await;
    let pages = develop(&project).await;
    let app = App::new(page).await;
    app.runs_all_entries(pages.url()).await;
    for source in WASM_SOURCES {
        app.runs_slim(pages.url(), source).await;
    }
    built_without_warnings(&pages.printed());
}

/// Before version 8, the development server of Vite moves a script to another folder than its wasm.
async fn slim_in_development(page: Page, vite: &str) {
    let project = Project::shared("vite-older").await;
    // Otherwise they would share a cache.
    let cache = format!("node_modules/.{vite}");
    let config = format!("export default {{ cacheDir: '{cache}' }}");
    std::fs::write(project.path().join(format!("{vite}.config.js")), config).expect("a configuration");
    let dev = format!("node node_modules/{vite}/bin/vite.js --config {vite}.config.js --port 0");
    let pages = project.program(&dev).serve().await;
    App::new(page).await.runs_slim(pages.url(), "").await;
    built_without_warnings(&pages.printed());
}

async fn slim_in_development_with_vite_5(page: Page) {
    slim_in_development(page, "vite-5").await;
}

async fn slim_in_development_with_vite_6(page: Page) {
    slim_in_development(page, "vite-6").await;
}

async fn slim_in_development_with_vite_7(page: Page) {
    slim_in_development(page, "vite-7").await;
}

async fn entries_built(page: Page) {
    let project = Project::shared("vite-vanilla").await;
    let pages = build(&project).await;
    let app = App::new(page).await;
    app.runs_all_entries(&pages.url()).await;
    for source in WASM_SOURCES {
        app.runs_slim(&pages.url(), source).await;
    }
    nothing_is_left(&project, "dist/assets", "unused");
}

async fn develop(project: &Project) -> DevServer {
    project.program("npm run dev -- --port 0").serve().await
}

/// Builds the project, and serves the result.
async fn build(project: &Project) -> DemoServer {
    let built = project.program("npm run build").run().await;
    built_without_warnings(&built.printed());
    serve(&project.path().join("dist")).await
}
