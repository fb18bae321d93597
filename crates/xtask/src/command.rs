//! Running other programs: quietly, with their last line beside the spinner, the whole output in a log file, and a
//! failure that shows the last lines and says what to do.

use std::ffi::OsStr;
use std::fs;
use std::io::{BufReader, IsTerminal, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use crate::console::Step;
use crate::failure::Failure;
use crate::paths;

/// How much of a failed program's output the failure repeats.
const TAIL_LINES: usize = 30;

/// A program to run.
pub(crate) struct Program {
    command: Command,
    name: String,
    remedy: Option<String>,
    timeout: Option<Duration>,
    tail: usize,
}

/// What a program left behind.
pub(crate) struct Finished {
    pub(crate) success: bool,
    /// Standard output and standard error in the order of arrival.
    pub(crate) lines: Vec<String>,
    /// Standard output alone.
    pub(crate) stdout: String,
}

impl Program {
    /// `name` is for messages and the log's file name.
    pub(crate) fn new(name: &str, program: impl AsRef<OsStr>) -> Self {
        let mut command = Command::new(program);
        command.current_dir(paths::root()).stdin(Stdio::null());
        Self { command, name: name.to_owned(), remedy: None, timeout: None, tail: TAIL_LINES }
    }

    /// The cargo that started this task, with its rustup toolchain.
    pub(crate) fn cargo(name: &str) -> Self {
        Self::new(name, std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())).with_cargo_progress()
    }

    /// Has cargo draw its own bar into the pipe, from which [`cargo_progress`] reads how far it is.
    pub(crate) fn with_cargo_progress(mut self) -> Self {
        if std::io::stderr().is_terminal() {
            self.command.env("CARGO_TERM_PROGRESS_WHEN", "always").env("CARGO_TERM_PROGRESS_WIDTH", "100");
        }
        self
    }

    pub(crate) fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    pub(crate) fn args<S: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = S>) -> Self {
        self.command.args(arguments);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn without_env(mut self, names: &[&str]) -> Self {
        for name in names {
            self.command.env_remove(name);
        }
        self
    }

    pub(crate) fn folder(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    pub(crate) fn remedy(mut self, remedy: &str) -> Self {
        self.remedy = Some(remedy.to_owned());
        self
    }

    pub(crate) fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = Some(limit);
        self
    }

    /// How many last lines a failure repeats.
    pub(crate) fn tail(mut self, lines: usize) -> Self {
        self.tail = lines;
        self
    }

    /// Runs to the end; a failed program is a [`Failure`].
    pub(crate) fn run(self, step: &Step) -> Result<Finished, Failure> {
        let (name, remedy, tail) = (self.name.clone(), self.remedy.clone(), self.tail);
        let finished = self.finish(step)?;
        if finished.success {
            return Ok(finished);
        }
        let skip = finished.lines.len().saturating_sub(tail);
        let log = paths::shown(&log_file(&name));
        let failure = Failure::new(format!("{name} failed (whole output in {log})"))
            .with_tail(finished.lines.into_iter().skip(skip).collect());
        Err(match remedy {
            Some(remedy) => failure.with_remedy(remedy),
            None => failure,
        })
    }

    /// Runs to the end, whatever the exit status. Fails only where the program cannot start or outlasts its timeout.
    pub(crate) fn finish(mut self, step: &Step) -> Result<Finished, Failure> {
        let program = self.command.get_program().to_string_lossy().into_owned();
        self.command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.command.spawn().map_err(|error| {
            let failure = Failure::new(format!("could not start {} ({program}): {error}", self.name));
            match &self.remedy {
                Some(remedy) => failure.with_remedy(remedy.clone()),
                None => failure,
            }
        })?;
        let (sender, receiver) = mpsc::channel();
        let out = child.stdout.take().expect("stdout is piped");
        let err = child.stderr.take().expect("stderr is piped");
        follow(out, true, sender.clone());
        follow(err, false, sender);

        let deadline = self.timeout.map(|limit| Instant::now() + limit);
        let mut lines = Vec::new();
        let mut stdout = String::new();
        loop {
            let wait = deadline
                .map_or(Duration::from_secs(3600), |end| end.saturating_duration_since(Instant::now()));
            match receiver.recv_timeout(wait) {
                Ok((from_stdout, line)) => {
                    if let Some((done, of)) = cargo_progress(&line) {
                        step.progress(done, of);
                        continue;
                    }
                    step.says(&line);
                    if from_stdout {
                        stdout.push_str(&line);
                        stdout.push('\n');
                    }
                    lines.push(line);
                }
                Err(mpsc::RecvTimeoutError::Timeout) if deadline.is_some() => {
                    stop(&mut child);
                    let limit = self.timeout.unwrap_or_default().as_secs();
                    write_log(&self.name, &lines);
                    let failure = Failure::new(format!("{} did not finish within {limit} s", self.name))
                        .with_tail(lines.split_off(lines.len().saturating_sub(self.tail)));
                    return Err(match self.remedy {
                        Some(remedy) => failure.with_remedy(remedy),
                        None => failure,
                    });
                }
                Err(mpsc::RecvTimeoutError::Timeout) => {}
                Err(mpsc::RecvTimeoutError::Disconnected) => break,
            }
        }
        let status =
            child.wait().map_err(|error| Failure::new(format!("lost sight of {}: {error}", self.name)))?;
        write_log(&self.name, &lines);
        Ok(Finished { success: status.success(), lines, stdout })
    }
}

