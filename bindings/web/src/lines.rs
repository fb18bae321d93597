//! Values as lines of text, in an order that both sides know: how the round comes in, and how the session's views and memory
//! go out. JSON says every name each time, and the code that reads and writes those names was a tenth of what a page loads
//! before its first vote.
//!
//! A text is one line: `\\` and `\n` stand for a backslash and a line's end. Flags are `1` and nothing, a list is its length and then
//! its items. `lines.ts` is the other side.

use core::str::FromStr;

use taste_ballot::{
    Address, Ballot, Receipt, Round, SessionGrant, Signature, SignedBallot, SignedGrant, SignedReceipt,
    SignedRound, checksum, parse_address,
};
use taste_core::{
    Candidate, CandidateKind, CoreError, Digest, EncoderId, PointsCost, Rules, Vote, VoteWire, cut, decimal,
    hex, shortened, whole,
};
use taste_sdk::{
    BallotEnd, BallotRecord, Delivery, DeskView, Forecast, OwnVote, Phase, Records, Tally, VoteRecord,
};

use crate::error::WebError;

// ---- reading -------------------------------------------------------------------------------------------------

/// Lines that were not read yet. The first one that is wrong is remembered and reading goes on with nothing in its stead: looked
/// at once at the end, that is a fraction of the code of a look after each line.
pub(crate) struct Lines<'a> {
    left: Option<&'a str>,
    wrong: Option<String>,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { left: Some(text), wrong: None }
    }

    /// The next line as it is; empty where there is none.
    #[inline(never)]
    pub(crate) fn line(&mut self) -> &'a str {
        cut(&mut self.left, b'\n').unwrap_or_default()
    }

    /// All that is left.
    pub(crate) fn rest(&mut self) -> &'a str {
        self.left.take().unwrap_or_default()
    }

    #[inline(never)]
    fn wrong(&mut self, found: &str, expected: &str) {
        if self.wrong.is_none() {
            self.wrong = Some(["“", &shortened(found), "”: expected ", expected].concat());
        }
    }

    /// Whether all that was read is what was expected there.
    pub(crate) fn end(self, what: &'static str) -> Result<(), WebError> {
        match self.wrong {
            None => Ok(()),
            Some(why) => Err(WebError::argument(what, &why)),
        }
    }

    #[inline(never)]
    pub(crate) fn text(&mut self) -> String {
        let mut text = String::new();
        let mut escaped = false;
        for sign in self.line().chars() {
            escaped = match (escaped, sign) {
                (false, '\\') => true,
                (true, 'n') => {
                    text.push('\n');
                    false
                }
                _ => {
                    text.push(sign);
                    false
                }
            };
        }
        text
    }

    /// A whole number in its one spelling.
    #[inline(never)]
    fn number(&mut self, most: u64) -> u64 {
        let line = self.line();
        whole(line).filter(|number| *number <= most).unwrap_or_else(|| {
            self.wrong(line, "a whole number in range");
            0
        })
    }

    fn small(&mut self) -> u8 {
        self.number(u8::MAX.into()) as u8
    }

    fn middle(&mut self) -> u32 {
        self.number(u32::MAX.into()) as u32
    }

    fn large(&mut self) -> u64 {
        self.number(u64::MAX)
    }

    fn flag(&mut self) -> bool {
        self.line() == "1"
    }

    fn word<T: FromStr>(&mut self, otherwise: T) -> T {
        let line = self.line();
        line.parse().unwrap_or_else(|_| {
            self.wrong(line, "another word");
            otherwise
        })
    }

    #[inline(never)]
    fn digest(&mut self) -> Digest {
        self.word(Digest::default())
    }

    #[inline(never)]
    fn address(&mut self) -> Address {
        let line = self.line();
        parse_address(line).unwrap_or_else(|_| {
            self.wrong(line, "an address");
            Address::ZERO
        })
    }

    fn signature(&mut self) -> Signature {
        self.word(Signature::Recoverable([0; 65]))
    }

    /// A list. Its length is believed only as far as there are lines.
    fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let mut items = Vec::new();
        for _ in 0..self.middle() {
            if self.left.is_none() {
                self.wrong("", "more lines");
                break;
            }
            items.push(item(self));
        }
        items
    }

    pub(crate) fn texts(&mut self) -> Vec<String> {
        self.list(Self::text)
    }

    fn digests(&mut self) -> Vec<Digest> {
        self.list(Self::digest)
    }

    /// Something or nothing: a list of one, or of none.
    fn maybe<T>(&mut self, item: impl FnMut(&mut Self) -> T) -> Option<T> {
        self.list(item).pop()
    }

    fn candidate(&mut self) -> Candidate {
        Candidate {
            id: self.digest(),
            kind: self.word(CandidateKind::Card),
            media_type: self.text(),
            title: self.text(),
            note: self.text(),
        }
    }

    fn rules(&mut self) -> Rules {
        Rules {
            kinds: self.list(|lines| lines.word(taste_core::VoteKind::Duel)),
            stars: self.small(),
            halves: self.flag(),
            points: self.middle(),
            cost: match self.line() {
                "quadratic" => PointsCost::Quadratic,
                "linear" => PointsCost::Linear,
                other => {
                    self.wrong(other, "linear or quadratic");
                    PointsCost::Linear
                }
            },
            ranking: self.small(),
            reasons: self.texts(),
            board: self.word(taste_core::BoardRule::Open),
        }
    }

    /// A round and its signature.
    pub(crate) fn signed_round(&mut self) -> SignedRound {
        let signature = self.signature();
        let round = Round {
            operator: self.address(),
            title: self.text(),
            question: self.text(),
            encoder: EncoderId(self.text()),
            opens_at: self.large(),
            closes_at: self.large(),
            budget: self.middle(),
            importers: self.list(Self::address),
            salt: self.digest(),
            rules: self.rules(),
            candidates: self.list(Self::candidate),
        };
        SignedRound { round, signature }
    }

    /// What [`save`] wrote after its first line: the round, what is remembered, whether to keep going.
    pub(crate) fn memory(&mut self) -> (Digest, Records, bool) {
        let (round, keep_going) = (self.digest(), self.flag());
        let (sequence, taught_from) = (self.large(), self.middle());
        let votes = self.list(Self::vote_record);
        (round, Records { votes, ballots: self.list(Self::ballot_record), sequence, taught_from }, keep_going)
    }

    fn vote(&mut self) -> Vote {
        let wire = VoteWire {
            kind: self.line().into(),
            outcome: self.line().into(),
            strength: self.small(),
            propensity: self.middle(),
            candidates: self.digests(),
            reasons: self.texts(),
        };
        Vote::try_from(wire).unwrap_or_else(|_: CoreError| {
            self.wrong("", "a vote");
            Vote::approval(Digest::default(), taste_core::ApprovalOutcome::Skip)
        })
    }

    fn vote_record(&mut self) -> VoteRecord {
        VoteRecord {
            id: self.digest(),
            order: self.middle(),
            cast_at: self.large(),
            forecast: Forecast { probability: self.middle(), low: self.middle(), high: self.middle() },
            counts: self.flag(),
            withdrawn: self.flag(),
            vote: self.vote(),
        }
    }

    fn grant(&mut self) -> SignedGrant {
        SignedGrant {
            grant: SessionGrant {
                voter: self.address(),
                session: self.address(),
                scope: self.word(taste_ballot::Scope::EveryRound),
                origin: self.text(),
                not_before: self.large(),
                not_after: self.large(),
            },
            signature: self.signature(),
            acceptance: self.signature(),
        }
    }

    fn receipt(&mut self) -> SignedReceipt {
        SignedReceipt {
            receipt: Receipt {
                ballot: self.digest(),
                round: self.digest(),
                index: self.large(),
                accepted_at: self.large(),
            },
            signature: self.signature(),
        }
    }

    fn ballot_record(&mut self) -> BallotRecord {
        let (id, end) = (self.digest(), self.end_of_ballot());
        let ballot = Ballot {
            round: self.digest(),
            voter: self.address(),
            sequence: self.large(),
            issued_at: self.large(),
            deadline: self.large(),
            source: self.text(),
            votes: self.list(Self::vote),
        };
        let signed = SignedBallot { ballot, signature: self.signature(), grant: self.maybe(Self::grant) };
        BallotRecord { id, signed, votes: self.digests(), end }
    }

    fn end_of_ballot(&mut self) -> BallotEnd {
        match self.line() {
            "pending" => BallotEnd::Pending,
            "returned" => BallotEnd::Returned { code: self.text() },
            "undeliverable" => BallotEnd::Undeliverable { code: self.text() },
            "accepted" => BallotEnd::Accepted { checked: self.flag(), receipt: self.receipt() },
            other => {
                self.wrong(other, "a ballot's state");
                BallotEnd::Pending
            }
        }
    }
}

