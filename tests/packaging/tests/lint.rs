//! What the package is before anything runs: its files, its manifest, and what npm and the linters say of it.

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
        importing_an_entry_does_nothing,
        the_wasm_has_no_messages_of_panics,
}

/// The entries, as files are named after them.
const ENTRIES: [&str; 6] = ["index", "slim", "eventsource", "fetch-event-source", "react", "vue"];

/// Files that belong to no entry. Guides are not listed: all of `docs` is for people.
const OTHERS: [&str; 9] = [
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "core.js",
    "dist/sse-fetch.global.js",
    "node/core.js",
    "node/package.json",
    "package.json",
    "sse-fetch.wasm",
];

/// The most bytes that npm may have to load.
const BUDGET: u64 = 150_000;

/// Somewhere to run programs that only look at the package.
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
    // The two that are left out have no types: one is bytes, and one is for `<script>`.
    let options =
        "--profile strict --format ascii --no-emoji --exclude-entrypoints sse-fetch.wasm dist/sse-fetch.global.js";
    let told = options.split(' ').fold(attw.arg(tarball()), Program::arg).run().await;
    let checked = ["", "/slim", "/eventsource", "/fetch-event-source", "/react", "/vue"];
    for entry in checked.map(|entry| format!("\"sse-fetch{entry}\"\n\nnode10: OK")) {
        assert!(told.stdout.contains(&entry), "{entry}\n{}", told.printed());
    }
}

/// What `npm publish --dry-run` tells: its report, and its warnings.
async fn dry_run() -> (Value, Vec<String>) {
    let finished = somewhere()
        .await
        .program("npm publish --dry-run --json --ignore-scripts")
        .arg(package().expect("the package is built"))
        .env("npm_config_loglevel", "notice")
        .run()
        .await;
    // Those two are about who runs the test, and not about the package.
    let ours = |line: &&str| !line.contains("requires you to be logged in") && !line.contains("Unknown user config");
    let warnings = finished.stderr.lines().filter(|line| line.starts_with("npm warn") || line.starts_with("npm error"));
    let warnings = warnings.filter(ours).map(str::to_owned).collect();
    let report: Value = serde_json::from_str(&finished.stdout).expect("JSON");
    // By name since one of the npms of version 11.
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
    assert!(guides.iter().all(|guide| guide.rsplit('.').next() == Some("md")), "{guides:?}");

    let of_entries = ENTRIES.into_iter().flat_map(|entry| {
        let folders = ["workerd/{}.js", "edge-light/{}.js", "node/{}.js", "node/{}.mjs", "node/{}.d.ts"];
        folders.into_iter().chain(["{}.js", "{}.d.ts"]).map(move |file| file.replace("{}", entry))
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
        for told in places.iter().copied().chain(["sourceMappingURL"]) {
            assert!(!text.contains(told), "{} tells of {told}", file.display());
        }
    }
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

/// Every page would load them. They tell where in the source a panic happened; the formatting of the others' texts would come
/// with them.
async fn the_wasm_has_no_messages_of_panics() {
    let wasm =
        std::fs::read(package().expect("there is a package").join("sse-fetch.wasm")).expect("the package has its wasm");
    for part in [".rs", "panicked", "out of range", "out of bounds", "overflow"] {
        let found = wasm.windows(part.len()).position(|bytes| bytes == part.as_bytes());
        let around = found.map(|at| String::from_utf8_lossy(&wasm[at.saturating_sub(60)..at + part.len()]));
        assert!(around.is_none(), "{around:?}: an index that `get` could take, or a `Vec` that could check first");
    }
}
