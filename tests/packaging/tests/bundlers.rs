//! The package in bundlers, without settings other than the entry and the output folder.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use e2e::{Page, tests};
use packaging::{Project, serve};

use crate::app::{App, built_without_warnings, nothing_is_left};

tests! {
    InOnePage:
        webpack,
        webpack_for_development,
        rollup,
        rolldown,
        esbuild,
        esbuild_to_a_classic_script;
    WithoutPage:
        what_is_not_used_is_left_out,
        terser_minifies_a_bundle_that_uses_one_class,
        properties_that_begin_with_an_underscore_may_be_renamed,
        importing_only_the_error_brings_no_client_and_no_wasm,
        nuxt_builds_for_edge_runtimes_without_any_setting,
        hooks_bring_no_wasm_to_edge_runtimes,
        import_and_require_give_one_class;
}

async fn webpack(page: Page) {
    // Unlike the other bundlers, webpack copies the wasm by itself.
    let bundle = Bundle::new("webpack", "--mode production --entry ./src/main.js --output-path dist/webpack").await;
    let app = App::new(page).await;
    bundle.runs_all_entries(&app).await;
    bundle.runs_slim(&app).await;
}

async fn webpack_for_development(page: Page) {
    let arguments = "--mode development --entry ./src/main.js --output-path dist/webpack-development";
    let bundle = Bundle::new("webpack", arguments).await;
    let app = App::new(page).await;
    bundle.runs_all_entries(&app).await;
    bundle.runs_slim(&app).await;
}

async fn rollup(page: Page) {
    let arguments = "--plugin node-resolve --input src/main.js --dir dist/rollup";
    let bundle = Bundle::new("rollup", arguments).await.with_wasm();
    let app = App::new(page).await;
    bundle.runs_all_entries(&app).await;
    bundle.runs_slim(&app).await;
}

async fn rolldown(page: Page) {
    let bundle = Bundle::new("rolldown", "src/main.js --dir dist/rolldown").await.with_wasm();
    let app = App::new(page).await;
    bundle.runs_all_entries(&app).await;
    bundle.runs_slim(&app).await;
}

async fn esbuild(page: Page) {
    let arguments = "src/main.js --bundle --splitting --format=esm --outdir=dist/esbuild";
    let bundle = Bundle::new("esbuild", arguments).await.with_wasm();
    let app = App::new(page).await;
    bundle.runs_all_entries(&app).await;
    bundle.runs_slim(&app).await;
}

/// Such a script does not know its own URL, so the slim entry needs the URL of the wasm.
async fn esbuild_to_a_classic_script(page: Page) {
    let bundle = Bundle::new("esbuild", "src/main.js --bundle --minify --outdir=dist/esbuild-classic").await;
    bundle.runs_all_entries(&App::new(page).await).await;
}

async fn what_is_not_used_is_left_out() {
    let project = Project::shared("bundlers").await;
    for (bundler, arguments) in [
        (
            "webpack",
            "--mode production --entry ./src/unused.js --output-filename unused.js --output-path dist/unused/webpack",
        ),
        ("rollup", "--plugin node-resolve --input src/unused.js --dir dist/unused/rollup"),
        ("rolldown", "src/unused.js --dir dist/unused/rolldown"),
        ("esbuild", "src/unused.js --bundle --outdir=dist/unused/esbuild"),
    ] {
        let built = project.program(&format!("npx {bundler} {arguments}")).run().await;
        built_without_warnings(&built.printed());
        nothing_is_left(&project, &format!("dist/unused/{bundler}"), "unused");
    }
}

/// The conditions that Nitro (the builder of Nuxt) sets for every runtime except Node. It loads no wasm by default.
const NITRO: &str = "'production', 'wintercg', 'worker', 'web', 'browser', 'workerd', 'edge-light', 'netlify', 'edge-routine', 'deno', 'import', 'default'";

/// Bundles a script with these conditions, without a plugin that loads wasm.
async fn bundled_for_edge(script: &str, folder: &str, conditions: &str) -> String {
    let project = Project::shared("bundlers").await;
    let rollup =
        project.program(&format!("npx rollup --input src/{script}.js --dir dist/{folder} --external react,vue"));
    rollup.arg("--plugin").arg(format!("node-resolve={{exportConditions: [{conditions}]}}")).run().await;
    std::fs::read_to_string(project.path().join(format!("dist/{folder}/{script}.js"))).expect("a readable script")
}

async fn nuxt_builds_for_edge_runtimes_without_any_setting() {
    let code = bundled_for_edge("edge", "nitro", NITRO).await;
    assert!(code.contains("WebAssembly.Module"), "there is no client in it");
}

