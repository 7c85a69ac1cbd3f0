//! The package outside of browsers: Node, Deno, Bun and Cloudflare's workerd; and TypeScript with every kind of resolution.

use demo_server::{Answer, DemoServer};
use e2e::{lab_server, soon, tests};
use packaging::{DevServer, Project};

tests! {
    WithoutPage:
        node_imports_and_requires_every_entry,
        deno_imports_and_requires_every_entry,
        bun_imports_and_requires_every_entry,
        workerd_receives_events_where_compiling_is_forbidden,
        workerd_names_the_export_condition_when_the_bundler_took_another_file,
        typescript_finds_the_types_of_modules_and_of_commonjs,
        typescript_5_0_accepts_the_types_without_skip_lib_check,
        typescript_5_4_accepts_the_types_without_skip_lib_check,
        typescript_5_9_accepts_the_types_without_skip_lib_check,
        typescript_accepts_the_types_of_pages_servers_and_workers,
}

/// A server that sends one event to every client.
async fn greeting_server() -> DemoServer {
    let server = lab_server().await;
    server.script("greeting", vec![Answer::new(200).chunk("data: hello\n\n").hang()]);
    server
}

/// Runs the same programs in a runtime. They receive an event with every entry, render every hook, and end by themselves.
async fn expect_every_entry(project: &Project, runtime: &str) {
    let server = greeting_server().await;
    for program in ["import.mjs", "require.cjs"] {
        let finished = project.program(&format!("{runtime} {program}")).env("SERVER", &server.url()).run().await;
        let expected = "slim: hello\n\
            client: hello\n\
            eventsource: hello\n\
            fetch-event-source: hello\n\
            refused: true 404\n\
            react: <p>idle</p>\n\
            vue: <p>idle</p>\n";
        assert_eq!((&*finished.stdout, &*finished.stderr), (expected, ""), "{program}");
        soon("the streams are closed", server.wait_open_streams(0)).await;
    }
    let finished = project.program(&format!("{runtime} together.mjs")).run().await;
    let expected = "sse-fetch: SSEAuth SSEClient SSEError same\n\
        sse-fetch/slim: SSEAuth SSEClient SSEError init same\n\
        sse-fetch/eventsource: EventSource same\n\
        sse-fetch/fetch-event-source: EventStreamContentType fetchEventSource same\n\
        sse-fetch/react: useSSE same\n\
        sse-fetch/vue: useSSE same\n\
        before: 0 modules, 0 instances\n\
        3 clients: 1 modules, 1 instances\n";
    assert_eq!(finished.stdout, expected);
}

async fn node_imports_and_requires_every_entry() {
    expect_every_entry(&*Project::shared("runtimes").await, "node").await;
}

async fn deno_imports_and_requires_every_entry() {
    let project = Project::shared("runtimes").await;
    // Only the permissions that it needs.
    let deno = "node node_modules/deno/bin.cjs run --allow-env --allow-net=127.0.0.1 --allow-read=.";
    expect_every_entry(&project, deno).await;
}

async fn bun_imports_and_requires_every_entry() {
    let project = Project::shared("runtimes").await;
    // Bun's own install script downloads the program, but projects are installed without scripts.
    project.program("node node_modules/bun/install.js").run().await;
    expect_every_entry(&project, "node_modules/bun/bin/bun.exe").await;
}

/// Serves the worker of the project.
async fn workerd(project: &Project) -> DevServer {
    // The wrangler of this project is the last version that runs in Node 20.
    project
        .program("node node_modules/wrangler/bin/wrangler.js dev --ip 127.0.0.1 --port 0 --inspector-port 0")
        .env("WRANGLER_SEND_METRICS", "false")
        .env("WRANGLER_HIDE_BANNER", "true")
        .env("CLOUDFLARE_CF_FETCH_ENABLED", "false")
        // Logs must not be written to the home folder of the user.
        .env("XDG_CONFIG_HOME", &project.path().join("config").to_string_lossy())
        .serve()
        .await
}

