//! `cargo xtask test`: every check in order, one summary, and the last line that continuous integration reads:
//! `N passed, N failed`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};

use crate::build;
use crate::command::{Finished, Program};
use crate::console::{self, Step};
use crate::failure::Failure;
use crate::pack;
use crate::paths;
use crate::tools::{chromium, firefox, node, onnxruntime};

/// Nothing here takes nearly as long; a hung stage must not hold a machine for ever.
const PATIENCE: Duration = Duration::from_secs(40 * 60);
/// How long one file of tests in a browser may take: several times what the longest needs.
const FILE_PATIENCE: Duration = Duration::from_secs(8 * 60);

#[derive(Args)]
pub(crate) struct Options {
    /// Run only this stage (may be repeated); what it needs is built first
    #[arg(long, value_name = "STAGE")]
    only: Vec<Stage>,
}

/// The stages, in the order in which they run: what fails fastest comes first.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Stage {
    /// `cargo fmt --check`
    Format,
    /// clippy over the workspace, warnings refused
    Lints,
    /// `cargo test --workspace`
    Native,
    /// The wasm modules, the npm package's files and the dev `taste`
    Build,
    /// Vectors and the SDK in Node.js
    Node,
    /// Pages in Chromium against a real server
    EndToEnd,
    /// The packed tarball in plain HTML, Vite and Node.js
    Packaging,
}

impl Stage {
    const ALL: [Self; 7] =
        [Self::Format, Self::Lints, Self::Native, Self::Build, Self::Node, Self::EndToEnd, Self::Packaging];

    fn name(self) -> &'static str {
        match self {
            Self::Format => "format",
            Self::Lints => "lints",
            Self::Native => "native",
            Self::Build => "build",
            Self::Node => "node",
            Self::EndToEnd => "end-to-end",
            Self::Packaging => "packaging",
        }
    }

    /// Folders with the `*.test.mjs` files of a stage that runs in Node.js.
    fn folders(self) -> Vec<PathBuf> {
        let tests = paths::root().join("tests");
        match self {
            Self::Node => vec![tests.join("vectors"), paths::web().join("test")],
            Self::EndToEnd => vec![tests.join("e2e"), paths::encoder().join("test")],
            Self::Packaging => vec![tests.join("packaging")],
            Self::Format | Self::Lints | Self::Native | Self::Build => Vec::new(),
        }
    }

    fn needs_build(self) -> bool {
        self == Self::Node || self.needs_browser()
    }

    fn needs_browser(self) -> bool {
        matches!(self, Self::EndToEnd | Self::Packaging)
    }
}

/// What a stage found. A stage without tests of its own (format, lints, build) counts as one.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
struct Count {
    passed: u64,
    failed: u64,
}

impl Count {
    fn one(success: bool) -> Self {
        Self { passed: u64::from(success), failed: u64::from(!success) }
    }

    /// A stage that failed without a failed test (a compile error, a crashed runner) still fails.
    fn with_status(mut self, success: bool) -> Self {
        if !success && self.failed == 0 {
            self.failed = 1;
        }
        self
    }
}

struct Outcome {
    stage: Stage,
    count: Count,
    seconds: f64,
}

/// What the tests are told about their surroundings.
struct Surroundings {
    taste: PathBuf,
    /// Where a stage of this run opens pages.
    chromium: Option<PathBuf>,
    /// A second engine, where there is one.
    firefox: Option<PathBuf>,
    onnxruntime: PathBuf,
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let chosen = |stage: Stage| options.only.is_empty() || options.only.contains(&stage);
    let build_wanted =
        Stage::ALL.into_iter().any(|stage| chosen(stage) && (stage.needs_build() || stage == Stage::Build));
    let mut outcomes = Vec::new();
    let mut surroundings = None;
    for stage in Stage::ALL {
        if !(chosen(stage) || stage == Stage::Build && build_wanted) {
            continue;
        }
        let started = Instant::now();
        let result = match stage {
            Stage::Format => format(),
            Stage::Lints => lints(),
            Stage::Native => native(),
            Stage::Build => {
                build_all(Stage::ALL.into_iter().any(|it| chosen(it) && it.needs_browser())).map(|built| {
                    surroundings = Some(built);
                    Count::one(true)
                })
            }
            Stage::Node | Stage::EndToEnd | Stage::Packaging => match &surroundings {
                Some(built) => in_node(stage, built),
                None => Err(Failure::new(format!("{} was not run: the build failed", stage.name()))),
            },
        };
        let count = result.unwrap_or_else(|failure| {
            eprintln!("{failure}");
            Count::one(false)
        });
        outcomes.push(Outcome { stage, count, seconds: started.elapsed().as_secs_f64() });
    }
    summary(&outcomes)
}

