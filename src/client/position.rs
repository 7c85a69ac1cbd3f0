//! The last event ID, and whether the stream can be resumed after it.

use alloc::string::String;

/// The longest event id that is sent, in bytes. Node's server accepts 16 KiB for all headers together, other servers 8 KiB.
const LONGEST: usize = 4096;

#[derive(Debug, Default)]
pub struct Position {
    id: String,
    /// What the session knows: the stream has carried an id after which it can be resumed.
    is_resumable: bool,
    /// No stream has opened since the last fresh request, so a `Last-Event-ID` among the headers still sets the position.
    may_be_given: bool,
}

impl Position {
    pub fn id(&self) -> &str {
        &self.id
    }

    /// A new request starts after this id of the application. It does not count as an id of the stream.
    pub fn start_from(&mut self, id: &str) {
        self.set(id);
        (self.is_resumable, self.may_be_given) = (false, true);
    }

    /// A stream is open.
    pub fn opened(&mut self) {
        self.may_be_given = false;
    }

    /// The headers have this `Last-Event-ID`.
    pub fn given(&mut self, id: &str) {
        if self.may_be_given && self.id.is_empty() {
            self.set(id);
        }
    }

    /// An event has this id. Returns whether the stream can be resumed after it, if the session does not know that yet.
    pub fn advance(&mut self, id: &str) -> Option<bool> {
        self.set(id);
        let is_resumable = is_position(id);
        let before = core::mem::replace(&mut self.is_resumable, is_resumable);
        (before != is_resumable).then_some(is_resumable)
    }

    /// The id as the value of a header, in which each character stands for one byte of UTF-8 (HTML § 9.2.4). `None` if it
    /// cannot be sent.
    pub fn header(&self) -> Option<String> {
        is_position(&self.id).then(|| self.id.bytes().map(char::from).collect())
    }

    fn set(&mut self, id: &str) {
        self.id.clear();
        self.id.push_str(id);
    }
}

/// Whether an id can be sent. A server would receive an empty header for an id that is only white space.
fn is_position(id: &str) -> bool {
    id.len() <= LONGEST && !id.trim().is_empty()
}

/// The event id of a `Last-Event-ID` among the headers: the reverse of [`Position::header`].
pub fn id_of_header(value: &str) -> String {
    let bytes = value.chars().map(u8::try_from).collect::<Result<_, _>>();
    // If it is not UTF-8, the value is plain text.
    bytes.ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_else(|| value.into())
}
