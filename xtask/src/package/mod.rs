//! Builds the npm package: cargo compiles the library, wasm-bindgen writes its bindings, Binaryen optimises
//! the wasm, esbuild bundles it with the hand-written entries, terser minifies them. `pkg/` is replaced only by a complete
//! package that keeps within its size budgets.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::inline;
use crate::setup::BuildTools;
use crate::step::{Console, Step};
use crate::workspace::{WASM_TARGET, Workspace, without_environment_flags};

mod manifest;
mod maps;
mod names;
mod sizes;

use names::Names;

/// What Binaryen optimises for.
///
/// Measured, each against this choice in one run (`twiggy top` tells where the bytes are: the parser's loop is the largest
/// function): `-Oz` gives 11,012 bytes after Brotli instead of 11,002, and no stream was faster or slower by more than the
/// error (1 to 2 %) in any of the three engines. With `opt-level = 3` for all of the crate instead of `s` it would be 12,114
/// bytes: chat completions in large chunks took 5 % less in Chromium and 2 to 5 % less in `WebKit`, the others the same. With
/// `z` the optimiser leaves panics in.
const OPTIMISE_FOR: &str = "-O3";

/// The wasm features that rustc may have used: the target's default ones, and SIMD.
const WASM_FEATURES: [&str; 7] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
    "--enable-simd",
];

/// A module of the package, made from the file of its name in `pkg-template/src/entries/`.
struct Module {
    name: &'static str,
    /// Whether applications import it; what they do not is shared by the others.
    is_entry: bool,
    /// The most bytes it may have after Brotli, without the modules it imports.
    budget: usize,
}

/// What a page loads by the default entry is `core` and `index`.
const MODULES: [Module; 8] = [
    // By itself, so that an application that imports only the error loads no more than that.
    Module { name: "error", is_entry: false, budget: 1_600 },
    Module { name: "core", is_entry: false, budget: 15_950 },
    Module { name: "index", is_entry: true, budget: 12_150 },
    Module { name: "slim", is_entry: true, budget: 950 },
    Module { name: "eventsource", is_entry: true, budget: 3_000 },
    Module { name: "fetch-event-source", is_entry: true, budget: 3_000 },
    Module { name: "react", is_entry: true, budget: 2_500 },
    Module { name: "vue", is_entry: true, budget: 2_700 },
];

/// The script for pages without modules: all but the frameworks.
const GLOBAL: (&str, usize) = ("dist/sse-fetch.global.js", 30_600);

/// The bindings as the entries get them.
const GLUE: &str = "glue.js";

/// The wasm beside `slim.js`, and the most bytes it may have after Brotli.
const WASM: (&str, usize) = ("sse-fetch.wasm", 11_550);

/// Folders for runtimes that get their wasm in a way of their own: what is different for them is in `pkg-template/`, and
/// the other entries there build on that.
const RUNTIMES: [&str; 2] = ["workerd", "edge-light"];

/// What a module imports at run time, instead of having it bundled in: so there is only one of it in a page.
const EXTERNAL: [&str; 5] = ["./core.js", "./error.js", "./index.js", "react", "vue"];

/// Entries that render on servers, but connect only in pages.
const HOOKS: [&str; 2] = ["react", "vue"];

/// Text that goes into the package as it is.
const COPIED: [&str; 4] = ["pkg-template/README.md", "CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE"];

/// Names of properties that never leave the package: what its files call each other by. They are the longest and the most
/// frequent of them, and short ones take their place.
const INTERNAL: &str = "^(handle|handleCurrent|sink|driver|listeners|lastByte|silence|released|ofServer|ofLifecycle|ofLocal|ofAll|\
    callAll|startFrom|authority|refreshes|generation|isOurs|isWaiting|iterate|readers|follow|isEventStream|\
    retryAfter|authorization|abandoned|idempotent|nextBatch|toUtf16|wantComments|settings|secret|advance|\
    arePlain|counters|dataParser|discard|distinguishMessage|drained|foreignText|hasMore|hasRoom|idleTime|\
    isBlankJson|isPaused|isTooLarge|listenersOf|markActivity|names|nextPiece|onChange|parseFailed|parseText|\
    pauseReasons|position|reconnectionTime|restart|settle|skips|soleListener|stoppedBy|timeSinceLastByte|types|\
    unparsedBytes|wouldCompleteEvent|areOutdated|needsTextOnly|retryDecision|isLive|isRead|failsWith|detailsOf|\
    prefix|reserve|pollEvent|wants|setOption|distinguishExplicitMessage)$";