fn summary(outcomes: &[Outcome]) -> Result<(), Failure> {
    let rows: Vec<Vec<String>> = outcomes
        .iter()
        .map(|outcome| {
            let Count { passed, failed } = outcome.count;
            let seconds = format!("{:.1} s", outcome.seconds);
            vec![outcome.stage.name().to_owned(), passed.to_string(), failed.to_string(), seconds]
        })
        .collect();
    let sum = |of: fn(Count) -> u64| outcomes.iter().map(|outcome| of(outcome.count)).sum::<u64>();
    let (passed, failed) = (sum(|count| count.passed), sum(|count| count.failed));
    println!();
    console::table(&["stage", "passed", "failed", "time"], &rows);
    let broken: Vec<&str> = outcomes
        .iter()
        .filter(|outcome| outcome.count.failed > 0)
        .map(|outcome| outcome.stage.name())
        .collect();
    if !broken.is_empty() {
        println!("\nfailed: {}. One stage again: cargo xtask test --only {}", broken.join(", "), broken[0]);
    }
    println!("\n{passed} passed, {failed} failed");
    if failed > 0 {
        // The summary said it all; the exit status is what is left to give.
        std::process::exit(1);
    }
    Ok(())
}

fn format() -> Result<Count, Failure> {
    let step = Step::start("format");
    Program::cargo("cargo fmt --check")
        .args(["fmt", "--all", "--check"])
        .remedy("cargo fmt --all")
        .run(&step)?;
    step.done("");
    Ok(Count::one(true))
}

fn lints() -> Result<Count, Failure> {
    let step = Step::start("lints");
    Program::cargo("cargo clippy")
        .args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])
        .timeout(PATIENCE)
        .tail(60)
        .run(&step)?;
    step.done("");
    Ok(Count::one(true))
}

fn native() -> Result<Count, Failure> {
    let library = onnxruntime::find()?;
    let step = Step::start("native tests");
    let finished = Program::cargo("cargo test")
        // With what passed tests print: some say there that they were skipped, and why.
        .args(["test", "--workspace", "--no-fail-fast", "--", "--show-output"])
        .env("ORT_DYLIB_PATH", library)
        .timeout(PATIENCE)
        .finish(&step)?;
    let count = count_cargo(&finished.lines).with_status(finished.success);
    report(step, count, &finished, cargo_failures);
    Ok(count)
}

fn build_all(with_browser: bool) -> Result<Surroundings, Failure> {
    build::web(false)?;
    let taste = build::taste(build::Profile::Dev)?;
    let (chromium, firefox) = if with_browser {
        chromium::fonts()?;
        (Some(chromium::find()?), firefox::find())
    } else {
        (None, None)
    };
    Ok(Surroundings { taste, chromium, firefox, onnxruntime: onnxruntime::find()? })
}

