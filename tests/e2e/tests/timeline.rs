//! The demo page's timeline and fault lab: what happens to each connection can be seen, whatever goes wrong with it.

use demo_server::faulty::FaultServer;
use demo_server::{Config, DemoServer};
use e2e::{Page, demo_config, said, soon, tests};

use crate::demo::Demo;

tests! {
    InPage:
        fault_buttons_start_clients_that_recover,
        a_fault_that_cannot_be_got_over_ends_its_client,
        a_client_of_the_lab_can_be_stopped,
        a_lost_connection_is_drawn_with_its_error_its_wait_and_its_requests,
        a_token_refresh_is_marked_between_the_refused_and_the_accepted_request,
        a_paused_feed_shows_nothing_until_it_is_resumed,
        going_offline_is_drawn_and_spends_no_attempt,
        an_aborted_feed_goes_on_when_it_is_connected_again,
        what_is_pointed_at_or_focused_is_told_in_words;
}

/// The demo page with the fault server at its side.
async fn open_lab(page: Page) -> Demo {
    let config = Config { fault_server: true, ..demo_config() };
    let server = DemoServer::start(config).await.expect("the servers start");
    page.open(&server.url()).await;
    page.wait_for_text("feed-state", "Open").await;
    page.wait_until("'ready' in part('lab').dataset").await;
    Demo { page, server }
}

impl Demo {
    fn fault_server(&self) -> &FaultServer {
        self.server.fault_server().expect("it was started")
    }

    async fn wait_for_trial(&self, fault: &str, phase: &str) {
        self.page.wait_until(&format!("part('trial-{fault}').dataset.phase === '{phase}'")).await;
    }

    /// Waits until a lane's bands are these states, oldest first.
    async fn wait_for_bands(&self, lane: &str, states: &[&str]) {
        let states = serde_json::to_string(states).expect("it is JSON");
        let shown = "[...part('lane-NAME').querySelectorAll('.band')].map((band) => band.dataset.state)";
        let shown = shown.replace("NAME", lane);
        self.page.wait_until(&format!("JSON.stringify({shown}) === JSON.stringify({states})")).await;
    }

    /// What a lane's marks say, in the order in which they were made.
    async fn marks(&self, lane: &str) -> Vec<String> {
        let script = "return [...document.querySelectorAll('[data-testid=lane-NAME] [data-mark]')].map(({ dataset }) =>
            [dataset.mark, dataset.code, dataset.status].filter(Boolean).join(' '))";
        self.page.run(&script.replace("NAME", lane)).await
    }
}

async fn fault_buttons_start_clients_that_recover(page: Page) {
    let demo = open_lab(page).await;
    let faults = ["cut-mid-character", "reset", "silent-after", "unauthorized-once", "unavailable"];
    for fault in faults {
        demo.page.click(&format!("trial-{fault}-run")).await;
    }
    for fault in faults {
        demo.wait_for_trial(fault, "passed").await;
        assert_eq!(demo.page.text(&format!("trial-{fault}-badge")).await, "Recovered", "{fault}");
        assert_eq!(demo.page.text(&format!("trial-{fault}-count")).await, "12 of 12, in order", "{fault}");
        assert!(demo.fault_server().exchanges_to(&format!("/try/{fault}")).len() > 1, "something went wrong: {fault}");
    }
    assert_eq!(demo.fault_server().most_open_of_any(), 1, "no client ever had two requests open");
    assert!(demo.page.text("trial-reset-error").await.ends_with("(network)"));
    assert!(demo.page.text("trial-silent-after-error").await.ends_with("(idle)"));
    assert!(demo.page.text("trial-unavailable-error").await.ends_with("(status 503)"));
}

async fn a_fault_that_cannot_be_got_over_ends_its_client(page: Page) {
    let demo = open_lab(page).await;
    let closed: &[_] = &["idle", "connecting", "closed"];
    let opened: &[_] = &["idle", "connecting", "open", "closed"];
    let faults = [
        ("not-a-stream", "(content-type 200)", closed),
        ("endless-line", "(too-large)", opened),
        ("no-content", "", closed),
    ];
    for (fault, error, bands) in faults {
        demo.page.click(&format!("trial-{fault}-run")).await;
        demo.wait_for_trial(fault, "passed").await;
        assert_eq!(demo.page.text(&format!("trial-{fault}-badge")).await, "Stopped, as expected");
        assert!(demo.page.text(&format!("trial-{fault}-error")).await.ends_with(error), "{fault}");
        demo.wait_for_bands(fault, bands).await;
        assert_eq!(demo.fault_server().exchanges_to(&format!("/try/{fault}")).len(), 1, "{fault} was not tried again");
    }
}

async fn a_client_of_the_lab_can_be_stopped(page: Page) {
    let demo = open_lab(page).await;
    demo.page.click("trial-endless-comments-run").await;
    demo.page.wait_until("part('trial-endless-comments-count').textContent.endsWith(' comments')").await;
    demo.page.click("trial-endless-comments-stop").await;
    demo.wait_for_trial("endless-comments", "stopped").await;
    soon("the server sees it go", demo.fault_server().wait_open(0)).await;
}

