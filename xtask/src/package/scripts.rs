//! The scripts of the package: esbuild bundles the entries, terser minifies them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use super::{
    GLOBAL, GLOBAL_WITHOUT_WASM, MODULES, REACT_NATIVE, RUNTIMES, WITHOUT_WASM, files, frameworks, internal_names,
    maps, private_names, wasm, without_wasm,
};
use crate::step::{Console, Step};
use crate::workspace::Workspace;

/// What a module imports at run time, so that a page has only one of it. (So it does with the frameworks.)
const EXTERNAL: [&str; 5] = ["./core.js", "./error.js", "./index.js", "./without-wasm.js", "*.wasm?module"];

/// How esbuild writes the finished modules as `CommonJS`.
const AS_COMMONJS: [&str; 4] = [
    // For Node it marks the names of the exports, for those who import it.
    "--format=cjs",
    "--platform=node",
    "--minify",
    // Jest cannot `import()`.
    "--supported:dynamic-import=false",
];

/// The folder of the modules in the form of `CommonJS`.
pub const COMMONJS: &str = "node";

/// What the sources import under a name that is no file, and the file: the glue of the wasm.
const GLUE: [(&str, &str); 2] = [("sse-fetch-wasm", wasm::GLUE), ("sse-fetch-wasm-inline", wasm::INLINE)];

/// The modules that differ between builds, by the names under which entries import them: those for `index`, and those for `slim`.
type Variant = [(&'static str, &'static str); 2];

const fn variant(module: &'static str, source: &'static str) -> Variant {
    [("sse-fetch-wasm-module", module), ("sse-fetch-wasm-source", source)]
}

/// Where the wasm may be compiled.
const COMPILED: Variant = variant("compiled.ts", "beside.ts");
/// The same in the script that defines the global.
const SCRIPT: Variant = variant("script.ts", "beside.ts");
/// Where the wasm is a module.
const IMPORTED: Variant = variant("imported.ts", "imported.ts");
/// Where there is no WebAssembly.
const NONE: Variant = variant("none.ts", "beside.ts");

/// The entries that import those.
const WITH_WASM: [&str; 2] = ["index", "slim"];

/// There is no `import.meta` in `CommonJS`, and the wasm lies in the folder above; but there is `require`, where the oldest
/// Node 20 cannot be asked for a module of its own otherwise.
const SLIM_IN_COMMONJS: &str = concat!(
    "--banner:js=",
    r#"const here=require("node:url").pathToFileURL(require("node:path").join(__dirname,"../slim.js")).href,"#,
    r#"builtins={getBuiltinModule:()=>require("node:fs")};"#
);

/// Asks engines to compile all functions of a script while it loads, off the main thread. (Chromium does so from version 136 on; it is
/// a comment for others, and bundlers remove it.) Otherwise each function is compiled when it is first called.
///
/// Measured in Chromium 156 with a page that loads only the default entry: the main thread is busy for 4 ms less in a first chat of
/// one event (8.0 ms instead of 11.7).
const COMPILE_ALL: &str = "//# allFunctionsCalledOnLoad";

/// Writes scripts.
pub struct Scripts<'a> {
    pub workspace: &'a Workspace,
    pub console: &'a mut Console,
    /// The folder with the glue of the wasm, and of everything that does not go into the package.
    pub parts: &'a Path,
    pub package: &'a Path,
}

