//! How the wasm's bytes are written into a script. This is the one place that knows the encoding, so that
//! another one can take its place when measurements ask for it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// A module that exports `bytes()`, which returns the wasm as a `Uint8Array`. Base64 survives every charset a
/// page may have, and pages, workers and Node all have `atob`.
pub fn module(wasm: &[u8]) -> String {
    format!(
        r#"const encoded = "{}";

export function bytes() {{
  const binary = atob(encoded);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}}
"#,
        STANDARD.encode(wasm)
    )
}

#[cfg(test)]
mod tests {
    use super::module;
    use std::process::Command;

    #[test]
    fn a_script_gets_back_every_byte() {
        let wasm: Vec<u8> = (0..=255).chain([0, 97, 115, 109]).collect();
        let script = module(&wasm).replace("export ", "") + "process.stdout.write(bytes());";
        let output = Command::new("node").args(["-e", &script]).output().expect("node runs");
        assert_eq!(output.stdout, wasm);
    }
}
