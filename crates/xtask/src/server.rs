//! A `taste serve` that a task starts, waits for, and ends: the demonstration and its headless play.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::command;
use crate::failure::Failure;
use crate::paths;

/// The port that people remember, where it is free.
const USUAL_PORT: u16 = 8787;
const START_PATIENCE: Duration = Duration::from_secs(30);
/// The server itself waits this long for requests in flight.
const STOP_PATIENCE: Duration = Duration::from_secs(20);

/// What a server is started with.
pub(crate) struct ServerOptions<'a> {
    pub(crate) taste: &'a Path,
    pub(crate) onnxruntime: &'a Path,
    /// Database, operator key and log lie here.
    pub(crate) data: &'a Path,
    /// Folders served at `/`, the first that has a file wins.
    pub(crate) folders: &'a [PathBuf],
    pub(crate) port: Option<u16>,
    /// Votes between trainings.
    pub(crate) train_every: u64,
}

/// A running server. Dropped, it is stopped.
pub(crate) struct Server {
    child: Child,
    address: String,
    log: PathBuf,
}

impl Server {
    /// Starts the server and returns once it answers `/healthz`.
    pub(crate) fn start(options: &ServerOptions<'_>) -> Result<Self, Failure> {
        let log = options.data.join("server.log");
        let log_file = File::create(&log).map_err(|error| Failure::io("create", &log, &error))?;
        let port = options.port.unwrap_or_else(free_port);
        let mut command = Command::new(options.taste);
        command
            .arg("serve")
            .args(["--listen", &format!("127.0.0.1:{port}")])
            .args(["--train-every", &options.train_every.to_string()])
            .arg("--database")
            .arg(options.data.join("taste.db"))
            .arg("--operator-key")
            .arg(options.data.join("operator.key"))
            .env("ORT_DYLIB_PATH", options.onnxruntime)
            .current_dir(paths::root())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log_file);
        for folder in options.folders {
            command.arg("--static").arg(folder);
        }
        let mut child = command
            .spawn()
            .map_err(|error| Failure::new(format!("could not start {}: {error}", options.taste.display())))?;
        let stdout = child.stdout.take().expect("stdout is piped");
        let mut server = Self { child, address: String::new(), log };
        server.address = listening_line(stdout).ok_or_else(|| server.failed("ended before it listened"))?;
        server.wait_for_health()?;
        Ok(server)
    }

    /// `http://127.0.0.1:8787`
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The body of a GET, where the answer is 200.
    pub(crate) fn get(&self, path: &str) -> Option<String> {
        get(&self.address, path)
    }

    fn wait_for_health(&mut self) -> Result<(), Failure> {
        let started = Instant::now();
        while self.get("/healthz").is_none() {
            if matches!(self.child.try_wait(), Ok(Some(_)) | Err(_)) {
                return Err(self.failed("ended while starting"));
            }
            if started.elapsed() > START_PATIENCE {
                return Err(self.failed("does not answer /healthz"));
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    fn failed(&self, what: &str) -> Failure {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let tail = lines[lines.len().saturating_sub(20)..].to_vec();
        Failure::new(format!("the server {what} (its log: {})", paths::shown(&self.log))).with_tail(tail)
    }

    /// Waits until Ctrl-C (or a request to terminate), or until the server ends by itself, which is a failure.
    pub(crate) fn wait_for_interrupt(&mut self) -> Result<(), Failure> {
        let interrupted = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&interrupted);
        ctrlc::set_handler(move || flag.store(true, Ordering::SeqCst))
            .map_err(|error| Failure::new(format!("could not listen for Ctrl-C: {error}")))?;
        while !interrupted.load(Ordering::SeqCst) {
            if matches!(self.child.try_wait(), Ok(Some(_)) | Err(_)) && !interrupted.load(Ordering::SeqCst) {
                return Err(self.failed("ended by itself"));
            }
            thread::sleep(Duration::from_millis(100));
        }
        Ok(())
    }

    /// Asks the server to finish its requests and end; kills it only where it does not.
    pub(crate) fn stop(&mut self) {
        if matches!(self.child.try_wait(), Ok(Some(_))) {
            return;
        }
        if cfg!(unix) {
            // At a terminal the server had the same Ctrl-C already; a second request changes nothing.
            let _ = command::ask("kill", &["-TERM", &self.child.id().to_string()]);
            let started = Instant::now();
            while started.elapsed() < STOP_PATIENCE {
                if matches!(self.child.try_wait(), Ok(Some(_))) {
                    return;
                }
                thread::sleep(Duration::from_millis(50));
            }
        }
        command::stop(&mut self.child);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The usual port where nobody has it; else 0, for which the system finds one.
fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", USUAL_PORT)).map_or(0, |_| USUAL_PORT)
}

/// Reads `listening on http://ADDRESS`, then keeps the pipe open and empty.
fn listening_line(stdout: impl Read + Send + 'static) -> Option<String> {
    let mut lines = BufReader::new(stdout).lines();
    let address = lines.by_ref().map_while(Result::ok).find_map(|line| {
        let (_, address) = line.split_once("listening on http://")?;
        Some(address.trim().trim_end_matches('/').to_owned())
    })?;
    thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
    Some(address)
}

/// One plain HTTP request to this machine: not worth a client library in the first crate that a clone builds.
fn get(address: &str, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
    // In one piece: a server may answer and hang up after the first packet, and the rest would reset the connection.
    let request = format!("GET {path} HTTP/1.0\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    (head.split_whitespace().nth(1) == Some("200")).then(|| body.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_read_from_the_servers_first_lines() {
        let output = "a warning\nlistening on http://127.0.0.1:4321\nmore\n".as_bytes();
        assert_eq!(listening_line(output).as_deref(), Some("127.0.0.1:4321"));
        assert_eq!(listening_line("taste: no such file\n".as_bytes()), None);
    }

    #[test]
    fn a_get_gives_the_body_of_a_200_and_nothing_else() {
        for (answer, expected) in
            [("HTTP/1.1 200 OK\r\na: b\r\n\r\nhello", Some("hello")), ("HTTP/1.1 503 Busy\r\n\r\nno", None)]
        {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let address = listener.local_addr().unwrap().to_string();
            let serving = thread::spawn(move || {
                let (mut stream, _) = listener.accept().unwrap();
                // To its end: a connection that is closed with something unread loses the answer.
                let request = BufReader::new(&stream).lines().map_while(Result::ok);
                assert!(request.take_while(|line| !line.is_empty()).count() > 0);
                stream.write_all(answer.as_bytes()).unwrap();
            });
            assert_eq!(get(&address, "/healthz").as_deref(), expected);
            serving.join().unwrap();
        }
    }
}
