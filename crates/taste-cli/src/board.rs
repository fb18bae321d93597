//! `taste board`: a round's ranking from a server, as a table or as JSON.

use clap::Args;
use serde_json::Value;
use taste_core::RoundId;

use crate::{
    client::{Client, RoundView},
    clock,
    error::CliError,
};

/// `taste board`
#[derive(Args, Debug)]
pub(crate) struct Board {
    /// The server.
    #[arg(long, env = "TASTE_SERVER", default_value = "http://127.0.0.1:8787")]
    server: String,
    /// The round's id, 0x…
    #[arg(long)]
    round: String,
    /// Leave out this voter's votes
    #[arg(long, value_name = "ADDRESS")]
    without: Option<String>,
    /// Say what moved since then: Unix seconds, or a distance back such as 12h, 7d
    #[arg(long, value_name = "TIME", conflicts_with = "without")]
    since: Option<String>,
    /// Let a vote weigh half after so long (12h, 7d, seconds), counted back from the last ballot; `model`: after as long as
    /// the round's model estimated. Else every vote counts the same
    #[arg(long, value_name = "TIME", conflicts_with_all = ["without", "since"])]
    half_life: Option<String>,
    /// `reliability`: whoever was asked a pair twice and did not say the same weighs less. `propensity`: duels weigh as if every
    /// pair had been asked as often, however questions were chosen
    #[arg(long, value_parser = ["reliability", "propensity"], conflicts_with_all = ["without", "since", "half_life"])]
    weigh: Option<String>,
    /// Show so many rows
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
    /// The server's JSON instead
    #[arg(long)]
    json: bool,
}

impl Board {
    pub(crate) fn run(self) -> Result<(), CliError> {
        let id: RoundId = self.round.parse()?;
        let client = Client::new(&self.server);
        let mut path = format!("/v1/rounds/{id}/board");
        if let Some(voter) = &self.without {
            path = format!("{path}?without={}", taste_ballot::parse_address(voter)?);
        }
        if let Some(since) = &self.since {
            path = format!("{path}?since={}", clock::past(since, clock::now())?);
        }
        match self.half_life.as_deref() {
            Some("model") => path.push_str("?halfLife=model"),
            Some(time) => path = format!("{path}?halfLife={}", clock::parse(time, 0)?),
            None => {}
        }
        if let Some(weigh) = &self.weigh {
            path = format!("{path}?weigh={weigh}");
        }
        let board = client.value(&path)?;
        if self.json {
            crate::print(&board);
        } else {
            crate::print(&table(&board, &client.round(&id)?, self.limit));
        }
        Ok(())
    }
}

/// Ranks with their ranges, expected shares with their intervals, and the least share in any group of like-minded persons.
fn table(board: &Value, view: &RoundView, limit: usize) -> String {
    let title = |id: &Value| {
        let named = view.signed.round.candidates.iter().find(|one| id == &Value::String(one.id.to_string()));
        named.map_or_else(|| id.to_string(), |candidate| candidate.title.clone())
    };
    let percent = |value: &Value| format!("{:.0}", 100.0 * value.as_f64().unwrap_or(f64::NAN));
    let rows = board["rows"].as_array().map(Vec::as_slice).unwrap_or_default();
    let lines = rows.iter().take(limit).map(|row| {
        format!(
            "{:>5} {:>11} {:>7} % {:>10} {:>9} % {:>7}  {}",
            row["rank"].to_string(),
            format!("{}–{}", row["rankLow"], row["rankHigh"]),
            percent(&row["share"]),
            format!("{}–{}", percent(&row["shareLow"]), percent(&row["shareHigh"])),
            percent(&row["bridging"]),
            row["votes"].to_string(),
            title(&row["candidate"]),
        ) + &moved(&row["drift"])
    });
    let mut text = format!(
        "{} votes by {} voters, groups of {}\n{:>5} {:>11} {:>9} {:>10} {:>11} {:>7}",
        board["votes"],
        board["voters"],
        board["groups"],
        "rank",
        "range",
        "share",
        "95 %",
        "bridging",
        "votes",
    );
    for line in lines {
        text.push('\n');
        text.push_str(&line);
    }
    if let (Some(votes), Some(voters)) =
        (fewest(&board["fragility"]["votes"]), fewest(&board["fragility"]["voters"]))
    {
        text.push_str(&format!("\nThe first place rests on {votes} votes, and on {voters} voters."));
    }
    text.push_str(&ageing(board, view.model.as_ref().and_then(|model| model.metrics["halfLife"].as_f64())));
    text.push_str(&reliability(&board["reliability"]));
    for warning in board["warnings"].as_array().into_iter().flatten() {
        text.push_str(&format!("\nwarning: {}", warning.as_str().unwrap_or_default()));
    }
    text
}

/// How much higher a row is rated than then, the change's interval, and which rank it had; nothing where nobody asked.
fn moved(drift: &Value) -> String {
    let (Some(rating), Some(low), Some(high)) =
        (drift["rating"].as_f64(), drift["low"].as_f64(), drift["high"].as_f64())
    else {
        return String::new();
    };
    format!("  {rating:+.2} ({low:+.2} to {high:+.2}), was {}", drift["rankThen"])
}

/// How this board counts old votes, and how the model does.
fn ageing(board: &Value, model: Option<f64>) -> String {
    let long = |seconds: f64| match seconds {
        _ if seconds >= 172_800.0 => format!("{:.0} days", seconds / 86_400.0),
        _ if seconds >= 7_200.0 => format!("{:.0} hours", seconds / 3_600.0),
        _ => format!("{:.0} minutes", seconds / 60.0),
    };
    match (board.get("halfLife").map(Value::as_f64), model) {
        (Some(Some(seconds)), _) => format!("\nA vote weighs half after {}.", long(seconds)),
        (Some(None), _) => "\nThe model knows of no half-life: every vote counts the same.".to_owned(),
        (None, Some(seconds)) => {
            format!("\nEvery vote counts the same. In the model a vote weighs half after {}.", long(seconds))
        }
        (None, None) => String::new(),
    }
}

/// What persons' weights come from; nothing where nobody asked.
fn reliability(said: &Value) -> String {
    let (Some(probes), Some(agreed)) = (said["probes"].as_u64(), said["agreed"].as_u64()) else {
        return String::new();
    };
    match said["meant"].as_f64() {
        Some(_) => {
            format!("\nOf {probes} pairs asked twice, {agreed} were answered alike; persons weigh by theirs.")
        }
        None => format!("\n{probes} pairs were asked twice: too few, so everybody weighs the same."),
    }
}

fn fewest(range: &Value) -> Option<String> {
    let (low, high) = (range["low"].as_u64()?, range["high"].as_u64()?);
    Some(if low == high { low.to_string() } else { format!("{low} to {high}") })
}
