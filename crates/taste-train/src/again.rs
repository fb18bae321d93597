//! Training a model again from what its own file says, and comparing the bytes.
//!
//! The file names the round, the part of the log, the settings and which claims were known; everything else is computed.
//! Two things in it are about its past and are taken over as they stand: its parent, whose file is needed where training
//! started from it, and what it was made with.

use std::collections::BTreeMap;

use serde_json::Value;
use sha2::{Digest as _, Sha256};
use taste_ballot::Address;
use taste_core::{Digest, EncoderId, RoundId};
use taste_model::TasteModel;
use taste_onnx::{ModelProto, parse};

use crate::{
    claims::{KnownClaims, Owners},
    dataset::{Dataset, EmbeddedCandidates},
    error::TrainError,
    progress::Progress,
    train::{MadeWith, Metrics, TrainConfig, Trained, train_noting},
    warm,
};

/// The most differences that are told, and the most characters of each: a stranger's file must not fill a terminal.
const MOST_DIFFERENCES: usize = 6;
const MOST_CHARACTERS: usize = 300;

/// How a model was made, as its file says it.
#[derive(Clone, Debug)]
pub struct Recipe {
    onnx: Vec<u8>,
    round: RoundId,
    encoder: EncoderId,
    log_size: u64,
    log_root: Digest,
    claims: KnownClaims,
    config: TrainConfig,
    made_with: MadeWith,
}

impl Recipe {
    /// Reads a model's file.
    ///
    /// # Errors
    /// [`TrainError::Model`] where it is no taste model, [`TrainError::Unrepeatable`] where it was not trained on a log or
    /// does not say how.
    pub fn read(onnx: Vec<u8>) -> Result<Self, TrainError> {
        let model = TasteModel::from_onnx(&onnx)?;
        let provenance = model.provenance();
        let unrepeatable = |what: &str, error: serde_json::Error| TrainError::Unrepeatable {
            reason: format!("its {what} cannot be read ({error})"),
        };
        if provenance.log_size == 0 {
            return Err(TrainError::Unrepeatable { reason: "it names no log".into() });
        }
        let metrics: Metrics =
            serde_json::from_str(&provenance.metrics).map_err(|error| unrepeatable("metrics", error))?;
        let claims =
            KnownClaims::from_text(&provenance.claims).map_err(|error| unrepeatable("claims", error))?;
        Ok(Self {
            round: provenance.round,
            encoder: model.encoder().clone(),
            log_size: provenance.log_size,
            log_root: provenance.log_root,
            claims,
            config: TrainConfig { parent: provenance.parent, ..metrics.settings },
            made_with: metrics.made_with,
            onnx,
        })
    }

    /// Whose log it takes.
    pub fn round(&self) -> RoundId {
        self.round
    }

    /// Which encoder must embed the candidates.
    pub fn encoder(&self) -> &EncoderId {
        &self.encoder
    }

    /// The model that its training started from, where it started from one: whoever trains it again needs that file, too.
    pub fn parent(&self) -> Option<Digest> {
        self.config.warm_steps.and(self.config.parent)
    }

    /// The part of a round's log that the model learned from: its first lines, and they are the very same.
    ///
    /// # Errors
    /// [`TrainError::OtherRound`], [`TrainError::LogTooShort`], [`TrainError::OtherLog`].
    pub fn part<'l, 'b>(&self, round: RoundId, lines: &'l [&'b [u8]]) -> Result<&'l [&'b [u8]], TrainError> {
        if round != self.round {
            return Err(TrainError::OtherRound { expected: self.round, found: round });
        }
        let size = usize::try_from(self.log_size).ok();
        let Some(part) = size.and_then(|size| lines.get(..size)) else {
            return Err(TrainError::LogTooShort { needed: self.log_size, found: lines.len() as u64 });
        };
        let found = taste_ledger::root(part.iter().copied());
        if found != self.log_root {
            return Err(TrainError::OtherLog { size: self.log_size, expected: self.log_root, found });
        }
        Ok(part)
    }

    /// Trains again: from this round, its candidates, its log (ballots that came later are left out) and its claims (those
    /// that came later are left out, too), and the file of its [`parent`](Self::parent). The result is the very same file.
    ///
    /// # Errors
    /// [`TrainError::NotTheSame`] says what differs; [`TrainError::OtherEncoder`], [`TrainError::OtherClaims`],
    /// [`TrainError::ParentNeeded`], [`TrainError::OtherParent`], and those
    /// of [`part`](Self::part), [`Dataset::from_log`] and [`train`](crate::train()).
    pub fn train(
        &self,
        round: RoundId,
        candidates: EmbeddedCandidates,
        lines: &[&[u8]],
        claims: &BTreeMap<Address, Address>,
        parent: Option<&[u8]>,
        progress: &mut dyn Progress,
    ) -> Result<Trained, TrainError> {
        let parent = self.parent().map(|expected| self.read_parent(expected, parent)).transpose()?;
        let lines = self.part(round, lines)?.iter().copied();
        if *candidates.encoder() != self.encoder {
            let found = candidates.encoder().clone();
            return Err(TrainError::OtherEncoder { expected: self.encoder.clone(), found });
        }
        let owners = Owners::new(claims, Some(&self.claims));
        let dataset = Dataset::read(round, candidates, lines, owners)?;
        let parent = parent.filter(|parent| warm::fits(parent, &dataset, &self.config));
        let trained = train_noting(&dataset, &self.config, parent.as_ref(), Some(&self.made_with), progress)?;
        if trained.onnx == self.onnx {
            return Ok(trained);
        }
        let mut differences = self.made_with.differences_to(&MadeWith::here()?);
        differences.extend(between_files(&parse_written(&self.onnx)?, &parse_written(&trained.onnx)?));
        differences.truncate(MOST_DIFFERENCES);
        Err(TrainError::NotTheSame {
            expected: Digest(Sha256::digest(&self.onnx).into()),
            found: trained.digest,
            differences: differences.iter().map(|text| shortened(text)).collect::<Vec<_>>().join("; "),
        })
    }
}

