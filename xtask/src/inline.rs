//! How the wasm's bytes are written into a script. This is the one place that knows the encoding.
//!
//! Chosen by measurement (26 KB of wasm; what it adds to the default entry after Brotli, against 10.6 KB for the bare
//! bytes): base64 15.9 KB, hex 11.5 KB, a Latin-1 string 11.2 KB, the code below 11.0 KB; and after gzip it is the smallest
//! too. Base64 does so badly because it cuts every byte in two, so that nothing repeats itself any more. A Latin-1
//! string would depend on the page's charset; this code is ASCII.

/// The characters that stand for something: printable, none that a string or an inline script would have to escape.
fn alphabet() -> impl Iterator<Item = u8> {
    (b' '..=b'~').filter(|character| !b"\"\\<".contains(character))
}

/// The bytes below this are one character each; the others are a mark and a character. Opcodes, small numbers and ASCII are
/// all among the former.
const PLAIN: u8 = 90;

/// A module that exports `bytes()`, which returns the wasm as a `Uint8Array`.
///
/// The last two characters of the alphabet are the marks: for bytes from [`PLAIN`] and from twice as many on.
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
