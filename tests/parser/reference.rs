//! The event-stream grammar as the WHATWG HTML standard writes it (sections 9.2.5 and 9.2.6), sentence by sentence. It works
//! on the whole stream at once and with owned strings. It is slow and simple, so that it is easy to check. The parser must
//! agree with it.

/// What a stream contains: like `sse_fetch::parser::Item`, with owned strings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parsed {
    Event { event_type: String, data: String, id: Option<String> },
    Comment(String),
    Id(String),
}

/// The result of parsing a stream.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Events, comments, and blocks that only set an id, in order.
    pub items: Vec<Parsed>,
    /// The reconnection times that the stream set, in order.
    pub retries: Vec<u64>,
    /// The stream exceeded the limit, directly after all of the above.
    pub too_large: bool,
    /// How many lines were neither a comment nor a field that the standard knows.
    pub ignored: u64,
}

/// How a stream is read.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rules {
    /// In bytes, see [`Block::size`].
    pub limit: usize,
    /// Not in the standard: a block with a type but without data is an event.
    pub empty_events: bool,
    /// Not in the standard: the end of the stream ends an unfinished line and an unfinished event.
    pub end_completes: bool,
}

/// Parses a whole stream.
pub fn read(stream: &[u8], rules: Rules) -> Outcome {
    let limit = rules.limit;
    let mut outcome = Outcome::default();
    let mut block = Block { empty_events: rules.empty_events, ..Block::default() };

    // "Streams must be decoded using the UTF-8 decode algorithm", which "strips one leading U+FEFF, if any".
    let decoded = String::from_utf8_lossy(stream);
    let text = decoded.strip_prefix('\u{FEFF}').unwrap_or(&decoded);
    // The same bytes, each as one character. Decoding does not change line ends, so these lines correspond to the lines of the
    // text, and their lengths are the lengths of those lines in bytes.
    let latin1: String =
        stream.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(stream).iter().copied().map(char::from).collect();

    let mut lines: Vec<(String, usize)> =
        split(text).into_iter().zip(split(&latin1).into_iter().map(|line| line.chars().count())).collect();
    // "Once the end of the file is reached, any pending data must be discarded": text without a line end behind it is not a line.
    let (unfinished, bytes) = lines.pop().unwrap_or_default();

    if rules.end_completes {
        lines.extend([(unfinished, bytes), (String::new(), 0)]);
    }
    for (line, bytes) in lines {
        if bytes > limit || block.process_line(&line, bytes, &mut outcome) > limit {
            outcome.too_large = true;
            return outcome;
        }
    }
    // The first two bytes may still become a byte order mark, which does not belong to a line.
    let undecided = b"\xEF\xBB\xBF".starts_with(stream);
    outcome.too_large = bytes > limit && !undecided && !rules.end_completes;
    outcome
}

/// "Lines must be separated by either a CRLF character pair, a single LF character, or a single CR character."
fn split(text: &str) -> Vec<String> {
    text.replace("\r\n", "\n").replace('\r', "\n").split('\n').map(String::from).collect()
}

/// The buffers of section 9.2.6, each with the number of bytes that its value had in the stream.
#[derive(Default)]
struct Block {
    data: String,
    data_bytes: usize,
    event_type: String,
    event_type_bytes: usize,
    /// In the standard the last event ID buffer survives an event. This is the id that the block itself set.
    id: Option<String>,
    id_bytes: usize,
    empty_events: bool,
}

impl Block {
    /// What the limit bounds: the sizes of data (as it will be dispatched), type and id together, in bytes of the stream.
    fn size(&self) -> usize {
        // Each data line added a line feed, and dispatching removes the last one.
        self.data_bytes.saturating_sub(1) + self.event_type_bytes + self.id_bytes
    }

    /// Processes one line, which had `bytes` bytes in the stream. Returns the size of the event so far.
    fn process_line(&mut self, line: &str, bytes: usize, outcome: &mut Outcome) -> usize {
        if line.is_empty() {
            // "If the line is empty (a blank line): Dispatch the event, as defined below."
            self.dispatch(outcome);
        } else if let Some(comment) = line.strip_prefix(':') {
            // "If the line starts with a U+003A COLON character (:): Ignore the line."
            outcome.items.push(Parsed::Comment(without_one_leading_space(comment).into()));
        } else if let Some((field, value)) = line.split_once(':') {
            // "Collect the characters before the first colon, and let field be that string. Collect the characters
            // after, and let value be that string. If value starts with a U+0020 SPACE character, remove it."
            let value = without_one_leading_space(value);
            // Known names, the colon and the space are ASCII, so the remaining bytes of the line are the value.
            let value_bytes = bytes.saturating_sub(line.len() - value.len());
            self.process_field(field, value, value_bytes, outcome);
        } else {
            // "Process the field using the whole line as the field name, and the empty string as the field value."
            self.process_field(line, "", 0, outcome);
        }
        self.size()
    }

    /// "Field names must be compared literally, with no case folding performed."
    fn process_field(&mut self, field: &str, value: &str, bytes: usize, outcome: &mut Outcome) {
        match field {
            // "Set the event type buffer to the field value."
            "event" => (self.event_type, self.event_type_bytes) = (value.into(), bytes),
            // "Append the field value to the data buffer, then append a single U+000A LINE FEED (LF) character."
            "data" => {
                self.data += value;
                self.data += "\n";
                self.data_bytes += bytes + 1;
            }
            // "If the field value does not contain U+0000 NULL, then set the last event ID buffer to the field value."
            "id" if !value.contains('\0') => (self.id, self.id_bytes) = (Some(value.into()), bytes),
            // "If the field value consists of only ASCII digits, then interpret the field value as an integer in base
            // ten, and set the event stream's reconnection time to that integer."
            "retry" if !value.is_empty() && value.chars().all(|c| c.is_ascii_digit()) => {
                outcome.retries.push(value.parse().unwrap_or(u64::MAX));
            }
            "id" | "retry" => {}
            // "Otherwise: The field is ignored."
            _ => outcome.ignored += 1,
        }
    }

    /// "Dispatch the event."
    fn dispatch(&mut self, outcome: &mut Outcome) {
        let Self { mut data, event_type, id, empty_events, .. } = core::mem::take(self);
        self.empty_events = empty_events;
        if empty_events && data.is_empty() && !event_type.is_empty() {
            data.push('\n');
        }
        // "If the data buffer is an empty string, set the data buffer and the event type buffer to the empty string and
        // return." The last event ID string was set before that step, so it is reported.
        if data.is_empty() {
            outcome.items.extend(id.map(Parsed::Id));
            return;
        }
        // "If the data buffer's last character is a U+000A LINE FEED (LF) character, then remove the last character."
        data.pop();
        // "If the event type buffer has a value other than the empty string, change the type of the newly created event
        // to equal the value of the event type buffer." It was created as `message`.
        let event_type = if event_type.is_empty() { "message".into() } else { event_type };
        outcome.items.push(Parsed::Event { event_type, data, id });
    }
}

fn without_one_leading_space(value: &str) -> &str {
    value.strip_prefix(' ').unwrap_or(value)
}
