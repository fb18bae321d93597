//! The wallet panel's words.

use super::{join, votes};

pub(crate) const CONNECT: &str = "Connect a wallet";
pub(crate) const CANCEL: &str = "Cancel";
pub(crate) const DISCONNECT: &str = "Disconnect";
pub(crate) const STAY_GUEST: &str = "Keep voting as a guest";
pub(crate) const FREE: &str =
    "Free. We read your address and ask for one signature. We cannot move anything.";
pub(crate) const QUOTE: &str = "This browser may vote for me.";
pub(crate) const ADDRESS: &str = "Address";
pub(crate) const UNTIL: &str = "Until";

pub(crate) const GUEST: &str = "You’re voting as a guest";
pub(crate) const ASKING: &str = "Look at your wallet";
pub(crate) const CONNECTED: &str = "You’re in";

/// Title and sentence of a failure: the common ones in a person's words, others as they came.
pub(crate) fn trouble(code: &str, message: &str) -> (&'static str, String) {
    let (title, sentence) = match code {
        "Client::NoWallet" => {
            ("No wallet found", "There is none in this browser. Your votes count all the same, as a guest’s.")
        }
        "Client::WalletRejected" => {
            ("You declined in the wallet", "Nothing has changed. Your votes go on as a guest’s.")
        }
        "Client::WalletTimeout" => {
            ("The wallet didn’t answer", "Open it, then try again. Your votes go on as a guest’s.")
        }
        "Client::WalletLocked" => {
            ("The wallet is locked", "Unlock it and choose an account, then try again.")
        }
        "BallotError::GrantExpired" => (
            "The permission has ended",
            "A wallet lets a browser vote for it for 30 days. Connect it again; your votes are kept until then.",
        ),
        _ => ("That didn’t work", message),
    };
    (title, sentence.into())
}

pub(crate) fn guest(n: u32) -> String {
    match n {
        0 => {
            "Your votes count. They are signed by a key in this browser; connect a wallet to make them yours \
              everywhere."
                .into()
        }
        1 => "Your vote counts. It is signed by a key in this browser; connect a wallet to make it yours \
              everywhere."
            .into(),
        n => join(&[
            "Your ",
            &votes(n),
            " count. They are signed by a key in this browser; connect a wallet to make them yours everywhere.",
        ]),
    }
}

pub(crate) fn asking(wallet: &str) -> String {
    let who = if wallet.is_empty() { "It" } else { wallet };
    join(&[
        who,
        " is asking you to sign one message, so that this browser’s key may vote for your address. This is not a payment.",
    ])
}

/// What came along is counted in ballots by the operator, so no number of votes is claimed here.
pub(crate) fn connected(claimed: u32) -> &'static str {
    match claimed {
        0 => "Your votes are now signed for your wallet.",
        _ => "Your guest votes came with you.",
    }
}
