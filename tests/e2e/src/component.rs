//! What has to be compiled before a browser understands it: types, JSX, Vue's components.

use std::path::Path;
use std::process::Stdio;

use tokio::process::Command;

use crate::{package, root};

/// Removes the types from TypeScript.
///
/// # Panics
/// The npm packages of the repository are not installed, or it is no TypeScript.
pub(crate) async fn without_types(folder: &Path, code: &str) -> String {
    let source = folder.join("snippet.ts");
    std::fs::write(&source, code).expect("the snippet is written");
    let mut esbuild = Command::new(root().join("node_modules/.bin/esbuild"));
    run(esbuild.arg(&source).arg("--target=es2022")).await
}

/// Builds a component and what shows it in the element `#app` into `snippet.js`. The global `unmount()` takes it away.
///
/// # Panics
/// The npm packages of the repository are not installed, or it is no component of React or Vue.
pub(crate) async fn build(folder: &Path, language: &str, code: &str) {
    let main = if language == "vue" { VUE } else { REACT };
    std::fs::write(folder.join(format!("snippet.{language}")), code).expect("the snippet is written");
    std::fs::write(folder.join("main.js"), main).expect("what shows the snippet is written");
    let mut node = Command::new("node");
    // There the packages are found that the build itself needs.
    node.current_dir(root()).args(["--input-type=module", "--eval", BUILD]);
    run(node.env("FOLDER", folder).env("PACKAGE", package().expect("the package is built"))).await;
}

async fn run(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).kill_on_drop(true).output().await;
    let output = output.unwrap_or_else(|error| panic!("{error}: run `npm ci`, or all of it with `cargo xtask test`"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// In strict mode, where every effect runs twice and what it leaves behind is seen.
const REACT: &str = "
import { createElement, StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import * as shown from './snippet.jsx'

const root = createRoot(document.querySelector('#app'))
root.render(createElement(StrictMode, null, createElement(Object.values(shown)[0])))
globalThis.unmount = () => root.unmount()
";

const VUE: &str = "
import { createApp } from 'vue'
import Shown from './snippet.vue'

const app = createApp(Shown)
app.mount('#app')
globalThis.unmount = () => app.unmount()
";

const BUILD: &str = "
import { join } from 'node:path'
import { build } from 'vite'
import react from '@vitejs/plugin-react'
import vue from '@vitejs/plugin-vue'

const { FOLDER, PACKAGE } = process.env
await build({
  configFile: false,
  root: FOLDER,
  mode: 'development',
  logLevel: 'error',
  plugins: [react(), vue()],
  resolve: {
    alias: [
      { find: /^sse-fetch$/, replacement: join(PACKAGE, 'index.js') },
      { find: /^sse-fetch\\/(.*)$/, replacement: join(PACKAGE, '$1.js') },
    ],
  },
  build: {
    outDir: FOLDER,
    emptyOutDir: false,
    minify: false,
    rollupOptions: { input: join(FOLDER, 'main.js'), output: { entryFileNames: 'snippet.js' } },
  },
})
";