impl Scripts<'_> {
    /// Writes all of them.
    pub fn write(&mut self) -> Result<()> {
        fs::write(self.internal_names_file(), private_names::reserved()?)?;
        for module in &MODULES {
            self.write_module(module.name, COMPILED, self.package)?;
        }
        internal_names::check_all_used(&fs::read_to_string(self.internal_names_file())?)?;
        self.write_without_wasm()?;
        self.write_global()?;
        self.write_commonjs()?;
        self.write_runtimes()?;
        self.write_react_native()
    }

    /// Writes a module in the form of ECMAScript to a folder.
    fn write_module(&mut self, name: &str, variant: Variant, folder: &Path) -> Result<()> {
        let file = format!("{name}.js");
        let bundled = self.parts.join("bundled.js");
        let mut esbuild = self.bundling(name, variant);
        esbuild
            // Without white space esbuild leaves out the annotations of pure calls, which bundlers need. Terser removes it.
            .args(["--minify", "--minify-whitespace=false", "--sourcemap=inline"])
            .arg(format!("--metafile={}", self.exports_file(name).display()))
            .arg(format!("--outfile={}", bundled.display()));
        if ["core", "error"].contains(&name) {
            // The other modules use only public names of these two. These two use internal names of each other, which the cache
            // keeps alike.
            esbuild.arg(format!("--mangle-props={}", internal_names::pattern()));
            esbuild.arg(format!("--mangle-cache={}", self.internal_names_file().display()));
        }
        self.console.run(bundle_step(&file), esbuild)?;
        frameworks::ensure_none_is_bundled(name, &fs::read_to_string(self.exports_file(name))?)?;
        if name == "core" {
            // The other modules hold no class that each connection makes an object of.
            fs::write(&bundled, private_names::made_ordinary(&fs::read_to_string(&bundled)?)?)?;
        }
        self.minify(&bundled, &folder.join(&file), &["--module"])
    }

    /// Writes the build without WebAssembly. It has no map, because its source is no help to anyone.
    fn write_without_wasm(&mut self) -> Result<()> {
        let output = self.package.join(WITHOUT_WASM.0);
        let mut terser = self.terser(&self.parts.join(without_wasm::MODULE), &output, "");
        terser.arg("--module");
        let step = Step::new("minify without-wasm.js", "Minifying the build without WebAssembly with terser");
        self.console.run(step, terser)?;
        let beside_global = self.package.join(GLOBAL_WITHOUT_WASM);
        fs::create_dir_all(beside_global.parent().context("a file is in a folder")?)?;
        fs::copy(output, beside_global)?;
        Ok(())
    }

    /// esbuild, to bundle an entry.
    fn bundling(&self, name: &str, variant: Variant) -> Command {
        let sources = self.workspace.root.join("pkg-template/src");
        let glue = GLUE.map(|(name, file)| (name, self.parts.join(file)));
        let variant = variant.map(|(name, file)| (name, sources.join("wasm").join(file)));
        let mut esbuild = self.esbuild();
        esbuild
            .arg(sources.join("entries").join(format!("{name}.ts")))
            .args(["--bundle", "--format=esm", "--platform=neutral"])
            .args(EXTERNAL.map(|module| format!("--external:{module}")))
            .args(frameworks::not_bundled())
            .args(glue.into_iter().chain(variant).map(|(name, file)| format!("--alias:{name}={}", file.display())));
        esbuild
    }

    /// Writes the script that defines the global `SSEFetch`, of the finished modules with another `index`.
    fn write_global(&mut self) -> Result<()> {
        let folder = self.parts.join("global");
        files::start_empty(&folder)?;
        for module in MODULES.iter().filter(|module| module.name != "index") {
            let file = format!("{}.js", module.name);
            for file in [format!("{file}.map"), file] {
                fs::copy(self.package.join(&file), folder.join(&file))?;
            }
        }
        self.write_module("index", SCRIPT, &folder)?;
        let source = folder.join("global.ts");
        fs::copy(self.workspace.root.join("pkg-template/src/entries/global.ts"), &source)?;
        let bundled = self.parts.join("bundled.js");
        let mut esbuild = self.esbuild();
        esbuild
            .arg(&source)
            .args(["--bundle", "--format=iife", "--global-name=SSEFetch", "--platform=neutral"])
            .args(["--minify", "--sourcemap=inline"])
            .arg(format!("--outfile={}", bundled.display()));
        let (file, _) = GLOBAL;
        self.console.run(bundle_step(file), esbuild)?;
        self.minify(&bundled, &self.package.join(file), &[])
    }

    /// Writes the finished modules in the form of `CommonJS`, and for `import` in Node modules that pass those on. So a
    /// program that has both forms has one class.
    fn write_commonjs(&mut self) -> Result<()> {
        let folder = self.package.join(COMMONJS);
        let (slim, others): (Vec<_>, Vec<_>) = MODULES.iter().partition(|module| module.name == "slim");
        for (modules, flags) in [
            (others, &[][..]),
            (slim, &["--define:import.meta.url=here", "--define:globalThis.process=builtins", SLIM_IN_COMMONJS][..]),
        ] {
            let mut esbuild = self.esbuild();
            esbuild
                .args(modules.iter().map(|module| self.package.join(format!("{}.js", module.name))))
                .args(AS_COMMONJS)
                .arg("--sourcemap")
                .args(flags)
                .arg(format!("--outdir={}", folder.display()));
            self.console.run(Step::new("CommonJS", "Writing the modules as CommonJS with esbuild"), esbuild)?;
        }
        self.require_as_commonjs(&self.package.join(WITHOUT_WASM.0), &folder.join(WITHOUT_WASM.0))?;
        for module in &MODULES {
            maps::tidy(&folder.join(format!("{}.js.map", module.name)))?;
        }
        for module in MODULES.iter().filter(|module| module.is_entry) {
            let wrapper = passing_on(module.name, &fs::read_to_string(self.exports_file(module.name))?)?;
            fs::write(folder.join(format!("{}.mjs", module.name)), wrapper)?;
        }
        fs::write(folder.join("package.json"), "{ \"type\": \"commonjs\" }\n")?;
        Ok(())
    }

    /// Writes a finished module in the form of `CommonJS`.
    fn require_as_commonjs(&mut self, module: &Path, output: &Path) -> Result<()> {
        let mut esbuild = self.esbuild();
        esbuild.arg(module).args(AS_COMMONJS).arg(format!("--outfile={}", output.display()));
        self.console.run(Step::new("CommonJS", "Writing a module as CommonJS with esbuild"), esbuild)
    }

    /// Writes the folder for React Native: the modules for `require`, which its bundler and its test runner both take, with an
    /// `index` that has no wasm.
    fn write_react_native(&mut self) -> Result<()> {
        let folder = self.package.join(REACT_NATIVE);
        self.write_module("index", NONE, &self.parts.join(REACT_NATIVE))?;
        let index = self.parts.join(REACT_NATIVE).join("index.js");
        self.require_as_commonjs(&index, &folder.join("index.js"))?;
        for module in MODULES.iter().filter(|module| module.is_entry && !module.is_for_wasm_file()) {
            let file = format!("{}.js", module.name);
            let source = if module.name == "index" { &folder } else { &self.package.join(COMMONJS) };
            let mut script = fs::read_to_string(source.join(&file))?;
            for shared in ["core", "error", "without-wasm"] {
                script = script.replace(&format!("\"./{shared}.js\""), &format!("\"../{COMMONJS}/{shared}.js\""));
            }
            let script = script.replace("sourceMappingURL=", &format!("sourceMappingURL=../{COMMONJS}/"));
            fs::write(folder.join(&file), script)?;
        }
        fs::write(folder.join("package.json"), "{ \"type\": \"commonjs\" }\n")?;
        Ok(())
    }

    /// Writes a folder for each of [`RUNTIMES`].
    fn write_runtimes(&mut self) -> Result<()> {
        for module in MODULES.iter().filter(|module| module.is_entry) {
            let file = format!("{}.js", module.name);
            let script = if WITH_WASM.contains(&module.name) {
                let bundled = self.parts.join("bundled.js");
                let mut esbuild = self.bundling(module.name, IMPORTED);
                esbuild.arg(format!("--outfile={}", bundled.display()));
                self.console.run(bundle_step(&format!("{}/{file}", RUNTIMES.join("|"))), esbuild)?;
                bundled
            } else {
                self.package.join(&file)
            };
            // The class is the same everywhere; what differs is `index.js`. Hooks need no wasm here, because they do not
            // connect, and builds for servers often have nothing that loads one.
            let index = if frameworks::is_hook(module.name) { "../core.js" } else { "./index.js" };
            let script = fs::read_to_string(script)?
                .replace("\"./core.js\"", "\"../core.js\"")
                .replace("\"./error.js\"", "\"../error.js\"")
                .replace("\"./index.js\"", &format!("{index:?}"))
                .replace("sourceMappingURL=", "sourceMappingURL=../");
            for runtime in RUNTIMES {
                let folder = self.package.join(runtime);
                fs::create_dir_all(&folder)?;
                fs::write(folder.join(&file), &script)?;
            }
        }
        Ok(())
    }

    /// Where esbuild writes what a module consists of and what it exports.
    fn exports_file(&self, module: &str) -> PathBuf {
        self.parts.join(format!("{module}.meta.json"))
    }

    /// Where esbuild writes the internal names that it found, with the short ones.
    fn internal_names_file(&self) -> PathBuf {
        self.parts.join("internal-names.json")
    }

    fn esbuild(&self) -> Command {
        let script = if cfg!(windows) { "esbuild.cmd" } else { "esbuild" };
        let mut esbuild = self.workspace.command(self.workspace.root.join("node_modules/.bin").join(script));
        esbuild.args(["--target=es2022", "--log-level=warning", "--legal-comments=none"]);
        esbuild
    }

    fn terser(&self, script: &Path, output: &Path, format: &str) -> Command {
        let mut terser = self.workspace.command("node");
        terser
            .arg("node_modules/terser/bin/terser")
            .arg(script)
            // `use client` is a directive that terser does not know.
            .args(["--compress", "passes=3,directives=false,hoist_funs=true", "--mangle", "--ecma", "2022"])
            // The encoded wasm must survive a page of any charset.
            .args(["--format", &format!("ascii_only,preserve_annotations{format}")])
            .arg("--output")
            .arg(output);
        terser
    }

    fn minify(&mut self, script: &Path, output: &Path, flags: &[&str]) -> Result<()> {
        fs::create_dir_all(output.parent().context("a file is in a folder")?)?;
        let mut terser = self.terser(script, output, &format!(",preamble='{COMPILE_ALL}'"));
        terser.args(flags);
        let name = output.file_name().unwrap_or_default().display();
        let map = format!("{name}.map");
        terser.arg("--source-map").arg(format!("content=inline,url='{map}'"));
        self.console.run(Step::new(format!("minify {name}"), format!("Minifying {name} with terser")), terser)?;
        maps::tidy(&output.with_file_name(map))
    }
}

fn bundle_step(file: &str) -> Step {
    Step::new(format!("bundle {file}"), format!("Bundling {file} with esbuild"))
}

/// A module with the exports of the `CommonJS` module of that name. They are named one by one: a client component of React
/// may not have `export *`.
fn passing_on(module: &str, metafile: &str) -> Result<String> {
    let metafile: Value = serde_json::from_str(metafile)?;
    let outputs = metafile["outputs"].as_object().and_then(|outputs| outputs.values().next());
    let exports = outputs.and_then(|output| output["exports"].as_array()).context("esbuild names no exports")?;
    let names: Vec<_> = exports.iter().filter_map(Value::as_str).collect();
    let directive = if module == "react" { "'use client'\n" } else { "" };
    Ok(format!("{directive}export {{ {} }} from './{module}.js'\n", names.join(", ")))
}
