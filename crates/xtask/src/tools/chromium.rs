//! Chromium for the end-to-end tests, the measuring pages and the headless demonstration.

use std::path::{Path, PathBuf};

use crate::console::Step;
use crate::failure::Failure;
use crate::paths;
use crate::tools::debian;

/// Environment variables that name the browser; the first is also what the tests read.
const VARIABLES: [&str; 4] = ["CHROMIUM", "CHROMIUM_PATH", "CHROME_PATH", "CHROME"];

const NAMES: [&str; 5] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];

/// Where systems without a `PATH` entry keep it.
const PLACES: [&str; 4] = [
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
    "C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe",
];

/// Fonts that the pages' font stacks name, so that screenshots look as on a person's machine.
const FONTS: [&str; 2] = ["fonts-noto-core", "fonts-urw-base35"];

/// The browser, where one is installed.
pub(crate) fn present() -> Option<PathBuf> {
    let named = VARIABLES.iter().filter_map(std::env::var_os).map(PathBuf::from).find(|path| path.is_file());
    named
        .or_else(|| NAMES.iter().find_map(|name| paths::in_path(name)))
        .or_else(|| PLACES.iter().map(Path::new).find(|path| path.is_file()).map(Path::to_owned))
}

/// The browser, installed where it is missing and that can be done.
pub(crate) fn find() -> Result<PathBuf, Failure> {
    if let Some(found) = present() {
        return Ok(found);
    }
    let step = Step::start("Chromium");
    let installed = debian::install(&["chromium"], &step);
    if let Some(found) = present() {
        step.done(&found.display().to_string());
        return Ok(found);
    }
    let reason = installed.err().map(|failure| format!(" ({failure})")).unwrap_or_default();
    Err(Failure::new(format!("no Chromium{reason}"))
        .with_remedy("install Chromium or Chrome, or set CHROMIUM to the program's path"))
}

/// Fonts for screenshots. Nothing depends on them, so a system without apt goes without.
pub(crate) fn fonts() -> Result<(), Failure> {
    if !debian::can_install() || FONTS.iter().all(|package| debian::is_installed(package)) {
        return Ok(());
    }
    let step = Step::start("fonts for screenshots");
    match debian::install(&FONTS, &step) {
        Ok(()) => step.done(&FONTS.join(", ")),
        Err(failure) => step.done(&format!("skipped: {failure}")),
    }
    Ok(())
}