/// Writes `pkg/`.
pub fn build(workspace: &Workspace, console: &mut Console, tools: &BuildTools) -> Result<()> {
    let bindings = workspace.scratch("bindgen");
    let package = workspace.scratch("pkg");
    start_empty(&bindings)?;
    start_empty(&package)?;

    compile(workspace, console)?;
    bind(workspace, console, tools, &bindings)?;
    let wasm = optimise(workspace, console, &bindings)?;
    fs::write(bindings.join("wasm-inline.js"), inline::module(&fs::read(&wasm)?))?;
    fs::copy(&wasm, package.join(WASM.0))?;
    for module in &MODULES {
        bundle(workspace, console, &bindings, &package, module)?;
    }
    for_script_tags(workspace, console, &bindings, &package)?;
    for_commonjs(workspace, console, &bindings, &package)?;
    for_other_runtimes(workspace, &package)?;
    add_hand_written_files(workspace, &package)?;

    let sizes = sizes::within_budget(&package)?;
    let destination = workspace.root.join("pkg");
    replace(&package, &destination)?;
    println!("{sizes}\nThe npm package is in {}", destination.display());
    Ok(())
}

/// Compiles the library to wasm.
pub fn compile(workspace: &Workspace, console: &mut Console) -> Result<()> {
    let mut cargo = without_environment_flags(workspace.cargo());
    cargo.args(["build", "--profile", "wasm", "--package", "sse-fetch-wasm"]);
    cargo.args(["--target", WASM_TARGET]);
    let step = Step::new("compile to wasm", "Compiling the library to wasm");
    console.run(step.takes("about 30 s when new"), cargo)
}

/// Where [`compile`] writes the wasm.
pub fn compiled_wasm(workspace: &Workspace) -> PathBuf {
    workspace.target.join(WASM_TARGET).join("wasm/sse_fetch_wasm.wasm")
}

fn bind(workspace: &Workspace, console: &mut Console, tools: &BuildTools, bindings: &Path) -> Result<()> {
    let mut wasm_bindgen = workspace.command(&tools.wasm_bindgen);
    wasm_bindgen
        // The glue alone: how the wasm is loaded is each entry's own business.
        .args(["--target", "bundler", "--no-typescript", "--out-name", &out_name(workspace)])
        .arg("--out-dir")
        .arg(bindings)
        .arg(compiled_wasm(workspace));
    let step = Step::new("bindings", "Writing the JavaScript bindings with wasm-bindgen");
    console.run(step, wasm_bindgen)
}

/// How wasm-bindgen names what it writes. The wasm imports from a module named after it.
fn out_name(workspace: &Workspace) -> String {
    let version: String =
        workspace.version.chars().map(|it| if it.is_ascii_alphanumeric() { it } else { '_' }).collect();
    format!("sse_fetch_{version}")
}

/// Returns where the optimised wasm is. The glue that fits it is beside it.
fn optimise(workspace: &Workspace, console: &mut Console, bindings: &Path) -> Result<PathBuf> {
    let optimised = bindings.join("optimised.wasm");
    let mut wasm_opt = workspace.command("node");
    wasm_opt
        .arg("node_modules/binaryen/bin/wasm-opt")
        .arg(bindings.join(format!("{}_bg.wasm", out_name(workspace))))
        .arg("-o")
        .arg(&optimised)
        .args([OPTIMISE_FOR, "--strip-debug", "--strip-producers", "--strip-target-features", names::SHORTEN])
        .args(WASM_FEATURES);
    let step = Step::new("optimise", "Optimising the wasm with Binaryen");
    let outcome = console.attempt(step.takes("a few seconds"), wasm_opt)?;
    ensure!(outcome.success, "the wasm could not be optimised");
    let written = format!("{}_bg.js", out_name(workspace));
    let glue = fs::read_to_string(bindings.join(&written))?;
    fs::write(bindings.join(GLUE), Names::told_by(&outcome.log)?.shorten(&glue, &format!("./{written}"))?)?;
    Ok(optimised)
}

