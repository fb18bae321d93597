//! People's judgements from CSV files: comparisons, or ratings that are turned into comparisons.

use std::{
    cmp::Ordering,
    collections::HashMap,
    fs::File,
    io::{BufReader, Read},
    path::Path,
};

use flate2::read::GzDecoder;
use sha2::{Digest as _, Sha256};
use taste_core::{CandidateId, DuelOutcome, Vote};

use crate::error::CliError;

/// One person's sitting: its name in the file and the votes in order.
pub(crate) struct Sitting {
    pub(crate) name: String,
    pub(crate) votes: Vec<Vote>,
}

/// Which columns of a comparisons file mean what.
#[derive(Clone, Debug)]
pub(crate) struct ComparisonColumns {
    pub(crate) session: String,
    pub(crate) left: String,
    pub(crate) right: String,
    pub(crate) chosen: String,
}

/// Which columns of a ratings file mean what.
#[derive(Clone, Debug)]
pub(crate) struct RatingColumns {
    pub(crate) session: String,
    pub(crate) candidate: String,
    pub(crate) rating: String,
}

struct Table<'a> {
    path: &'a Path,
    reader: csv::Reader<Box<dyn Read>>,
    columns: Vec<usize>,
}

impl<'a> Table<'a> {
    fn open(path: &'a Path, names: &[&str]) -> Result<Self, CliError> {
        let file = BufReader::new(File::open(path).map_err(CliError::file(path))?);
        let source: Box<dyn Read> = if path.extension().is_some_and(|e| e == "gz") {
            Box::new(GzDecoder::new(file))
        } else {
            Box::new(file)
        };
        let mut reader = csv::Reader::from_reader(source);
        let wrong = |message: String| CliError::Content { path: path.to_owned(), line: 1, message };
        let header = reader.headers().map_err(|error| wrong(error.to_string()))?.clone();
        let columns = names
            .iter()
            .map(|name| {
                header.iter().position(|column| column == *name).ok_or_else(|| {
                    wrong(format!(
                        "no column {name:?}; there are {}",
                        header.iter().collect::<Vec<_>>().join(", ")
                    ))
                })
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { path, reader, columns })
    }

    /// Calls back with the wanted columns of every row.
    fn rows(mut self, mut row: impl FnMut(&[&str]) -> Result<(), String>) -> Result<(), CliError> {
        let path = self.path;
        let wrong = |line: usize, message: String| CliError::Content { path: path.to_owned(), line, message };
        for (index, record) in self.reader.records().enumerate() {
            let record = record.map_err(|error| {
                let line = error.position().map_or(index + 2, |position| position.line() as usize);
                wrong(line, error.to_string())
            })?;
            // Not the row's number: quoted cells may have several lines.
            let line = record.position().map_or(index + 2, |position| position.line() as usize);
            let cells: Vec<&str> = self.columns.iter().map(|&c| record.get(c).unwrap_or("")).collect();
            row(&cells).map_err(|message| wrong(line, message))?;
        }
        Ok(())
    }
}

/// Votes in the order of the file, grouped by sitting, sittings in order of appearance.
#[derive(Default)]
struct Sittings {
    list: Vec<Sitting>,
    places: HashMap<String, usize>,
}

impl Sittings {
    fn of(&mut self, name: &str) -> &mut Vec<Vote> {
        let place = *self.places.entry(name.to_owned()).or_insert_with(|| {
            self.list.push(Sitting { name: name.to_owned(), votes: Vec::new() });
            self.list.len() - 1
        });
        &mut self.list[place].votes
    }
}

/// Reads comparisons: `chosen` names the left or right candidate, or is `-1`, `tie` or empty for a tie.
pub(crate) fn comparisons(
    path: &Path,
    columns: &ComparisonColumns,
    candidates: &HashMap<String, CandidateId>,
) -> Result<Vec<Sitting>, CliError> {
    let table = Table::open(path, &[&columns.session, &columns.left, &columns.right, &columns.chosen])?;
    let mut sittings = Sittings::default();
    table.rows(|cells| {
        let &[session, left, right, chosen] = cells else {
            return Err("a row of four columns is expected".into());
        };
        let id = |name: &str| candidates.get(name).copied().ok_or_else(|| format!("no candidate {name:?}"));
        let outcome = match chosen {
            "-1" | "tie" | "" => DuelOutcome::Tie,
            name if name == left => DuelOutcome::Left,
            name if name == right => DuelOutcome::Right,
            name => {
                return Err(format!(
                    "chosen is {name:?}, neither left ({left}) nor right ({right}) nor a tie"
                ));
            }
        };
        let vote = Vote::duel(id(left)?, id(right)?, outcome).map_err(|error| error.to_string())?;
        sittings.of(session).push(vote);
        Ok(())
    })?;
    Ok(sittings.list)
}

/// Reads ratings and makes duels of them: each person's rated candidates, shuffled, two at a time; the higher rating
/// wins, equal ratings tie. Every rating is used once, so the duels are independent.
pub(crate) fn ratings(
    path: &Path,
    columns: &RatingColumns,
    candidates: &HashMap<String, CandidateId>,
) -> Result<Vec<Sitting>, CliError> {
    let table = Table::open(path, &[&columns.session, &columns.candidate, &columns.rating])?;
    let mut rated: Vec<(String, Vec<(CandidateId, f64)>)> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    table.rows(|cells| {
        let &[session, name, rating] = cells else { return Err("a row of three columns is expected".into()) };
        let id = candidates.get(name).copied().ok_or_else(|| format!("no candidate {name:?}"))?;
        let rating: f64 =
            rating.parse().ok().filter(|r: &f64| r.is_finite()).ok_or("a rating is a number")?;
        let place = *places.entry(session.to_owned()).or_insert_with(|| {
            rated.push((session.to_owned(), Vec::new()));
            rated.len() - 1
        });
        rated[place].1.push((id, rating));
        Ok(())
    })?;
    let mut sittings = Vec::with_capacity(rated.len());
    for (name, mut ratings) in rated {
        // In the order of the file neighbours would always meet. A hash shuffles the same way every time, and the
        // order within a pair, so which side wins, is as random as that.
        ratings.sort_by_cached_key(|(id, _)| Sha256::digest([name.as_bytes(), id.as_bytes()].concat()));
        let votes = ratings.chunks_exact(2).filter(|pair| pair[0].0 != pair[1].0).map(|pair| {
            let outcome = match pair[0].1.total_cmp(&pair[1].1) {
                Ordering::Greater => DuelOutcome::Left,
                Ordering::Less => DuelOutcome::Right,
                Ordering::Equal => DuelOutcome::Tie,
            };
            Vote::duel(pair[0].0, pair[1].0, outcome)
        });
        let votes = votes.collect::<Result<Vec<_>, _>>()?;
        if !votes.is_empty() {
            sittings.push(Sitting { name, votes });
        }
    }
    Ok(sittings)
}

#[cfg(test)]
mod tests {
    use std::{fs, path::PathBuf};

