//! The `taste` command: serve rounds, make them, embed, train, evaluate, replay, export.
//!
//! Every subcommand is a thin layer: arguments in, the crates do the work, sentences or JSON out. Results go to
//! standard output, progress and errors to standard error. The exit status is 0, 1 where something failed, 2 where the
//! arguments are wrong, 130 after Ctrl-C (`serve` stops with 0: that is how it is meant to end).

mod board;
mod catalogue;
mod client;
mod clock;
mod embed;
mod embedded;
mod encoder_add;
mod error;
mod evaluate;
mod export;
mod folder;
mod key;
mod progress;
mod protocol;
mod rated;
mod replay;
mod round;
mod serve;
mod train;
mod votes_file;

use std::{io::Write, process::ExitCode};

use clap::{Parser, Subcommand};

/// Feedback from people, signed, learned from, and checkable.
#[derive(Parser)]
#[command(
    name = "taste",
    version,
    about,
    after_help = "Exit status: 0; 1 where something failed (the last line names why, with a stable code); 2 where the arguments are wrong; 130 after Ctrl-C."
)]
struct Taste {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server.
    Serve(Box<serve::Serve>),
    /// Make rounds.
    #[command(subcommand)]
    Round(RoundCommand),
    /// Embed a folder of images or a JSONL of texts into an .npy or .safetensors file.
    Embed(embed::Embed),
    /// Encoders from files.
    #[command(subcommand)]
    Encoder(EncoderCommand),
    /// Train a taste model from an exported round.
    Train(train::Train),
    /// Measure how well taste is predicted for people who were held out.
    Evaluate(evaluate::Evaluate),
    /// Play real people's votes from a CSV through the whole loop, over HTTP.
    Replay(Box<replay::Replay>),
    /// Show a round's ranking; without a voter's votes, too.
    Board(board::Board),
    /// Write a round, its log and its model into a folder.
    Export(export::Export),
}

#[derive(Subcommand)]
enum RoundCommand {
    /// Sign a manifest, register it, upload the content, wait until it is embedded.
    Create(Box<round::Create>),
}

#[derive(Subcommand)]
enum EncoderCommand {
    /// Make an encoder's folder from an ONNX file and what Hugging Face exports beside it.
    Add(encoder_add::Add),
}

/// Prints a result; a closed pipe (`taste … | head`) is not an error.
fn print(result: &dyn std::fmt::Display) {
    let _ = writeln!(std::io::stdout(), "{result}");
}

fn main() -> ExitCode {
    let result = match Taste::parse().command {
        Command::Serve(command) => command.run(),
        Command::Round(RoundCommand::Create(command)) => command.run(),
        Command::Embed(command) => command.run(),
        Command::Encoder(EncoderCommand::Add(command)) => command.run(),
        Command::Train(command) => command.run(),
        Command::Evaluate(command) => command.run(),
        Command::Replay(command) => command.run(),
        Command::Board(command) => command.run(),
        Command::Export(command) => command.run(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("taste: {error} [{}]", error.code());
            if error.is_interruption() { ExitCode::from(progress::INTERRUPTED) } else { ExitCode::FAILURE }
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_arguments_do_not_contradict_each_other() {
        super::Taste::command().debug_assert();
    }
}