// ---- writing -------------------------------------------------------------------------------------------------

/// Lines in the making.
#[derive(Default)]
pub(crate) struct Page(String);

impl Page {
    /// Something that has no line's end and no backslash in it.
    #[inline(never)]
    pub(crate) fn line(&mut self, line: &str) {
        self.0.push_str(line);
        self.0.push('\n');
    }

    #[inline(never)]
    pub(crate) fn text(&mut self, text: &str) {
        for sign in text.chars() {
            match sign {
                '\n' => self.0.push_str("\\n"),
                '\\' => self.0.push_str("\\\\"),
                _ => self.0.push(sign),
            }
        }
        self.0.push('\n');
    }

    #[inline(never)]
    fn number(&mut self, number: u64) {
        self.line(&decimal(number));
    }

    fn flag(&mut self, flag: bool) {
        self.line(if flag { "1" } else { "" });
    }

    #[inline(never)]
    fn bytes(&mut self, bytes: &[u8]) {
        self.line(&hex(bytes));
    }

    fn address(&mut self, address: &Address) {
        self.line(&checksum(address));
    }

    fn count(&mut self, items: usize) {
        self.number(items as u64);
    }

    #[inline(never)]
    fn digests(&mut self, digests: &[Digest]) {
        self.count(digests.len());
        digests.iter().for_each(|digest| self.bytes(&digest.0));
    }

