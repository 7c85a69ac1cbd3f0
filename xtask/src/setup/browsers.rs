//! Browsers and their drivers: installed with apt on Debian where that is allowed, elsewhere found or asked
//! for. (geckodriver is compiled, see `tools`: Debian has no package of it.)

use std::env::consts;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Result, bail};

use super::find_on_path;
use crate::engine::Engine;
use crate::step::{Console, Step};
use crate::workspace::Workspace;

/// A program that tests and benchmarks start, and where it comes from.
struct Program {
    /// What a person calls it.
    title: &'static str,
    /// Its names on `PATH`.
    names: &'static [&'static str],
    /// Where macOS keeps it instead.
    bundle: Option<&'static str>,
    debian: &'static str,
    /// `None` where Homebrew has nothing that would do.
    homebrew: Option<&'static str>,
    /// Where to get it when there is no package manager to name.
    website: &'static str,
}

const CHROMIUM: Program = Program {
    title: "Chromium or Chrome",
    names: &["chromium", "google-chrome", "google-chrome-stable", "chrome"],
    bundle: Some("/Applications/Google Chrome.app"),
    debian: "chromium",
    homebrew: Some("--cask google-chrome"),
    website: "https://www.google.com/chrome",
};

const CHROMEDRIVER: Program = Program {
    title: "chromedriver of the same version",
    names: &["chromedriver"],
    bundle: None,
    debian: "chromium-driver",
    homebrew: Some("--cask chromedriver"),
    website: "https://googlechromelabs.github.io/chrome-for-testing",
};

const FIREFOX: Program = Program {
    title: "Firefox",
    names: &["firefox"],
    bundle: Some("/Applications/Firefox.app"),
    debian: "firefox-esr",
    homebrew: Some("--cask firefox"),
    website: "https://www.mozilla.org/firefox",
};

/// Its package brings the browser for tests along.
const WEBKIT_DRIVER: Program = Program {
    title: "WebKitGTK with its WebDriver",
    names: &["WebKitWebDriver"],
    bundle: None,
    debian: "webkit2gtk-driver",
    homebrew: None,
    website: "https://webkitgtk.org",
};

/// `WebKitGTK` has no mode without a display.
const XVFB: Program = Program {
    title: "Xvfb",
    names: &["Xvfb"],
    bundle: None,
    debian: "xvfb",
    homebrew: None,
    website: "https://www.x.org",
};

/// What an engine's tests need to be installed.
fn programs(engine: Engine) -> &'static [Program] {
    match engine {
        Engine::Chromium => &[CHROMIUM, CHROMEDRIVER],
        Engine::Firefox => &[FIREFOX],
        Engine::WebKit => &[WEBKIT_DRIVER, XVFB],
    }
}

/// The kinds of system that are told different things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Platform {
    /// Debian and what derives from it and packages browsers for apt.
    Debian,
    /// Ubuntu, whose apt packages of browsers only point to the snap store.
    Ubuntu,
    MacOs,
    Other,
}

impl Platform {
    fn current() -> Self {
        let os_release = fs::read_to_string("/etc/os-release").unwrap_or_default();
        Self::of(consts::OS, &os_release)
    }

    fn of(os: &str, os_release: &str) -> Self {
        let names_family = |name: &str| {
            os_release.lines().any(|line| {
                let value = line.strip_prefix("ID=").or_else(|| line.strip_prefix("ID_LIKE="));
                value.is_some_and(|ids| ids.trim_matches('"').split(' ').any(|id| id == name))
            })
        };
        match os {
            "macos" => Self::MacOs,
            "linux" if names_family("ubuntu") => Self::Ubuntu,
            "linux" if names_family("debian") => Self::Debian,
            _ => Self::Other,
        }
    }
}

/// Makes sure that the browsers of these engines and their drivers are installed.
pub fn provide(workspace: &Workspace, console: &mut Console, engines: &[Engine]) -> Result<()> {
    let missing: Vec<&Program> =
        engines.iter().flat_map(|engine| programs(*engine)).filter(|program| !is_installed(program)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let platform = Platform::current();
    match apt_rights() {
        Some(rights) if platform == Platform::Debian => install(workspace, console, rights, &missing),
        _ => bail!(advice(platform, &missing)),
    }
}

fn is_installed(program: &Program) -> bool {
    program.names.iter().any(|name| find_on_path(name).is_some())
        || program.bundle.is_some_and(|bundle| Path::new(bundle).exists())
}

/// What stands before `apt-get` so that it may install, if there is a way that asks for no password.
fn apt_rights() -> Option<&'static [&'static str]> {
    find_on_path("apt-get")?;
    let answers = |program: &str, arguments: &[&str], answer: &[u8]| {
        let output = Command::new(program).args(arguments).stdin(Stdio::null()).output();
        output.is_ok_and(|output| output.status.success() && output.stdout.trim_ascii() == answer)
    };
    if answers("id", &["-u"], b"0") {
        Some(&["env"])
    } else if answers("sudo", &["-n", "true"], b"") {
        Some(&["sudo", "-n", "env"])
    } else {
        None
    }
}

