//! The demo page, in the words of somebody who uses it.

use demo_server::DemoServer;
use e2e::{Page, said};

/// Where the chat is asked.
pub const CHAT: &str = "/api/chat/stream";

/// The demo page with a server behind it.
pub struct Demo {
    pub page: Page,
    pub server: DemoServer,
}

impl Demo {
    pub async fn sign_in(&self) {
        self.page.click("sign-in").await;
        self.page.wait_until("!part('talk').hidden").await;
    }

    pub async fn ask(&self, message: &str) {
        self.page.write("question", message).await;
        self.page.click("send").await;
        self.page.wait_until("part('message-assistant')").await;
    }

    /// Waits until an answer is in this phase: typing, waiting, done, stopped, cut or failed.
    pub async fn wait_for_phase(&self, phase: &str) {
        self.page.wait_until(&format!("part('message-assistant')?.dataset.phase === '{phase}'")).await;
    }

    /// Waits for the answer's end and holds it against what the server says.
    pub async fn expect_the_whole_answer(&self, message: &str) {
        self.wait_for_phase("done").await;
        let tokens = said(message).await;
        assert_eq!(self.page.text("answer-text").await, tokens.concat());
        // Nor was anything said twice that would not show in the text.
        assert_eq!(self.page.text("answer-note").await, format!("{} tokens", tokens.len()));
        assert!(self.page.run::<bool>("return document.querySelector('[data-testid=cursor]').hidden").await);
    }

    /// Waits until the page shows exactly these notifications, oldest first.
    pub async fn expect_notifications(&self, ids: &[u64]) {
        let shown = "[...document.querySelectorAll('[data-testid=notification]')].map((item) => Number(item.dataset.id)).reverse()";
        let last = ids.last().expect("there are some");
        self.page.wait_until(&format!("{shown}.includes({last})")).await;
        assert_eq!(self.page.run::<Vec<u64>>(&format!("return {shown}")).await, ids);
    }

    /// There were never two streams where one belongs.
    pub fn expect_never_two_streams(&self) {
        assert_eq!(self.server.most_open_streams_at("/events"), 1);
        assert!(self.server.most_open_streams_at(CHAT) <= 1);
    }
}
