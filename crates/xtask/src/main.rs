//! `cargo xtask`: sets up, builds, shows, tests, measures and packs the project.
//!
//! One file per subcommand; [`tools`] finds or installs what the subcommands need; [`command`] runs programs and
//! turns their failures into a message with a remedy. Product code never lives here. The JSON that `--json` writes
//! is described in this crate's README.

#![allow(clippy::print_stdout, reason = "a command for people at a terminal")]

mod bench;
mod build;
mod command;
mod console;
mod demo;
mod failure;
mod notices;
mod pack;
mod paths;
mod server;
mod setup;
mod size;
mod state;
mod test;
mod tools;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::failure::Failure;

/// Tasks of the Tastemaker workspace. Each installs what it needs and never does the same work twice.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Find or install everything else that the tasks use (wasm toolchain, ONNX Runtime, Chromium, npm packages)
    Setup(setup::Options),
    /// Build the wasm modules, the npm package's files and the `taste` command
    Build(build::Options),
    /// Start the demonstration and print its one address
    Demo(demo::Options),
    /// Run every check: format, lints, native tests, wasm in Node, Chromium, packaging
    Test(test::Options),
    /// Measure speed beside peers in the same run
    Bench(bench::Options),
    /// Measure what a page loads, in brotli bytes, and hold it to the budget
    Size(size::Options),
    /// Pack the npm tarball and check what is inside
    Pack(pack::Options),
}

fn run(task: Task) -> Result<(), Failure> {
    match task {
        Task::Setup(options) => setup::run(&options),
        Task::Build(options) => build::run(&options),
        Task::Demo(options) => demo::run(&options),
        Task::Test(options) => test::run(&options),
        Task::Bench(options) => bench::run(&options),
        Task::Size(options) => size::run(&options),
        Task::Pack(options) => pack::run(&options),
    }
}

fn main() -> ExitCode {
    match run(Arguments::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}
