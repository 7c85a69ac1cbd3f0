//! Every situation a session can come to rest in.

use sse_fetch::session::{Code, Config, Input, State};

use crate::world::{STREAM, World, error_page};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Situation {
    Idle,
    Requesting,
    Validating,
    ReadingErrorBody,
    Streaming,
    Waiting,
    RequestingAgain,
    ValidatingAgain,
    ReadingErrorBodyAgain,
    StreamingAgain,
    Closed,
}

impl Situation {
    pub const ALL: [Self; 11] = [
        Self::Idle,
        Self::Requesting,
        Self::Validating,
        Self::ReadingErrorBody,
        Self::Streaming,
        Self::Waiting,
        Self::RequestingAgain,
        Self::ValidatingAgain,
        Self::ReadingErrorBodyAgain,
        Self::StreamingAgain,
        Self::Closed,
    ];

    pub fn state(self) -> State {
        match self {
            Self::Idle => State::Idle,
            Self::Requesting | Self::Validating | Self::ReadingErrorBody => State::Connecting,
            Self::Streaming | Self::StreamingAgain => State::Open,
            Self::Waiting | Self::RequestingAgain | Self::ValidatingAgain | Self::ReadingErrorBodyAgain => {
                State::Reconnecting
            }
            Self::Closed => State::Closed,
        }
    }

    /// A world in this situation, of which nothing has been looked at yet but what led there.
    pub fn world(self, mut config: Config) -> World {
        config.validates |= matches!(self, Self::Validating | Self::ValidatingAgain);
        let mut world = World::new(config);
        if self == Self::Idle {
            return world;
        }
        world.happens(Input::Connect);
        if self.is_later() {
            world.fails(Code::Network);
            if self != Self::Waiting {
                world.waits();
            }
        }
        match self {
            Self::Validating | Self::ValidatingAgain => world.happens(Input::Head(world.current(), STREAM)),
            Self::ReadingErrorBody | Self::ReadingErrorBodyAgain => {
                world.happens(Input::Head(world.current(), error_page(404)));
            }
            Self::Streaming | Self::StreamingAgain => begin_stream(&mut world),
            Self::Closed => world.happens(Input::Disconnect),
            Self::Idle | Self::Requesting | Self::Waiting | Self::RequestingAgain => {}
        }
        assert_eq!(world.state(), self.state());
        world.notices();
        world
    }

    fn is_later(self) -> bool {
        matches!(
            self,
            Self::Waiting
                | Self::RequestingAgain
                | Self::ValidatingAgain
                | Self::ReadingErrorBodyAgain
                | Self::StreamingAgain
        )
    }
}

fn begin_stream(world: &mut World) {
    world.answers(STREAM);
    if world.is_judging_response() {
        world.happens(Input::Validated(world.current(), true));
    }
}
