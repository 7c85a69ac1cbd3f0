//! The package in Next.js: a page that is rendered on the server and continues in the browser, and a route of the edge
//! runtime.

use e2e::{Page, tests};
use packaging::Project;

use crate::app::{App, built_without_warnings};

tests! {
    InOnePage:
        in_development,
        built;
}

async fn in_development(page: Page) {
    let project = Project::shared("next").await;
    let pages = project.program("npm run dev -- --port 0").serve().await;
    App::new(page).await.runs_in_framework(pages.url()).await;
    built_without_warnings(&pages.printed());
}

async fn built(page: Page) {
    let project = Project::shared("next").await;
    let printed = project.program("npm run build").run().await.printed();
    // Next.js warns twice about the edge runtime itself. On a CI machine it recommends a cache for the next build.
    let of_itself = |line: &str| ["edge runtime", "build cache"].iter().any(|it| line.to_lowercase().contains(it));
    let of_the_rest: Vec<_> = printed.lines().filter(|line| !of_itself(line)).collect();
    built_without_warnings(&of_the_rest.join("\n"));
    let pages = project.program("npm run start -- --port 0").serve().await;
    let app = App::new(page).await;
    app.runs_in_framework(pages.url()).await;
    app.was_rendered().await;
    app.runs_at_the_edge().await;
    let brings = project.files(".next/server/edge").iter().any(|file| file.extension().is_some_and(|it| it == "wasm"));
    assert!(brings, "the edge runtime compiles the wasm instead of bringing it along");
    built_without_warnings(&pages.printed());
}