async fn workerd_receives_events_where_compiling_is_forbidden() {
    let (project, server) = (Project::shared("workerd").await, greeting_server().await);
    let worker = workerd(&project).await;
    // A worker serves several requests, and keeps the wasm that the first one started.
    for entry in ["client", "slim", "client", "eventsource", "fetch-event-source"] {
        let stream = format!("{}/api/script/greeting", server.url());
        let answer = reqwest::get(format!("{}/{entry}?url={stream}", worker.url())).await.expect("an answer");
        let (status, text) = (answer.status(), answer.text().await.expect("a text"));
        assert_eq!((status.as_u16(), &*text), (200, "hello"), "{entry}: {}", worker.printed());
        soon("the stream is closed", server.wait_open_streams(0)).await;
    }
}

async fn workerd_names_the_export_condition_when_the_bundler_took_another_file() {
    let project = Project::shared("workerd").await;
    let worker = workerd(&project).await;
    let answer = reqwest::get(format!("{}/compiling?url={}/stream", worker.url(), worker.url())).await;
    let message = answer.expect("an answer").text().await.expect("a text");
    assert!(
        message.starts_with("SSEClient: this runtime cannot compile WebAssembly, so the bundle must contain the wasm"),
        "{message}"
    );
    assert!(message.contains("export condition 'workerd'") && !message.contains("Policy"), "{message}");
}

async fn typescript_finds_the_types_of_modules_and_of_commonjs() {
    let project = Project::shared("types").await;
    std::fs::copy(project.path().join("entries.mts"), project.path().join("entries.cts")).expect("it can be copied");
    // The last version 5 is slow, and need not check every kind of resolution.
    for (compiler, module, resolution) in [
        ("typescript", "node16", "node16"),
        ("typescript", "nodenext", "nodenext"),
        ("typescript", "preserve", "bundler"),
        ("typescript-5", "nodenext", "nodenext"),
    ] {
        let tsc = format!("node node_modules/{compiler}/bin/tsc --module {module} --moduleResolution {resolution}");
        let finished = project.program(&tsc).finish().await;
        assert!(finished.status.success(), "{compiler}, {resolution}:\n{}", finished.printed());
    }
}

/// Compiles the files of `tests/types`, and programs for pages, servers and workers.
async fn expect_types(programs: &[(&str, &str)]) {
    let project = Project::shared("types").await;
    let pages = project.path().join("pages");
    std::fs::create_dir_all(&pages).expect("a folder");
    for file in std::fs::read_dir(e2e::root().join("tests/types")).expect("the folder of the tests") {
        let file = file.expect("a file").path();
        if file.extension().is_some_and(|it| it == "ts") {
            std::fs::copy(&file, pages.join(file.file_name().expect("a name"))).expect("it can be copied");
        }
    }
    for (compiler, program) in programs {
        let tsc = format!("node node_modules/{compiler}/bin/tsc --project {program}.json");
        let finished = project.program(&tsc).finish().await;
        assert!(finished.status.success(), "{compiler}, {program}:\n{}", finished.printed());
    }
}

/// Two files are left out because this compiler cannot compile them: the types of Vue are newer, and `using` is missing.
async fn typescript_5_0_accepts_the_types_without_skip_lib_check() {
    expect_types(&[("typescript-5-0", "pages-5-0")]).await;
}

async fn typescript_5_4_accepts_the_types_without_skip_lib_check() {
    expect_types(&[("typescript-5-4", "pages")]).await;
}

async fn typescript_5_9_accepts_the_types_without_skip_lib_check() {
    expect_types(&[("typescript-5", "pages")]).await;
}

async fn typescript_accepts_the_types_of_pages_servers_and_workers() {
    let programs = ["pages", "script", "exact", "node", "workers", "webworker"];
    expect_types(&programs.map(|program| ("typescript", program))).await;
}
