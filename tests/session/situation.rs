//! Every situation a session can come to rest in.

use sse_fetch::session::{Code, Config, Input, Reconnect, State, Token};

use crate::world::{STREAM, Stage, World, error_page, is_repeatable};

use Progress::{
    Authorizing, Paused, ReadingErrorBody, Refreshing, Renewing, Requesting, Resting, Settling, Streaming, Validating,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Situation {
    Idle,
    /// On the way to the first stream, or in it.
    First(Progress),
    /// An attempt has failed, and another will be made.
    Waiting,
    WaitingOffline,
    /// On the way to another stream, or in it.
    Again(Progress),
    Closed,
}

/// How far an attempt has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// The page is away.
    Resting,
    /// The last request was broken off a moment ago.
    Settling,
    /// The application is asked for a token.
    Authorizing,
    /// The token has expired.
    Renewing,
    Requesting,
    /// The server has refused the token.
    Refreshing,
    Validating,
    ReadingErrorBody,
    Streaming,
    Paused,
}

impl Progress {
    const ALL: [Self; 10] = [
        Resting,
        Settling,
        Authorizing,
        Renewing,
        Requesting,
        Refreshing,
        Validating,
        ReadingErrorBody,
        Streaming,
        Paused,
    ];
}

impl Situation {
    pub fn all() -> impl Iterator<Item = Self> {
        let others = [Self::Idle, Self::Waiting, Self::WaitingOffline, Self::Closed];
        others.into_iter().chain(Progress::ALL.into_iter().flat_map(Self::both))
    }

    /// For the first time, and again.
    pub fn both(progress: Progress) -> [Self; 2] {
        [Self::First(progress), Self::Again(progress)]
    }

    pub fn state(self) -> State {
        match self {
            Self::Idle => State::Idle,
            Self::First(Streaming) | Self::Again(Streaming) => State::Open,
            Self::First(Paused) | Self::Again(Paused) => State::Paused,
            Self::First(_) => State::Connecting,
            Self::Waiting | Self::WaitingOffline | Self::Again(_) => State::Reconnecting,
            Self::Closed => State::Closed,
        }
    }

    pub fn progress(self) -> Option<Progress> {
        match self {
            Self::First(progress) | Self::Again(progress) => Some(progress),
            Self::Idle | Self::Waiting | Self::WaitingOffline | Self::Closed => None,
        }
    }

    /// Whether a session with this config can get into this situation.
    pub fn is_possible(self, config: &Config) -> bool {
        match self {
            Self::Idle | Self::First(_) | Self::Closed => true,
            Self::WaitingOffline => is_repeatable(config),
            Self::Waiting | Self::Again(_) => config.reconnect != Reconnect::Never,
        }
    }

    /// A world in this situation, of which nothing has been looked at yet but what led there.
    pub fn world(self, mut config: Config) -> World {
        let repeats = is_repeatable(&config);
        match self.progress() {
            Some(Validating) => config.validates = true,
            Some(Authorizing) => config.asks_token = true,
            Some(Renewing) => (config.asks_token, config.refreshes_token) = (true, true),
            Some(Refreshing) => config.refreshes_token = true,
            Some(Resting | Settling) => config.close_when_hidden = true,
            _ => {}
        }
        let mut world = World::new(config);
        match self {
            Self::Idle => {}
            Self::First(progress) => make(progress, &mut world, |world| world.happens(Input::Connect)),
            Self::Waiting => lose(&mut world, repeats),
            Self::WaitingOffline => {
                world.happens(Input::Offline);
                lose(&mut world, repeats);
            }
            Self::Again(progress) => {
                lose(&mut world, repeats);
                make(progress, &mut world, |world| {
                    world.waits();
                });
            }
            Self::Closed => {
                world.happens(Input::Connect);
                world.happens(Input::Disconnect);
            }
        }
        assert_eq!(world.state(), self.state(), "{self:?}");
        world.events();
        world
    }
}

/// The first attempt fails, and another one follows.
fn lose(world: &mut World, repeats: bool) {
    world.happens(Input::Connect);
    if repeats || world.stage() == Some(Stage::Asked) {
        world.fails(Code::Network);
    } else {
        world.answers(error_page(429));
    }
}

/// Brings an attempt so far; `begin` makes it.
fn make(progress: Progress, world: &mut World, begin: impl Fn(&mut World)) {
    if progress == Resting {
        world.happens(Input::Hidden);
    }
    begin(world);
    if !matches!(progress, Authorizing | Renewing) {
        world.gives_token();
    }
    let request = world.current();
    match progress {
        Settling => {
            world.happens(Input::Hidden);
            world.happens(Input::Visible);
        }
        Renewing => world.happens(Input::Token(request, Token::Expired)),
        Refreshing => world.happens(Input::Head(request, error_page(401))),
        Validating => world.happens(Input::Head(request, STREAM)),
        ReadingErrorBody => world.happens(Input::Head(request, error_page(404))),
        Streaming => begin_stream(world),
        Paused => {
            begin_stream(world);
            world.happens(Input::Pause);
        }
        Authorizing | Requesting | Resting => {}
    }
}

fn begin_stream(world: &mut World) {
    world.answers(STREAM);
    if world.is_judging_response() {
        world.happens(Input::Validated(world.current(), true));
    }
}
