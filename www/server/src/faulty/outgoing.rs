//! The writing half of a connection: bytes, chunks, and the ways to end.

use std::io;
use std::iter::Cycle;
use std::net::Shutdown;
use std::sync::Arc;
use std::time::Duration;
use std::vec;

use socket2::SockRef;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::flood::{BLOCKED_AFTER, Flood};

/// What a client is sent.
pub(super) struct Outgoing {
    socket: Arc<TcpStream>,
    chunked: bool,
    /// The sizes of the pieces, again and again; empty when the body is not cut up.
    pieces: Cycle<vec::IntoIter<usize>>,
}

impl Outgoing {
    pub(super) fn new(socket: Arc<TcpStream>, chunked: bool, pieces: Vec<usize>) -> Self {
        Self { socket, chunked, pieces: pieces.into_iter().cycle() }
    }

    /// Writes a part of the body, in pieces if the reply wants it so.
    pub(super) async fn body(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let size = self.pieces.next().unwrap_or(bytes.len()).min(bytes.len());
            let (piece, rest) = bytes.split_at(size);
            self.packet(piece).await?;
            bytes = rest;
        }
        Ok(())
    }

    /// Writes a part of the body one byte at a time, with a pause after each.
    pub(super) async fn drip_body(&self, bytes: &[u8], pause: Duration) -> io::Result<()> {
        for byte in bytes {
            self.packet(&[*byte]).await?;
            tokio::time::sleep(pause).await;
        }
        Ok(())
    }

    /// Writes as much of a flood as the client takes, and tells the flood how it goes.
    pub(super) async fn flood(&self, flood: &Flood) -> io::Result<()> {
        let _released = Released(flood);
        for block in flood.blocks() {
            self.chunk_begins(block.len()).await?;
            let mut left = &block[..];
            while !left.is_empty() {
                let Ok(written) = timeout(BLOCKED_AFTER, self.write_some(left)).await else {
                    flood.blocked();
                    self.socket.writable().await?;
                    continue;
                };
                let written = written?;
                flood.wrote(written);
                left = &left[written..];
            }
            self.chunk_ends().await?;
            tokio::time::sleep(flood.pause()).await;
            // A client that takes everything at once would keep this task from seeing it leave.
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    /// What ends a body properly.
    pub(super) async fn end(&self) -> io::Result<()> {
        if self.chunked { self.write(b"0\r\n\r\n").await } else { Ok(()) }
    }

    /// Announces a chunk that never comes. A lenient client may take a connection's end between two chunks for the end
    /// of the body, but never one in the middle of a chunk.
    pub(super) async fn break_off(&self) -> io::Result<()> {
        if self.chunked { self.write(b"400\r\n").await } else { Ok(()) }
    }

    /// Writes bytes that are no part of the body.
    pub(super) async fn write(&self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let written = self.write_some(bytes).await?;
            bytes = &bytes[written..];
        }
        Ok(())
    }

    /// As [`write`](Self::write), one byte at a time, with a pause after each.
    pub(super) async fn drip(&self, bytes: &[u8], pause: Duration) -> io::Result<()> {
        for byte in bytes {
            self.write(&[*byte]).await?;
            tokio::time::sleep(pause).await;
        }
        Ok(())
    }

    /// Closes the writing half: the client reads what there is, and then the end.
    pub(super) fn close(&self) {
        // It fails when the client is gone, and then it is closed.
        let _ = SockRef::from(&*self.socket).shutdown(Shutdown::Write);
    }

    /// Resets the connection when it is dropped.
    pub(super) fn reset(&self) {
        let _ = self.socket.set_zero_linger();
    }

    /// A chunk of its own, in a packet of its own.
    async fn packet(&self, bytes: &[u8]) -> io::Result<()> {
        if self.chunked {
            let head = format!("{:x}\r\n", bytes.len());
            self.write(&[head.as_bytes(), bytes, b"\r\n"].concat()).await?;
        } else {
            self.write(bytes).await?;
        }
        tokio::task::yield_now().await;
        Ok(())
    }

    async fn chunk_begins(&self, length: usize) -> io::Result<()> {
        if self.chunked { self.write(format!("{length:x}\r\n").as_bytes()).await } else { Ok(()) }
    }

    async fn chunk_ends(&self) -> io::Result<()> {
        if self.chunked { self.write(b"\r\n").await } else { Ok(()) }
    }

    async fn write_some(&self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            self.socket.writable().await?;
            match self.socket.try_write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                result => return result,
            }
        }
    }
}

/// A flood is not blocked by a client that is gone.
struct Released<'a>(&'a Flood);

impl Drop for Released<'_> {
    fn drop(&mut self) {
        self.0.released();
    }
}
