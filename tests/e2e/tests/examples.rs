//! The examples: the chat in React and in Vue, as a person uses them. They look alike, so one test is for both.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use demo_server::{Config, DemoServer, Entry};
use e2e::{Engine, Page, demo_config, restart, said, soon, tests};
use serde_json::json;

use crate::demo::{CHAT, CUT_OFF, index_of};

tests! {
    InPage:
        a_question_is_one_request_and_its_answer_is_typed_completely,
        strict_mode_causes_no_second_request,
        stop_closes_the_stream_and_go_on_asks_for_the_rest,
        an_expired_token_is_refreshed,
        an_answer_goes_on_with_a_server_that_was_killed_and_restarted,
        an_answer_that_fails_says_so_and_can_be_retried,
        a_second_question_keeps_the_first_answer_and_regenerate_asks_again,
        a_wrong_password_is_refused_and_said_so,
        the_keyboard_is_enough,
        a_cut_off_answer_is_shown_as_cut_off_and_retry_asks_for_the_rest,
        an_answer_that_waits_says_when_it_is_asked_for_again,
        a_silent_connection_is_not_shown_as_open_with_an_answer_being_typed;
    InOnePage:
        the_demo_leads_to_both;
}

const FRAMEWORKS: [&str; 2] = ["react", "vue"];

/// What a person sees of an answer.
const LAST_ANSWER: &str = "[...document.querySelectorAll('[data-testid=message-assistant]')].at(-1)";

/// Where `cargo xtask` writes them, beside what cargo has for these tests.
fn built(folder: &str) -> PathBuf {
    let built = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("xtask").join(folder);
    assert!(built.is_dir(), "there is no {}: `cargo xtask test` builds the examples", built.display());
    built
}

fn config() -> Config {
    Config { examples: built("examples"), ..demo_config() }
}

/// One of the two, with a server behind it.
struct Chat {
    page: Page,
    server: DemoServer,
}

impl Chat {
    async fn open(page: &Page, framework: &str) -> Self {
        Self::open_with(page, &format!("/{framework}/"), config()).await
    }

    /// With answers so slow that there is time to disturb them.
    async fn open_slow(page: &Page, framework: &str) -> Self {
        Self::open_with(page, &format!("/{framework}/?tokenDelay=60"), config()).await
    }

    async fn open_with(page: &Page, path: &str, config: Config) -> Self {
        let server = DemoServer::start(config).await.expect("a server");
        page.open(&format!("{}{path}", server.url())).await;
        page.wait_until("part('sign-in')").await;
        Self { page: page.clone(), server }
    }

    async fn sign_in(&self) {
        self.page.click("sign-in").await;
        self.page.wait_until("part('question')").await;
    }

    async fn ask(&self, message: &str) {
        self.page.write("question", message).await;
        self.page.click("send").await;
    }

    /// Signs in, asks, and returns when some of the answer can be read but, as it is a slow one, not all of it.
    async fn be_answered_halfway(&self, message: &str) {
        self.sign_in().await;
        self.ask(message).await;
        self.page.wait_until("part('answer-text')?.textContent.length > 20").await;
    }

    /// Waits until the latest answer is in this phase: typing, waiting, done, stopped, cut or failed.
    async fn wait_for_phase(&self, phase: &str) {
        self.page.wait_until(&format!("{LAST_ANSWER}?.dataset.phase === '{phase}'")).await;
    }

    /// Waits for the end of the latest answer and holds it against what the server says.
    async fn expect_the_whole_answer(&self, message: &str) {
        let whole = said(message).await.concat();
        // The phase alone might still be that of the answer before.
        self.page
            .wait_until(&format!(
                "{LAST_ANSWER}?.querySelector('[data-testid=answer-text]').textContent === {}",
                json!(whole)
            ))
            .await;
        self.wait_for_phase("done").await;
        let quiet =
            "[ANSWER.querySelector('[data-testid=answer-body]').ariaBusy, ANSWER.querySelector('.cursor').hidden]";
        let quiet: (String, bool) = self.page.run(&format!("return {}", quiet.replace("ANSWER", LAST_ANSWER))).await;
        assert_eq!(quiet, ("false".to_owned(), true));
        assert_eq!(self.server.most_open_streams_at(CHAT), 1);
    }

