//! The browser engines the tests run in. Adding one: its variant here, what it needs in `setup::browsers`.

use std::fmt;

use anyhow::{Result, ensure};
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
    /// The engines tests can run in today, which are the default of `--engine`.
    pub const AVAILABLE: [Self; 2] = [Self::Chromium, Self::Firefox];

    /// The flag that makes `wasm-pack test` use this engine.
    pub fn wasm_pack_flag(self) -> &'static str {
        match self {
            Self::Chromium => "--chrome",
            Self::Firefox => "--firefox",
            Self::WebKit => "--safari",
        }
    }
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

/// Refuses engines that are known by name but have no driver yet.
pub fn require_available(engines: &[Engine]) -> Result<()> {
    for engine in engines {
        ensure!(
            Engine::AVAILABLE.contains(engine),
            "tests in {engine} follow in a later version; today `--engine` takes {}",
            listed(&Engine::AVAILABLE)
        );
    }
    Ok(())
}

/// The engines' names as `--engine` takes them: `chromium,firefox`.
pub fn listed(engines: &[Engine]) -> String {
    let names: Vec<_> = engines.iter().map(Engine::to_string).collect();
    names.join(",")
}

#[cfg(test)]
mod tests {
    use super::{Engine, listed, require_available};
    use clap::ValueEnum;

    #[test]
    fn every_engine_is_parsed_from_the_name_it_prints() {
        for engine in Engine::value_variants() {
            assert_eq!(Engine::from_str(&engine.to_string(), false), Ok(*engine));
        }
    }

    #[test]
    fn asking_for_webkit_says_that_it_follows_later() {
        let refused = require_available(&[Engine::Chromium, Engine::WebKit]).unwrap_err();
        let message = refused.to_string();
        assert!(message.contains("webkit follow in a later"), "{message}");
        assert!(message.contains("chromium,firefox"), "{message}");
    }

    #[test]
    fn available_engines_are_accepted() {
        assert!(require_available(&Engine::AVAILABLE).is_ok());
        assert_eq!(listed(&Engine::AVAILABLE), "chromium,firefox");
    }
}
