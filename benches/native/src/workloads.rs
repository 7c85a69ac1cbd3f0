//! The streams, named after the traffic they stand for, with the names the browsers' benchmarks have too.

use std::fmt::Write;

use bytes::Bytes;

const KIB: usize = 1024;

/// How the streams are cut: the name and the bytes per chunk.
pub const CHUNKINGS: [(&str, usize); 3] = [("64 KiB", 64 * KIB), ("4 KiB", 4 * KIB), ("1 KiB", KIB)];

/// Every stream is at least this long.
const STREAM: usize = 1024 * KIB;

/// A kind of traffic.
pub struct Workload {
    /// In kebab-case.
    pub name: &'static str,
    /// Appends the event of this number.
    event: fn(&mut String, usize),
}

impl Workload {
    /// The stream in chunks of `size` bytes, which share its memory.
    #[must_use]
    pub fn chunks(&self, size: usize) -> Vec<Bytes> {
        let stream = Bytes::from(self.stream());
        (0..stream.len()).step_by(size).map(|start| stream.slice(start..stream.len().min(start + size))).collect()
    }

    fn stream(&self) -> String {
        let mut stream = String::with_capacity(STREAM + 32 * KIB);
        for n in 0.. {
            if stream.len() >= STREAM {
                break;
            }
            (self.event)(&mut stream, n);
        }
        stream
    }
}

/// All kinds of traffic.
pub const WORKLOADS: [Workload; 10] = [
    Workload { name: "chat", event: chat },
    Workload { name: "named", event: named },
    Workload { name: "ids", event: ids },
    Workload { name: "tokens", event: tokens },
    Workload { name: "chinese", event: chinese },
    Workload { name: "emoji", event: emoji },
    Workload { name: "payloads-16k", event: payload },
    Workload { name: "lines-500", event: lines },
    Workload { name: "crlf", event: crlf },
    Workload { name: "heartbeats", event: heartbeat },
];

/// Writing to a string cannot fail.
macro_rules! append {
    ($stream:expr, $($format:tt)*) => {
        write!($stream, $($format)*).expect("memory is there")
    };
}

fn chat(stream: &mut String, n: usize) {
    append!(
        stream,
        "data: {{\"id\":\"chat-{:08}\",\"object\":\"chat.completion.chunk\",\"created\":1760000000,\"model\":\"large-2\",\
         \"choices\":[{{\"index\":0,\"delta\":{{\"content\":\" word{n}\"}},\"finish_reason\":null}}]}}\n\n",
        n / 500
    );
}

fn named(stream: &mut String, n: usize) {
    let name = ["price", "notification", "presence"][n % 3];
    append!(
        stream,
        "event: {name}\ndata: {{\"number\":{n},\"user\":\"u{}\",\"text\":\"something happened\"}}\n\n",
        n % 97
    );
}

fn ids(stream: &mut String, n: usize) {
    append!(stream, "id: {n}\ndata: {{\"number\":{n},\"text\":\"something that can be resumed\"}}\n\n");
}

fn tokens(stream: &mut String, n: usize) {
    append!(stream, "data: {}\n\n", ["the", "a", "token", "is", "not", "much"][n % 6]);
}

fn chinese(stream: &mut String, n: usize) {
    append!(
        stream,
        "data: {{\"序号\":{n},\"内容\":\"服务器推送的事件按照顺序到达浏览器，中断之后会从上次的位置继续。\"}}\n\n"
    );
}

fn emoji(stream: &mut String, n: usize) {
    append!(stream, "data: {{\"n\":{n},\"reaction\":\"🎉🚀👩‍💻🇺🇳\",\"text\":\"well done 👏👏🏽\"}}\n\n");
}

fn payload(stream: &mut String, n: usize) {
    append!(stream, "data: {{\"n\":{n:06},\"blob\":\"");
    for k in 0..1024 {
        append!(stream, "{:016x}", n * 1024 + k);
    }
    stream.push_str("\"}\n\n");
}

fn lines(stream: &mut String, n: usize) {
    for line in 0..500 {
        append!(stream, "data: line {line} of file {n}, as it stands there\n");
    }
    stream.push('\n');
}

fn crlf(stream: &mut String, n: usize) {
    append!(
        stream,
        "event: update\r\nid: {n}\r\ndata: {{\"number\":{n},\"text\":\"ends of line of two bytes\"}}\r\n\r\n"
    );
}

fn heartbeat(stream: &mut String, n: usize) {
    append!(stream, ": keep-alive\n\n: keep-alive\n\ndata: {{\"number\":{n}}}\n\n");
}