impl Recipe {
    fn read_parent(&self, expected: Digest, parent: Option<&[u8]>) -> Result<TasteModel, TrainError> {
        let parent = parent.ok_or(TrainError::ParentNeeded { parent: expected })?;
        let found = Digest(Sha256::digest(parent).into());
        if found != expected {
            return Err(TrainError::OtherParent { expected, found });
        }
        Ok(TasteModel::from_onnx(parent)?)
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(MOST_CHARACTERS).collect()
}

fn parse_written(onnx: &[u8]) -> Result<ModelProto, TrainError> {
    Ok(parse(onnx).map_err(taste_model::ModelError::from)?)
}

impl MadeWith {
    fn differences_to(&self, here: &Self) -> Vec<String> {
        let mut found = vec![];
        for (what, then, now) in [
            ("ONNX Runtime", &self.onnx_runtime, &here.onnx_runtime),
            ("the processor", &self.processor, &here.processor),
        ] {
            if then != now {
                found.push(format!("{what} was {then:?}, is {now:?}"));
            }
        }
        found
    }
}

/// What two files that are not the same differ in: never empty.
fn between_files(then: &ModelProto, now: &ModelProto) -> Vec<String> {
    let mut found = vec![];
    if then.producer_version != now.producer_version {
        found.push(format!("Tastemaker was {}, is {}", then.producer_version, now.producer_version));
    }
    for entry in &now.metadata_props {
        let was = then.metadata(&entry.key).unwrap_or_default();
        match (entry.key.as_str(), was == entry.value) {
            (_, true) => {}
            ("metrics", false) => {
                let json = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
                between_values("metrics", &json(was), &json(&entry.value), &mut found);
            }
            (key, false) => found.push(format!("{key} was {was}, is {}", entry.value)),
        }
    }
    if then.graph != now.graph {
        found.push("the trained numbers".into());
    }
    if found.is_empty() {
        found.push("parts of the file that say nothing of the model".into());
    }
    found
}

fn between_values(path: &str, then: &Value, now: &Value, found: &mut Vec<String>) {
    match (then, now) {
        (Value::Object(then), Value::Object(now)) => {
            let names: std::collections::BTreeSet<&String> = then.keys().chain(now.keys()).collect();
            for name in names {
                let of =
                    |object: &serde_json::Map<String, Value>| object.get(name).cloned().unwrap_or_default();
                between_values(&format!("{path}.{name}"), &of(then), &of(now), found);
            }
        }
        _ if then == now => {}
        _ => found.push(format!("{path} was {then}, is {now}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use taste_onnx::GraphBuilder;

    fn file(seed: &str, metrics: &Value) -> ModelProto {
        let mut graph = GraphBuilder::new("test");
        graph.metadata("seed", seed);
        graph.metadata("metrics", &metrics.to_string());
        graph.finish()
    }

    #[test]
    fn what_differs_is_named() {
        let settings = json!({"persons": 3, "settings": {"steps": 40, "rank": 2}});
        let then = file("1", &settings);
        let said = |now: &ModelProto| between_files(&then, now);
        assert_eq!(said(&then), ["parts of the file that say nothing of the model"]);
        assert_eq!(said(&file("2", &settings)), ["seed was 1, is 2"]);
        let now = file("1", &json!({"persons": 4, "settings": {"steps": 40}}));
        assert_eq!(said(&now), ["metrics.persons was 3, is 4", "metrics.settings.rank was 2, is null"]);
        let mut numbers = then.clone();
        numbers.graph.as_mut().unwrap().name = "other".into();
        numbers.producer_version = "9.0.0".into();
        let version = env!("CARGO_PKG_VERSION");
        assert_eq!(said(&numbers), [&*format!("Tastemaker was {version}, is 9.0.0"), "the trained numbers"]);

        let made =
            |onnx_runtime: &str| MadeWith { onnx_runtime: onnx_runtime.into(), processor: "x86_64".into() };
        let difference = r#"ONNX Runtime was "1.22", is "1.23""#;
        assert_eq!(made("1.22").differences_to(&made("1.23")), [difference]);
        assert_eq!(made("1.22").differences_to(&made("1.22")), [""; 0]);
    }
}
