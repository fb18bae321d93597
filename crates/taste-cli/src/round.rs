//! `taste round create`: signs a manifest, registers it, uploads the content.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use taste_ballot::{Address, Round, SessionKey, parse_address};
use taste_core::{BoardRule, CandidateKind, Digest, PointsCost, Rules, VoteKind};

use crate::{
    catalogue::{self, Entry},
    client::{Client, RoundView},
    clock,
    error::CliError,
    key,
    progress::{Bar, go_on},
};

/// What a new round says of itself.
#[derive(Args, Clone, Debug)]
pub(crate) struct RoundOptions {
    /// The round's name, as its page shows it.
    #[arg(long)]
    pub(crate) title: String,
    /// What voters are asked.
    #[arg(long, default_value = "Which do you like more?")]
    pub(crate) question: String,
    /// A folder of images, or a JSONL with one candidate a line (`text`, `palette`, a list of colours, or `file`; `title`, `note`).
    #[arg(long, value_name = "FOLDER|JSONL")]
    pub(crate) candidates: PathBuf,
    /// The JSONL field by which votes files call a candidate (default: `id`, else the line number from 0).
    #[arg(long, value_name = "FIELD")]
    pub(crate) name_field: Option<String>,
    /// Which encoder embeds the candidates (default: visual@1 for images, text@1 for texts, audio@1 for sounds).
    #[arg(long)]
    pub(crate) encoder: Option<String>,
    /// When ballots are first accepted: `now`, Unix seconds, or a distance such as 12h.
    #[arg(long, default_value = "now")]
    pub(crate) opens: String,
    /// When ballots are last accepted.
    #[arg(long, default_value = "7d")]
    pub(crate) closes: String,
    /// Most questions in which one person's answer may stand: a replaced one counts once, a skip not at all; 0 = no limit.
    #[arg(long, default_value_t = 0)]
    pub(crate) budget: u32,
    #[command(flatten)]
    pub(crate) rules: RulesOptions,
    /// An address that may submit imported ballots; may be given several times.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) importer: Vec<String>,
}

/// What voters may do in a new round, and who sees its board.
#[derive(Args, Clone, Debug)]
pub(crate) struct RulesOptions {
    /// Which kinds of votes are accepted, with commas: duel, approval, stars, ranking, points (default: all).
    #[arg(long, value_name = "KINDS", value_delimiter = ',')]
    kinds: Vec<VoteKind>,
    /// How many stars a candidate can get, 2 to 10.
    #[arg(long, default_value_t = Rules::default().stars)]
    stars: u8,
    /// Half stars can be given.
    #[arg(long)]
    halves: bool,
    /// The budget of one points vote, 1 to 1000.
    #[arg(long, default_value_t = Rules::default().points)]
    points: u32,
    /// Points cost their square: saying one thing loudly costs more than saying several.
    #[arg(long)]
    quadratic: bool,
    /// How many candidates a ranking puts in order, 2 to 12.
    #[arg(long, default_value_t = Rules::default().ranking)]
    ranking: u8,
    /// A tag that a vote may carry to say why; may be given several times.
    #[arg(long, value_name = "TAG")]
    reason: Vec<String>,
    /// Who sees the board: everybody (open), whoever has voted (voted), nobody until the round has closed (closed). The
    /// log is public in any case.
    #[arg(long, default_value = "open", value_name = "open|voted|closed")]
    board: BoardRule,
}

impl RulesOptions {
    pub(crate) fn rules(&self) -> Rules {
        Rules {
            kinds: self.kinds.clone(),
            stars: self.stars,
            halves: self.halves,
            points: self.points,
            cost: if self.quadratic { PointsCost::Quadratic } else { PointsCost::Linear },
            ranking: self.ranking,
            reasons: self.reason.clone(),
            board: self.board,
        }
    }
}

/// `taste round create`
#[derive(Args, Debug)]
pub(crate) struct Create {
    #[command(flatten)]
    round: RoundOptions,
    /// The server.
    #[arg(long, env = "TASTE_SERVER", default_value = "http://127.0.0.1:8787")]
    server: String,
    /// The operator's key file; made if absent.
    #[arg(long, env = "TASTE_OPERATOR_KEY", default_value = "operator.key", value_name = "FILE")]
    operator_key: PathBuf,
    /// Print one JSON object instead of sentences.
    #[arg(long)]
    json: bool,
}

impl Create {
    pub(crate) fn run(self) -> Result<(), CliError> {
        let operator = key::read_or_create(&self.operator_key)?;
        let client = Client::new(&self.server);
        let entries = catalogue::read(&self.round.candidates, self.round.name_field.as_deref())?;
        let view = publish(&client, &operator, &self.round, &entries, &[])?;
        let url = client.round_url(&view.id);
        if self.json {
            crate::print(&json!({
                "round": view.id, "url": url, "state": view.status.state, "candidates": entries.len(),
                "operator": operator.address().to_string(),
            }));
        } else {
            crate::print(&format_args!("{} candidates hang in {url}", entries.len()));
        }
        Ok(())
    }
}

/// Signs and registers a round, uploads what the server lacks, and waits until it is embedded.
pub(crate) fn publish(
    client: &Client,
    operator: &SessionKey,
    options: &RoundOptions,
    entries: &[Entry],
    importers: &[Address],
) -> Result<RoundView, CliError> {
    let now = clock::now();
    if let Some(film) = entries.iter().find(|entry| !entry.frames.is_empty()) {
        return Err(CliError::Usage(format!(
            "{}: frames can be embedded, not shown; a round lists films as files",
            film.name
        )));
    }
    let all = |kind| entries.iter().all(|entry| entry.candidate.kind == kind);
    let encoder = match &options.encoder {
        Some(encoder) => encoder.as_str(),
        None if all(CandidateKind::Image) => "visual@1",
        None if all(CandidateKind::Text) => "text@1",
        None if all(CandidateKind::Audio) => "audio@1",
        None => {
            return Err(CliError::Usage(
                "images, texts and sounds in one round need an --encoder for all of them".into(),
            ));
        }
    };
    let mut all_importers = importers.to_vec();
    for text in &options.importer {
        all_importers.push(parse_address(text)?);
    }
    let round = Round {
        operator: operator.address(),
        title: options.title.clone(),
        question: options.question.clone(),
        encoder: encoder.into(),
        opens_at: clock::parse(&options.opens, now)?,
        closes_at: clock::parse(&options.closes, now)?,
        budget: options.budget,
        importers: all_importers,
        rules: options.rules.rules(),
        salt: Digest(key::random_bytes()?),
        candidates: entries.iter().map(|entry| entry.candidate.clone()).collect(),
    };
    round.checked()?;
    let view = client.post_round(&round.sign(operator))?;
    let missing: std::collections::BTreeSet<_> = view.status.missing.iter().collect();
    let bar = Bar::new("uploading", missing.len());
    for entry in entries.iter().filter(|entry| missing.contains(&entry.candidate.id)) {
        go_on()?;
        client.put_content(&entry.candidate.id, &entry.candidate.media_type, &entry.content)?;
        bar.advance();
    }
    bar.finish();
    let waiting = Bar::spinner("embedding the candidates");
    let view = client.wait_until_ready(&view.id, |_| waiting.tick());
    waiting.finish();
    view
}