fn in_node(stage: Stage, surroundings: &Surroundings) -> Result<Count, Failure> {
    let mut files = Vec::new();
    for folder in stage.folders() {
        if !folder.is_dir() {
            continue;
        }
        let found = test_files(&folder)?;
        // A folder that lost its tests must not pass for one whose tests passed.
        if found.is_empty() && stage != Stage::Node {
            return Err(Failure::new(format!("{} holds no *.test.mjs", paths::shown(&folder))));
        }
        if folder.join("package-lock.json").is_file() {
            node::packages(&folder)?;
        }
        files.extend(found);
    }
    if files.is_empty() {
        return Err(Failure::new(format!("stage {} has no tests", stage.name())));
    }
    let tarball = if stage == Stage::Packaging { Some(pack::tarball()?) } else { None };
    let run = |name: &str, files: &[PathBuf], step: &Step| {
        let mut program = Program::new(&format!("node --test {name}"), node::find()?)
            .args(["--test", "--test-reporter=spec"])
            .env("TASTE_BIN", &surroundings.taste)
            .env("TASTE_GALLERY", surroundings.taste.with_file_name(paths::executable("taste-gallery")))
            .env("ORT_DYLIB_PATH", &surroundings.onnxruntime)
            .env("PKG_DIR", paths::package())
            .timeout(PATIENCE);
        if stage != Stage::Node {
            // What hangs is ended with all that it started, and what a test left running keeps nobody.
            let limit = format!("--test-timeout={}", FILE_PATIENCE.as_millis());
            program = program.args(["--test-force-exit", &limit]);
        }
        if let Some(chromium) = &surroundings.chromium {
            program = program.env("CHROMIUM", chromium);
        }
        if let Some(firefox) = &surroundings.firefox {
            program = program.env("FIREFOX", firefox);
        }
        if let Some(tarball) = &tarball {
            program = program.env("PKG_TARBALL", tarball);
        }
        program.args(files).finish(step)
    };
    let step = Step::start(format!("{} tests", stage.name()));
    if stage == Stage::Node {
        let finished = run(stage.name(), &files, &step)?;
        let count = count_node(&finished.lines).with_status(finished.success);
        report(step, count, &finished, node_failures);
        return Ok(count);
    }
    // Each file starts a browser and a server; side by side they only wait for each other. Browsers have hiccups that are no
    // fault of the project: a file that failed gets one more try, and if it passes then, both are told.
    let mut all = Finished { success: true, lines: Vec::new(), stdout: String::new() };
    let (mut count, mut hiccups) = (Count::default(), Vec::new());
    for file in files.iter().map(std::slice::from_ref) {
        let named =
            format!("{} {}", stage.name(), file[0].file_prefix().unwrap_or_default().to_string_lossy());
        let (mut tried, failures) = attempt(&file[0], run(&named, file, &step));
        if tried.failed > 0 {
            let (second, failures_again) = attempt(&file[0], run(&format!("{named} again"), file, &step));
            if second.failed == 0 {
                hiccups.extend(failures.lines);
            } else {
                all.lines.extend(failures.lines);
            }
            tried = second;
            all.lines.extend(failures_again.lines);
        } else {
            all.lines.extend(failures.lines);
        }
        count = Count { passed: count.passed + tried.passed, failed: count.failed + tried.failed };
    }
    report(step, count, &all, node_failures);
    if !hiccups.is_empty() {
        println!("  passed only on the second try:");
        node_failures(&hiccups).iter().for_each(|line| println!("  │ {line}"));
    }
    Ok(count)
}

/// What came of one file's run, its failures under its name; a run that did not end has failed, and what it said last is its output.
fn attempt(file: &Path, run: Result<Finished, Failure>) -> (Count, Finished) {
    let head = format!("✖ failing tests: {}", paths::shown(file));
    match run {
        Ok(mut finished) => {
            let count = count_node(&finished.lines).with_status(finished.success);
            for line in finished.lines.iter_mut().filter(|line| line.contains("failing tests:")) {
                line.clone_from(&head);
            }
            (count, finished)
        }
        Err(failure) => {
            let said = failure.to_string();
            let lines = std::iter::once(head).chain(said.lines().map(str::to_owned)).collect();
            (Count::one(false), Finished { success: false, lines, stdout: String::new() })
        }
    }
}

fn test_files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let entries = fs::read_dir(folder).map_err(|error| Failure::io("list", folder, &error))?;
    let mut files: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.to_string_lossy().ends_with(".test.mjs"))
        .collect();
    files.sort();
    Ok(files)
}

/// One line where all passed; the failed tests' own words otherwise.
fn report(step: Step, count: Count, finished: &Finished, failures: fn(&[String]) -> Vec<String>) {
    let result = format!("{} passed, {} failed", count.passed, count.failed);
    if count.failed == 0 {
        step.done(&result);
        skipped(&finished.lines).iter().for_each(|line| println!("  {line}"));
        return;
    }
    step.failed(&result);
    let mut lines = failures(&finished.lines);
    if lines.is_empty() {
        lines = finished.lines[finished.lines.len().saturating_sub(60)..].to_vec();
    }
    for line in lines {
        eprintln!("  │ {line}");
    }
}

/// What tests said they did not do, each reason once: Rust's by a line of their own, Node's by the reporter's mark.
fn skipped(lines: &[String]) -> BTreeSet<String> {
    let told = |line: &String| {
        let node = line.trim_start().strip_prefix("﹣ ").map(|test| format!("skipped: {test}"));
        node.or_else(|| line.starts_with("skipped: ").then(|| line.clone()))
    };
    lines.iter().filter_map(told).collect()
}

