//! A server in a process of its own, to be killed or to be read the log of. The process is this test binary once more.

use std::{
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use taste_server::{LogFormat, start_log};

use crate::support::{Running, config};

/// Tells the child process below in which folder to serve.
const CHILD: &str = "TASTE_SERVER_TEST_CHILD";

/// Not a test of its own: what the child runs.
#[test]
fn serves() {
    let Some(folder) = std::env::var_os(CHILD) else { return };
    let folder = Path::new(&folder);
    start_log(LogFormat::Json);
    let server = Running::start(config(folder));
    std::fs::write(folder.join("address.new"), server.address.to_string()).unwrap();
    std::fs::rename(folder.join("address.new"), folder.join("address")).unwrap();
    // Until it is killed, or the test that wanted it is over without having done so: a process left behind would hold
    // the test run's output open.
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink()).unwrap();
}

/// Starts it and waits until it listens.
#[allow(clippy::zombie_processes, reason = "every caller kills it and waits")]
pub(crate) fn start(folder: &Path, log: Stdio) -> (Child, SocketAddr) {
    let _ = std::fs::remove_file(folder.join("address"));
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child::serves", "--nocapture"])
        .env(CHILD, folder)
        .env_remove("RUST_LOG")
        .stdin(Stdio::piped())
        .stderr(log)
        .spawn()
        .unwrap();
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        if let Ok(address) = std::fs::read_to_string(folder.join("address")) {
            return (child, address.parse().unwrap());
        }
        assert!(Instant::now() < end, "the child did not start");
        std::thread::sleep(Duration::from_millis(5));
    }
}
