//! Every situation in which a session waits for its next input.

use sse_fetch::session::{Code, Config, Input, Reconnect, State, Token};

use crate::simulated_client::{STREAM, SimulatedClient, Stage, error_page, is_repeatable};

use Progress::{
    Authorizing, CoolingDown, Paused, ReadingErrorBody, Refreshing, RefreshingExpired, Requesting, Streaming,
    Suspended, Validating,
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
    Suspended,
    /// The last request was aborted less than the cooldown ago.
    CoolingDown,
    /// The application is asked for a token.
    Authorizing,
    /// The token has expired.
    RefreshingExpired,
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
        Suspended,
        CoolingDown,
        Authorizing,
        RefreshingExpired,
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

    /// A client in this situation. The events that led there were taken.
    pub fn client(self, mut config: Config) -> SimulatedClient {
        let repeats = is_repeatable(&config);
        match self.progress() {
            Some(Validating) => config.has_validate = true,
            Some(Authorizing) => config.has_token_provider = true,
            Some(RefreshingExpired) => (config.has_token_provider, config.can_refresh_token) = (true, true),
            Some(Refreshing) => config.can_refresh_token = true,
            Some(Suspended | CoolingDown) => config.close_when_hidden = true,
            _ => {}
        }
        let mut client = SimulatedClient::new(config);
        match self {
            Self::Idle => {}
            Self::First(progress) => make(progress, &mut client, |client| client.happens(Input::Connect)),
            Self::Waiting => lose(&mut client, repeats),
            Self::WaitingOffline => {
                client.happens(Input::Offline);
                lose(&mut client, repeats);
            }
            Self::Again(progress) => {
                lose(&mut client, repeats);
                make(progress, &mut client, |client| {
                    client.waits();
                });
            }
            Self::Closed => {
                client.happens(Input::Connect);
                client.happens(Input::Disconnect);
            }
        }
        assert_eq!(client.state(), self.state(), "{self:?}");
        client.events();
        client
    }
}

/// The first attempt fails, and another one follows.
fn lose(client: &mut SimulatedClient, repeats: bool) {
    client.happens(Input::Connect);
    if repeats || client.stage() == Some(Stage::Asked) {
        client.fails(Code::Network);
    } else {
        client.answers(error_page(429));
    }
}

/// Brings an attempt to this point. `begin` starts it.
fn make(progress: Progress, client: &mut SimulatedClient, begin: impl Fn(&mut SimulatedClient)) {
    if progress == Suspended {
        client.happens(Input::Hidden);
    }
    begin(client);
    if !matches!(progress, Authorizing | RefreshingExpired) {
        client.gives_token();
    }
    let request = client.current();
    match progress {
        CoolingDown => {
            client.happens(Input::Hidden);
            client.happens(Input::Visible);
        }
        RefreshingExpired => client.happens(Input::Token(request, Token::Expired)),
        Refreshing => client.happens(Input::Head(request, error_page(401))),
        Validating => client.happens(Input::Head(request, STREAM)),
        ReadingErrorBody => client.happens(Input::Head(request, error_page(404))),
        Streaming => begin_stream(client),
        Paused => {
            begin_stream(client);
            client.happens(Input::Pause);
        }
        Authorizing | Requesting | Suspended => {}
    }
}

fn begin_stream(client: &mut SimulatedClient) {
    client.answers(STREAM);
    if client.is_validating() {
        client.happens(Input::Validated(client.current(), true));
    }
}
