//! An event as applications get it.

use alloc::borrow::Cow;
use alloc::string::String;

use crate::parser;

/// An event that the server sent.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Event {
    /// The type: `message` if the stream gives none (HTML § 9.2.6).
    pub event_type: Cow<'static, str>,
    /// The text: the `data` lines, joined by line feeds.
    pub data: String,
    /// The id that this event itself carried.
    pub id: Option<String>,
}

impl Event {
    pub(super) fn new(event: parser::Event<'_>) -> Self {
        let event_type = match event.event_type {
            name if name == "message" => Cow::Borrowed("message"),
            name => Cow::Owned(name.into_owned()),
        };
        Self { event_type, data: event.data.into_owned(), id: event.id.map(Cow::into_owned) }
    }

    /// The data, parsed as JSON.
    ///
    /// ```
    /// #[derive(serde::Deserialize)]
    /// struct Delta {
    ///     text: String,
    /// }
    ///
    /// # fn show(event: &sse_fetch::Event) -> Result<String, sse_fetch::Error> {
    /// let delta: Delta = event.json()?;
    /// # Ok(delta.text) }
    /// ```
    ///
    /// # Errors
    ///
    /// An error of code [`Parse`](crate::ErrorCode::Parse) if the data is not JSON, or not that of a `T`.
    #[cfg(feature = "json")]
    pub fn json<'a, T: serde::Deserialize<'a>>(&'a self) -> Result<T, crate::Error> {
        serde_json::from_str(&self.data).map_err(|cause| {
            let message = alloc::format!("the data of an event could not be parsed: {cause}");
            crate::Error::new(crate::ErrorCode::Parse, message)
        })
    }
}
