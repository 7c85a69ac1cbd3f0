//! The event-stream grammar read aloud: § 9.2.5 and § 9.2.6 of the WHATWG HTML standard, sentence by sentence, on the
//! whole stream at once and with owned strings. It is slow and has no cleverness to go wrong; the parser must equal it.

/// What the stream said, with owned strings: the twin of `sse_fetch::parser::Item`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    Event { event_type: String, data: String, id: Option<String> },
    Comment(String),
    Id(String),
}

/// All that is to be known about a stream.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// Events, comments and blocks with nothing but an id, in order.
    pub said: Vec<Said>,
    /// The reconnection times it set, in order.
    pub retries: Vec<u64>,
    /// It held a line or an event beyond the limit, right after all of the above.
    pub too_large: bool,
    /// How many lines were neither a comment nor a field that the standard knows.
    pub ignored: u64,
}

/// How a stream is read.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rules {
    /// In bytes, see [`Block::size`].
    pub limit: usize,
    /// Unlike in the standard, a block with a type and without data is an event.
    pub empty_events: bool,
    /// Unlike in the standard, the end of the stream ends the line and the event that are unfinished.
    pub end_completes: bool,
}

/// Reads a whole stream.
pub fn read(stream: &[u8], rules: Rules) -> Reading {
    let limit = rules.limit;
    let mut reading = Reading::default();
    let mut block = Block { empty_events: rules.empty_events, ..Block::default() };

    // "Streams must be decoded using the UTF-8 decode algorithm", which "strips one leading U+FEFF, if any".
    let decoded = String::from_utf8_lossy(stream);
    let text = decoded.strip_prefix('\u{FEFF}').unwrap_or(&decoded);
    // The same bytes, each as one character: decoding leaves line ends alone, so these lines lie beside those of the
    // text and tell how many bytes each of them took.
    let latin1: String =
        stream.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(stream).iter().copied().map(char::from).collect();

    let mut lines: Vec<(String, usize)> =
        split(text).into_iter().zip(split(&latin1).into_iter().map(|line| line.chars().count())).collect();
    // "Once the end of the file is reached, any pending data must be discarded": what no line end follows is no line.
    let (unfinished, bytes) = lines.pop().unwrap_or_default();

    if rules.end_completes {
        lines.extend([(unfinished, bytes), (String::new(), 0)]);
    }
    for (line, bytes) in lines {
        if bytes > limit || block.process_line(&line, bytes, &mut reading) > limit {
            reading.too_large = true;
            return reading;
        }
    }
    // Two bytes may still become a byte order mark, which belongs to no line.
    let undecided = b"\xEF\xBB\xBF".starts_with(stream);
    reading.too_large = bytes > limit && !undecided && !rules.end_completes;
    reading
}

/// "Lines must be separated by either a CRLF character pair, a single LF character, or a single CR character."
fn split(text: &str) -> Vec<String> {
    text.replace("\r\n", "\n").replace('\r', "\n").split('\n').map(String::from).collect()
}

/// The buffers of § 9.2.6, and beside each the bytes its value took in the stream.
#[derive(Default)]
struct Block {
    data: String,
    data_bytes: usize,
    event_type: String,
    event_type_bytes: usize,
    /// The standard keeps the last event ID buffer over events; this is what the block itself put there.
    id: Option<String>,
    id_bytes: usize,
    empty_events: bool,
}

impl Block {
    /// What the limit bounds: the data as it will be dispatched, the type and the id together, in bytes of the stream.
    fn size(&self) -> usize {
        // Each data line brought its line feed, and the last one is taken away again.
        self.data_bytes.saturating_sub(1) + self.event_type_bytes + self.id_bytes
    }

    /// Processes one line, which took `bytes` bytes, and says how large the event has become.
    fn process_line(&mut self, line: &str, bytes: usize, reading: &mut Reading) -> usize {
        if line.is_empty() {
            // "If the line is empty (a blank line): Dispatch the event, as defined below."
            self.dispatch(reading);
        } else if let Some(comment) = line.strip_prefix(':') {
            // "If the line starts with a U+003A COLON character (:): Ignore the line."
            reading.said.push(Said::Comment(without_one_leading_space(comment).into()));
        } else if let Some((field, value)) = line.split_once(':') {
            // "Collect the characters before the first colon, and let field be that string. Collect the characters
            // after, and let value be that string. If value starts with a U+0020 SPACE character, remove it."
            let value = without_one_leading_space(value);
            // Known names, the colon and the space are ASCII, so what remains of the line's bytes is the value.
            let value_bytes = bytes.saturating_sub(line.len() - value.len());
            self.process_field(field, value, value_bytes, reading);
        } else {
            // "Process the field using the whole line as the field name, and the empty string as the field value."
            self.process_field(line, "", 0, reading);
        }
        self.size()
    }

    /// "Field names must be compared literally, with no case folding performed."
    fn process_field(&mut self, field: &str, value: &str, bytes: usize, reading: &mut Reading) {
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
                reading.retries.push(value.parse().unwrap_or(u64::MAX));
            }
            "id" | "retry" => {}
            // "Otherwise: The field is ignored."
            _ => reading.ignored += 1,
        }
    }

    /// "Dispatch the event."
    fn dispatch(&mut self, reading: &mut Reading) {
        let Self { mut data, event_type, id, empty_events, .. } = core::mem::take(self);
        self.empty_events = empty_events;
        if empty_events && data.is_empty() && !event_type.is_empty() {
            data.push('\n');
        }
        // "If the data buffer is an empty string, set the data buffer and the event type buffer to the empty string and
        // return." The last event ID string has been set before that step, which is worth telling.
        if data.is_empty() {
            reading.said.extend(id.map(Said::Id));
            return;
        }
        // "If the data buffer's last character is a U+000A LINE FEED (LF) character, then remove the last character."
        data.pop();
        // "If the event type buffer has a value other than the empty string, change the type of the newly created event
        // to equal the value of the event type buffer." It was created as `message`.
        let event_type = if event_type.is_empty() { "message".into() } else { event_type };
        reading.said.push(Said::Event { event_type, data, id });
    }
}

fn without_one_leading_space(value: &str) -> &str {
    value.strip_prefix(' ').unwrap_or(value)
}
