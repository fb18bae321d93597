//! Every word that a widget says, in one place, so that a locale is one file. Pure text: no DOM.
//!
//! The tone is set by the visual direction: calm sentences, the same weight whether the guess was right or
//! wrong, doubt always named.

pub(crate) mod board;
pub(crate) mod wallet;

use taste_core::{ApprovalOutcome, DuelOutcome};
use taste_sdk::view::{Delivery, Guess, Tally};

pub(crate) const LEFT: &str = "Left";
pub(crate) const RIGHT: &str = "Right";
pub(crate) const TIE: &str = "Tie";
pub(crate) const NEITHER: &str = "Neither";
pub(crate) const SKIP: &str = "Skip";
pub(crate) const UNDO: &str = "Undo";
pub(crate) const NEXT: &str = "Next";
pub(crate) const FOR: &str = "For";
pub(crate) const AGAINST: &str = "Against";
pub(crate) const KEEP_GOING: &str = "Keep going";
pub(crate) const TRY_AGAIN: &str = "Try again";
pub(crate) const TRY_NOW: &str = "Try now";
pub(crate) const TAKE_BACK: &str = "Take it back";
pub(crate) const NEXT_PAIR: &str = "Next pair";
pub(crate) const NEXT_WORK: &str = "Next work";
pub(crate) const HANGING_TWO: &str = "Hanging the next two";
pub(crate) const HANGING_ONE: &str = "Hanging the next one";
pub(crate) const EMPTY: &str = "Nothing on the wall yet";
pub(crate) const AWAY: &str = "This work is away";
pub(crate) const BROKEN: (&str, &str) =
    ("One work didn’t load", "You can’t compare what you can’t see, so this pair won’t count.");
pub(crate) const BROKEN_ONE: (&str, &str) =
    ("This work didn’t load", "You can’t judge what you can’t see, so it won’t count.");
pub(crate) const UPCOMING: (&str, &str) =
    ("Not open yet", "The works are chosen. Voting starts when the round opens.");
pub(crate) const CLOSED: (&str, &str) =
    ("This round is closed", "No more votes are taken. The board shows how it ended.");
pub(crate) const ANSWER_FIRST: &str = "Your answer first. Then our guess.";
pub(crate) const GUESS_HIDDEN: &str = "Our guess is made. It shows after your answer.";
pub(crate) const COULD_NOT_TELL: &str = "We could not tell.";

/// Which way a question is laid out, and so what its sides are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// Left and right.
    Beside,
    /// Top and bottom.
    Stacked,
}

impl Layout {
    /// What the first or second side is called within a sentence.
    pub(crate) fn side(self, first: bool) -> &'static str {
        match (self, first) {
            (Self::Beside, true) => "left",
            (Self::Beside, false) => "right",
            (Self::Stacked, true) => "top",
            (Self::Stacked, false) => "bottom",
        }
    }
}

/// Strings put together; smaller in wasm than formatting.
fn join(parts: &[&str]) -> String {
    parts.concat()
}

/// A share in [0, 1] as whole percent.
fn whole(share: f64) -> u32 {
    (share.clamp(0.0, 1.0) * 100.0).round() as u32
}

/// How sure a guess is of the side it takes, in percent: 50 to 99, because a guess is never certain.
fn sure(probability: f64) -> u32 {
    whole(probability.max(1.0 - probability)).clamp(50, 99)
}

/// A position along a scale: `0.29` is `29%`, to a tenth.
pub(crate) fn percent(share: f64) -> String {
    let tenths = (share.clamp(0.0, 1.0) * 1000.0).round() as u32;
    join(&[&(tenths / 10).to_string(), ".", &(tenths % 10).to_string(), "%"])
}

