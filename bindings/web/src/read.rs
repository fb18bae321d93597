//! JSON to Rust values.
//!
//! A field is taken by its name; what else an object has is not looked at, and a field that is not there reads as `null`. The
//! first thing that is wrong is remembered, with its place (`votes.3.outcome: …`), and reading goes on with nothing in
//! its stead: looked at once at the end, that is a fraction of the code of a look after each field, and the vote wasm is a
//! promise in bytes. For the same reason the values are read by hand here, where serde's derived code would do: that code is
//! four times as large.

use core::str::FromStr;

use taste_ballot::{
    Address, Ballot, Receipt, Revocation, Round, SessionGrant, Signature, SignedBallot, SignedGrant,
    SignedReceipt, SignedRound, parse_address,
};
use taste_core::{
    BoardRule, Candidate, CandidateKind, Digest, EncoderId, PointsCost, Rules, Vote, VoteKind, VoteWire,
    decimal, whole,
};
use taste_sdk::{BallotEnd, BallotRecord, Forecast, Records, Saved, VoteRecord};

use crate::{
    error::WebError,
    json::{Json, parse},
};

/// The value that a JSON text spells.
pub(crate) fn from_json<T: Read>(what: &'static str, text: &str) -> Result<T, WebError> {
    let mut reader = Reader::default();
    let json = parse(text).unwrap_or_else(|| {
        reader.wrong("", "this is no JSON");
        Json::Null
    });
    let value = T::read(&mut reader, json);
    match reader.wrong {
        None => Ok(value),
        Some(why) => Err(WebError::argument(what, &why)),
    }
}

/// What can be read. Where a reader finds something wrong, what it gives means nothing.
pub(crate) trait Read: Sized {
    fn read(reader: &mut Reader, from: Json) -> Self;
}

#[derive(Default)]
pub(crate) struct Reader {
    /// Names of lists and places in them, from the outside in.
    path: Vec<(&'static str, usize)>,
    wrong: Option<String>,
}

impl Reader {
    #[inline(never)]
    fn wrong(&mut self, name: &str, why: &str) {
        if self.wrong.is_some() {
            return;
        }
        let mut text = String::new();
        for (list, at) in &self.path {
            text.push_str(list);
            text.push('.');
            text.push_str(&decimal(*at as u64));
            text.push('.');
        }
        text.push_str(name);
        text.push_str(": ");
        text.push_str(why);
        self.wrong = Some(text);
    }

    #[inline(never)]
    fn field(&mut self, from: &mut Json, name: &str) -> Json {
        let Json::Object(fields) = from else {
            self.wrong(name, "expected an object around it");
            return Json::Null;
        };
        let found = fields.iter_mut().find(|(known, _)| known == name);
        found.map_or(Json::Null, |(_, value)| core::mem::replace(value, Json::Null))
    }

    #[inline(never)]
    fn text(&mut self, from: &mut Json, name: &str) -> String {
        match self.field(from, name) {
            Json::Text(text) => text,
            _ => {
                self.wrong(name, "expected a string");
                String::new()
            }
        }
    }

    #[inline(never)]
    fn number(&mut self, from: &mut Json, name: &str, most: u64) -> u64 {
        match self.field(from, name) {
            Json::Number(number) if number <= most => number,
            _ => {
                self.wrong(name, "expected a whole number in range");
                0
            }
        }
    }

    fn small(&mut self, from: &mut Json, name: &str) -> u8 {
        self.number(from, name, u8::MAX.into()) as u8
    }

    fn middle(&mut self, from: &mut Json, name: &str) -> u32 {
        self.number(from, name, u32::MAX.into()) as u32
    }

    /// A number that is written in digits, because JavaScript's end at 2⁵³: in their one spelling.
    #[inline(never)]
    fn decimal(&mut self, from: &mut Json, name: &str) -> u64 {
        let text = self.text(from, name);
        whole(&text).unwrap_or_else(|| {
            self.wrong(name, "expected a whole number in digits");
            0
        })
    }

    #[inline(never)]
    fn flag(&mut self, from: &mut Json, name: &str) -> bool {
        match self.field(from, name) {
            Json::Flag(flag) => flag,
            _ => {
                self.wrong(name, "expected true or false");
                false
            }
        }
    }

    fn word<T: FromStr>(&mut self, from: &mut Json, name: &str, otherwise: T) -> T {
        let text = self.text(from, name);
        text.parse().unwrap_or_else(|_| {
            self.wrong(name, "expected another word");
            otherwise
        })
    }

    #[inline(never)]
    fn digest(&mut self, from: &mut Json, name: &str) -> Digest {
        self.word(from, name, Digest::default())
    }

    #[inline(never)]
    fn address(&mut self, from: &mut Json, name: &str) -> Address {
        let text = self.text(from, name);
        parse_address(&text).unwrap_or_else(|_| {
            self.wrong(name, "expected an address");
            Address::ZERO
        })
    }

    #[inline(never)]
    fn signature(&mut self, from: &mut Json, name: &str) -> Signature {
        self.word(from, name, Signature::Recoverable([0; 65]))
    }

