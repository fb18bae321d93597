//! The board's words.

pub(crate) const RANK: &str = "Rank";
pub(crate) const WORK: &str = "Work";
pub(crate) const VOTES: &str = "Votes";
pub(crate) const SHARE: &str = "Share of duels won";
pub(crate) const COIN: &str = "a coin, 50%";
pub(crate) const YOURS: &str = "You chose this";
pub(crate) const LEGEND: [&str; 3] =
    ["line: best guess, bar: likely range (95%)", "fragile: fewer than 10 votes", "you chose it"];
pub(crate) const LOADING: &str = "Counting";
pub(crate) const NOT_HERE: (&str, &str) = ("The board didn’t come", "It is asked for again in a moment.");
pub(crate) const NO_VOTES: (&str, &str) = ("Nothing to rank yet", "The board begins with the first vote.");
