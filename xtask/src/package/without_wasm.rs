//! The build without WebAssembly: Binaryen's `wasm2js` turns the same Rust into a script. It takes over where WebAssembly is
//! missing or forbidden, or does not know vectors.
//!
//! `wasm2js` knows the first version of WebAssembly only. So the crate is compiled without vectors, and Binaryen lowers what the
//! standard library was compiled with. The glue is the same for both builds: the script has the exports of the wasm, by the same short
//! names.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::files;
use super::names::{self, Names};
use super::wasm::{self, Vectors, WASM_FEATURES};
use crate::step::{Console, Step};
use crate::workspace::Workspace;

/// The module, before it is minified. The entries import it by this name.
pub const MODULE: &str = "without-wasm.js";

/// Instructions that are younger than the first version of WebAssembly, which `wasm2js` does not know.
const LOWER: [&str; 3] =
    ["--llvm-memory-copy-fill-lowering", "--signext-lowering", "--llvm-nontrapping-fptoint-lowering"];

/// What Binaryen optimises for, before and after the wasm becomes a script.
const OPTIMISE_FOR: &str = "-O3";

/// How the script that `wasm2js` writes makes an instance, and the text that follows.
const MAKE: &str = "asmFunc(imports)";
const AFTER: &str = "\nvar retasmFunc = ";

/// Where the exports begin in it.
const EXPORTS: &str = "\n return {\n";

/// The function that grows the memory, which is the last one in it.
const GROW: &str = "\n function __wasm_memory_grow(";

/// What takes its place: that of `wasm2js` returns the old size also where it could not grow. Addresses are signed there, so
/// 2 GiB are too much.
const GROW_OR_FAIL: &str = "
 function __wasm_memory_grow(pages) {
  var before = __wasm_memory_size(), bytes = HEAPU8;
  if (before + pages > 32767) return -1;
  try {
   useMemory(new ArrayBuffer((before + pages) * 65536));
  } catch (error) {
   return -1;
  }
  HEAPU8.set(bytes);
  return before;
 }
";

/// The memory, with the views of `pkg-template/src/dispatch/views.ts`: those of the script itself.
const MEMORY: &str = "{
   grow: __wasm_memory_grow,
   get buffer() { return buffer; },
   get uint8() { return HEAPU8; },
   get int32() { return HEAP32; },
  }";

/// Writes [`MODULE`] to `parts`, the folder with the wasm's glue.
pub fn build(workspace: &Workspace, console: &mut Console, parts: &Path, names: &Names) -> Result<()> {
    let folder = workspace.scratch("parts-without-wasm");
    files::start_empty(&folder)?;
    wasm::compile(workspace, console, Vectors::No)?;
    let [reduced, lowered, script] = ["reduced.wasm", "lowered.wasm", "script.js"].map(|file| folder.join(file));
    wasm::reduce(workspace, console, Vectors::No, &folder, &reduced)?;
    let mut binaryen = |program: &str, doing: &str, input: &Path, output: &Path, arguments: &[&str]| {
        let mut command = workspace.command("node");
        command.arg(format!("node_modules/binaryen/bin/{program}")).arg(input).arg("-o").arg(output);
        command.args(arguments);
        console.run(Step::new(format!("without wasm: {program}"), doing.to_owned()).takes("a few seconds"), command)
    };
    let strip = ["--strip-debug", "--strip-producers", "--strip-target-features"];
    let lower = [&LOWER[..], &WASM_FEATURES, &strip, &[OPTIMISE_FOR]].concat();
    binaryen("wasm-opt", "Lowering the wasm to its first version with Binaryen", &reduced, &lowered, &lower)?;
    let features = ["--enable-mutable-globals", OPTIMISE_FOR];
    binaryen("wasm2js", "Turning the wasm into a script with Binaryen", &lowered, &script, &features)?;

    let glue = wasm::glue(workspace)?;
    fs::write(parts.join(MODULE), module(&fs::read_to_string(script)?, &names::used_by(&glue), names)?)?;
    Ok(())
}

/// The module: what `wasm2js` has written, as a function `instantiate`, which returns the same as a `WebAssembly.Instance`.
fn module(script: &str, used: &BTreeSet<&str>, names: &Names) -> Result<String> {
    let (body, _) = script.split_once(AFTER).context("wasm2js does not say where its function ends")?;
    let body = body.lines().filter(|line| !line.starts_with("import ")).collect::<Vec<_>>().join("\n");
    let (body, exports) = body.rsplit_once(EXPORTS).context("wasm2js returns no exports")?;
    let (body, _) = body.rsplit_once(GROW).context("the memory does not grow")?;
    let body = with_own_memory(body)?;

    let mut renamed = Vec::new();
    for name in used {
        let value = if *name == "memory" {
            MEMORY
        } else {
            let line = exports.lines().find_map(|line| line.trim().strip_prefix(&format!("\"{name}\": ")));
            line.with_context(|| format!("wasm2js does not export {name}"))?.trim_end_matches([',', ' '])
        };
        renamed.push(format!("  {}: {value},\n", names.short(name)?));
    }
    let renamed = renamed.concat();
    Ok(format!(
        "{body}{GROW_OR_FAIL}{EXPORTS}{renamed} }};\n}}\n\nexport const instantiate = (imports) => ({{ exports: {MAKE} }});\n"
    ))
}

