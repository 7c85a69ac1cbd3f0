//! The accept loop, and the control of its port: the port can be closed with all connections reset, as when a server
//! loses power, and the same port can be opened again later.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot, watch};

use crate::connections::Connections;

enum Command {
    Close { spared: Option<u64>, done: oneshot::Sender<u64> },
    Reopen { outage: Option<u64>, done: oneshot::Sender<io::Result<()>> },
    Stop { done: oneshot::Sender<()> },
}

/// Controls a running [`Listener`]. Commands are carried out in order and answered when they have taken effect.
#[derive(Debug)]
pub(crate) struct PortControl {
    commands: mpsc::UnboundedSender<Command>,
    listening: watch::Receiver<bool>,
}

impl PortControl {
    /// Closes the port and resets all connections except the `spared` one, then returns the number of the outage.
    pub(crate) async fn close(&self, spared: Option<u64>) -> Option<u64> {
        let (done, closed) = oneshot::channel();
        self.send(Command::Close { spared, done }, closed).await
    }

    /// Listens on the same port again. Does nothing while the port is open, or when the given `outage` is not the
    /// current one.
    pub(crate) async fn reopen(&self, outage: Option<u64>) -> io::Result<()> {
        let (done, reopened) = oneshot::channel();
        self.send(Command::Reopen { outage, done }, reopened).await.unwrap_or(Ok(()))
    }

    /// As [`close`](Self::close), and the port is never opened again.
    pub(crate) async fn stop(&self) {
        let (done, stopped) = oneshot::channel();
        self.send(Command::Stop { done }, stopped).await;
    }

    /// As [`stop`](Self::stop), for where nothing can be awaited.
    pub(crate) fn stop_soon(&self) {
        let _ = self.commands.send(Command::Stop { done: oneshot::channel().0 });
    }

    pub(crate) fn is_listening(&self) -> bool {
        *self.listening.borrow()
    }

    /// Waits until the port is open or closed, as asked; at once for a listener that was stopped.
    pub(crate) async fn wait_listening(&self, wanted: bool) {
        let _ = self.listening.clone().wait_for(|listening| *listening == wanted).await;
    }

    /// `None` when the listener was stopped.
    async fn send<T>(&self, command: Command, done: oneshot::Receiver<T>) -> Option<T> {
        self.commands.send(command).ok()?;
        done.await.ok()
    }
}

/// The accept loop's state.
pub(crate) struct Listener {
    address: SocketAddr,
    /// `None` while the port is closed.
    socket: Option<TcpListener>,
    /// The number of outages so far. The planned end of an old outage must not end a newer one.
    outages: u64,
    connections: Arc<Connections>,
    commands: mpsc::UnboundedReceiver<Command>,
    listening: watch::Sender<bool>,
}

impl Listener {
    /// Binds `address`. [`TcpListener::bind`] sets `SO_REUSEADDR` where that means "also while old connections
    /// linger", so a restart on the same port works at once.
    pub(crate) async fn bind(address: SocketAddr) -> io::Result<(Self, PortControl)> {
        let socket = TcpListener::bind(address).await?;
        let (command_sender, commands) = mpsc::unbounded_channel();
        let (listening, listening_receiver) = watch::channel(true);
        let listener = Self {
            address: socket.local_addr()?,
            socket: Some(socket),
            outages: 0,
            connections: Arc::default(),
            commands,
            listening,
        };
        Ok((listener, PortControl { commands: command_sender, listening: listening_receiver }))
    }

    /// The bound address, with the port that was chosen when 0 was asked for.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Accepts connections and carries out commands until it is stopped.
    pub(crate) async fn run(mut self, router: Router) {
        loop {
            tokio::select! {
                biased;
                command = self.commands.recv() => match command {
                    Some(Command::Close { spared, done }) => {
                        self.close(spared).await;
                        let _ = done.send(self.outages);
                    }
                    Some(Command::Reopen { outage, done }) => {
                        let _ = done.send(self.reopen(outage).await);
                    }
                    Some(Command::Stop { done }) => {
                        self.close(None).await;
                        let _ = done.send(());
                        return;
                    }
                    None => return self.close(None).await,
                },
                connection = accept(self.socket.as_ref()) => self.connections.serve(connection, router.clone()),
            }
        }
    }

    async fn close(&mut self, spared: Option<u64>) {
        self.socket = None;
        self.outages += 1;
        self.connections.cut_all_but(spared).await;
        self.listening.send_replace(false);
    }

    async fn reopen(&mut self, outage: Option<u64>) -> io::Result<()> {
        let meant = outage.is_none_or(|outage| outage == self.outages);
        if self.socket.is_none() && meant {
            self.socket = Some(TcpListener::bind(self.address).await?);
            self.listening.send_replace(true);
        }
        Ok(())
    }
}

/// The next connection. Waits for ever while the port is closed.
async fn accept(listener: Option<&TcpListener>) -> TcpStream {
    let Some(listener) = listener else {
        return std::future::pending().await;
    };
    loop {
        match listener.accept().await {
            Ok((socket, _)) => return socket,
            // Out of file descriptors, most likely: some will be freed, and a loop at full speed would not help.
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}
