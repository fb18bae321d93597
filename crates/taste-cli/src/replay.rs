//! `taste replay`: real people's votes through the whole loop. Every vote travels as a signed ballot over HTTP,
//! marked with where it comes from, and the result is measured on people who were held out.

use std::{
    collections::HashMap,
    net::SocketAddr,
    path::{Path, PathBuf},
    thread::JoinHandle,
};

use clap::Args;
use serde_json::json;
use taste_ballot::{Ballot, MAX_VOTES, SessionKey};
use taste_core::{CandidateId, RoundId, VoteKind};
use taste_server::{Server, ServerConfig};
use taste_train::{Dataset, Person, train};
use tokio::sync::oneshot;

use crate::{
    catalogue,
    client::Client,
    clock,
    error::CliError,
    evaluate::EvaluateOptions,
    export::export,
    folder::{RoundFolder, write},
    key,
    progress::{Bar, TrainingBars, go_on, listen_for_cancel},
    rated::{Rated, Reading},
    round::{RoundOptions, publish},
    train::TrainOptions,
    votes_file::{self, ComparisonColumns, LikeColumns, RatingColumns, Sitting},
};

/// `taste replay`
#[derive(Args, Debug)]
pub(crate) struct Replay {
    #[command(flatten)]
    round: RoundOptions,
    /// A CSV (or .csv.gz) of comparisons: who, left, right, chosen (a name; -1, `tie` or empty is a tie).
    #[arg(long, value_name = "CSV", group = "file", required_unless_present = "file")]
    comparisons: Option<PathBuf>,
    /// A CSV (or .csv.gz) of ratings, sent as votes of the kind that --as says. Each rating is used once.
    #[arg(long, value_name = "CSV", group = "file")]
    ratings: Option<PathBuf>,
    /// A CSV (or .csv.gz) of likes, sent as approvals: who, candidate, liked (yes, no, 1, 0, true, false, for, against, skip).
    #[arg(long, value_name = "CSV", group = "file")]
    likes: Option<PathBuf>,
    /// The CSV's columns: person,left,right,chosen for comparisons; person,candidate,rating for ratings;
    /// person,candidate,liked for likes.
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    columns: Vec<String>,
    /// What ratings become: duel (two at a time), stars (of the round's scale), approval (liked from --liked-from on), ranking
    /// (as many as the round puts in order, none of them rated alike), points (the round's budget in proportion). Whatever is
    /// sent, what is predicted are the duels that the same ratings give.
    #[arg(long = "as", value_name = "KIND", default_value = "duel", conflicts_with_all = ["comparisons", "likes"])]
    kind: VoteKind,
    /// The ends of the ratings' scale (default: the least and the most in the file).
    #[arg(long, value_name = "LOW,HIGH", value_delimiter = ',', num_args = 1, allow_hyphen_values = true)]
    #[arg(conflicts_with_all = ["comparisons", "likes"])]
    scale: Vec<f64>,
    /// With --as approval: the least rating of what is liked.
    #[arg(long, value_name = "RATING", required_if_eq("kind", "approval"), allow_hyphen_values = true)]
    #[arg(conflicts_with_all = ["comparisons", "likes"])]
    liked_from: Option<f64>,
    /// Take only so many persons, the first in the file.
    #[arg(long, value_name = "N")]
    persons: Option<usize>,
    /// A running server; without it, one is started for the replay and stopped after it.
    #[arg(long, env = "TASTE_SERVER")]
    server: Option<String>,
    /// The operator's key file, for a running server.
    #[arg(long, env = "TASTE_OPERATOR_KEY", default_value = "operator.key", value_name = "FILE")]
    operator_key: PathBuf,
    /// The importer's key file; made if absent (default: in the output folder).
    #[arg(long, value_name = "FILE")]
    importer_key: Option<PathBuf>,
    /// Where the round, its log and its model are written.
    #[arg(long, value_name = "FOLDER", default_value = "replay")]
    out: PathBuf,
    /// Train and evaluate with this encoder instead of the round's: an id, or the path of a network's manifest.
    #[arg(long, value_name = "ENCODER")]
    learn_with: Option<String>,
    #[command(flatten)]
    evaluate: EvaluateOptions,
}

