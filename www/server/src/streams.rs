//! The event streams that are open at this moment: each is counted from the start of its response until its body is
//! dropped, which is when the stream has ended or the client has left.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::watch;

use crate::connections::Connection;

#[derive(Debug)]
struct OpenStream {
    path: String,
    connection: Arc<Connection>,
}

#[derive(Debug, Default)]
struct Register {
    open: BTreeMap<u64, OpenStream>,
    last_id: u64,
    most: usize,
    most_by_path: BTreeMap<String, usize>,
}

impl Register {
    fn open_at(&self, path: &str) -> usize {
        self.open.values().filter(|stream| stream.path == path).count()
    }

    fn add(&mut self, stream: OpenStream) -> u64 {
        let path = stream.path.clone();
        self.last_id += 1;
        self.open.insert(self.last_id, stream);

        self.most = self.most.max(self.open.len());
        let open_here = self.open_at(&path);
        let most_here = self.most_by_path.entry(path).or_default();
        *most_here = open_here.max(*most_here);
        self.last_id
    }
}

/// Counts the open event streams.
#[derive(Debug, Default)]
pub(crate) struct OpenStreams {
    register: watch::Sender<Register>,
}

impl OpenStreams {
    pub(crate) fn count(&self) -> usize {
        self.register.borrow().open.len()
    }

    pub(crate) fn count_at(&self, path: &str) -> usize {
        self.register.borrow().open_at(path)
    }

    pub(crate) fn most(&self) -> usize {
        self.register.borrow().most
    }

    pub(crate) fn most_at(&self, path: &str) -> usize {
        self.register.borrow().most_by_path.get(path).copied().unwrap_or(0)
    }

    pub(crate) async fn wait(&self, count: usize) {
        self.wait_until(|register| register.open.len() == count).await;
    }

    pub(crate) async fn wait_at(&self, path: &str, count: usize) {
        self.wait_until(|register| register.open_at(path) == count).await;
    }

    /// Resets the connections of all open streams; returns how many streams that ended, when they are gone.
    pub(crate) async fn cut_all(&self) -> usize {
        let newest = self.register.borrow().last_id;
        let cut = {
            let register = self.register.borrow();
            register.open.values().for_each(|stream| stream.connection.cut());
            register.open.len()
        };
        // A client that is quick to come back has a later number and is not waited for.
        self.wait_until(|register| register.open.range(..=newest).next().is_none()).await;
        cut
    }

    async fn wait_until(&self, done: impl FnMut(&Register) -> bool) {
        // The sender is `self`, so the channel cannot be closed while we wait.
        let _ = self.register.subscribe().wait_for(done).await;
    }

    /// Counts a stream until the guard is dropped.
    pub(crate) fn open(self: &Arc<Self>, path: String, connection: Arc<Connection>) -> Guard {
        let mut id = 0;
        self.register.send_modify(|register| id = register.add(OpenStream { path, connection }));
        Guard { id, streams: Arc::clone(self) }
    }
}

/// One counted stream; lives in the response's body and is dropped with it.
pub(crate) struct Guard {
    id: u64,
    streams: Arc<OpenStreams>,
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.streams.register.send_modify(|register| {
            register.open.remove(&self.id);
        });
    }
}