/// Sums the `test result: ok. 3 passed; 0 failed; …` lines.
fn count_cargo(lines: &[String]) -> Count {
    let number_before = |line: &str, word: &str| -> u64 {
        let before = line.split(word).next().unwrap_or_default();
        before.split_whitespace().last().and_then(|number| number.parse().ok()).unwrap_or(0)
    };
    lines.iter().filter(|line| line.starts_with("test result: ")).fold(Count::default(), |count, line| {
        Count {
            passed: count.passed + number_before(line, " passed"),
            failed: count.failed + number_before(line, " failed"),
        }
    })
}

/// What failed tests printed: from each `failures:` to its `test result:`.
fn cargo_failures(lines: &[String]) -> Vec<String> {
    let mut inside = false;
    let mut told = Vec::new();
    for line in lines {
        inside = inside && !line.starts_with("test result: ") || line == "failures:";
        if inside || line.starts_with("error") {
            told.push(line.clone());
        }
    }
    told
}

/// Reads the `ℹ pass 3` and `ℹ fail 0` lines of Node's spec reporter. `cancelled` tests failed too.
fn count_node(lines: &[String]) -> Count {
    let number = |word: &str| -> u64 {
        lines
            .iter()
            .rev()
            .find_map(|line| line.trim_start_matches("ℹ ").strip_prefix(word)?.trim().parse().ok())
            .unwrap_or(0)
    };
    Count { passed: number("pass "), failed: number("fail ") + number("cancelled ") }
}

/// The spec reporter repeats what failed at its end; here may be the output of several runs.
fn node_failures(lines: &[String]) -> Vec<String> {
    let mut within = false;
    let failed = |line: &&String| {
        within |= line.contains("failing tests:");
        // The next run's first result.
        within &= !line.starts_with("✔ ") && !line.starts_with("▶ ");
        within
    };
    lines.iter().filter(failed).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn cargos_results_are_summed_over_all_test_programs() {
        let output = lines(
            "running 3 tests\ntest result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out\n\
             test result: FAILED. 10 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.1s",
        );
        assert_eq!(count_cargo(&output), Count { passed: 13, failed: 2 });
    }

    #[test]
    fn nodes_summary_is_read_and_a_cancelled_test_counts_as_failed() {
        let output =
            lines("✔ a (1ms)\nℹ tests 9\nℹ suites 0\nℹ pass 7\nℹ fail 1\nℹ cancelled 1\nℹ skipped 0");
        assert_eq!(count_node(&output), Count { passed: 7, failed: 2 });
    }

    #[test]
    fn a_runner_that_failed_without_a_failed_test_counts_as_one_failure() {
        assert_eq!(
            count_cargo(&lines("error: could not compile")).with_status(false),
            Count { passed: 0, failed: 1 }
        );
        assert_eq!(Count { passed: 2, failed: 0 }.with_status(true), Count { passed: 2, failed: 0 });
    }

    #[test]
    fn the_failures_of_several_runs_are_told_and_nothing_else() {
        let output = lines(
            "✔ a (1ms)\n✖ b (1ms)\n✖ failing tests:\ntest at b:1:1\n✖ b (1ms)\n✔ c (1ms)\nℹ pass 1\n✖ failing tests:\n✖ d",
        );
        assert_eq!(
            node_failures(&output),
            lines("✖ failing tests:\ntest at b:1:1\n✖ b (1ms)\n✖ failing tests:\n✖ d")
        );
    }

    #[test]
    fn what_was_skipped_is_told_once_for_each_reason() {
        let output = lines(
            "test a ... ok\n---- a stdout ----\nskipped: no encoders\n---- b stdout ----\nskipped: no encoders\n\
             ﹣ in Firefox (2.5ms) # there is none\n✔ c",
        );
        let told: Vec<String> = skipped(&output).into_iter().collect();
        assert_eq!(told, ["skipped: in Firefox (2.5ms) # there is none", "skipped: no encoders"]);
    }

    #[test]
    fn only_the_failed_tests_words_are_repeated() {
        let output = lines(
            "test a ... ok\ntest b ... FAILED\n\nfailures:\n\n---- b stdout ----\nexpected 1\n\nfailures:\n    b\n\n\
             test result: FAILED. 1 passed; 1 failed;\nrunning 1 test\ntest c ... ok",
        );
        let told = cargo_failures(&output).join("\n");
        assert!(told.contains("expected 1") && !told.contains("test c"), "{told}");
    }
}