    fn asked(&self) -> Vec<Arc<Entry>> {
        self.server.journal().requests_to(CHAT)
    }
}

async fn a_question_is_one_request_and_its_answer_is_typed_completely(page: Page) {
    for framework in FRAMEWORKS {
        let chat = Chat::open(&page, framework).await;
        chat.sign_in().await;
        assert_eq!(chat.asked().len(), 0, "{framework} asks nothing by itself");
        chat.ask("Hello, bonjour, 你好").await;
        chat.expect_the_whole_answer("Hello, bonjour, 你好").await;

        let asked = chat.asked();
        let [request] = &asked[..] else { panic!("{framework}: one request, not {}", asked.len()) };
        assert_eq!(request.method, "POST");
        assert_eq!(request.json(), Some(json!({ "message": "Hello, bonjour, 你好" })));
        assert!(request.header_str("authorization").is_some_and(|value| value.starts_with("Bearer ")));
        soon("the finished stream is closed", chat.server.wait_open_streams_at(CHAT, 0)).await;
    }
}

/// Only a build for development has it.
async fn strict_mode_causes_no_second_request(page: Page) {
    let config = Config { examples: built("examples-for-development"), ..demo_config() };
    let chat = Chat::open_with(&page, "/react/", config).await;
    chat.sign_in().await;
    for question in ["Why Rust and wasm?", "What are server-sent events?"] {
        chat.ask(question).await;
        chat.expect_the_whole_answer(question).await;
    }
    assert_eq!(chat.asked().len(), 2);
}

async fn stop_closes_the_stream_and_go_on_asks_for_the_rest(page: Page) {
    for framework in FRAMEWORKS {
        let chat = Chat::open_slow(&page, framework).await;
        chat.be_answered_halfway("Write me a poem").await;
        page.click("stop").await;
        chat.wait_for_phase("stopped").await;
        soon("the chat's stream is closed", chat.server.wait_open_streams_at(CHAT, 0)).await;
        let whole = said("Write me a poem").await.concat();
        let half = page.text("answer-text").await;
        assert!(half.len() < whole.len() && whole.starts_with(&half), "{framework}: {half}");
        assert_eq!(page.text("chat-state").await, "closed");

        page.click("continue").await;
        chat.expect_the_whole_answer("Write me a poem").await;
        let asked = chat.asked();
        assert_eq!(asked.len(), 2, "{framework}");
        assert!(asked[1].header("last-event-id").is_some(), "{framework} asks for the rest only");
    }
}

async fn an_expired_token_is_refreshed(page: Page) {
    for framework in FRAMEWORKS {
        let chat = Chat::open(&page, framework).await;
        chat.sign_in().await;
        chat.server.faults().expire_tokens();
        chat.ask("hello").await;
        chat.expect_the_whole_answer("hello").await;

        let tokens: Vec<_> =
            chat.asked().iter().map(|entry| entry.header_str("authorization").map(str::to_owned)).collect();
        assert_eq!(tokens.len(), 2, "{framework}: refused, then taken");
        assert_ne!(tokens[0], tokens[1]);
        assert_eq!(chat.server.journal().requests_to("/api/refresh").len(), 1);
    }
}

