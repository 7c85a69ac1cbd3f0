//! How the bytes of the wasm are written into a script. This is the only place that knows the encoding.
//!
//! `docs/decisions/0010-encoding-of-the-wasm.md` compares it with base64 and others.

/// The characters of the encoding: printable, and none that must be escaped in a string or an inline script.
fn alphabet() -> impl Iterator<Item = u8> {
    (b' '..=b'~').filter(|character| !b"\"\\<".contains(character))
}

/// A byte below this is one character. Any other byte is a mark and a character. Opcodes, small numbers and ASCII are below.
const PLAIN: u8 = 90;

/// A module that exports `bytes()`, which returns the wasm as a `Uint8Array`.
///
/// The last two characters of the alphabet are the marks: one for bytes from [`PLAIN`], one for bytes from twice [`PLAIN`].
pub fn module(wasm: &[u8]) -> String {
    format!(
        r#"const encoded = "{}";

export function bytes() {{
  const bytes = [];
  let above = 0;
  for (let i = 0; i < encoded.length; i++) {{
    let code = encoded.charCodeAt(i);
    code -= 32 + (code > 34) + (code > 60) + (code > 92);
    if (code < {PLAIN}) {{
      bytes.push(above + code);
      above = 0;
    }} else above = {PLAIN} * (code - {PLAIN} + 1);
  }}
  return Uint8Array.from(bytes);
}}
"#,
        encoded(wasm)
    )
}

fn encoded(wasm: &[u8]) -> String {
    let alphabet: Vec<u8> = alphabet().collect();
    let character = |index: u8| char::from(alphabet[usize::from(index)]);
    let mut text = String::with_capacity(wasm.len() * 5 / 4);
    for byte in wasm {
        let (marks, rest) = (byte / PLAIN, byte % PLAIN);
        if marks > 0 {
            text.push(character(PLAIN + marks - 1));
        }
        text.push(character(rest));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{PLAIN, alphabet, module};
    use std::process::Command;

    #[test]
    fn the_alphabet_has_a_character_for_every_plain_byte_and_for_both_marks() {
        assert_eq!(alphabet().count(), usize::from(PLAIN) + 2);
    }

    #[test]
    fn the_script_is_ascii_and_holds_nothing_to_escape() {
        let wasm: Vec<u8> = (0..=255).collect();
        let script = module(&wasm);
        let encoded = script.split('"').nth(1).expect("a string");
        assert!(
            encoded.bytes().all(|byte| (b' '..=b'~').contains(&byte) && byte != b'\\' && byte != b'<'),
            "{encoded}"
        );
    }

    #[test]
    fn a_script_gets_back_every_byte() {
        let wasm: Vec<u8> = (0..=255).chain([0, 97, 115, 109]).collect();
        let script = module(&wasm).replace("export ", "") + "process.stdout.write(bytes());";
        let output = Command::new("node").args(["-e", &script]).output().expect("node runs");
        assert_eq!(output.stdout, wasm);
    }
}
