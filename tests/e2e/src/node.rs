//! Runs scripts in Node, where the package is imported by its name.

use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

use crate::package;

/// How long a script may take; only a failure takes that long.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs an ECMAScript module until the process ends by itself; returns what it printed. Its `import 'sse-fetch'` goes
/// through the package's own `exports`.
///
/// # Panics
/// It fails, or does not end in time.
pub async fn node(script: &str, environment: &[(&str, &str)]) -> String {
    let running = Command::new("node")
        // A package may import itself by name, and the script is looked at as if it were a file of this folder.
        .current_dir(package().expect("the package is built"))
        .args(["--input-type=module", "--eval", script])
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let ended = tokio::time::timeout(PATIENCE, running).await;
    let output =
        ended.unwrap_or_else(|_| panic!("node still runs after {} s", PATIENCE.as_secs())).expect("node starts");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "node: {}\n{said}\n{}", output.status, String::from_utf8_lossy(&output.stderr));
    said
}