async fn an_answer_goes_on_with_a_server_that_was_killed_and_restarted(page: Page) {
    for framework in FRAMEWORKS {
        let mut chat = Chat::open_slow(&page, framework).await;
        chat.be_answered_halfway("Tell me about events").await;
        let waiting = page.clone();
        // A new process has a new secret: the page's tokens are worth nothing any more.
        chat.server = restart(chat.server, config(), async move {
            waiting.wait_for_text("chat-state", "reconnecting").await;
            waiting.wait_until("part('message-assistant').dataset.phase === 'waiting' && part('answer-note')").await;
        })
        .await;
        chat.expect_the_whole_answer("Tell me about events").await;
        for request in chat.asked() {
            assert!(request.header("last-event-id").is_some(), "{framework} asks for the rest only");
        }
    }
}

async fn an_answer_that_fails_says_so_and_can_be_retried(page: Page) {
    for framework in FRAMEWORKS {
        // Every token is born expired, and so are those it is refreshed with.
        let config = Config { access_token_ttl: std::time::Duration::ZERO, ..config() };
        let chat = Chat::open_with(&page, &format!("/{framework}/"), config).await;
        chat.sign_in().await;
        chat.ask("hello").await;
        chat.wait_for_phase("failed").await;
        assert!(!page.text("answer-error-text").await.is_empty());
        assert_eq!(
            page.run::<String>("return document.querySelector('[data-testid=answer-error]').role").await,
            "alert"
        );

        page.record("chat-state").await;
        page.click("retry").await;
        page.wait_until("recorded['chat-state'].includes('connecting')").await;
        chat.wait_for_phase("failed").await;

        chat.ask("hello?").await;
        let shown =
            "['answer-error', 'retry'].map((name) => document.querySelectorAll(`[data-testid=${name}]`).length)";
        page.wait_until(&format!("`${{{shown}}}` === '2,1'")).await;
    }
}

async fn a_second_question_keeps_the_first_answer_and_regenerate_asks_again(page: Page) {
    for framework in FRAMEWORKS {
        let chat = Chat::open(&page, framework).await;
        chat.sign_in().await;
        for question in ["Write me a haiku", "hello"] {
            chat.ask(question).await;
            chat.expect_the_whole_answer(question).await;
        }
        page.click("regenerate").await;
        chat.wait_for_phase("typing").await;
        chat.expect_the_whole_answer("hello").await;

        let shown: Vec<String> =
            page.run("return [...document.querySelectorAll('.message-text')].map((text) => text.textContent)").await;
        let answers = [said("Write me a haiku").await.concat(), said("hello").await.concat()];
        assert_eq!(shown, ["Write me a haiku", &answers[0], "hello", &answers[1]], "{framework}");
        let asked: Vec<_> = chat.asked().iter().map(|entry| crate::demo::message_of(entry)).collect();
        assert_eq!(asked, ["Write me a haiku", "hello", "hello"]);
    }
}

async fn a_wrong_password_is_refused_and_said_so(page: Page) {
    for framework in FRAMEWORKS {
        let chat = Chat::open(&page, framework).await;
        page.write("password", "x").await;
        page.click("sign-in").await;
        page.wait_until("part('login-error')?.textContent").await;
        let written: String = page.run("return document.querySelector('[data-testid=username]').value").await;
        assert_eq!(written, "demo", "{framework} keeps what was written");
        assert_eq!(chat.server.journal().requests_to("/api/login").len(), 1);
    }
}

async fn the_keyboard_is_enough(page: Page) {
    for framework in FRAMEWORKS {
        let chat = Chat::open_slow(&page, framework).await;
        page.write("password", "\u{E007}").await;
        page.wait_until("document.activeElement === part('question')").await;
        page.write("question", "Write me a poem\u{E007}").await;
        page.wait_until("part('answer-text')?.textContent.length > 20").await;
        assert!(page.run::<bool>("return document.querySelector('[data-testid=question]').value === ''").await);
        page.write("stop", "\u{E007}").await;
        chat.wait_for_phase("stopped").await;
        page.wait_until("document.activeElement === part('question')").await;
    }
}

