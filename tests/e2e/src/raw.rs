//! A server below HTTP: it answers byte by byte and sees a connection being closed before there was any answer.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::soon;

/// Accepts connections and leaves all else to the test.
#[derive(Debug)]
pub struct RawServer {
    listener: TcpListener,
}

impl RawServer {
    /// Listens on a free port.
    ///
    /// # Panics
    /// There is none.
    pub async fn start() -> Self {
        Self { listener: TcpListener::bind("127.0.0.1:0").await.expect("a free port") }
    }

    /// Its origin.
    ///
    /// # Panics
    /// The system does not know the address.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.listener.local_addr().expect("an address"))
    }

    /// The next connection, once the head of its first request has arrived.
    ///
    /// # Panics
    /// There is none in time.
    pub async fn request(&self) -> RawConnection {
        loop {
            let (mut socket, _) = soon("a connection", self.listener.accept()).await.expect("a connection");
            let mut head = Vec::new();
            let mut buffer = [0; 4096];
            // Browsers open connections in reserve, too; one that ends without a request is none of the test's.
            while let Ok(read @ 1..) = soon("a request", socket.read(&mut buffer)).await {
                head.extend_from_slice(&buffer[..read]);
                if head.windows(4).any(|window| window == b"\r\n\r\n") {
                    return RawConnection { socket, head: String::from_utf8_lossy(&head).into_owned() };
                }
            }
        }
    }
}

/// One accepted connection.
#[derive(Debug)]
pub struct RawConnection {
    socket: TcpStream,
    head: String,
}

impl RawConnection {
    /// The request line and headers that arrived.
    #[must_use]
    pub fn head(&self) -> &str {
        &self.head
    }

    /// Sends bytes, one packet each.
    ///
    /// # Panics
    /// The browser is gone.
    pub async fn drip(&mut self, bytes: &[u8]) {
        self.socket.set_nodelay(true).expect("a TCP option");
        for byte in bytes {
            self.socket.write_all(&[*byte]).await.expect("a reader");
        }
    }

    /// Waits until the browser closes the connection.
    ///
    /// # Panics
    /// It does not in time.
    pub async fn closed(&mut self) {
        let mut rest = [0; 4096];
        // An end or a reset, both will do.
        soon("the browser closes the connection", async { while let Ok(1..) = self.socket.read(&mut rest).await {} })
            .await;
    }
}
