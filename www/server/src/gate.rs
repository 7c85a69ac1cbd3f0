//! A gate in a reply: the reply waits at it until the test opens it.

use std::sync::Arc;

use tokio::sync::watch;

#[derive(Debug, Default)]
struct State {
    open: bool,
    reached: bool,
}

/// Delays a reply until the gate is opened. Clones are the same gate. An open gate stays open.
#[derive(Clone, Debug, Default)]
pub struct Gate {
    state: Arc<watch::Sender<State>>,
}

impl Gate {
    /// A closed gate.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets everything through that waits here or comes later.
    pub fn open(&self) {
        self.state.send_modify(|state| state.open = true);
    }

    /// Waits until a reply has arrived at the gate: all that it says before was handed to the network.
    pub async fn reached(&self) {
        self.wait_for(|state| state.reached).await;
    }

    /// Arrives and waits for the gate to be opened.
    pub(crate) async fn pass(&self) {
        self.state.send_modify(|state| state.reached = true);
        self.wait_for(|state| state.open).await;
    }

    async fn wait_for(&self, done: impl FnMut(&State) -> bool) {
        // The sender is `self`, so the channel cannot be closed while we wait.
        let _ = self.state.subscribe().wait_for(done).await;
    }
}