    fn vote(&mut self, vote: &Vote) {
        self.line(vote.kind().as_str());
        self.line(&vote.judgement.outcome());
        self.number(vote.strength.map_or(0, |strength| strength.get().into()));
        self.number(vote.propensity.billionths().into());
        self.digests(&vote.candidates());
        self.count(vote.reasons.len());
        vote.reasons.iter().for_each(|reason| self.text(reason));
    }

    fn vote_record(&mut self, record: &VoteRecord) {
        self.bytes(&record.id.0);
        self.number(record.order.into());
        self.number(record.cast_at);
        self.number(record.forecast.probability.into());
        self.number(record.forecast.low.into());
        self.number(record.forecast.high.into());
        self.flag(record.counts);
        self.flag(record.withdrawn);
        self.vote(&record.vote);
    }

    fn ballot_record(&mut self, record: &BallotRecord) {
        self.bytes(&record.id.0);
        match &record.end {
            BallotEnd::Returned { code } => {
                self.line("returned");
                self.text(code);
            }
            BallotEnd::Undeliverable { code } => {
                self.line("undeliverable");
                self.text(code);
            }
            BallotEnd::Accepted { receipt: SignedReceipt { receipt, signature }, checked } => {
                self.line("accepted");
                self.flag(*checked);
                self.bytes(&receipt.ballot.0);
                self.bytes(&receipt.round.0);
                self.number(receipt.index);
                self.number(receipt.accepted_at);
                self.bytes(signature.as_bytes());
            }
            _ => self.line("pending"),
        }
        let SignedBallot { ballot, signature, grant } = &record.signed;
        self.bytes(&ballot.round.0);
        self.address(&ballot.voter);
        self.number(ballot.sequence);
        self.number(ballot.issued_at);
        self.number(ballot.deadline);
        self.text(&ballot.source);
        self.count(ballot.votes.len());
        ballot.votes.iter().for_each(|vote| self.vote(vote));
        self.bytes(signature.as_bytes());
        self.count(grant.iter().len());
        if let Some(SignedGrant { grant, signature, acceptance }) = grant {
            self.address(&grant.voter);
            self.address(&grant.session);
            self.line(&grant.scope.to_text());
            self.text(&grant.origin);
            self.number(grant.not_before);
            self.number(grant.not_after);
            self.bytes(signature.as_bytes());
            self.bytes(acceptance.as_bytes());
        }
        self.digests(&record.votes);
    }

