//! People's judgements from CSV files: comparisons, likes, or ratings. What ratings say in votes, `rated.rs` knows.

use std::{
    collections::HashMap,
    fs::File,
    io::{BufReader, Read},
    path::Path,
};

use flate2::read::GzDecoder;
use sha2::{Digest as _, Sha256};
use taste_core::{ApprovalOutcome, CandidateId, DuelOutcome, Vote};

use crate::{error::CliError, rated::Rated};

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

/// Which columns of a file of likes mean what.
#[derive(Clone, Debug)]
pub(crate) struct LikeColumns {
    pub(crate) session: String,
    pub(crate) candidate: String,
    pub(crate) liked: String,
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

/// Reads likes: `liked` is for, yes, true or 1; against, no, false or 0; or skip.
pub(crate) fn likes(
    path: &Path,
    columns: &LikeColumns,
    candidates: &HashMap<String, CandidateId>,
) -> Result<Vec<Sitting>, CliError> {
    let table = Table::open(path, &[&columns.session, &columns.candidate, &columns.liked])?;
    let mut sittings = Sittings::default();
    table.rows(|cells| {
        let &[session, name, liked] = cells else { return Err("a row of three columns is expected".into()) };
        let id = candidates.get(name).copied().ok_or_else(|| format!("no candidate {name:?}"))?;
        let outcome = match liked {
            "for" | "yes" | "true" | "1" => ApprovalOutcome::For,
            "against" | "no" | "false" | "0" => ApprovalOutcome::Against,
            "skip" => ApprovalOutcome::Skip,
            word => {
                return Err(format!(
                    "liked is {word:?}, neither for, yes, true, 1 nor against, no, false, 0"
                ));
            }
        };
        sittings.of(session).push(Vote::approval(id, outcome));
        Ok(())
    })?;
    Ok(sittings.list)
}

/// Reads ratings, in order of appearance of whose they are; each person's are shuffled.
pub(crate) fn ratings(
    path: &Path,
    columns: &RatingColumns,
    candidates: &HashMap<String, CandidateId>,
    scale: Option<(f64, f64)>,
) -> Result<Vec<Rated>, CliError> {
    let table = Table::open(path, &[&columns.session, &columns.candidate, &columns.rating])?;
    let mut rated: Vec<Rated> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    table.rows(|cells| {
        let &[session, name, rating] = cells else { return Err("a row of three columns is expected".into()) };
        let id = candidates.get(name).copied().ok_or_else(|| format!("no candidate {name:?}"))?;
        let rating: f64 =
            rating.parse().ok().filter(|r: &f64| r.is_finite()).ok_or("a rating is a number")?;
        if let Some((low, high)) = scale
            && !(low..=high).contains(&rating)
        {
            return Err(format!("{rating} is not on the scale, {low} to {high}"));
        }
        let place = *places.entry(session.to_owned()).or_insert_with(|| {
            rated.push(Rated { name: session.to_owned(), ratings: Vec::new() });
            rated.len() - 1
        });
        rated[place].ratings.push((id, rating));
        Ok(())
    })?;
    for Rated { name, ratings } in &mut rated {
        // In the order of the file neighbours would always meet. A hash shuffles the same way every time, and the
        // order within a pair, so which side wins, is as random as that.
        ratings.sort_by_cached_key(|(id, _)| Sha256::digest([name.as_bytes(), id.as_bytes()].concat()));
    }
    Ok(rated)
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
    fn likes_are_read_by_their_words() {
        let columns = || {
            let [session, candidate, liked] = ["who", "what", "liked"].map(str::to_owned);
            LikeColumns { session, candidate, liked }
        };
        let path = written("likes", "who,what,liked\n1,a,1\n1,b,no\n2,c,skip\n");
        let sittings = likes(&path, &columns(), &candidates()).unwrap();
        let said: Vec<Vec<String>> = sittings
            .iter()
            .map(|sitting| sitting.votes.iter().map(|vote| vote.judgement.outcome()).collect())
            .collect();
        assert_eq!(said, [vec!["for", "against"], vec!["skip"]]);
        fs::write(&path, "who,what,liked\n1,a,1\n1,b,maybe\n").unwrap();
        let error = likes(&path, &columns(), &candidates()).err().expect("refused").to_string();
        assert!(error.contains("line 3: liked is \"maybe\""), "{error}");
        fs::remove_file(path).unwrap();
    }

    #[test]
    fn ratings_are_grouped_by_person_and_shuffled_the_same_way_every_time() {
        let path = written("ratings", "user,joke,rating\n1,a,3.5\n2,a,1\n1,b,-2\n1,c,0\n2,b,1\n");
        let [session, candidate, rating] = ["user", "joke", "rating"].map(str::to_owned);
        let columns = RatingColumns { session, candidate, rating };
        let read = |scale| ratings(&path, &columns, &candidates(), scale);
        let (once, again) = (read(None).unwrap(), read(Some((-2.0, 3.5))).unwrap());
        let names: Vec<&str> = once.iter().map(|person| person.name.as_str()).collect();
        assert_eq!(names, ["1", "2"]);
        assert_eq!(once[0].ratings.len(), 3);
        assert_eq!(once[0].ratings, again[0].ratings);
        let error = read(Some((-1.0, 5.0))).err().expect("refused").to_string();
        assert!(error.contains("line 4: -2 is not on the scale, -1 to 5"), "{error}");
        fs::remove_file(path).unwrap();
    }
}