/// Writes a module in the form of ECMAScript. It may import `sse-fetch-wasm` (the glue) and `sse-fetch-wasm-inline` (the
/// bytes).
fn bundle(
    workspace: &Workspace,
    console: &mut Console,
    bindings: &Path,
    package: &Path,
    Module { name, .. }: &Module,
) -> Result<()> {
    let file = format!("{name}.js");
    let bundled = bindings.join("bundled.js");
    let alias = |name: &str, file: &str| format!("--alias:{name}={}", bindings.join(file).display());
    let mut esbuild = esbuild(workspace);
    esbuild
        .arg(format!("pkg-template/src/entries/{file}"))
        .args(["--bundle", "--format=esm", "--platform=neutral", "--inject:pkg-template/src/text.js"])
        .args(EXTERNAL.map(|module| format!("--external:{module}")))
        .arg(alias("sse-fetch-wasm", GLUE))
        .arg(alias("sse-fetch-wasm-inline", "wasm-inline.js"))
        .arg(format!("--metafile={}", exports_file(bindings, name).display()))
        .arg(format!("--outfile={}", bundled.display()));
    if ["core", "error"].contains(name) {
        // The other modules use only public names of these two, which must stay. These two use internal names of each other, which
        // are shortened alike.
        let names = bindings.join("internal-names.json");
        esbuild.arg(format!("--mangle-props={INTERNAL}")).arg(format!("--mangle-cache={}", names.display()));
    }
    // Without white space esbuild leaves out the annotations of pure calls, which bundlers need. Terser removes white space too.
    esbuild.args(["--sourcemap=inline", "--minify-whitespace=false"]);
    console.run(Step::new(format!("bundle {file}"), format!("Bundling {file} with esbuild")), esbuild)?;
    minify(workspace, console, &bundled, &package.join(&file), &["--module"])
}

/// Writes the script that defines the global `SSEFetch`, of the finished modules.
fn for_script_tags(workspace: &Workspace, console: &mut Console, bindings: &Path, package: &Path) -> Result<()> {
    let source = package.join("global.js");
    fs::copy(workspace.root.join("pkg-template/src/entries/global.js"), &source)?;
    let bundled = bindings.join("bundled.js");
    let mut esbuild = esbuild(workspace);
    esbuild
        .arg(&source)
        .args(["--bundle", "--format=iife", "--global-name=SSEFetch", "--platform=neutral", "--sourcemap=inline"])
        .arg(format!("--outfile={}", bundled.display()));
    let (file, _) = GLOBAL;
    console.run(Step::new(format!("bundle {file}"), format!("Bundling {file} with esbuild")), esbuild)?;
    fs::remove_file(source)?;
    minify(workspace, console, &bundled, &package.join(file), &[])
}

/// Writes `node/`: the finished modules in the form of `CommonJS`, and for `import` in Node modules that pass those on. So
/// a program that has both forms has one class.
fn for_commonjs(workspace: &Workspace, console: &mut Console, bindings: &Path, package: &Path) -> Result<()> {
    let folder = package.join("node");
    let (slim, others): (Vec<_>, Vec<_>) = MODULES.iter().partition(|module| module.name == "slim");
    for (modules, flags) in [
        (others, &[][..]),
        (slim, &["--define:import.meta.url=here", "--define:globalThis.process=builtins", SLIM_IN_COMMONJS][..]),
    ] {
        let mut esbuild = esbuild(workspace);
        esbuild
            .args(modules.iter().map(|module| package.join(format!("{}.js", module.name))))
            // For Node it marks the names of the exports, for those who import it.
            .args(["--format=cjs", "--platform=node", "--sourcemap"])
            .args(flags)
            .arg(format!("--outdir={}", folder.display()));
        console.run(Step::new("CommonJS", "Writing the modules as CommonJS with esbuild"), esbuild)?;
    }
    for module in &MODULES {
        maps::tidy(&folder.join(format!("{}.js.map", module.name)))?;
    }
    for module in MODULES.iter().filter(|module| module.is_entry) {
        let wrapper = passing_on(module.name, &fs::read_to_string(exports_file(bindings, module.name))?)?;
        fs::write(folder.join(format!("{}.mjs", module.name)), wrapper)?;
        let types = format!("{}.d.ts", module.name);
        fs::copy(workspace.root.join("pkg-template").join(&types), folder.join(&types))?;
    }
    fs::write(folder.join("package.json"), "{ \"type\": \"commonjs\" }\n")?;
    Ok(())
}

/// There is no `import.meta` in `CommonJS`, and the wasm lies in the folder above; but there is `require`, where the oldest
/// Node 20 cannot be asked for a module of its own otherwise.
const SLIM_IN_COMMONJS: &str = concat!(
    "--banner:js=",
    r#"const here=require("node:url").pathToFileURL(require("node:path").join(__dirname,"../slim.js")).href,"#,
    r#"builtins={getBuiltinModule:()=>require("node:fs")};"#
);

/// Where esbuild tells what a module exports.
fn exports_file(bindings: &Path, module: &str) -> PathBuf {
    bindings.join(format!("{module}.meta.json"))
}

/// A module with the exports of the `CommonJS` module of that name. They are named one by one: a client component of React
/// may not have `export *`.
fn passing_on(module: &str, metafile: &str) -> Result<String> {
    let metafile: Value = serde_json::from_str(metafile)?;
    let outputs = metafile["outputs"].as_object().and_then(|outputs| outputs.values().next());
    let exports = outputs.and_then(|output| output["exports"].as_array()).context("esbuild tells no exports")?;
    let names: Vec<_> = exports.iter().filter_map(Value::as_str).collect();
    let directive = if module == "react" { "'use client'\n" } else { "" };
    Ok(format!("{directive}export {{ {} }} from './{module}.js'\n", names.join(", ")))
}