fn install(workspace: &Workspace, console: &mut Console, rights: &[&str], missing: &[&Program]) -> Result<()> {
    let apt_get = |arguments: &[&str]| {
        let mut command = workspace.command(rights[0]);
        command.args(&rights[1..]).args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]);
        // Another apt may be at work: wait for it instead of failing.
        command.args(["-o", "DPkg::Lock::Timeout=300"]).args(arguments);
        command
    };
    let update = Step::new("apt-get update", "Fetching the list of Debian packages");
    console.run(update.takes("about 10 s"), apt_get(&["update"]))?;

    let packages: Vec<_> = missing.iter().map(|program| program.debian).collect();
    let step = Step::new("browsers", format!("Installing {}", packages.join(", ")));
    let mut command = apt_get(&["install", "--yes", "--no-install-recommends"]);
    command.args(&packages);
    console.run(step.takes("about 1 min"), command)
}

/// What a person has to do for these programs on this system.
fn advice(platform: Platform, missing: &[&Program]) -> String {
    let each = |of: fn(&Program) -> &'static str| -> Vec<_> { missing.iter().map(|program| of(program)).collect() };
    let titles = each(|program| program.title).join(", ");
    let how = match platform {
        Platform::Debian => format!(
            "neither root nor password-less sudo here, so please run\n  sudo apt-get install {}",
            each(|program| program.debian).join(" ")
        ),
        Platform::MacOs if missing.iter().all(|program| program.homebrew.is_some()) => {
            let commands: Vec<_> = missing.iter().filter_map(|program| program.homebrew).collect();
            format!("please run\n  brew install {}", commands.join("\n  brew install "))
        }
        Platform::MacOs | Platform::Ubuntu | Platform::Other => {
            let place = |program: &&Program| {
                format!("{} from {} (on the PATH as {})", program.title, program.website, program.names.join(" or "))
            };
            let places: Vec<_> = missing.iter().map(place).collect();
            format!("please install\n  {}", places.join("\n  "))
        }
    };
    format!(
        "tests and benchmarks need {titles}: {how}\nthen run the same command again (or pick other browsers with --engine)"
    )
}

#[cfg(test)]
mod tests {
    use super::{CHROMEDRIVER, CHROMIUM, FIREFOX, Platform, WEBKIT_DRIVER, advice};

    #[test]
    fn debian_and_its_derivatives_install_with_apt() {
        assert_eq!(Platform::of("linux", "NAME=x\nID=debian\n"), Platform::Debian);
        assert_eq!(Platform::of("linux", "ID=kali\nID_LIKE=debian\n"), Platform::Debian);
    }

    #[test]
    fn ubuntu_is_told_apart_from_debian() {
        assert_eq!(Platform::of("linux", "ID=ubuntu\nID_LIKE=debian\n"), Platform::Ubuntu);
        let mint = "ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n";
        assert_eq!(Platform::of("linux", mint), Platform::Ubuntu);
    }

    #[test]
    fn other_systems_are_recognised() {
        assert_eq!(Platform::of("linux", "ID=fedora\n"), Platform::Other);
        assert_eq!(Platform::of("linux", "VERSION_ID=debian\n"), Platform::Other);
        assert_eq!(Platform::of("macos", ""), Platform::MacOs);
        assert_eq!(Platform::of("windows", ""), Platform::Other);
    }

    #[test]
    fn the_advice_names_the_command_to_type() {
        let debian = advice(Platform::Debian, &[&CHROMIUM, &CHROMEDRIVER]);
        assert!(debian.contains("sudo apt-get install chromium chromium-driver"), "{debian}");
        let macos = advice(Platform::MacOs, &[&CHROMEDRIVER, &FIREFOX]);
        assert!(macos.contains("brew install --cask chromedriver\n"), "{macos}");
        assert!(macos.contains("brew install --cask firefox\n"), "{macos}");
    }

    #[test]
    fn the_advice_says_where_programs_come_from_without_a_package_manager() {
        let other = advice(Platform::Other, &[&CHROMEDRIVER]);
        assert!(other.contains("chromedriver of the same version from https://"), "{other}");
    }

    #[test]
    fn what_homebrew_lacks_is_not_asked_of_it() {
        let macos = advice(Platform::MacOs, &[&FIREFOX, &WEBKIT_DRIVER]);
        assert!(!macos.contains("brew"), "{macos}");
        assert!(macos.contains("WebKitGTK with its WebDriver from https://"), "{macos}");
    }
}