/// The function with one place that makes the views of the memory, of those that it uses.
fn with_own_memory(body: &str) -> Result<String> {
    const ALLOCATE: &str = " var buffer = ";
    let (before, rest) = body.split_once(ALLOCATE).context("the script has no memory")?;
    let (buffer, rest) = rest.split_once('\n').context("the script ends with its memory")?;
    let end = rest.lines().take_while(|line| line.starts_with(" var HEAP")).map(|line| line.len() + 1).sum();
    let (views, rest) = rest.split_at(end);
    let views: Vec<_> = views
        .lines()
        .filter_map(|line| line.trim().strip_prefix("var ")?.split_once(" = "))
        .filter(|(name, _)| rest.contains(&format!("{name}[")) || ["HEAPU8", "HEAP32"].contains(name))
        .collect();
    ensure!(!views.is_empty(), "the script has no views of its memory");
    let variables: Vec<_> = views.iter().map(|(name, _)| *name).collect();
    let made = views.iter().map(|(name, view)| format!("  {name} = {view}\n")).collect::<Vec<_>>().concat();
    let buffer = buffer.trim_end_matches(';');
    Ok(format!(
        "{before} var buffer, {};\n function useMemory(memory) {{\n  buffer = memory;\n{made} }}\n useMemory({buffer});\n{rest}",
        variables.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::process::Command;

    use super::super::names::Names;

    /// As `wasm2js` writes it.
    const SCRIPT: &str = r#"import * as $_glue_js from './glue.js';

  var bufferView;
function asmFunc(imports) {
 var buffer = new ArrayBuffer(65536);
 var HEAP8 = new Int8Array(buffer);
 var HEAP32 = new Int32Array(buffer);
 var HEAPU8 = new Uint8Array(buffer);
 var HEAPF64 = new Float64Array(buffer);
 var glue = imports["./glue.js"];
 var say = glue.say;
 function $1($0) {
  $0 = $0 | 0;
  say(HEAP32[$0 >> 2] | 0);
  return __wasm_memory_grow(1) | 0;
 }

 bufferView = HEAPU8;
 function __wasm_memory_size() {
  return buffer.byteLength >> 16;
 }

 function __wasm_memory_grow(pagesToAdd) {
  return 7;
 }

 return {
  "memory": Object.create(Object.prototype, {
   "buffer": {
    "get": function () {
     return buffer;
    }

   }
  }),
  "read": $1,
  "unused": $1
 };
}

var retasmFunc = asmFunc({
  "./glue.js": $_glue_js,
});
export var memory = retasmFunc.memory;
"#;

    fn names() -> Names {
        let log = r#"{
 "imports": [],
"exports": [["memory", "a"], ["read", "b"], ["unused", "c"], ["missing", "d"]]
}"#;
        Names::told_by(log).expect("names")
    }

    fn module(script: &str) -> anyhow::Result<String> {
        super::module(script, &BTreeSet::from(["memory", "read"]), &names())
    }

    #[test]
    fn an_instance_has_the_exports_by_their_short_names_and_its_memory_grows() {
        let script = module(SCRIPT).expect("a module").replace("export const", "const")
            + "const said = [];
const { exports } = instantiate({ './glue.js': { say: (it) => said.push(it) } });
const { a: memory, b: read } = exports;
memory.int32[2] = 42;
said.push(read(8), read(8), memory.buffer.byteLength, memory.uint8.length, Object.keys(exports).join(''));
console.log(said.join(' '));";
        let output = Command::new("node").args(["-e", &script]).output().expect("node runs");
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(printed, "42 42 1 2 196608 196608 ab\n", "{}", String::from_utf8_lossy(&output.stderr));
    }

    #[test]
    fn memory_that_cannot_grow_says_so() {
        let script = module(SCRIPT).expect("a module").replace("export const", "const")
            + "const { exports } = instantiate({ './glue.js': { say() {} } });
const { a: memory, b: read } = exports;
globalThis.ArrayBuffer = class { constructor() { throw new RangeError('out of memory') } };
console.log(read(8), memory.grow(40000), memory.buffer.byteLength);";
        let output = Command::new("node").args(["-e", &script]).output().expect("node runs");
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(printed, "-1 -1 65536\n", "{}", String::from_utf8_lossy(&output.stderr));
    }

    #[test]
    fn views_that_are_not_used_are_not_made() {
        let module = module(SCRIPT).expect("a module");
        assert!(module.contains("HEAP32 = new") && !module.contains("HEAPF64"), "{module}");
    }

    #[test]
    fn what_the_script_lacks_is_told() {
        let used = BTreeSet::from(["missing"]);
        let error = super::module(SCRIPT, &used, &names()).expect_err("an error").to_string();
        assert_eq!(error, "wasm2js does not export missing");
    }
}
