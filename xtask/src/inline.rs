//! How the bytes of the wasm are written into a script. This is the only place that knows the encoding.
//!
//! `docs/decisions/0010-encoding-of-the-wasm.md` compares it with base64 and others.

use std::fmt::Write as _;

/// A module that exports `bytes()`, which returns the wasm as a `Uint8Array`.
///
/// Engines of before 2025 have no `fromHex`.
pub fn module(wasm: &[u8]) -> String {
    format!(
        r#"const encoded = "{}";

export const bytes = () =>
  Uint8Array.fromHex?.(encoded) ?? Uint8Array.from(encoded.match(/../g), (byte) => parseInt(byte, 16));
"#,
        encoded(wasm)
    )
}

fn encoded(wasm: &[u8]) -> String {
    wasm.iter().fold(String::with_capacity(2 * wasm.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::module;
    use std::process::Command;

    fn bytes_in_node(wasm: &[u8], before: &str) -> Vec<u8> {
        let script = format!("{before};{};process.stdout.write(bytes())", module(wasm).replace("export ", ""));
        Command::new("node").args(["-e", &script]).output().expect("node runs").stdout
    }

    #[test]
    fn a_script_gets_back_every_byte() {
        let wasm: Vec<u8> = (0..=255).chain([0, 97, 115, 109]).collect();
        assert_eq!(bytes_in_node(&wasm, "delete Uint8Array.fromHex"), wasm);
    }

    #[test]
    fn a_script_uses_the_decoder_of_the_engine_if_there_is_one() {
        let own = "Uint8Array.fromHex = (hex) => Uint8Array.of(hex.length)";
        assert_eq!(bytes_in_node(&[0, 255, 16], own), [6]);
    }
}