async fn hooks_bring_no_wasm_to_edge_runtimes() {
    for (folder, conditions) in [("hooks-nitro", NITRO), ("hooks-workerd", "'workerd'"), ("hooks-edge", "'edge-light'")]
    {
        let code = bundled_for_edge("hooks", folder, conditions).await;
        assert!(!code.contains(".wasm") && !code.contains("Uint8Array.from(bytes)"), "{conditions} has the wasm");
        assert!(code.len() < 70_000, "{conditions}: {} bytes", code.len());
    }
}

async fn importing_only_the_error_brings_no_client_and_no_wasm() {
    let project = Project::shared("bundlers").await;
    for (bundler, arguments) in [
        (
            "webpack",
            "--mode production --entry ./src/only.js --output-filename only.js --output-path dist/only/webpack",
        ),
        ("rollup", "--plugin node-resolve --input src/only.js --dir dist/only/rollup"),
        ("rolldown", "src/only.js --dir dist/only/rolldown"),
        ("esbuild", "src/only.js --bundle --outdir=dist/only/esbuild"),
    ] {
        let built = project.program(&format!("npx {bundler} {arguments}")).run().await;
        built_without_warnings(&built.printed());
        let script = project.path().join(format!("dist/only/{bundler}/only.js"));
        let code = std::fs::read_to_string(script).expect("a readable script");
        assert!(code.contains("SSEError") && code.len() < 8_000, "{bundler}: {} bytes", code.len());
    }
}

/// Minifies a bundle with these flags and runs it. It creates a client, which starts the wasm.
async fn expect_client_after_terser(name: &str, flags: &str) {
    let project = Project::shared("bundlers").await;
    let bundle = format!("npx esbuild src/minified.js --bundle --format=esm --outfile=dist/{name}/bundle.mjs");
    project.program(&bundle).run().await;
    let terser = format!("node node_modules/terser/bin/terser dist/{name}/bundle.mjs --module --mangle {flags}");
    project.program(&format!("{terser} --output dist/{name}/minified.mjs")).run().await;
    let ran = project.program(&format!("node dist/{name}/minified.mjs")).run().await;
    assert_eq!(ran.stdout, "idle 1\n");
}

/// terser removes a class that is not used, but keeps the effects of its static fields.
async fn terser_minifies_a_bundle_that_uses_one_class() {
    expect_client_after_terser("terser", "--compress").await;
}

async fn properties_that_begin_with_an_underscore_may_be_renamed() {
    expect_client_after_terser("mangled", "--mangle-props regex=/^_/").await;
}

async fn import_and_require_give_one_class() {
    let project = Project::shared("bundlers").await;
    for arguments in
        ["rolldown src/mixed.js --dir dist/mixed", "esbuild src/mixed.js --bundle --format=esm --outdir=dist/mixed"]
    {
        let built = project.program(&format!("npx {arguments}")).run().await;
        built_without_warnings(&built.printed());
        // Bundled for pages, but it also runs in Node.
        let ran = project.program("node dist/mixed/mixed.js").run().await;
        assert_eq!(ran.stdout, "true true function\n", "{arguments}");
    }
}

/// The output of a bundler, in a folder with the page that loads it.
struct Bundle {
    project: Arc<Project>,
    folder: PathBuf,
}

impl Bundle {
    /// The last of the arguments is the folder.
    async fn new(bundler: &str, arguments: &str) -> Self {
        let project = Project::shared("bundlers").await;
        let built = project.program(&format!("npx {bundler} {arguments}")).run().await;
        built_without_warnings(&built.printed());
        let (_, folder) = arguments.rsplit_once([' ', '=']).expect("several arguments");
        let folder = project.path().join(folder);
        copy(&project.path().join("index.html"), &folder);
        Self { project, folder }
    }

    /// Copies the wasm to the scripts, as the documentation says for bundlers that do not copy it.
    fn with_wasm(self) -> Self {
        copy(&self.project.path().join("node_modules/sse-fetch/sse-fetch.wasm"), &self.folder);
        self
    }

    async fn runs_all_entries(&self, app: &App) {
        let pages = serve(&self.folder).await;
        app.runs_all_entries(&pages.url()).await;
    }

    async fn runs_slim(&self, app: &App) {
        let pages = serve(&self.folder).await;
        app.runs_slim(&pages.url(), "").await;
    }
}

fn copy(file: &Path, folder: &Path) {
    let name = file.file_name().expect("a file has a name");
    std::fs::copy(file, folder.join(name)).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
}
