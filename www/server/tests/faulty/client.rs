//! A client below HTTP, which sees every byte and can leave in any way.

use std::io;
use std::mem::MaybeUninit;
use std::net::SocketAddr;

use demo_server::faulty::FaultServer;
use socket2::SockRef;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub async fn start() -> FaultServer {
    FaultServer::start().await.expect("the server starts")
}

/// How a response ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finish {
    /// The chunked body had its last chunk, or the head said that there is none.
    Complete,
    /// The connection was closed before.
    CutOff,
    Reset,
}

/// A response as it was on the wire.
#[derive(Debug)]
pub struct Response {
    pub head: String,
    pub chunks: Vec<Vec<u8>>,
    pub finish: Finish,
}

impl Response {
    pub fn body(&self) -> Vec<u8> {
        self.chunks.concat()
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.body()).expect("UTF-8")
    }

    pub fn status(&self) -> &str {
        self.head.split(' ').nth(1).expect("a status line")
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.head.lines().filter_map(|line| line.split_once(": "));
        headers.find_map(|(given, value)| given.eq_ignore_ascii_case(name).then_some(value))
    }
}

/// An open connection.
pub struct Raw {
    socket: TcpStream,
    unread: Vec<u8>,
}

impl Raw {
    pub async fn connect(address: SocketAddr) -> Self {
        let socket = TcpStream::connect(address).await.expect("a connection");
        socket.set_nodelay(true).expect("a TCP option");
        Self { socket, unread: Vec::new() }
    }

    /// Connects and asks.
    pub async fn get(server: &FaultServer, target: &str, headers: &str) -> Self {
        let mut raw = Self::connect(server.addr()).await;
        raw.ask(target, headers).await;
        raw
    }

    pub async fn ask(&mut self, target: &str, headers: &str) {
        self.write(format!("GET {target} HTTP/1.1\r\nHost: here\r\n{headers}\r\n").as_bytes()).await;
    }

    pub async fn write(&mut self, bytes: &[u8]) {
        self.socket.write_all(bytes).await.expect("the server is there");
    }

    /// Closes with a reset.
    pub fn reset(self) {
        self.socket.set_zero_linger().expect("a TCP option");
    }

    /// Whether the system has received nothing that was not read.
    pub fn nothing_arrived(&self) -> bool {
        let peeked = SockRef::from(&self.socket).peek(&mut [MaybeUninit::uninit()]);
        self.unread.is_empty() && peeked.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
    }

    /// The next response, to its end.
    pub async fn response(&mut self) -> Response {
        let head = self.head().await;
        let mut chunks = Vec::new();
        let finish = if head.contains("Transfer-Encoding: chunked") {
            self.chunks(&mut chunks).await
        } else {
            self.plain_body(&head, &mut chunks).await
        };
        Response { head, chunks, finish: finish.unwrap_or_else(|error| finish_of(&error)) }
    }

    /// Status line and headers.
    pub async fn head(&mut self) -> String {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.byte().await.expect("a head"));
        }
        String::from_utf8(head).expect("UTF-8")
    }

    /// The next chunk; an empty one is the last.
    pub async fn chunk(&mut self) -> io::Result<Vec<u8>> {
        let mut length = String::new();
        while !length.ends_with("\r\n") {
            length.push(char::from(self.byte().await?));
        }
        let length = usize::from_str_radix(length.trim_end(), 16).expect("a chunk's length");
        let mut chunk = self.bytes(length + 2).await?;
        chunk.truncate(length);
        Ok(chunk)
    }

    /// Everything up to the connection's end, which is returned as the error.
    pub async fn rest(&mut self) -> (Vec<u8>, io::Error) {
        let mut rest = Vec::new();
        loop {
            match self.byte().await {
                Ok(byte) => rest.push(byte),
                Err(error) => return (rest, error),
            }
        }
    }

    async fn chunks(&mut self, chunks: &mut Vec<Vec<u8>>) -> io::Result<Finish> {
        loop {
            match self.chunk().await? {
                chunk if chunk.is_empty() => return Ok(Finish::Complete),
                chunk => chunks.push(chunk),
            }
        }
    }

    async fn plain_body(&mut self, head: &str, chunks: &mut Vec<Vec<u8>>) -> io::Result<Finish> {
        let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: "));
        let length = length.map_or(0, |length| length.parse().expect("a length"));
        chunks.push(self.bytes(length).await?);
        Ok(Finish::Complete)
    }

    async fn bytes(&mut self, count: usize) -> io::Result<Vec<u8>> {
        while self.unread.len() < count {
            self.more().await?;
        }
        Ok(self.unread.drain(..count).collect())
    }

    async fn byte(&mut self) -> io::Result<u8> {
        Ok(self.bytes(1).await?[0])
    }

    async fn more(&mut self) -> io::Result<()> {
        match self.socket.read_buf(&mut self.unread).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}

fn finish_of(error: &io::Error) -> Finish {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => Finish::CutOff,
        io::ErrorKind::ConnectionReset => Finish::Reset,
        other => panic!("{other}"),
    }
}

/// Asks as an ordinary client, with a connection of its own.
pub async fn get(url: &str) -> reqwest::Result<reqwest::Response> {
    reqwest::Client::builder().no_proxy().build()?.get(url).send().await
}

/// Asks once and reads the answer to its end.
pub async fn fetch(server: &FaultServer, target: &str, headers: &str) -> Response {
    Raw::get(server, target, headers).await.response().await
}
