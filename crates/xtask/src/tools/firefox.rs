//! Firefox, where the end-to-end tests can have it: a second engine. Unlike Chromium it is not required.

use std::path::{Path, PathBuf};

use crate::console::Step;
use crate::paths;
use crate::tools::debian;

const NAMES: [&str; 2] = ["firefox", "firefox-esr"];

/// Where systems without a `PATH` entry keep it.
const PLACES: [&str; 2] =
    ["/Applications/Firefox.app/Contents/MacOS/firefox", "C:\\Program Files\\Mozilla Firefox\\firefox.exe"];

fn present() -> Option<PathBuf> {
    let named = std::env::var_os("FIREFOX").map(PathBuf::from).filter(|path| path.is_file());
    named
        .or_else(|| NAMES.iter().find_map(|name| paths::in_path(name)))
        .or_else(|| PLACES.iter().map(Path::new).find(|path| path.is_file()).map(Path::to_owned))
}

/// The browser, installed where it is missing and that can be done; without it its tests say that they were skipped.
pub(crate) fn find() -> Option<PathBuf> {
    if let Some(found) = present() {
        return Some(found);
    }
    let step = Step::start("Firefox");
    let installed = debian::install(&["firefox-esr"], &step);
    let found = present();
    match (&found, installed) {
        (Some(path), _) => step.done(&path.display().to_string()),
        (None, Err(failure)) => step.done(&format!("skipped: {failure}")),
        (None, Ok(())) => step.done("skipped: firefox-esr brought no browser"),
    }
    found
}