    #[inline(never)]
    fn items(&mut self, from: &mut Json, name: &'static str) -> Vec<Json> {
        match self.field(from, name) {
            Json::List(items) => items,
            _ => {
                self.wrong(name, "expected an array");
                Vec::new()
            }
        }
    }

    fn list<T: Read>(&mut self, from: &mut Json, name: &'static str) -> Vec<T> {
        let items = self.items(from, name);
        self.each(name, items)
    }

    fn each<T: Read>(&mut self, name: &'static str, items: Vec<Json>) -> Vec<T> {
        let mut read = Vec::with_capacity(items.len());
        for (at, item) in items.into_iter().enumerate() {
            self.path.push((name, at));
            read.push(T::read(self, item));
            self.path.pop();
        }
        read
    }

    fn value<T: Read>(&mut self, from: &mut Json, name: &str) -> T {
        let value = self.field(from, name);
        T::read(self, value)
    }

    fn optional<T: Read>(&mut self, from: &mut Json, name: &str) -> Option<T> {
        match self.field(from, name) {
            Json::Null => None,
            value => Some(T::read(self, value)),
        }
    }
}

/// An item of a list that is a text itself.
struct Item(String);

impl Read for Item {
    fn read(reader: &mut Reader, from: Json) -> Self {
        match from {
            Json::Text(text) => Self(text),
            _ => {
                reader.wrong("", "expected a string");
                Self(String::new())
            }
        }
    }
}

/// Reads a text of a list by a function.
fn item<T>(reader: &mut Reader, from: Json, read: impl FnOnce(&str) -> Option<T>) -> Option<T> {
    let Item(text) = Item::read(reader, from);
    let read = read(&text);
    if read.is_none() {
        reader.wrong("", "expected another text");
    }
    read
}

impl Read for String {
    fn read(reader: &mut Reader, from: Json) -> Self {
        Item::read(reader, from).0
    }
}

impl<T: Read> Read for Vec<T> {
    fn read(reader: &mut Reader, from: Json) -> Self {
        match from {
            Json::List(items) => reader.each("", items),
            _ => {
                reader.wrong("", "expected an array");
                Self::new()
            }
        }
    }
}

impl Read for Digest {
    fn read(reader: &mut Reader, from: Json) -> Self {
        item(reader, from, |text| text.parse().ok()).unwrap_or_default()
    }
}

impl Read for VoteKind {
    fn read(reader: &mut Reader, from: Json) -> Self {
        item(reader, from, |text| text.parse().ok()).unwrap_or(Self::Duel)
    }
}

impl Read for Address {
    fn read(reader: &mut Reader, from: Json) -> Self {
        item(reader, from, |text| parse_address(text).ok()).unwrap_or_default()
    }
}

impl Read for Candidate {
    fn read(reader: &mut Reader, mut from: Json) -> Self {
        let from = &mut from;
        Self {
            id: reader.digest(from, "id"),
            kind: reader.word(from, "kind", CandidateKind::Card),
            media_type: reader.text(from, "mediaType"),
            title: reader.text(from, "title"),
            note: reader.text(from, "note"),
        }
    }
}

impl Read for Rules {
    fn read(reader: &mut Reader, mut from: Json) -> Self {
        let from = &mut from;
        Self {
            kinds: reader.list(from, "kinds"),
            stars: reader.small(from, "stars"),
            halves: reader.flag(from, "halves"),
            points: reader.middle(from, "points"),
            cost: match &reader.text(from, "cost")[..] {
                "linear" => PointsCost::Linear,
                "quadratic" => PointsCost::Quadratic,
                _ => {
                    reader.wrong("cost", "expected linear or quadratic");
                    PointsCost::Linear
                }
            },
            ranking: reader.small(from, "ranking"),
            reasons: reader.list(from, "reasons"),
            board: reader.word(from, "board", BoardRule::Open),
        }
    }
}

impl Read for Round {
    fn read(reader: &mut Reader, mut from: Json) -> Self {
        let from = &mut from;
        Self {
            operator: reader.address(from, "operator"),
            title: reader.text(from, "title"),
            question: reader.text(from, "question"),
            encoder: EncoderId(reader.text(from, "encoder")),
            opens_at: reader.decimal(from, "opensAt"),
            closes_at: reader.decimal(from, "closesAt"),
            budget: reader.middle(from, "budget"),
            importers: reader.list(from, "importers"),
            rules: reader.value(from, "rules"),
            salt: reader.digest(from, "salt"),
            candidates: reader.list(from, "candidates"),
        }
    }
}

impl Read for SignedRound {
    fn read(reader: &mut Reader, mut from: Json) -> Self {
        let from = &mut from;
        Self { round: reader.value(from, "round"), signature: reader.signature(from, "signature") }
    }
}

impl Read for Vote {
    fn read(reader: &mut Reader, mut from: Json) -> Self {
        let from = &mut from;
        let wire = VoteWire {
            kind: reader.text(from, "kind"),
            candidates: reader.list(from, "candidates"),
            outcome: reader.text(from, "outcome"),
            strength: reader.small(from, "strength"),
            propensity: reader.middle(from, "propensity"),
            reasons: reader.list(from, "reasons"),
        };
        Self::try_from(wire).unwrap_or_else(|_| {
            reader.wrong("outcome", "expected a vote");
            Self::approval(Digest::default(), taste_core::ApprovalOutcome::Skip)
        })
    }
}

impl Read for Ballot {
    fn read(reader: &mut Reader, mut from: Json) -> Self {
        let from = &mut from;
        Self {
            round: reader.digest(from, "round"),
            voter: reader.address(from, "voter"),
            sequence: reader.decimal(from, "sequence"),
            issued_at: reader.decimal(from, "issuedAt"),
            deadline: reader.decimal(from, "deadline"),
            source: reader.text(from, "source"),
            votes: reader.list(from, "votes"),
        }
    }
}

impl Read for SessionGrant {
    fn read(reader: &mut Reader, mut from: Json) -> Self {
        let from = &mut from;
        Self {
            voter: reader.address(from, "voter"),
            session: reader.address(from, "session"),
            scope: reader.word(from, "scope", taste_ballot::Scope::EveryRound),
            origin: reader.text(from, "origin"),
            not_before: reader.decimal(from, "notBefore"),
            not_after: reader.decimal(from, "notAfter"),
        }
    }
}

impl Read for SignedGrant {
    fn read(reader: &mut Reader, mut from: Json) -> Self {
        let from = &mut from;
        Self {
            grant: reader.value(from, "grant"),
            signature: reader.signature(from, "signature"),
            acceptance: reader.signature(from, "acceptance"),
        }
    }
}

impl Read for SignedBallot {
    fn read(reader: &mut Reader, mut from: Json) -> Self {
        let from = &mut from;
        Self {
            ballot: reader.value(from, "ballot"),
            signature: reader.signature(from, "signature"),
            grant: reader.optional(from, "grant"),
        }
    }
}

impl Read for Revocation {
    fn read(reader: &mut Reader, mut from: Json) -> Self {
        let from = &mut from;
        Self {
            voter: reader.address(from, "voter"),
            session: reader.address(from, "session"),
            revoked_at: reader.decimal(from, "revokedAt"),
        }
    }
}

impl Read for Receipt {
    fn read(reader: &mut Reader, mut from: Json) -> Self {
        let from = &mut from;
        Self {
            ballot: reader.digest(from, "ballot"),
            round: reader.digest(from, "round"),
            index: reader.decimal(from, "index"),
            accepted_at: reader.decimal(from, "acceptedAt"),
        }
    }
}

impl Read for SignedReceipt {
    fn read(reader: &mut Reader, mut from: Json) -> Self {
        let from = &mut from;
        Self { receipt: reader.value(from, "receipt"), signature: reader.signature(from, "signature") }
    }
}

// ---- what was saved ----------------------------------------------------------------------------------------

impl Read for Forecast {
    fn read(reader: &mut Reader, mut from: Json) -> Self {
        let from = &mut from;
        Self {
            probability: reader.middle(from, "probability"),
            low: reader.middle(from, "low"),
            high: reader.middle(from, "high"),
        }
    }
}

impl Read for VoteRecord {
    fn read(reader: &mut Reader, mut from: Json) -> Self {
        let from = &mut from;
        Self {
            id: reader.digest(from, "id"),
            order: reader.middle(from, "order"),
            cast_at: reader.number(from, "castAt", u64::MAX),
            vote: reader.value(from, "vote"),
            forecast: reader.value(from, "forecast"),
            counts: reader.flag(from, "counts"),
            withdrawn: reader.flag(from, "withdrawn"),
        }
    }
}

impl Read for BallotEnd {
    fn read(reader: &mut Reader, mut from: Json) -> Self {
        let from = &mut from;
        match &reader.text(from, "state")[..] {
            "pending" => Self::Pending,
            "returned" => Self::Returned { code: reader.text(from, "code") },
            "undeliverable" => Self::Undeliverable { code: reader.text(from, "code") },
            "accepted" => Self::Accepted {
                receipt: reader.value(from, "receipt"),
                checked: reader.flag(from, "checked"),
            },
            _ => {
                reader.wrong("state", "expected another word");
                Self::Pending
            }
        }
    }
}

impl Read for BallotRecord {
    fn read(reader: &mut Reader, mut from: Json) -> Self {
        let from = &mut from;
        Self {
            id: reader.digest(from, "id"),
            signed: reader.value(from, "signed"),
            votes: reader.list(from, "votes"),
            end: reader.value(from, "end"),
        }
    }
}

impl Read for Saved {
    fn read(reader: &mut Reader, mut from: Json) -> Self {
        let from = &mut from;
        let format = reader.text(from, "format");
        let round = reader.digest(from, "round");
        let mut records = reader.field(from, "records");
        let records = Records {
            votes: reader.list(&mut records, "votes"),
            ballots: reader.list(&mut records, "ballots"),
            sequence: reader.decimal(&mut records, "sequence"),
            taught_from: reader.middle(&mut records, "taughtFrom"),
        };
        Self::from_parts(format, round, records, reader.flag(from, "keepGoing"))
    }
}
