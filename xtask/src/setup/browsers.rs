//! Browsers and their drivers: installed with apt on Debian where that is allowed, elsewhere found or asked
//! for. (geckodriver is compiled, see `tools`: Debian has no package of it.)

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
    /// Where to get it elsewhere.
    website: &'static str,
}

const CHROMIUM: Program = Program {
    title: "Chromium or Chrome",
    names: &["chromium", "google-chrome", "google-chrome-stable", "chrome"],
    bundle: Some("/Applications/Google Chrome.app"),
    debian: "chromium",
    website: "https://www.google.com/chrome",
};

const CHROMEDRIVER: Program = Program {
    title: "chromedriver of the same version",
    names: &["chromedriver"],
    bundle: None,
    debian: "chromium-driver",
    website: "https://googlechromelabs.github.io/chrome-for-testing",
};

/// The tests take less time in it. Elsewhere they run in the browser.
const HEADLESS_SHELL: Program = Program {
    title: "Chromium's headless shell",
    names: &["chromium-headless-shell"],
    bundle: None,
    debian: "chromium-headless-shell",
    website: "https://www.debian.org",
};

const FIREFOX: Program = Program {
    title: "Firefox",
    names: &["firefox"],
    bundle: Some("/Applications/Firefox.app"),
    debian: "firefox-esr",
    website: "https://www.mozilla.org/firefox",
};

/// Its package brings the browser for tests along.
const WEBKIT_DRIVER: Program = Program {
    title: "WebKitGTK with its WebDriver",
    names: &["WebKitWebDriver"],
    bundle: None,
    debian: "webkit2gtk-driver",
    website: "https://webkitgtk.org",
};

/// `WebKitGTK` has no mode without a display.
const XVFB: Program =
    Program { title: "Xvfb", names: &["Xvfb"], bundle: None, debian: "xvfb", website: "https://www.x.org" };

/// What an engine's tests need to be installed.
fn programs(engine: Engine, is_debian: bool) -> &'static [Program] {
    match engine {
        Engine::Chromium if is_debian => &[CHROMIUM, CHROMEDRIVER, HEADLESS_SHELL],
        Engine::Chromium => &[CHROMIUM, CHROMEDRIVER],
        Engine::Firefox => &[FIREFOX],
        Engine::WebKit => &[WEBKIT_DRIVER, XVFB],
    }
}

/// Whether a system, by its `/etc/os-release`, has Debian's packages of browsers. Those of Ubuntu only point to the snap store.
fn is_debian(os_release: &str) -> bool {
    let ids = os_release.lines().filter_map(|line| line.strip_prefix("ID=").or_else(|| line.strip_prefix("ID_LIKE=")));
    let families: Vec<_> = ids.flat_map(|ids| ids.trim_matches('"').split(' ')).collect();
    families.contains(&"debian") && !families.contains(&"ubuntu")
}

/// Makes sure that the browsers of these engines and their drivers are installed.
pub fn provide(workspace: &Workspace, console: &mut Console, engines: &[Engine]) -> Result<()> {
    let is_debian = is_debian(&fs::read_to_string("/etc/os-release").unwrap_or_default());
    let programs = engines.iter().flat_map(|engine| programs(*engine, is_debian));
    let missing: Vec<&Program> = programs.filter(|program| !is_installed(program)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    match apt_rights() {
        Some(rights) if is_debian => install(workspace, console, rights, &missing),
        _ => bail!(advice(is_debian, &missing)),
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

/// What a person has to do for these programs.
fn advice(is_debian: bool, missing: &[&Program]) -> String {
    let how = if is_debian {
        let packages: Vec<_> = missing.iter().map(|program| program.debian).collect();
        format!(
            "neither root nor password-less sudo here, so please run\n  sudo apt-get install {}",
            packages.join(" ")
        )
    } else {
        let place = |Program { title, website, names, .. }: &&Program| {
            format!("{title} from {website} (on the PATH as {})", names.join(" or "))
        };
        format!("please install\n  {}", missing.iter().map(place).collect::<Vec<_>>().join("\n  "))
    };
    let titles: Vec<_> = missing.iter().map(|program| program.title).collect();
    format!(
        "tests and benchmarks need {}: {how}\nthen run the same command again (or pick other browsers with --engine)",
        titles.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::{CHROMEDRIVER, CHROMIUM, advice, is_debian};

    #[test]
    fn only_debian_and_its_derivatives_without_snaps_install_with_apt() {
        assert!(is_debian("NAME=x\nID=debian\n") && is_debian("ID=kali\nID_LIKE=debian\n"));
        for other in ["ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n", "ID=fedora\n", "VERSION_ID=debian\n", ""] {
            assert!(!is_debian(other), "{other}");
        }
    }

    #[test]
    fn the_advice_names_the_command_to_type_or_where_programs_come_from() {
        let debian = advice(true, &[&CHROMIUM, &CHROMEDRIVER]);
        assert!(debian.contains("sudo apt-get install chromium chromium-driver"), "{debian}");
        let other = advice(false, &[&CHROMEDRIVER]);
        assert!(other.contains("chromedriver of the same version from https://"), "{other}");
    }
}
