//! The open TCP connections. Each one can be cut at any moment, with a reset instead of a proper end, so that the
//! browser sees a network error in the middle of a response.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::{Notify, watch};
use tower::ServiceExt;

/// One open TCP connection. Every request carries the one it came by as an extension.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) id: u64,
    cut: Notify,
}

impl Connection {
    /// Asks for the connection to be reset; its task then ends by itself.
    pub(crate) fn cut(&self) {
        self.cut.notify_one();
    }
}

/// All open TCP connections.
#[derive(Debug, Default)]
pub(crate) struct Connections {
    open: watch::Sender<HashMap<u64, Arc<Connection>>>,
    last_id: AtomicU64,
}

impl Connections {
    /// Serves the requests that come by `socket` until either side closes it or it is cut.
    pub(crate) fn serve(self: &Arc<Self>, socket: TcpStream, router: Router) {
        let open = self.register();
        tokio::spawn(async move {
            // It fails when the client closes the connection, which drops the stream and so is counted there.
            let _ = serve_until_cut(socket, router, Arc::clone(&open.connection)).await;
        });
    }

    /// Resets all connections but the `spared` one, and waits until they are gone.
    pub(crate) async fn cut_all_but(&self, spared: Option<u64>) {
        for connection in self.open.borrow().values().filter(|c| Some(c.id) != spared) {
            connection.cut();
        }
        self.wait(|open| open.keys().all(|id| Some(*id) == spared)).await;
    }

    async fn wait(&self, done: impl FnMut(&HashMap<u64, Arc<Connection>>) -> bool) {
        // The sender is `self`, so the channel cannot be closed while we wait.
        let _ = self.open.subscribe().wait_for(done).await;
    }

    fn register(self: &Arc<Self>) -> Registered {
        let id = self.last_id.fetch_add(1, Ordering::Relaxed) + 1;
        let connection = Arc::new(Connection { id, cut: Notify::new() });
        self.open.send_modify(|open| {
            open.insert(id, Arc::clone(&connection));
        });
        Registered { connection, connections: Arc::clone(self) }
    }
}

/// A connection's place in the register, given up when its task ends, however it ends.
struct Registered {
    connection: Arc<Connection>,
    connections: Arc<Connections>,
}

impl Drop for Registered {
    fn drop(&mut self) {
        self.connections.open.send_modify(|open| {
            open.remove(&self.connection.id);
        });
    }
}

async fn serve_until_cut(socket: TcpStream, router: Router, connection: Arc<Connection>) -> hyper::Result<()> {
    // Every token of an answer is a small packet, and none of them may wait for the one before to be acknowledged.
    let _ = socket.set_nodelay(true);

    let origin = Arc::clone(&connection);
    let service = service_fn(move |request| answer(router.clone(), request, Arc::clone(&origin)));
    let mut http = http1::Builder::new().serve_connection(TokioIo::new(socket), service);
    tokio::select! {
        result = &mut http => result,
        () = connection.cut.notified() => {
            let socket = http.into_parts().io.into_inner();
            // Closing with zero linger sends RST at once; without it the client would see an orderly end.
            let _ = socket.set_zero_linger();
            Ok(())
        }
    }
}

async fn answer(
    router: Router,
    request: Request<Incoming>,
    connection: Arc<Connection>,
) -> Result<Response<Body>, Infallible> {
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(connection);
    router.oneshot(request).await
}
