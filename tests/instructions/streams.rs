//! The streams whose parsing is counted: each makes one thing matter.

/// One long data line after another.
pub fn long_lines(events: usize) -> Vec<u8> {
    format!("data: {}\n\n", "x".repeat(16_376)).repeat(events).into_bytes()
}

/// Events with an id and a type, and one data line.
pub fn id_events(events: usize) -> Vec<u8> {
    numbered(events, |n| format!("id: {n:06}\nevent: notification\ndata: {{\"n\":{n:06}}}\n\n"))
}

/// A token each, as from a language model: little but the event itself.
pub fn small_events(events: usize) -> Vec<u8> {
    numbered(events, |n| format!("data: {n:06}\n\n"))
}

/// Events with all fields, of a type somebody listens to.
pub fn full_events(events: usize) -> Vec<u8> {
    numbered(events, |n| format!("event: notification\r\nid: {n:06}\r\ndata: {{\"n\":{n:06}}}\r\n\r\n"))
}

/// Events with a fixed length of JSON, as a chat's completion has.
pub fn chat(events: usize) -> Vec<u8> {
    numbered(events, |n| {
        format!(
            "data: {{\"id\":\"chat-1\",\"object\":\"chunk\",\"created\":1700000000,\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\" word{n:06}\"}},\"finish_reason\":null}}]}}\n\n"
        )
    })
}

/// Comments between events, which keep the connection alive.
pub fn heartbeats(events: usize) -> Vec<u8> {
    numbered(events, |n| format!(": keep-alive\n\n: keep-alive\n\ndata: {n:06}\n\n"))
}

/// One event of this many data lines.
pub fn many_lines(lines: usize) -> Vec<u8> {
    let mut stream = numbered(lines, |n| format!("data: line {n:06} of a file that is sent whole\n"));
    stream.push(b'\n');
    stream
}

/// Events of 500 data lines.
pub fn lines_500(events: usize) -> Vec<u8> {
    many_lines(500).repeat(events)
}

/// Characters of one to four bytes.
pub fn many_scripts(events: usize) -> Vec<u8> {
    numbered(events, |n| format!("data: {n:06} naïve façade, 服务器推送事件按顺序到达, 🚀🎉 {{\"ok\":true}}\n\n"))
}

/// One event with one data line of this many bytes.
pub fn one_line(bytes: usize) -> Vec<u8> {
    format!("data: {}\n\n", "x".repeat(bytes)).into_bytes()
}

fn numbered(count: usize, piece: impl Fn(usize) -> String) -> Vec<u8> {
    (0..count).map(piece).collect::<String>().into_bytes()
}
