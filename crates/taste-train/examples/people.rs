//! Evaluates training on real people's judgements: `people webaesthetics FOLDER` or `people jester FOLDER [PERSONS]`.
//!
//! The folders hold the public data sets as their authors publish them (see the `read_…` functions); they are not part of
//! this repository. Pictures and jokes are embedded by the built-in encoders. Prints the table of `evaluate`, and how long one training
//! takes.

use std::{collections::BTreeMap, error::Error, fs, path::Path, process::Command, time::Instant};

use taste_ballot::Address;
use taste_core::{CandidateId, Digest, DuelOutcome, Vote};
use taste_inference::{Content, Encoder};
use taste_train::{
    Dataset, EmbeddedCandidates, EvaluateConfig, Person, Progress, Silent, Stage, TrainConfig, evaluate,
    train,
};

type Failure = Box<dyn Error>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (name, dataset) = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["webaesthetics", folder] => ("webaesthetics", read_webaesthetics(Path::new(folder))?),
        ["jester", folder] => ("jester", read_jester(Path::new(folder), 1_500)?),
        ["jester", folder, persons] => ("jester", read_jester(Path::new(folder), persons.parse()?)?),
        _ => return Err("people webaesthetics FOLDER | people jester FOLDER [PERSONS]".into()),
    };
    // TASTE_TRAIN='{"rank":4}' changes the settings.
    let config: TrainConfig = match std::env::var("TASTE_TRAIN") {
        Ok(json) => serde_json::from_str(&json)?,
        Err(_) => TrainConfig::default(),
    };
    let mut steps = CountSteps(0);
    let started = Instant::now();
    let trained = train(&dataset, &config, &mut steps)?;
    let seconds = started.elapsed().as_secs_f64();
    let mut out = std::io::stdout().lock();
    use std::io::Write as _;
    writeln!(
        out,
        "{name}: {} candidates × {}, {} persons, {} votes; trained in {seconds:.2} s ({} steps)\n{}\n",
        dataset.candidates.len(),
        dataset.candidates.dimension(),
        dataset.persons.len(),
        dataset.opinions.len(),
        steps.0,
        serde_json::to_string(&trained.metrics)?
    )?;
    let config = EvaluateConfig { dataset: name.into(), train: config, ..EvaluateConfig::default() };
    writeln!(out, "{}", evaluate(&dataset, &config, &mut Silent)?)?;
    Ok(())
}

struct CountSteps(usize);

impl Progress for CountSteps {
    fn advance(&mut self, stage: Stage, _: usize, _: usize) {
        self.0 += usize::from(stage == Stage::Steps);
    }
}

fn id(number: usize) -> CandidateId {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&(number as u64).to_be_bytes());
    Digest(bytes)
}

fn embed(encoder: &str, contents: &[(String, Vec<u8>)]) -> Result<EmbeddedCandidates, Failure> {
    let encoder = Encoder::builtin(encoder)?;
    let mut embeddings = vec![];
    for (media_type, bytes) in contents {
        embeddings.extend_from_slice(encoder.embed(&Content { media_type, bytes })?.values());
    }
    let ids = (0..contents.len()).map(id).collect();
    Ok(EmbeddedCandidates::new(ids, encoder.id().clone(), embeddings)?)
}

/// github.com/calista-ai/website-aesthetics-datasets: which of two websites is more attractive.
fn read_webaesthetics(folder: &Path) -> Result<Dataset, Failure> {
    let sites: Vec<serde_json::Value> = fs::read_to_string(folder.join("sites.jsonl"))?
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()?;
    let mut place = BTreeMap::new();
    let mut contents = vec![];
    for site in &sites {
        let number = site["id"].as_i64().ok_or("a site without id")?;
        let file = site["file"].as_str().map_or_else(|| format!("img/{number}.jpg"), str::to_owned);
        place.insert(number, contents.len());
        contents.push(("image/jpeg".to_owned(), fs::read(folder.join(file))?));
    }
    let mut votes = vec![];
    for line in fs::read_to_string(folder.join("votes.csv"))?.lines().skip(1) {
        let fields: Vec<i64> = line.split(',').map(str::parse).collect::<Result<_, _>>()?;
        let [session, _, _, left, right, chosen] = fields[..] else {
            return Err("votes.csv: six columns".into());
        };
        let outcome = match chosen {
            -1 => DuelOutcome::Tie,
            chosen if chosen == left => DuelOutcome::Left,
            _ => DuelOutcome::Right,
        };
        let person = Person { voter: Address::ZERO, source: format!("session-{session}") };
        if left != right {
            votes.push((person, Vote::duel(id(place[&left]), id(place[&right]), outcome)?));
        }
    }
    Ok(Dataset::from_votes(Digest::default(), embed("visual@1", &contents)?, votes)?)
}

/// Jester5k (Goldberg et al. 2001): ratings of jokes, −10 to 10. Every two ratings in a row become a duel.
fn read_jester(folder: &Path, persons: usize) -> Result<Dataset, Failure> {
    let jokes: Vec<serde_json::Value> = fs::read_to_string(folder.join("jokes.jsonl"))?
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()?;
    let mut place = BTreeMap::new();
    let mut contents = vec![];
    for joke in &jokes {
        let number = joke["joke"].as_i64().or_else(|| joke["id"].as_i64()).ok_or("a joke without number")?;
        place.insert(number, contents.len());
        contents.push((
            "text/plain".to_owned(),
            joke["text"].as_str().ok_or("a joke without text")?.as_bytes().to_vec(),
        ));
    }
    let unpacked = Command::new("gzip").arg("-dc").arg(folder.join("ratings.csv.gz")).output()?;
    let mut by_person: BTreeMap<i64, Vec<(usize, f64)>> = BTreeMap::new();
    for line in String::from_utf8(unpacked.stdout)?.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let [user, joke, rating] = fields[..] else { return Err("ratings.csv.gz: three columns".into()) };
        by_person.entry(user.parse()?).or_default().push((place[&joke.parse()?], rating.parse()?));
    }
    let mut votes = vec![];
    for (user, mut ratings) in by_person.into_iter().take(persons) {
        // The file lists jokes by number; shuffled, so that pairs and first votes are not always the same ones.
        let mut state = user as u64;
        for last in (1..ratings.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ratings.swap(last, (state >> 33) as usize % (last + 1));
        }
        let person = Person { voter: Address::ZERO, source: format!("user-{user}") };
        for pair in ratings.chunks_exact(2) {
            let outcome = match pair[0].1.total_cmp(&pair[1].1) {
                std::cmp::Ordering::Greater => DuelOutcome::Left,
                std::cmp::Ordering::Less => DuelOutcome::Right,
                std::cmp::Ordering::Equal => DuelOutcome::Tie,
            };
            votes.push((person.clone(), Vote::duel(id(pair[0].0), id(pair[1].0), outcome)?));
        }
    }
    Ok(Dataset::from_votes(Digest::default(), embed("text@1", &contents)?, votes)?)
}