/// Writes a folder for each of [`RUNTIMES`].
fn for_other_runtimes(workspace: &Workspace, package: &Path) -> Result<()> {
    for runtime in RUNTIMES {
        let own = workspace.root.join("pkg-template").join(runtime);
        let folder = package.join(runtime);
        fs::create_dir(&folder)?;
        for module in MODULES.iter().filter(|module| module.is_entry) {
            let file = format!("{}.js", module.name);
            if own.join(&file).exists() {
                fs::copy(own.join(&file), folder.join(&file))?;
            } else {
                // The class is the same everywhere; what differs is `index.js`. Hooks need no wasm here, because they do not
                // connect, and builds for servers often have nothing that loads one.
                let index = if HOOKS.contains(&module.name) { "../core.js" } else { "./index.js" };
                let script = fs::read_to_string(package.join(&file))?
                    .replace("\"./core.js\"", "\"../core.js\"")
                    .replace("\"./index.js\"", &format!("{index:?}"))
                    .replace("sourceMappingURL=", "sourceMappingURL=../");
                fs::write(folder.join(&file), script)?;
            }
        }
    }
    Ok(())
}

fn esbuild(workspace: &Workspace) -> Command {
    let script = if cfg!(windows) { "esbuild.cmd" } else { "esbuild" };
    let mut esbuild = workspace.command(workspace.root.join("node_modules/.bin").join(script));
    esbuild.args(["--target=es2022", "--minify", "--log-level=warning", "--legal-comments=none"]);
    esbuild
}

fn minify(workspace: &Workspace, console: &mut Console, script: &Path, output: &Path, flags: &[&str]) -> Result<()> {
    fs::create_dir_all(output.parent().context("a file is in a folder")?)?;
    let mut terser = workspace.command("node");
    terser
        .arg("node_modules/terser/bin/terser")
        .arg(script)
        // `use client` is a directive that terser does not know.
        .args(["--compress", "passes=3,directives=false", "--mangle", "--ecma", "2022"])
        // The encoded wasm must survive a page of any charset.
        .args(["--format", "ascii_only,preserve_annotations"])
        .args(flags)
        .arg("--output")
        .arg(output);
    let name = output.file_name().unwrap_or_default().display();
    let map = format!("{name}.map");
    terser.arg("--source-map").arg(format!("content=inline,url='{map}'"));
    console.run(Step::new(format!("minify {name}"), format!("Minifying {name} with terser")), terser)?;
    maps::tidy(&output.with_file_name(map))
}

fn add_hand_written_files(workspace: &Workspace, package: &Path) -> Result<()> {
    let types =
        MODULES.iter().filter(|module| module.is_entry).map(|module| format!("pkg-template/{}.d.ts", module.name));
    for file in types.chain(COPIED.map(str::to_owned)) {
        let source = workspace.root.join(file);
        let name = source.file_name().context("a file to copy has no name")?;
        fs::copy(&source, package.join(name)).with_context(|| format!("copying {}", source.display()))?;
    }
    let (global, _) = GLOBAL;
    let types = package.join(global).with_extension("d.ts");
    fs::copy(workspace.root.join("pkg-template/global.d.ts"), types).context("copying the types of the global")?;
    copy_guides(&workspace.root.join("docs"), &package.join("docs")).context("copying docs")?;
    let template = workspace.root.join("pkg-template/package.json");
    let text = fs::read_to_string(&template).with_context(|| format!("reading {}", template.display()))?;
    let manifest =
        manifest::filled_in(&text, &workspace.version).with_context(|| format!("filling in {}", template.display()))?;
    fs::write(package.join("package.json"), manifest)?;
    Ok(())
}

/// Copies the documents for users. Those for contributors stay in the repository.
fn copy_guides(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_file() && entry.file_name() != "architecture.md" {
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

fn start_empty(directory: &Path) -> Result<()> {
    if directory.exists() {
        fs::remove_dir_all(directory).with_context(|| format!("emptying {}", directory.display()))?;
    }
    fs::create_dir_all(directory).with_context(|| format!("creating {}", directory.display()))
}

/// Puts the complete package in the place of the old one.
fn replace(package: &Path, destination: &Path) -> Result<()> {
    start_empty(destination)?;
    // Renaming fails where the target directory is on another disk.
    fs::rename(package, destination)
        .or_else(|_| copy_directory(package, destination))
        .with_context(|| format!("writing {}", destination.display()))
}

fn copy_directory(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_directory(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
