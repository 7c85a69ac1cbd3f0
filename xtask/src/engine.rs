//! The browser engines that tests and benchmarks run in. Adding one: its variant here, what it needs in `setup::browsers`.

use std::fmt;

use clap::ValueEnum;

/// A browser engine, by the name `--engine` takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Engine {
    Chromium,
    Firefox,
    #[value(name = "webkit")]
    WebKit,
}

impl Engine {
    /// Every engine, in the order of tables.
    pub const ALL: [Self; 3] = [Self::Chromium, Self::Firefox, Self::WebKit];
}

impl fmt::Display for Engine {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Chromium => "chromium",
            Self::Firefox => "firefox",
            Self::WebKit => "webkit",
        })
    }
}

/// The engines' names as `--engine` takes them: `chromium,firefox`.
pub fn listed(engines: &[Engine]) -> String {
    let names: Vec<_> = engines.iter().map(Engine::to_string).collect();
    names.join(",")
}

#[cfg(test)]
mod tests {
    use super::{Engine, listed};
    use clap::ValueEnum;

    #[test]
    fn every_engine_is_parsed_from_the_name_it_prints() {
        for engine in Engine::value_variants() {
            assert_eq!(Engine::from_str(&engine.to_string(), false), Ok(*engine));
        }
    }

    #[test]
    fn engines_are_listed_as_the_option_takes_them() {
        assert_eq!(listed(&[Engine::Chromium, Engine::Firefox]), "chromium,firefox");
    }
}
