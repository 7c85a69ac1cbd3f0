//! A call as the tests send it: a name and arguments.

use std::time::Duration;

use anyhow::{Context, Result};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A method's name with its arguments.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Call {
    #[serde(rename = "call")]
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) args: Vec<Value>,
}

impl Call {
    /// All arguments, as a tuple.
    pub(crate) fn args<T: DeserializeOwned>(&self) -> Result<T> {
        let args = Value::Array(self.args.clone());
        serde_json::from_value(args).with_context(|| format!("the arguments of {}", self.name))
    }

    /// The only argument.
    pub(crate) fn arg<T: DeserializeOwned>(&self) -> Result<T> {
        let (arg,) = self.args()?;
        Ok(arg)
    }
}

/// Bytes: text stands for its UTF-8, `{ "latin1": … }` for one byte a character.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Text {
    Utf8(String),
    Latin1 { latin1: String },
}

impl Text {
    pub(crate) fn into_bytes(self) -> Result<Vec<u8>> {
        match self {
            Self::Utf8(text) => Ok(text.into_bytes()),
            Self::Latin1 { latin1 } => Ok(latin1.chars().map(u8::try_from).collect::<Result<_, _>>()?),
        }
    }
}

/// Bytes as text of one character a byte.
pub(crate) fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

/// A time in milliseconds.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct Milliseconds(u64);

impl From<Milliseconds> for Duration {
    fn from(Milliseconds(time): Milliseconds) -> Self {
        Self::from_millis(time)
    }
}