/// Sends a program's lines on as they come. Bytes that are not UTF-8 are replaced: the output is for reading.
fn follow(source: impl Read + Send + 'static, from_stdout: bool, lines: mpsc::Sender<(bool, String)>) {
    thread::spawn(move || {
        let mut line = Vec::new();
        for byte in BufReader::new(source).bytes().map_while(Result::ok) {
            // A carriage return ends a line that a bar will draw over.
            if byte != b'\n' && byte != b'\r' {
                line.push(byte);
                continue;
            }
            let text = String::from_utf8_lossy(&line).into_owned();
            line.clear();
            if (byte == b'\n' || !text.trim().is_empty()) && lines.send((from_stdout, text)).is_err() {
                return;
            }
        }
        if !line.is_empty() {
            // The receiver may be gone after a timeout; then nobody needs the last line.
            let _ = lines.send((from_stdout, String::from_utf8_lossy(&line).into_owned()));
        }
    });
}

/// `   Building [====>   ] 12/345: serde, …` → (12, 345).
fn cargo_progress(line: &str) -> Option<(u64, u64)> {
    let (_, after) = line.trim_start().strip_prefix("Building [")?.split_once("] ")?;
    let (done, rest) = after.split_once('/')?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    Some((done.trim().parse().ok()?, digits.parse().ok()?))
}

/// Ends a child that this task started.
pub(crate) fn stop(child: &mut Child) {
    // It may have ended between the decision and the call; either way it is gone afterwards.
    let _ = child.kill();
    let _ = child.wait();
}

fn log_file(name: &str) -> std::path::PathBuf {
    let file: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    paths::logs().join(format!("{file}.log"))
}

/// The log is a convenience: a full disk must not turn a passed step into a failed one.
fn write_log(name: &str, lines: &[String]) {
    if fs::create_dir_all(paths::logs()).is_ok() {
        let _ = fs::write(log_file(name), lines.join("\n"));
    }
}

/// Runs a short question to a program (`--version`) and gives its standard output, or nothing.
pub(crate) fn ask(program: impl AsRef<OsStr>, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_failed_program_leaves_its_last_lines_and_the_remedy() {
        let step = Step::start("test");
        let failure = Program::new("xtask self-test", "sh")
            .args(["-c", "echo one; echo two >&2; exit 3"])
            .remedy("do better")
            .run(&step)
            .err()
            .expect("exit status 3 is a failure")
            .to_string();
        assert!(
            failure.contains("│ one") && failure.contains("│ two") && failure.ends_with("do better"),
            "{failure}"
        );
    }

    #[test]
    fn cargos_own_bar_is_read() {
        assert_eq!(cargo_progress("    Building [=====>    ] 12/345: serde, libm(build)"), Some((12, 345)));
        assert_eq!(cargo_progress("   Compiling serde v1.0.0"), None);
    }

    #[test]
    fn a_program_that_hangs_is_stopped_at_its_timeout() {
        let step = Step::start("test");
        let started = Instant::now();
        let program = Program::new("xtask self-test", "sh").args(["-c", "echo before; exec sleep 60"]);
        let failure = program.timeout(Duration::from_secs(2)).run(&step).err().expect("it did not end");
        assert!(started.elapsed() < Duration::from_secs(30));
        assert!(failure.to_string().contains("│ before"), "{failure}");
    }
}
