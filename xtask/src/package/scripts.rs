//! The scripts of the package: esbuild bundles the entries, terser minifies them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use super::{GLOBAL, MODULES, Module, RUNTIMES, frameworks, internal_names, maps, wasm};
use crate::step::{Console, Step};
use crate::workspace::Workspace;

/// What a module imports at run time, so that a page has only one of it. (So it does with the frameworks.)
const EXTERNAL: [&str; 4] = ["./core.js", "./error.js", "./index.js", "*.wasm?module"];

/// The folder of the modules in the form of `CommonJS`.
pub const COMMONJS: &str = "node";

/// What the sources import under a name that is no file, and the file: the glue of the wasm.
const GLUE: [(&str, &str); 2] = [("sse-fetch-wasm", wasm::GLUE), ("sse-fetch-wasm-inline", wasm::INLINE)];

/// The modules that differ between runtimes, by the names under which entries import them: where the wasm may be compiled,
/// and where it is a module.
const COMPILED: [(&str, &str); 2] = [("sse-fetch-wasm-module", "compiled.ts"), ("sse-fetch-wasm-source", "beside.ts")];
const IMPORTED: [(&str, &str); 2] =
    [("sse-fetch-wasm-module", "imported.ts"), ("sse-fetch-wasm-source", "imported.ts")];

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
    pub bindings: &'a Path,
    pub package: &'a Path,
}

impl Scripts<'_> {
    /// Writes all of them.
    pub fn write(&mut self) -> Result<()> {
        for module in &MODULES {
            self.write_module(module)?;
        }
        internal_names::check_all_used(&fs::read_to_string(self.internal_names_file())?)?;
        self.write_global()?;
        self.write_commonjs()?;
        self.write_runtimes()
    }

    /// Writes a module in the form of ECMAScript.
    fn write_module(&mut self, Module { name, .. }: &Module) -> Result<()> {
        let file = format!("{name}.js");
        let bundled = self.bindings.join("bundled.js");
        let mut esbuild = self.bundling(name, COMPILED);
        esbuild
            // Without white space esbuild leaves out the annotations of pure calls, which bundlers need. Terser removes it.
            .args(["--minify", "--minify-whitespace=false", "--sourcemap=inline"])
            .arg("--inject:pkg-template/src/text.ts")
            .arg(format!("--metafile={}", self.exports_file(name).display()))
            .arg(format!("--outfile={}", bundled.display()));
        if ["core", "error"].contains(name) {
            // The other modules use only public names of these two. These two use internal names of each other, which the cache
            // keeps alike.
            esbuild.arg(format!("--mangle-props={}", internal_names::pattern()));
            esbuild.arg(format!("--mangle-cache={}", self.internal_names_file().display()));
        }
        self.console.run(bundle_step(&file), esbuild)?;
        frameworks::ensure_none_is_bundled(name, &fs::read_to_string(self.exports_file(name))?)?;
        self.minify(&bundled, &self.package.join(&file), &["--module"])
    }

    /// esbuild, to bundle an entry.
    fn bundling(&self, name: &str, variant: [(&str, &str); 2]) -> Command {
        let sources = self.workspace.root.join("pkg-template/src");
        let glue = GLUE.map(|(name, file)| (name, self.bindings.join(file)));
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

    /// Writes the script that defines the global `SSEFetch`, of the finished modules.
    fn write_global(&mut self) -> Result<()> {
        let source = self.package.join("global.ts");
        fs::copy(self.workspace.root.join("pkg-template/src/entries/global.ts"), &source)?;
        let bundled = self.bindings.join("bundled.js");
        let mut esbuild = self.esbuild();
        esbuild
            .arg(&source)
            .args(["--bundle", "--format=iife", "--global-name=SSEFetch", "--platform=neutral"])
            .args(["--minify", "--sourcemap=inline"])
            .arg(format!("--outfile={}", bundled.display()));
        let (file, _) = GLOBAL;
        self.console.run(bundle_step(file), esbuild)?;
        fs::remove_file(source)?;
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
                // For Node it marks the names of the exports, for those who import it.
                .args(["--format=cjs", "--platform=node", "--minify", "--sourcemap"])
                .args(flags)
                .arg(format!("--outdir={}", folder.display()));
            self.console.run(Step::new("CommonJS", "Writing the modules as CommonJS with esbuild"), esbuild)?;
        }
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

    /// Writes a folder for each of [`RUNTIMES`].
    fn write_runtimes(&mut self) -> Result<()> {
        for module in MODULES.iter().filter(|module| module.is_entry) {
            let file = format!("{}.js", module.name);
            let script = if WITH_WASM.contains(&module.name) {
                let bundled = self.bindings.join("bundled.js");
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
        self.bindings.join(format!("{module}.meta.json"))
    }

    /// Where esbuild writes the internal names that it found, with the short ones.
    fn internal_names_file(&self) -> PathBuf {
        self.bindings.join("internal-names.json")
    }

    fn esbuild(&self) -> Command {
        let script = if cfg!(windows) { "esbuild.cmd" } else { "esbuild" };
        let mut esbuild = self.workspace.command(self.workspace.root.join("node_modules/.bin").join(script));
        esbuild.args(["--target=es2022", "--log-level=warning", "--legal-comments=none"]);
        esbuild
    }

    fn minify(&mut self, script: &Path, output: &Path, flags: &[&str]) -> Result<()> {
        fs::create_dir_all(output.parent().context("a file is in a folder")?)?;
        let mut terser = self.workspace.command("node");
        terser
            .arg("node_modules/terser/bin/terser")
            .arg(script)
            // `use client` is a directive that terser does not know.
            .args(["--compress", "passes=3,directives=false,hoist_funs=true", "--mangle", "--ecma", "2022"])
            // The encoded wasm must survive a page of any charset.
            .args(["--format", &format!("ascii_only,preserve_annotations,preamble='{COMPILE_ALL}'")])
            .args(flags)
            .arg("--output")
            .arg(output);
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
