//! The reading half of a connection: requests, and the moment the client leaves.

use std::io;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use tokio::net::TcpStream;

use crate::journal::Entry;

/// The longest head and the longest body that are accepted, in bytes. Heads can be long, since hostile event ids come
/// back as `Last-Event-ID`.
const LIMIT: usize = 64 * 1024 * 1024;

/// A request's head as it arrived, closing empty line included, and what it says.
pub(super) struct Head {
    pub(super) raw: Bytes,
    pub(super) entry: Entry,
}

/// What a client sends.
pub(super) struct Incoming {
    socket: Arc<TcpStream>,
    unread: BytesMut,
}

impl Incoming {
    pub(super) fn new(socket: Arc<TcpStream>) -> Self {
        Self { socket, unread: BytesMut::new() }
    }

    /// The next request's head. `None` when there is none to come, or it makes no sense.
    pub(super) async fn head(&mut self) -> Option<Head> {
        let mut searched = 0_usize;
        loop {
            // The four bytes may have been split between two reads.
            let from = searched.saturating_sub(3);
            if let Some(found) = self.unread[from..].windows(4).position(|window| window == b"\r\n\r\n") {
                let raw = self.unread.split_to(from + found + 4).freeze();
                return Some(Head { entry: parse(&raw)?, raw });
            }
            searched = self.unread.len();
            self.more().await?;
        }
    }

    /// The body that follows a head, by its `Content-Length`. `None` when it does not arrive whole.
    pub(super) async fn body(&mut self, head: &Entry) -> Option<Bytes> {
        let length = head.header_str("content-length").map_or(Some(0), |length| length.parse().ok())?;
        while self.unread.len() < length {
            self.more().await?;
        }
        Some(self.unread.split_to(length).freeze())
    }

    /// Waits until the client closes or resets the connection. The bytes that it sends before that are kept.
    pub(super) async fn closed(&mut self) {
        while self.more().await.is_some() {}
    }

    async fn more(&mut self) -> Option<()> {
        loop {
            self.socket.readable().await.ok()?;
            match self.socket.try_read_buf(&mut self.unread) {
                Ok(1..) if self.unread.len() <= LIMIT => return Some(()),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                _ => return None,
            }
        }
    }
}

fn parse(raw: &[u8]) -> Option<Entry> {
    let mut lines = raw.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let mut request_line = std::str::from_utf8(lines.next()?).ok()?.split(' ');
    let (method, target) = (request_line.next()?, request_line.next()?);
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let headers = lines.filter_map(|line| {
        let colon = line.iter().position(|byte| *byte == b':')?;
        let name = String::from_utf8_lossy(&line[..colon]).to_ascii_lowercase();
        Some((name, line[colon + 1..].trim_ascii().to_vec()))
    });
    Some(Entry {
        method: method.to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers: headers.collect(),
        body: Bytes::new(),
        body_length: 0,
    })
}
