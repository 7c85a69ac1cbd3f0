//! Whatever a stream is doing when it is dropped, nothing of it is left: no request, timer, listener or rejected promise.

use std::task::Poll;
use std::time::Duration;

use futures_util::{StreamExt as _, poll};
use sse_fetch::{EventStream, SharedAuth};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::fixture::{Call, Page, turn};

/// A small generator (xorshift), so that a failure can be repeated.
struct Random(u32);

impl Random {
    fn below(&mut self, bound: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0 % bound
    }
}

/// How many things happen to a stream at most.
const STEPS: u32 = 40;

#[wasm_bindgen_test]
async fn a_stream_that_is_dropped_at_any_moment_leaves_nothing_behind() {
    let mut stages = [0; 6];
    for seed in 1..=250 {
        let mut random = Random(2_654_435_761_u32.wrapping_mul(seed));
        let page = Page::new();
        let mut events = open(&mut random);
        let handle = events.handle();
        let mut calls = Vec::new();
        for _ in 0..random.below(STEPS) {
            step(&page, &mut random, &mut events, &mut calls).await;
        }
        stages[handle.state() as usize] += 1;
        drop(events);
        for (call, is_over) in &calls {
            assert!(call.is_aborted() || *is_over, "seed {seed}");
        }
        while let Some(call) = page.take_call() {
            assert!(call.is_aborted(), "seed {seed}");
        }
        assert_eq!(page.listeners(), 0, "seed {seed}");
        assert!(page.delays().is_empty(), "seed {seed}: {:?}", page.delays());
        turn().await;
        turn().await;
        assert!(page.take_call().is_none(), "seed {seed}");
        page.assert_clean();
    }
    // The seeds cover every state.
    assert!(stages.iter().all(|count| *count > 0), "{stages:?}");
}

fn open(random: &mut Random) -> EventStream {
    let auth = SharedAuth::new(async |_| {
        turn().await;
        Ok::<_, String>("token".to_string())
    })
    .refresh_with(async |_| {
        turn().await;
        Ok::<_, String>("new token".to_string())
    });
    let request = if random.below(2) == 0 { sse_fetch::get("/a") } else { sse_fetch::post("/a").max_reconnects(9) };
    let request = if random.below(2) == 0 { request.auth(&auth) } else { request };
    let request = if random.below(3) == 0 { request.until("end") } else { request };
    request.idle_timeout(Duration::from_secs(5)).close_when_hidden(true).open()
}

/// Something happens to the stream. `calls` are those that were answered, and whether each is over.
async fn step(page: &Page, random: &mut Random, events: &mut EventStream, calls: &mut Vec<(Call, bool)>) {
    match random.below(12) {
        0..=3 => {
            let _: Poll<_> = poll!(events.next());
        }
        4 | 5 => turn().await,
        6 => page.advance(random.below(2500)),
        7 => {
            let handle = events.handle();
            match random.below(12) {
                0 => handle.close(),
                1 | 2 => handle.reconnect(),
                3..=5 => handle.pause(),
                _ => handle.resume(),
            }
        }
        8 if random.below(3) == 0 => match random.below(6) {
            0 => page.set_online(false),
            1 => page.set_hidden(true),
            2 => page.set_cached(true),
            3 => page.set_hidden(false),
            4 => page.set_cached(false),
            _ => page.set_online(true),
        },
        9 => {
            if let Some((call, is_over)) = calls.last_mut().filter(|(call, is_over)| !is_over && !call.is_aborted()) {
                match random.below(5) {
                    0 => {
                        call.end();
                        *is_over = true;
                    }
                    1 => {
                        call.cut();
                        *is_over = true;
                    }
                    2 => call.send("data: end\n\n"),
                    _ => call.send("id: 1\ndata: a\n\ndata: b\n\ndata: unfin"),
                }
            }
        }
        _ => {
            if let Some(call) = page.take_call().filter(|call| !call.is_aborted()) {
                let is_over = match random.below(6) {
                    0 => {
                        call.respond(401, &[], Some("no"));
                        true
                    }
                    1 => {
                        call.respond(503, &[("retry-after", "1")], Some("later"));
                        true
                    }
                    2 => {
                        call.refuse();
                        true
                    }
                    _ => {
                        call.open();
                        false
                    }
                };
                calls.push((call, is_over));
            }
        }
    }
}
