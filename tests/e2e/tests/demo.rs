//! The demo page, in the words of somebody who uses it.

use std::sync::Arc;
use std::time::Duration;

use demo_server::{Config, DemoServer, Entry};
use e2e::{Page, demo_config, said, soon};
use serde_json::{Value, json};

/// Where the chat is asked.
pub const CHAT: &str = "/api/chat/stream";

/// Lets the next answer end after five tokens as if that were all of it, as some proxies do when a connection breaks, and
/// the request for its rest be refused. Later requests reach the server.
pub const CUT_OFF: &str = "
    const toServer = globalThis.fetch
    const cut = async (...request) => {
      const { body, headers } = await toServer(...request)
      const reader = body.pipeThrough(new TextDecoderStream()).getReader()
      let text = ''
      while (text.split('\\n\\n').length <= 5) text += (await reader.read()).value
      await reader.cancel()
      return new Response(text.split('\\n\\n', 5).join('\\n\\n') + '\\n\\n', { headers })
    }
    const refuse = async () => new Response(JSON.stringify({ error: 'The answer is gone.' }), { status: 410 })
    const answers = [cut, refuse]
    globalThis.fetch = (...request) => {
      const isChat = String(request[0]).endsWith('/api/chat/stream')
      return ((isChat && answers.shift()) || toServer)(...request)
    }";

/// The demo page with a server behind it.
pub struct Demo {
    pub page: Page,
    pub server: DemoServer,
}

impl Demo {
    /// The page as it is, typing as fast as for everybody.
    pub async fn open(page: Page) -> Self {
        Self::open_at(page, "/").await
    }

    /// The page with answers so slow that there is time to disturb them.
    pub async fn open_slow(page: Page) -> Self {
        Self::open_at(page, "/?tokenDelay=60").await
    }

    /// The same with a server that makes no pause of more than 50 ms, and connections that count as dead after 600 ms
    /// without a byte.
    pub async fn open_impatient(page: Page) -> Self {
        let config = Config { keep_alive: Duration::from_millis(50), ..demo_config() };
        Self::open_with(page, "/?tokenDelay=60&idleTimeout=600", config).await
    }

    async fn open_at(page: Page, path: &str) -> Self {
        Self::open_with(page, path, demo_config()).await
    }

    async fn open_with(page: Page, path: &str, config: Config) -> Self {
        let server = DemoServer::start(config).await.expect("the demo server starts");
        page.open(&format!("{}{path}", server.url())).await;
        page.wait_for_text("feed-state", "Open").await;
        Self { page, server }
    }

    pub async fn sign_in(&self) {
        self.page.click("sign-in").await;
        self.page.wait_until("!part('talk').hidden").await;
    }

    pub async fn ask(&self, message: &str) {
        self.page.write("question", message).await;
        self.page.click("send").await;
        self.page.wait_until("part('message-assistant')").await;
    }

    /// Signs in, asks, and returns when some of the answer can be read but, as it is a slow one, not all of it.
    pub async fn be_answered_halfway(&self, message: &str) {
        self.sign_in().await;
        self.ask(message).await;
        self.page.wait_until("part('answer-text').textContent.length > 20").await;
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

    /// Waits until the server sees one stream of each kind, the feed's and the chat's.
    pub async fn expect_both_streams(&self) {
        soon("both streams are open", async {
            self.server.wait_open_streams_at("/events", 1).await;
            self.server.wait_open_streams_at(CHAT, 1).await;
        })
        .await;
    }

    /// There were never two streams where one belongs.
    pub fn expect_never_two_streams(&self) {
        assert_eq!(self.server.most_open_streams_at("/events"), 1);
        assert!(self.server.most_open_streams_at(CHAT) <= 1);
    }

    /// What the chat was asked, oldest first.
    pub fn asked(&self) -> Vec<Arc<Entry>> {
        self.server.journal().requests_to(CHAT)
    }

    /// The token that the page's last id stands for.
    pub async fn last_id_shown(&self) -> String {
        self.page.text("chat-last-event-id").await
    }
}

/// The index in a chat's event id, `KEY:INDEX`.
pub fn index_of(id: &str) -> usize {
    id.rsplit_once(':').and_then(|(_, index)| index.parse().ok()).unwrap_or_else(|| panic!("{id} is no id of the chat"))
}

/// The body of a chat request.
pub fn message_of(entry: &Entry) -> Value {
    entry.json().map_or(json!(null), |mut body| body["message"].take())
}