impl Replay {
    pub(crate) fn run(self) -> Result<(), CliError> {
        listen_for_cancel();
        TrainOptions::check_runtime()?;
        let entries = catalogue::read(&self.round.candidates, self.round.name_field.as_deref())?;
        let names: HashMap<_, _> =
            entries.iter().map(|entry| (entry.name.clone(), entry.candidate.id)).collect();
        let Votes { file, sittings, duels } = self.votes(&names)?;

        std::fs::create_dir_all(&self.out).map_err(CliError::file(&self.out))?;
        let importer_key = self.importer_key.clone().unwrap_or_else(|| self.out.join("importer.key"));
        let importer = key::read_or_create(&importer_key)?;
        let (client, operator, own) = match &self.server {
            Some(server) => (Client::new(server), key::read_or_create(&self.operator_key)?, None),
            None => {
                let own = OwnServer::start(&self.out)?;
                let operator = key::read_or_create(&self.out.join("operator.key"))?;
                (Client::new(&format!("http://{}", own.address)), operator, Some(own))
            }
        };
        let view = publish(&client, &operator, &self.round, &entries, &[importer.address()])?;
        let sent = submit(&client, &view.id, &importer, &file, &sittings)?;
        let folder_path = self.out.join("round");
        export(&client, &view.id, &folder_path)?;
        if let Some(own) = own {
            own.stop();
        }

        let folder = RoundFolder::open(&folder_path)?;
        let dataset = folder.dataset(self.learn_with.as_deref())?;
        let trained = train(&dataset, &self.evaluate.train.config(), &mut TrainingBars::default())?;
        write(&self.out.join("model.onnx"), &trained.onnx)?;
        let judged = duels.map(|duels| {
            let said = duels.into_iter().flat_map(|Sitting { name, votes }| {
                let person = Person { voter: importer.address(), source: source(&file, &name) };
                votes.into_iter().map(move |vote| (person.clone(), vote))
            });
            Dataset::from_votes(view.id, dataset.candidates.clone(), said)
        });
        let report = self.evaluate.report(&folder, &dataset, judged.transpose()?.as_ref())?;
        eprintln!(
            "{} ballots with {} votes of {} persons, every receipt verified; log root {}; model {}",
            sent.ballots,
            sent.votes,
            sittings.len(),
            dataset.log_root,
            trained.digest
        );
        crate::print(&report);
        let summary = json!({
            "round": view.id, "ballots": sent.ballots, "votes": sent.votes, "persons": sittings.len(),
            "logRoot": dataset.log_root, "model": trained.digest, "metrics": trained.metrics,
        });
        write(&self.out.join("summary.json"), summary.to_string().as_bytes())
    }

    /// What the file says.
    fn votes(&self, names: &HashMap<String, CandidateId>) -> Result<Votes, CliError> {
        let file_name = |path: &Path| {
            path.file_name().map_or_else(|| "votes".to_owned(), |name| name.to_string_lossy().into_owned())
        };
        let most = self.persons.unwrap_or(usize::MAX);
        let whole = |path: &Path, mut sittings: Vec<Sitting>| {
            sittings.truncate(most);
            Votes { file: file_name(path), sittings, duels: None }
        };
        let columns = |defaults: &[&str]| -> Result<Vec<String>, CliError> {
            match self.columns.len() {
                0 => Ok(defaults.iter().map(|name| (*name).to_owned()).collect()),
                n if n == defaults.len() => Ok(self.columns.clone()),
                n => Err(CliError::Usage(format!("--columns names {} columns, found {n}", defaults.len()))),
            }
        };
        if let Some(path) = &self.comparisons {
            let [session, left, right, chosen] = columns(&["session", "left", "right", "chosen"])?
                .try_into()
                .expect("as many as the defaults");
            let columns = ComparisonColumns { session, left, right, chosen };
            return Ok(whole(path, votes_file::comparisons(path, &columns, names)?));
        }
        if let Some(path) = &self.likes {
            let [session, candidate, liked] =
                columns(&["user", "candidate", "liked"])?.try_into().expect("as many as the defaults");
            let columns = LikeColumns { session, candidate, liked };
            return Ok(whole(path, votes_file::likes(path, &columns, names)?));
        }
        let path = self.ratings.as_ref().expect("clap requires one of the three");
        let scale = match self.scale[..] {
            [] => None,
            [low, high] if low < high => Some((low, high)),
            _ => return Err(CliError::Usage("--scale takes two numbers, the lower first".into())),
        };
        let [session, candidate, rating] =
            columns(&["user", "candidate", "rating"])?.try_into().expect("as many as the defaults");
        let columns = RatingColumns { session, candidate, rating };
        let rated = votes_file::ratings(path, &columns, names, scale)?;
        let all = || rated.iter().flat_map(|person| &person.ratings).map(|(_, rating)| *rating);
        let found = (all().fold(f64::INFINITY, f64::min), all().fold(f64::NEG_INFINITY, f64::max));
        let (low, high) = scale.unwrap_or(found);
        let rules = self.round.rules.rules();
        let ranked = usize::from(rules.ranking).min(names.len());
        let liked_from = self.liked_from.unwrap_or(f64::INFINITY);
        let reading = Reading { kind: self.kind, rules, ranked, low, high, liked_from };
        let sittings = |reading: &Reading| -> Result<Vec<Sitting>, CliError> {
            let mut sittings = Vec::new();
            for Rated { name, ratings } in &rated {
                let votes = reading.votes(ratings)?;
                if !votes.is_empty() && sittings.len() < most {
                    sittings.push(Sitting { name: name.clone(), votes });
                }
            }
            Ok(sittings)
        };
        let duels = match self.kind {
            VoteKind::Duel => None,
            _ => Some(sittings(&Reading { kind: VoteKind::Duel, ..reading.clone() })?),
        };
        Ok(Votes { file: file_name(path), sittings: sittings(&reading)?, duels })
    }
}