/// "3,120".
pub(crate) fn count(n: u32) -> String {
    let digits = n.to_string();
    let mut grouped = String::with_capacity(digits.len() + 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

fn plural(n: u32, one: &str, many: &str) -> String {
    join(&[&count(n), " ", if n == 1 { one } else { many }])
}

/// "212 votes".
pub(crate) fn votes(n: u32) -> String {
    plural(n, "vote", "votes")
}

/// "We thought: left, 71%."
pub(crate) fn thought_duel(guess: &Guess, layout: Layout) -> String {
    thought(guess, layout.side(guess.probability >= 0.5))
}

/// "We thought: for, 58%."
pub(crate) fn thought_approval(guess: &Guess) -> String {
    thought(guess, if guess.probability >= 0.5 { "for" } else { "against" })
}

fn thought(guess: &Guess, side: &str) -> String {
    if guess.undecided {
        return COULD_NOT_TELL.into();
    }
    join(&["We thought: ", side, ", ", &sure(guess.probability).to_string(), "%."])
}

/// The duel's scale as sentences: guess, its range, the answer.
pub(crate) fn scale_duel(guess: Option<&Guess>, outcome: Option<DuelOutcome>, layout: Layout) -> String {
    let Some(outcome) = outcome else { return GUESS_HIDDEN.into() };
    let answer = match outcome {
        DuelOutcome::Left => layout.side(true),
        DuelOutcome::Right => layout.side(false),
        DuelOutcome::Tie => "a tie",
        DuelOutcome::Neither => "neither",
        DuelOutcome::Skip => "to skip",
    };
    let first = guess.is_none_or(|guess| guess.probability >= 0.5);
    scale(guess, layout.side(first), first, answer)
}

/// The approval's scale as sentences.
pub(crate) fn scale_approval(guess: Option<&Guess>, outcome: Option<ApprovalOutcome>) -> String {
    let Some(outcome) = outcome else { return GUESS_HIDDEN.into() };
    let answer = match outcome {
        ApprovalOutcome::For => "for",
        ApprovalOutcome::Against => "against",
        ApprovalOutcome::Skip => "to skip",
    };
    let first = guess.is_none_or(|guess| guess.probability >= 0.5);
    scale(guess, if first { "for" } else { "against" }, first, answer)
}

/// `first`: the guess leans to the side whose probability it holds.
fn scale(guess: Option<&Guess>, side: &str, first: bool, answer: &str) -> String {
    let chose = join(&["You chose ", answer, "."]);
    let Some(guess) = guess else { return chose };
    if guess.undecided {
        return join(&[COULD_NOT_TELL, " ", &chose]);
    }
    let (low, high) = if first { (guess.low, guess.high) } else { (1.0 - guess.high, 1.0 - guess.low) };
    join(&[
        "We thought ",
        side,
        ", ",
        &sure(guess.probability).to_string(),
        " percent, likely between ",
        &whole(low).to_string(),
        " and ",
        &whole(high).to_string(),
        ". ",
        &chose,
    ])
}

/// "19 of 24 guessed right"; none before the first guess that took a side.
pub(crate) fn hit_rate(tally: &Tally) -> Option<String> {
    (tally.guessed > 0).then(|| join(&[&count(tally.hits), " of ", &count(tally.guessed), " guessed right"]))
}

/// What is said when little more can be learned.
pub(crate) fn done(tally: &Tally) -> (&'static str, String) {
    let tenths = if tally.guessed < 10 { 0 } else { (tally.hits * 10 + tally.guessed / 2) / tally.guessed };
    let rate = match tenths {
        0 => String::new(),
        10 => "We guess you right nearly every time. ".into(),
        tenths => join(&["We guess you right about ", &tenths.to_string(), " times in 10. "]),
    };
    ("You’ve told us enough", rate + "More votes would hardly change what we know of your taste.")
}

/// "4 of 12".
pub(crate) fn progress((at, of): (u32, u32)) -> String {
    if of == 0 {
        return String::new();
    }
    join(&[&count(at), " of ", &count(of)])
}

/// A button's name: which side, then what hangs there.
pub(crate) fn work_name(side: &str, title: &str, note: &str, content: Option<&str>) -> String {
    let mut name = String::from(side);
    for part in [title, note, content.unwrap_or_default()] {
        if !part.is_empty() {
            if !name.is_empty() {
                name.push_str(". ");
            }
            name.push_str(part);
        }
    }
    name
}

/// "1" or "2–4".
pub(crate) fn ranks((best, worst): (u32, u32)) -> String {
    if best == worst { count(best) } else { join(&[&count(best), "–", &count(worst)]) }
}

/// The rank as it is read aloud: "2 to 4".
pub(crate) fn ranks_spoken((best, worst): (u32, u32)) -> String {
    if best == worst { count(best) } else { join(&[&count(best), " to ", &count(worst)]) }
}

/// An interval as a sentence.
pub(crate) fn interval(share: f64, low: f64, high: f64, fragile: bool) -> String {
    join(&[
        "Wins about ",
        &whole(share).to_string(),
        "% of its duels, likely between ",
        &whole(low).to_string(),
        "% and ",
        &whole(high).to_string(),
        if fragile { "%. Fragile." } else { "%." },
    ])
}

/// "fragile: 3 votes".
pub(crate) fn fragile(n: u32) -> String {
    if n == 0 {
        return "no votes yet".into();
    }
    join(&["fragile: ", &votes(n)])
}

/// How a delivery that does not go well is told: title, sentence, and whether trying now makes sense.
pub(crate) struct DeliveryWords {
    pub(crate) title: &'static str,
    pub(crate) sentence: String,
    pub(crate) retry: bool,
}

/// None while all is well (votes on their way are nobody's worry).
pub(crate) fn delivery(delivery: &Delivery) -> Option<DeliveryWords> {
    let stored = delivery.storage.is_none();
    if let Some(code) = &delivery.trouble {
        let refused = match code.rsplit(':').next().unwrap_or_default() {
            "BudgetSpent" => {
                Some(("You’ve used your votes", "This round counts only so many from each person."))
            }
            "RoundClosed" => {
                Some(("The round has closed", "That vote came after the end, so it won’t count."))
            }
            "RoundNotOpen" => Some(("The round isn’t open yet", "That vote is kept here until it opens.")),
            "ClockSkew" => Some((
                "This device’s clock is off",
                "Set it right, then try again. Your votes are kept here.",
            )),
            name if name.starts_with("Grant") || name == "SessionClaimed" => Some((
                "Connect your wallet again",
                "It doesn’t let this browser vote any more. Your votes are kept here until it does.",
            )),
            _ => None,
        };
        if let Some((title, sentence)) = refused {
            return Some(DeliveryWords {
                title,
                sentence: sentence.into(),
                retry: code.ends_with("ClockSkew"),
            });
        }
        if !delivery.offline {
            let (title, safe) = match (delivery.kept > 1, stored) {
                (true, true) => ("Some votes didn’t reach us", "They are safe on this device."),
                (true, false) => ("Some votes didn’t reach us", "They are in this page only; keep it open."),
                (false, true) => ("That vote didn’t reach us", "It is safe on this device."),
                (false, false) => ("That vote didn’t reach us", "It is in this page only; keep it open."),
            };
            let again = match delivery.retry_in {
                Some(seconds) => {
                    join(&[" We’ll try again in ", &plural(seconds.max(1), "second.", "seconds.")])
                }
                None => String::new(),
            };
            return Some(DeliveryWords { title, sentence: join(&[safe, &again]), retry: true });
        }
    }
    if delivery.offline {
        let sentence = match delivery.kept {
            0 if stored => "What you choose is kept on this device until you’re back.".into(),
            0 => "What you choose is kept in this page until you’re back; leave it open.".into(),
            kept => {
                let (are, them) = if kept == 1 { (" is", "it") } else { (" are", "them") };
                let place = if stored {
                    " kept on this device. We’ll send "
                } else {
                    " in this page only; leave it open. We’ll send "
                };
                join(&[&votes(kept), are, place, them, " when you’re back."])
            }
        };
        return Some(DeliveryWords { title: "You’re offline. Keep going.", sentence, retry: false });
    }
    if !stored {
        let sentence = "What isn’t sent yet is gone when this page closes. To have it kept, free some space or allow \
                        this site to store data.";
        let title = "This browser doesn’t store your votes";
        return Some(DeliveryWords { title, sentence: sentence.into(), retry: false });
    }
    if delivery.undeliverable > 0 {
        let sentence = join(&[
            &votes(delivery.undeliverable),
            " came too late or over the limit. Your export still holds them.",
        ]);
        return Some(DeliveryWords { title: "Not every vote counts", sentence, retry: false });
    }
    None
}

/// "0x71C7…976F".
pub(crate) fn short_address(address: &str) -> String {
    match (address.get(..6), address.len().checked_sub(4).and_then(|at| address.get(at..))) {
        (Some(start), Some(end)) if address.len() > 12 => join(&[start, "…", end]),
        _ => address.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guess(probability: f64) -> Guess {
        Guess {
            probability,
            low: probability - 0.1,
            high: probability + 0.1,
            undecided: (probability - 0.5).abs() < 0.02,
            hit: None,
        }
    }

    #[test]
    fn a_guess_names_its_side_and_is_never_certain() {
        for (probability, layout, words) in [
            (0.71, Layout::Beside, "We thought: left, 71%."),
            (0.29, Layout::Beside, "We thought: right, 71%."),
            (0.67, Layout::Stacked, "We thought: top, 67%."),
            (0.02, Layout::Stacked, "We thought: bottom, 98%."),
            (0.9999, Layout::Beside, "We thought: left, 99%."),
            (0.505, Layout::Beside, "We could not tell."),
        ] {
            assert_eq!(thought_duel(&guess(probability), layout), words);
        }
        assert_eq!(thought_approval(&guess(0.42)), "We thought: against, 58%.");
    }

    #[test]
    fn the_scale_is_a_sentence_with_its_range_on_the_side_that_was_guessed() {
        assert_eq!(scale_duel(None, None, Layout::Beside), GUESS_HIDDEN);
        assert_eq!(
            scale_duel(Some(&guess(0.3)), Some(DuelOutcome::Left), Layout::Beside),
            "We thought right, 70 percent, likely between 60 and 80. You chose left."
        );
        assert_eq!(
            scale_duel(Some(&guess(0.5)), Some(DuelOutcome::Tie), Layout::Stacked),
            "We could not tell. You chose a tie."
        );
        assert_eq!(
            scale_approval(Some(&guess(0.8)), Some(ApprovalOutcome::Against)),
            "We thought for, 80 percent, likely between 70 and 90. You chose against."
        );
    }

    #[test]
    fn ranks_that_the_votes_cannot_part_are_ranges() {
        assert_eq!(ranks((1, 1)), "1");
        assert_eq!(ranks((2, 4)), "2–4");
        assert_eq!(ranks_spoken((2, 4)), "2 to 4");
    }

    #[test]
    fn numbers_are_grouped_and_counted_in_words() {
        for (n, words) in [
            (0, "0 votes"),
            (1, "1 vote"),
            (212, "212 votes"),
            (3120, "3,120 votes"),
            (1_234_567, "1,234,567 votes"),
        ] {
            assert_eq!(votes(n), words);
        }
        assert_eq!(percent(0.2904), "29.0%");
        assert_eq!(percent(1.7), "100.0%");
        assert_eq!(fragile(3), "fragile: 3 votes");
        assert_eq!(
            hit_rate(&Tally { hits: 19, guessed: 24, recent: vec![] }).as_deref(),
            Some("19 of 24 guessed right")
        );
        assert_eq!(hit_rate(&Tally::default()), None);
        assert_eq!(short_address("0x71C7656EC7ab88b098defB751B7401B5f6d8976F"), "0x71C7…976F");
        assert_eq!(short_address("0xé"), "0xé");
    }

    #[test]
    fn enough_is_said_with_a_rate_only_where_there_is_one() {
        assert!(
            done(&Tally { hits: 19, guessed: 24, recent: vec![] })
                .1
                .starts_with("We guess you right about 8 times in 10.")
        );
        assert!(done(&Tally { hits: 3, guessed: 4, recent: vec![] }).1.starts_with("More votes"));
        assert!(done(&Tally { hits: 30, guessed: 30, recent: vec![] }).1.contains("nearly every time"));
    }

    #[test]
    fn delivery_is_silent_while_it_works_and_calm_when_it_does_not() {
        assert!(delivery(&Delivery { kept: 2, ..Delivery::default() }).is_none());
        let said = |kept, offline, trouble: Option<&str>, retry_in| {
            let words = delivery(&Delivery {
                kept,
                offline,
                trouble: trouble.map(Into::into),
                retry_in,
                ..Delivery::default()
            })
            .expect("said");
            (words.title, words.sentence, words.retry)
        };
        assert_eq!(
            said(6, true, Some("Client::Network"), None),
            (
                "You’re offline. Keep going.",
                "6 votes are kept on this device. We’ll send them when you’re back.".into(),
                false
            )
        );
        assert_eq!(
            said(1, false, Some("Client::Network"), Some(10)),
            (
                "That vote didn’t reach us",
                "It is safe on this device. We’ll try again in 10 seconds.".into(),
                true
            )
        );
        assert_eq!(said(1, false, Some("ServerError::BudgetSpent"), None).0, "You’ve used your votes");
        assert_eq!(
            said(2, false, Some("BallotError::GrantExpired"), None),
            (
                "Connect your wallet again",
                "It doesn’t let this browser vote any more. Your votes are kept here until it does.".into(),
                false
            )
        );
    }

    #[test]
    fn what_is_not_stored_is_never_called_safe() {
        for (kept, offline, trouble) in [
            (0, false, None),
            (0, true, None),
            (1, true, None),
            (6, true, Some("Client::Network")),
            (1, false, Some("Client::Network")),
            (2, false, Some("Client::Timeout")),
        ] {
            let said = delivery(&Delivery {
                kept,
                offline,
                trouble: trouble.map(Into::into),
                storage: Some("Client::Storage".into()),
                ..Delivery::default()
            })
            .expect("said");
            assert!(said.sentence.contains("this page"), "{}", said.sentence);
            assert!(!said.sentence.contains("device"), "{}", said.sentence);
        }
        let said =
            delivery(&Delivery { storage: Some("Client::NotPersistent".into()), ..Delivery::default() });
        assert_eq!(said.expect("said").title, "This browser doesn’t store your votes");
    }
}