async fn a_cut_off_answer_is_shown_as_cut_off_and_retry_asks_for_the_rest(page: Page) {
    for framework in FRAMEWORKS {
        let chat = Chat::open(&page, framework).await;
        chat.sign_in().await;
        page.act(CUT_OFF).await;
        chat.ask("Write me a poem").await;
        chat.wait_for_phase("cut").await;

        let tokens = said("Write me a poem").await;
        assert_eq!(page.text("answer-text").await, tokens[..5].concat(), "{framework}");
        assert_eq!(page.text("answer-error-title").await, "Cut off", "{framework}");
        assert_eq!(page.text("answer-error-text").await, "The answer is gone.", "{framework}");
        assert_eq!(page.text("answer-note").await, "", "{framework}: it does not count as complete");

        page.click("retry").await;
        chat.expect_the_whole_answer("Write me a poem").await;
        page.wait_until("!part('answer-error') && document.activeElement === part('question')").await;
        let asked = chat.asked();
        assert_eq!(asked.len(), 2, "{framework}: the answer that was cut off, and its rest");
        let id = asked[1].header_str("last-event-id").expect("it asks for the rest");
        assert_eq!(index_of(id), 4, "{framework}");
    }
}

async fn an_answer_that_waits_says_when_it_is_asked_for_again(page: Page) {
    for framework in FRAMEWORKS {
        let chat = Chat::open_slow(&page, framework).await;
        chat.be_answered_halfway("Write me a poem").await;
        page.record("answer-note").await;
        chat.server.faults().unavailable(1, Some(600));
        chat.server.faults().drop_streams().await;
        let waits = "/^Trying again in [6-9][0-9][0-9] s \\(attempt 2\\)$/.test(part('answer-wait')?.textContent)";
        page.wait_until(waits).await;
        chat.wait_for_phase("waiting").await;
        // The countdown changes each second, and only the note is read aloud.
        page.act("globalThis.before = document.querySelector('[data-testid=answer-wait]').textContent").await;
        page.wait_until("part('answer-wait').textContent !== before").await;
        let notes = page.recorded("answer-note").await;
        assert_eq!(notes, ["", "Connection lost, continues where it broke off"], "{framework}");

        page.click("chat-reconnect").await;
        chat.expect_the_whole_answer("Write me a poem").await;
    }
}

async fn a_silent_connection_is_not_shown_as_open_with_an_answer_being_typed(page: Page) {
    for framework in FRAMEWORKS {
        let config = Config { keep_alive: Duration::from_millis(50), ..config() };
        let chat = Chat::open_with(&page, &format!("/{framework}/?tokenDelay=60&idleTimeout=600"), config).await;
        chat.be_answered_halfway("Why Rust and wasm?").await;
        chat.server.faults().silent(true);
        page.wait_until("part('chat-state').textContent !== 'open'").await;
        chat.wait_for_phase("waiting").await;
        page.record("chat-state").await;
        // Firefox keeps the head of an answer to itself until the first byte of the body.
        let requests = if page.engine() == Engine::Firefox { 2 } else { 3 };
        soon("it is asked for again", chat.server.journal().wait_for_requests_to(CHAT, requests)).await;
        let states = page.recorded("chat-state").await;
        assert!(!states.contains(&"open".to_owned()), "{framework}: {states:?}");
        chat.wait_for_phase("waiting").await;

        chat.server.faults().silent(false);
        chat.expect_the_whole_answer("Why Rust and wasm?").await;
    }
}

async fn the_demo_leads_to_both(page: Page) {
    for framework in FRAMEWORKS {
        let server = DemoServer::start(config()).await.expect("a server");
        page.open(&format!("{}/", server.url())).await;
        page.click(&format!("to-{framework}")).await;
        page.wait_until(&format!("location.pathname === '/{framework}/' && part('sign-in')")).await;
        page.click("to-demo").await;
        page.wait_until("location.pathname === '/' && part('feed-connection')").await;
    }
}
