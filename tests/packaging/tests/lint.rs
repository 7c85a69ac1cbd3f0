//! Checks of the package that do not run it: its files, its manifest, and the messages of npm and of linters.

use std::collections::BTreeSet;
use std::sync::Arc;

use e2e::{package, root, tests};
use packaging::{Program, Project, tarball};
use serde_json::Value;

tests! {
    WithoutPage:
        publint_has_nothing_to_say,
        types_are_right_for_every_way_to_resolve_them,
        npm_would_publish_it_without_a_warning,
        it_holds_what_it_should_and_nothing_else,
        no_file_tells_of_the_machine_that_built_it,
        a_debugger_shows_the_sources,
        react_natives_metro_can_parse_every_script,
        classes_have_their_names_in_logs,
        importing_an_entry_does_nothing,
        the_wasm_has_no_messages_of_panics,
}

/// The entries. Files are named after them.
const ENTRIES: [&str; 6] = ["index", "slim", "eventsource", "fetch-event-source", "react", "vue"];

/// The documents for users. Those for contributors (`docs/architecture.md`, `docs/decisions`) are not in the package.
const GUIDES: [&str; 4] = [
    "docs/moving-from-a-fetch-loop.md",
    "docs/moving-from-eventsource.md",
    "docs/moving-from-fetch-event-source.md",
    "docs/troubleshooting.md",
];

/// Files that belong to no entry.
const OTHERS: [&str; 18] = [
    "CHANGELOG.md",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "core.js",
    "core.js.map",
    "dist/sse-fetch.global.d.ts",
    "dist/sse-fetch.global.js",
    "dist/sse-fetch.global.js.map",
    "error.js",
    "error.js.map",
    "node/core.js",
    "node/core.js.map",
    "node/error.js",
    "node/error.js.map",
    "node/package.json",
    "package.json",
    "sse-fetch.wasm",
];

/// The most bytes that npm may download. Two thirds of them are source maps: before those, it was 130,000.
const BUDGET: u64 = 470_000;

/// A project for programs that only read the package.
async fn somewhere() -> Arc<Project> {
    Project::shared("pages").await
}

async fn publint_has_nothing_to_say() {
    let publint = somewhere().await.program("node").arg(root().join("node_modules/publint/src/cli.js"));
    let finished = publint.arg("run").arg("--strict").arg(tarball()).run().await;
    assert!(finished.stdout.contains("All good!"), "{}", finished.printed());
}

async fn types_are_right_for_every_way_to_resolve_them() {
    let attw = somewhere().await.program("node").arg(root().join("node_modules/@arethetypeswrong/cli/dist/index.js"));
    // Two entries are left out because they have no types: one is the wasm, and one is for `<script>`.
    let options =
        "--profile strict --format ascii --no-emoji --exclude-entrypoints sse-fetch.wasm dist/sse-fetch.global.js";
    let told = options.split(' ').fold(attw.arg(tarball()), Program::arg).run().await;
    let checked = ["", "/slim", "/eventsource", "/fetch-event-source", "/react", "/vue"];
    for entry in checked.map(|entry| format!("\"sse-fetch{entry}\"\n\nnode10: OK")) {
        assert!(told.stdout.contains(&entry), "{entry}\n{}", told.printed());
    }
}

/// The report of `npm publish --dry-run`, and its warnings.
async fn dry_run() -> (Value, Vec<String>) {
    let finished = somewhere()
        .await
        .program("npm publish --dry-run --json --ignore-scripts")
        .arg(package().expect("the package is built"))
        .env("npm_config_loglevel", "notice")
        .run()
        .await;
    // These two warnings concern the machine that runs the test, not the package.
    let ours = |line: &&str| !line.contains("requires you to be logged in") && !line.contains("Unknown user config");
    let warnings = finished.stderr.lines().filter(|line| line.starts_with("npm warn") || line.starts_with("npm error"));
    let warnings = warnings.filter(ours).map(str::to_owned).collect();
    let report: Value = serde_json::from_str(&finished.stdout).expect("JSON");
    // Since one of the versions 11 of npm, the report is inside an object with the name of the package.
    let report = report.get("sse-fetch").cloned().unwrap_or(report);
    (report, warnings)
}

async fn npm_would_publish_it_without_a_warning() {
    let (report, warnings) = dry_run().await;
    assert_eq!(warnings, Vec::<String>::new());
    let size = report["size"].as_u64().expect("a size");
    assert!(size <= BUDGET, "npm would load {size} bytes; say here why it may be more than {BUDGET}");
}

