//! The handle of a session that the npm package uses: it gets numbers, and behaves like a session that gets inputs.

#![allow(clippy::cast_possible_truncation)] // small numbers

use sse_fetch::bindings::SessionHandle;
use sse_fetch::bindings::numbers::{self, FieldNumber, InputNumber};
use sse_fetch::session::{AttemptId, Config, Head, Input, Session, Step};
use wasm_bindgen_test::wasm_bindgen_test;

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

#[wasm_bindgen_test]
fn a_handle_that_gets_numbers_behaves_like_a_session_that_gets_inputs() {
    for seed in 1..=300 {
        let mut random = Random(seed);
        let mut twin = Twin::new(&mut random);
        for _ in 0..300 {
            twin.live(&mut random);
        }
    }
}

#[wasm_bindgen_test]
fn a_number_beyond_the_inputs_has_no_effect() {
    let mut handle = SessionHandle::new(0.0, true);
    for number in [InputNumber::ALL.len() as u32, 1000, u32::MAX] {
        handle.handle(0.0, number, 0, 0.0);
        assert_eq!((handle.wants(), handle.poll_event(), handle.state()), (0, 0, 0), "{number}");
    }
}

/// A handle and a session with the same life.
struct Twin {
    handle: SessionHandle,
    session: Session,
    now: u32,
}

impl Twin {
    fn new(random: &mut Random) -> Self {
        let is_get_or_head = random.below(2) == 0;
        let mut config = Config { seed: 0.25_f64.to_bits(), ..Config::new(is_get_or_head) };
        let mut handle = SessionHandle::new(0.25, is_get_or_head);
        for option in 0..numbers::OPTIONS.len() as u32 {
            // 0 to 2 means something for every option; most times are longer.
            let value = f64::from(if random.below(2) == 0 { random.below(3) } else { random.below(900) });
            numbers::set_option(&mut config, option, value);
            handle.set_option(option, value);
        }
        Self { handle, session: Session::new(config), now: 0 }
    }

    /// The same thing happens to both.
    fn live(&mut self, random: &mut Random) {
        self.now += random.below(1500);
        let now = f64::from(self.now);
        let current = self.session.wants().attempt.map_or(0, |attempt| attempt.id.0);
        // Sometimes it is about an attempt that is over.
        let id = if random.below(20) == 0 { current.wrapping_sub(1) } else { current };
        if random.below(3) == 0 {
            let status = [200, 200, 200, 204, 401, 404, 503][random.below(7) as usize];
            let head = Head {
                status,
                event_stream: random.below(8) > 0,
                retry_after: [None, Some(300)][random.below(2) as usize],
            };
            let retry_after = if head.retry_after.is_some() { 300.0 } else { -1.0 };
            self.handle.head(now, id, status.into(), head.event_stream, retry_after);
            self.session.handle(self.now.into(), Input::Head(AttemptId(id), head));
        } else {
            let number = random.below(InputNumber::ALL.len() as u32);
            let detail = f64::from(random.below(12)) - 3.0;
            self.handle.handle(now, number, id, detail);
            if let Some(input) = numbers::input(number, AttemptId(id), detail) {
                self.session.handle(self.now.into(), input);
            }
        }
        self.compare();
    }

    fn compare(&mut self) {
        assert_eq!(self.handle.state(), self.session.state() as u32);
        assert_eq!(self.handle.retry_count(), self.session.retry_count());
        while let Some(event) = self.session.poll_event() {
            let mut fields = numbers::Fields::default();
            let number = numbers::event(event, &mut fields);
            assert_eq!((self.handle.poll_event(), self.fields()), (number, fields), "{event:?}");
        }
        assert_eq!(self.handle.poll_event(), 0);
        let wants = self.session.wants();
        let mut fields = numbers::Fields::default();
        let step = numbers::wants(wants, &mut fields);
        assert_eq!((self.handle.wants(), self.fields()), (step as u32, fields), "{wants:?}");
        if let Some(attempt) = wants.attempt {
            assert_eq!(self.handle.field(FieldNumber::Id as usize).to_bits(), f64::from(attempt.id.0).to_bits());
            assert_eq!(self.handle.field(FieldNumber::Code as usize) >= 0.0, matches!(attempt.step, Step::Decide(_)));
        }
    }

    fn fields(&self) -> numbers::Fields {
        core::array::from_fn(|place| self.handle.field(place))
    }
}