    use taste_core::{Digest, Judgement};

    use super::*;

    fn written(name: &str, text: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("taste-votes-{name}-{}.csv", std::process::id()));
        fs::write(&path, text).unwrap();
        path
    }

    fn candidates() -> HashMap<String, CandidateId> {
        [("a", 1), ("b", 2), ("c", 3)].map(|(name, byte)| (name.to_owned(), Digest([byte; 32]))).into()
    }

    fn outcomes(sitting: &Sitting) -> Vec<DuelOutcome> {
        let outcome = |vote: &Vote| match vote.judgement {
            Judgement::Duel { outcome, .. } => outcome,
            _ => panic!("only duels are made"),
        };
        sitting.votes.iter().map(outcome).collect()
    }

    fn columns() -> ComparisonColumns {
        let [session, left, right, chosen] = ["session", "left", "right", "chosen"].map(str::to_owned);
        ComparisonColumns { session, left, right, chosen }
    }

    #[test]
    fn comparisons_keep_order_sides_and_ties() {
        let path = written("good", "session,left,right,chosen\n1,a,b,a\n2,b,c,c\n1,c,a,-1\n");
        let sittings = comparisons(&path, &columns(), &candidates()).unwrap();
        assert_eq!(sittings.iter().map(|s| s.name.as_str()).collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(outcomes(&sittings[0]), [DuelOutcome::Left, DuelOutcome::Tie]);
        assert_eq!(outcomes(&sittings[1]), [DuelOutcome::Right]);
        fs::remove_file(path).unwrap();
    }

    #[test]
    fn a_wrong_row_is_named_by_its_line() {
        for (name, text, part) in [
            ("column", "session,left,right\n", "no column \"chosen\""),
            ("unknown", "session,left,right,chosen\n1,a,b,a\n1,a,x,a\n", "line 3: no candidate \"x\""),
            ("chosen", "session,left,right,chosen\n1,a,b,c\n", "neither left"),
            ("same", "session,left,right,chosen\n1,a,a,a\n", "same candidate"),
            ("ragged", "session,left,right,chosen\n1,a\n", "line 2"),
            ("quoted", "session,left,right,chosen\n\"1\n1\",a,b,a\n1,a,x,a\n", "line 4: no candidate"),
        ] {
            let path = written(name, text);
            let error = comparisons(&path, &columns(), &candidates()).err().expect("refused").to_string();
            assert!(error.contains(part), "{error}");
            fs::remove_file(path).unwrap();
        }
    }

    #[test]
    fn ratings_become_independent_duels() {
        let path = written("ratings", "user,joke,rating\n1,a,3.5\n1,b,-2\n2,a,1\n2,b,1\n2,c,1\n3,c,1\n");
        let names = ["user", "joke", "rating"].map(str::to_owned);
        let [session, candidate, rating] = names;
        let sittings = ratings(&path, &RatingColumns { session, candidate, rating }, &candidates()).unwrap();
        assert_eq!(sittings.len(), 2);
        let winner = sittings[0].votes[0].comparisons()[0].winner;
        assert_eq!(winner, Digest([1; 32]), "the higher rating wins on whichever side it is shown");
        assert_eq!(outcomes(&sittings[1]), [DuelOutcome::Tie]);
        fs::remove_file(path).unwrap();
    }
}