async fn it_holds_what_it_should_and_nothing_else() {
    let (report, _) = dry_run().await;
    let files = report["files"].as_array().expect("a list of files");
    let files: BTreeSet<&str> = files.iter().filter_map(|file| file["path"].as_str()).collect();
    let (guides, files): (BTreeSet<_>, BTreeSet<_>) = files.into_iter().partition(|file| file.starts_with("docs/"));
    assert_eq!(guides, BTreeSet::from(GUIDES));

    let of_entries = ENTRIES.into_iter().flat_map(|entry| {
        let folders =
            ["workerd/{}.js", "edge-light/{}.js", "node/{}.js", "node/{}.js.map", "node/{}.mjs", "node/{}.d.ts"];
        let at_the_root = ["{}.js", "{}.js.map", "{}.d.ts"];
        folders.into_iter().chain(at_the_root).map(move |file| file.replace("{}", entry))
    });
    let expected: BTreeSet<String> = of_entries.chain(OTHERS.map(str::to_owned)).collect();
    assert_eq!(files, expected.iter().map(String::as_str).collect::<BTreeSet<_>>());
}

async fn no_file_tells_of_the_machine_that_built_it() {
    let project = somewhere().await;
    let here = root();
    let home = std::env::home_dir();
    let places: Vec<&str> =
        [Some(&here), home.as_ref()].into_iter().flatten().filter_map(|place| place.to_str()).collect();
    for file in project.files("node_modules/sse-fetch") {
        let bytes = std::fs::read(&file).expect("it can be read");
        let text = String::from_utf8_lossy(&bytes);
        for told in &places {
            assert!(!text.contains(told), "{} tells of {told}", file.display());
        }
    }
}

async fn a_debugger_shows_the_sources() {
    let project = somewhere().await;
    for file in project.files("node_modules/sse-fetch") {
        let script = std::fs::read(&file).expect("it can be read");
        let script = String::from_utf8_lossy(&script);
        let Some((_, map)) = script.split_once("\n//# sourceMappingURL=") else { continue };
        let map = std::fs::read(file.with_file_name(map.trim()))
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let map: Value = serde_json::from_slice(&map).expect("a map is JSON");
        let (names, texts) =
            (map["sources"].as_array().expect("names"), map["sourcesContent"].as_array().expect("texts"));
        assert!(
            !names.is_empty() && texts.len() == names.len() && texts.iter().all(Value::is_string),
            "{}",
            file.display()
        );
    }
    // For `require` and `import`: the stack of an error begins in the file that checks options.
    for load in ["require('sse-fetch')", "await import('sse-fetch')"] {
        let mistake = format!("(async () => new ({load}).SSEClient('https://a.test', {{ retries: 3 }}))()");
        let finished = project.program("node --enable-source-maps -e").arg(mistake).finish().await;
        assert!(finished.stderr.contains("pkg-template/src/client/options.js:"), "{}", finished.printed());
    }
}

async fn react_natives_metro_can_parse_every_script() {
    for file in somewhere().await.files("node_modules/sse-fetch") {
        if file.extension().is_some_and(|it| it == "js" || it == "mjs") {
            let script = std::fs::read_to_string(&file).expect("it can be read");
            assert!(
                !script.contains("static{") && !script.contains("static {"),
                "{} has a static block",
                file.display()
            );
        }
    }
}

/// Also after the minifiers of this package and of an application.
async fn classes_have_their_names_in_logs() {
    let print = "
        const { SSEAuth, SSEClient, SSEError } = await import('sse-fetch')
        const { EventSource } = await import('sse-fetch/eventsource')
        console.log(SSEAuth.name, SSEClient.name, SSEError.name, EventSource.name)
        const client = new SSEClient('https://a.test')
        client.on('message', (data, event) => console.log(event.constructor.name))
        client.emit('message')
        const { inspect } = await import('node:util')
        console.log(inspect(new SSEError('network')).split(':')[0])
        class Mine extends SSEClient {}
        console.log(Mine.name)";
    let finished = somewhere().await.program("node --input-type=module -e").arg(print).run().await;
    assert_eq!(finished.stdout, "SSEAuth SSEClient SSEError EventSource\nSSEEvent\nSSEError\nMine\n");
}

async fn importing_an_entry_does_nothing() {
    let manifest = std::fs::read(package().expect("the package is built").join("package.json")).expect("a manifest");
    let manifest: Value = serde_json::from_slice(&manifest).expect("JSON");
    assert_eq!(manifest["sideEffects"], false);

    let finished = Project::shared("runtimes").await.program("node untouched.mjs").run().await;
    let entries = ["", "/slim", "/eventsource", "/fetch-event-source", "/react", "/vue"];
    let expected = entries.map(|entry| format!("sse-fetch{entry}: read nothing, left nothing\n")).concat();
    assert_eq!(finished.stdout, expected);
}

/// Every page would load such messages, and the code that formats them.
async fn the_wasm_has_no_messages_of_panics() {
    let wasm =
        std::fs::read(package().expect("there is a package").join("sse-fetch.wasm")).expect("the package has its wasm");
    for part in [".rs", "panicked", "out of range", "out of bounds", "overflow"] {
        let found = wasm.windows(part.len()).position(|bytes| bytes == part.as_bytes());
        let around = found.map(|at| String::from_utf8_lossy(&wasm[at.saturating_sub(60)..at + part.len()]));
        assert!(around.is_none(), "{around:?}: an index that `get` could take, or a `Vec` that could check first");
    }
}
