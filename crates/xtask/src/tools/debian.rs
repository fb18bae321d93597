//! Installing Debian packages, where this is a Debian-like system and rights allow it without a password.

use std::path::Path;
use std::time::Duration;

use crate::command::{Program, ask};
use crate::console::Step;
use crate::failure::Failure;
use crate::paths;

const PATIENCE: Duration = Duration::from_secs(900);

/// Who can call apt-get.
enum Rights {
    Root,
    Sudo,
}

fn rights() -> Option<Rights> {
    if !cfg!(target_os = "linux") || paths::in_path("apt-get").is_none() {
        return None;
    }
    if ask("id", &["-u"]).as_deref() == Some("0") {
        return Some(Rights::Root);
    }
    ask("sudo", &["-n", "true"]).map(|_| Rights::Sudo)
}

/// Whether dpkg knows the package as installed.
pub(crate) fn is_installed(package: &str) -> bool {
    ask("dpkg-query", &["-W", "-f=${Status}", package]).is_some_and(|status| status.ends_with(" installed"))
}

/// Whether apt can install things here at all.
pub(crate) fn can_install() -> bool {
    rights().is_some()
}

fn is_known(package: &str) -> bool {
    ask("apt-cache", &["show", "--no-all-versions", package]).is_some_and(|text| !text.is_empty())
}

fn apt_get(name: &str, rights: &Rights) -> Program {
    match rights {
        Rights::Root => Program::new(name, "apt-get"),
        Rights::Sudo => Program::new(name, "sudo").args(["-n", "--preserve-env=DEBIAN_FRONTEND", "apt-get"]),
    }
    .env("DEBIAN_FRONTEND", "noninteractive")
    .timeout(PATIENCE)
}

/// Installs those of `packages` that are missing.
///
/// # Errors
/// Where this is no Debian, rights are missing, or apt knows no such package: with the command for a person to run.
pub(crate) fn install(packages: &[&str], step: &Step) -> Result<(), Failure> {
    let missing: Vec<&str> = packages.iter().copied().filter(|package| !is_installed(package)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let by_hand = format!("install it yourself: apt-get install {}", missing.join(" "));
    let Some(rights) = rights() else {
        return Err(
            Failure::new(format!("cannot install {} from here", missing.join(", "))).with_remedy(by_hand)
        );
    };
    // Fresh containers come with empty lists, and old lists name files that the mirror no longer has.
    let lists_empty = Path::new("/var/lib/apt/lists").read_dir().is_ok_and(|entries| {
        !entries.flatten().any(|entry| entry.file_name().to_string_lossy().contains("_Packages"))
    });
    if lists_empty || missing.iter().any(|package| !is_known(package)) {
        apt_get("apt-get update", &rights).args(["update", "-q"]).remedy(&by_hand).run(step)?;
    }
    if let Some(unknown) = missing.iter().find(|package| !is_known(package)) {
        return Err(Failure::new(format!("apt knows no package {unknown}")).with_remedy(by_hand));
    }
    let install = || {
        apt_get("apt-get install", &rights)
            .args(["install", "-y", "-q", "--no-install-recommends"])
            .args(&missing)
            .remedy(&by_hand)
    };
    if install().run(step).is_ok() {
        return Ok(());
    }
    apt_get("apt-get update", &rights).args(["update", "-q"]).remedy(&by_hand).run(step)?;
    install().run(step).map(|_| ())
}