/// What a file says.
struct Votes {
    /// Its name, for the votes' provenance.
    file: String,
    /// What is sent.
    sittings: Vec<Sitting>,
    /// What is predicted where it is something else.
    duels: Option<Vec<Sitting>>,
}

/// Where a sitting's votes come from.
fn source(file: &str, sitting: &str) -> String {
    format!("csv:{file}#session-{sitting}")
}

/// What was accepted.
struct Sent {
    ballots: usize,
    votes: usize,
}

/// Submits every sitting as signed ballots, in order, and verifies every receipt.
fn submit(
    client: &Client,
    round: &RoundId,
    importer: &SessionKey,
    file: &str,
    sittings: &[Sitting],
) -> Result<Sent, CliError> {
    let bar = Bar::new("ballots", sittings.len());
    let mut sent = Sent { ballots: 0, votes: 0 };
    // The server's own key, which need not be the one that signed the round.
    let signer = client.signer()?;
    for sitting in sittings {
        for votes in sitting.votes.chunks(MAX_VOTES) {
            go_on()?;
            let now = clock::now();
            let ballot = Ballot {
                round: *round,
                voter: importer.address(),
                sequence: sent.ballots as u64 + 1,
                issued_at: now,
                deadline: now + 600,
                source: source(file, &sitting.name),
                votes: votes.to_vec(),
            };
            let id = ballot.digest();
            let receipt = client.post_ballot(&ballot.sign(importer))?;
            receipt.verify(signer)?;
            if receipt.receipt.ballot != id {
                return Err(CliError::Transport {
                    url: client.round_url(round),
                    message: "the receipt is for another ballot".into(),
                });
            }
            sent.ballots += 1;
            sent.votes += votes.len();
        }
        bar.advance();
    }
    bar.finish();
    Ok(sent)
}

/// A server of the replay's own, on a free port, with its database in the output folder.
struct OwnServer {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

impl OwnServer {
    fn start(folder: &Path) -> Result<Self, CliError> {
        let mut config = ServerConfig::default();
        config.listen = SocketAddr::from(([127, 0, 0, 1], 0));
        config.database = folder.join("tastemaker.sqlite");
        config.operator_key = folder.join("operator.key");
        // Trained once, at the end, on everything.
        config.train_every = 0;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .map_err(|error| CliError::Usage(format!("the async runtime did not start: {error}")))?;
        let server = runtime.block_on(Server::bind(config))?;
        let address = server.local_address();
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            runtime.block_on(server.run(async {
                let _ = stopped.await;
            }));
        });
        Ok(Self { address, stop, thread })
    }

    fn stop(self) {
        let _ = self.stop.send(());
        let _ = self.thread.join();
    }
}