    fn tally(&mut self, tally: &Tally) {
        self.number(tally.hits.into());
        self.number(tally.guessed.into());
        let signs = tally.recent.iter().map(|hit| if *hit { '1' } else { '0' });
        self.line(&signs.collect::<String>());
    }

    fn delivery(&mut self, delivery: &Delivery) {
        self.number(delivery.kept.into());
        self.number(delivery.undeliverable.into());
        self.number(delivery.unchecked.into());
        self.flag(delivery.offline);
        match delivery.retry_in {
            Some(seconds) => self.number(seconds.into()),
            None => self.line(""),
        }
        self.text(delivery.trouble.as_deref().unwrap_or_default());
        self.text(delivery.storage.as_deref().unwrap_or_default());
    }

    fn desk(&mut self, view: &DeskView) {
        self.line(match view.phase {
            Phase::Loading => "loading",
            Phase::Asking => "asking",
            Phase::Answered => "answered",
            Phase::Done => "done",
            Phase::Empty => "empty",
            Phase::Upcoming => "upcoming",
            Phase::Closed => "closed",
        });
        self.digests(view.candidates.as_deref().unwrap_or_default());
        self.digests(view.upcoming.as_deref().unwrap_or_default());
        self.line(view.outcome.as_deref().unwrap_or_default());
        self.number(view.progress.0.into());
        self.number(view.progress.1.into());
        self.flag(view.can_undo);
        self.flag(view.enough);
        self.tally(&view.tally);
        self.delivery(&view.delivery);
        if let Some(guess) = &view.guess {
            self.number(guess.probability.into());
            self.number(guess.low.into());
            self.number(guess.high.into());
            self.flag(guess.undecided);
            self.line(match guess.hit {
                Some(true) => "1",
                Some(false) => "0",
                None => "",
            });
        }
    }

    fn own_vote(&mut self, own: &OwnVote) {
        self.vote(&own.vote);
        self.number(own.cast_at);
        self.line(own.standing);
    }
}

fn page(write: impl FnOnce(&mut Page)) -> String {
    let mut page = Page::default();
    write(&mut page);
    page.0
}

pub(crate) fn desk(view: &DeskView) -> String {
    page(|page| page.desk(view))
}

pub(crate) fn delivery(delivery: &Delivery) -> String {
    page(|page| page.delivery(delivery))
}

pub(crate) fn tally(tally: &Tally) -> String {
    page(|page| page.tally(tally))
}

pub(crate) fn own_votes(votes: &[OwnVote]) -> String {
    page(|page| {
        page.count(votes.len());
        votes.iter().for_each(|own| page.own_vote(own));
    })
}

/// The first line of a memory that is written like this.
pub(crate) const MEMORY: &str = "tastemaker.lines/1";

/// All that must survive a reload.
pub(crate) fn save(round: Digest, records: &Records, keep_going: bool) -> String {
    page(|page| {
        page.line(MEMORY);
        page.bytes(&round.0);
        page.flag(keep_going);
        page.number(records.sequence);
        page.number(records.taught_from.into());
        page.count(records.votes.len());
        records.votes.iter().for_each(|record| page.vote_record(record));
        page.count(records.ballots.len());
        records.ballots.iter().for_each(|record| page.ballot_record(record));
    })
}