async fn a_lost_connection_is_drawn_with_its_error_its_wait_and_its_requests(page: Page) {
    let demo = open_lab(page).await;
    demo.server.faults().unavailable(1, None);
    demo.page.click("fault-drop").await;
    demo.wait_for_bands("feed", &["idle", "connecting", "open", "reconnecting", "open"]).await;
    assert_eq!(
        demo.marks("feed").await,
        ["request 200", "error network", "retry", "request 503", "error status 503", "retry", "request 200"],
    );
    let summary: String =
        demo.page.run("return document.querySelector('[data-testid=lane-feed] [role=img]').ariaLabel").await;
    assert_eq!(summary, "feed: open. In the last minute: 3 requests, 2 errors.");
}

async fn a_token_refresh_is_marked_between_the_refused_and_the_accepted_request(page: Page) {
    let demo = open_lab(page).await;
    demo.sign_in().await;
    demo.server.faults().expire_tokens();
    demo.ask("What is a token?").await;
    demo.expect_the_whole_answer("What is a token?").await;
    demo.wait_for_bands("chat", &["idle", "connecting", "open", "closed"]).await;
    assert_eq!(demo.marks("chat").await, ["request 401", "refresh", "request 200"]);
}

async fn a_paused_feed_shows_nothing_until_it_is_resumed(page: Page) {
    let demo = open_lab(page).await;
    let before = demo.server.log().notify("before", "");
    demo.expect_notifications(&[before]).await;
    demo.page.click("feed-pause").await;
    demo.page.wait_for_text("feed-state", "Paused").await;
    let meanwhile = demo.server.log().notify("meanwhile", "");

    // By the time a whole answer has come, the notification would have come, too.
    demo.sign_in().await;
    demo.ask("hello").await;
    demo.wait_for_phase("done").await;
    assert_eq!(demo.page.text("answer-text").await, said("hello").await.concat());
    demo.expect_notifications(&[before]).await;

    demo.page.click("feed-pause").await;
    demo.expect_notifications(&[before, meanwhile]).await;
    demo.page.wait_for_text("feed-state", "Open").await;
    demo.page.wait_until("part('lane-feed').querySelector('.band[data-state=paused]')").await;
    demo.expect_never_two_streams();
}

async fn going_offline_is_drawn_and_spends_no_attempt(page: Page) {
    let demo = open_lab(page).await;
    let before = demo.server.log().notify("before", "");
    demo.expect_notifications(&[before]).await;
    demo.page.click("client-offline").await;
    demo.wait_for_bands("page", &["visible", "offline"]).await;
    demo.page.click("fault-drop").await;
    demo.page.wait_for_text("feed-state", "Reconnecting").await;
    let meanwhile = demo.server.log().notify("meanwhile", "");

    demo.page.click("client-offline").await;
    demo.wait_for_bands("page", &["visible", "offline", "visible"]).await;
    demo.page.wait_for_text("feed-state", "Open").await;
    assert_eq!(demo.page.text("feed-attempt").await, "0");
    assert!(!demo.marks("feed").await.contains(&"retry".to_owned()));
    demo.expect_notifications(&[before, meanwhile]).await;
}

async fn an_aborted_feed_goes_on_when_it_is_connected_again(page: Page) {
    let demo = open_lab(page).await;
    let before = demo.server.log().notify("before", "");
    demo.expect_notifications(&[before]).await;
    demo.page.click("client-abort").await;
    demo.page.wait_for_text("feed-reason", "aborted").await;
    soon("the feed's stream is closed", demo.server.wait_open_streams(0)).await;
    let meanwhile = demo.server.log().notify("meanwhile", "");

    demo.page.click("feed-connect").await;
    demo.expect_notifications(&[before, meanwhile]).await;
    demo.expect_never_two_streams();
}

async fn what_is_pointed_at_or_focused_is_told_in_words(page: Page) {
    let demo = open_lab(page).await;
    demo.page.act("document.querySelector('[data-testid=lane-feed] .lane-picture').focus()").await;
    demo.page.wait_until("part('timeline-readout').textContent.includes('feed: open for ')").await;
    let press =
        "document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowLeft', bubbles: true }))";
    demo.page.act(press).await;
    demo.page
        .wait_until("part('timeline-readout').textContent.endsWith('feed: request, attempt 0: answered 200')")
        .await;

    let point = "
        const error = document.querySelector('[data-testid=lane-feed] [data-mark=error]');
        error.scrollIntoView({ block: 'center' });
        const { x, y, width, height } = error.getBoundingClientRect();
        document.elementFromPoint(x + width / 2, y + height / 2).dispatchEvent(new PointerEvent('pointerover', { bubbles: true }));";
    demo.page.click("fault-drop").await;
    demo.page.wait_until("part('lane-feed').querySelector('[data-mark=error]')").await;
    demo.page.act(point).await;
    demo.page.wait_until("part('timeline-readout').textContent.endsWith(' (network)')").await;
}
