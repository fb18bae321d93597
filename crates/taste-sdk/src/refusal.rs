//! What a refusal means for the votes in the ballot: one table.

/// What to do with a ballot that the operator refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Remedy {
    /// The votes go into a new ballot with a new sequence number and a new time.
    SignAgain,
    /// As `SignAgain`, after the device's clock was compared with the operator's: also for a ballot whose deadline passed
    /// there and not here.
    SetClock,
    /// As `SignAgain`, in ballots of half the size.
    Smaller,
    /// As `SignAgain`, with only as many votes as still count; without room for one, `GiveUp`.
    Fewer,
    /// The votes are kept until the person connects the wallet anew or votes as a guest again.
    NewGrant,
    /// The same ballot is sent again later.
    Wait,
    /// Nothing will help: the votes are marked undeliverable, shown so, and stay in the export.
    GiveUp,
}

/// The remedy for a refusal's code. A code that is not known is waited out: keeping a vote is always safe.
pub fn remedy(code: &str) -> Remedy {
    match code {
        "ServerError::SequenceBehind" | "ServerError::DeadlinePassed" | "ServerError::LifetimeTooLong" => {
            Remedy::SignAgain
        }
        "ServerError::BudgetSpent" => Remedy::Fewer,
        "ServerError::ClockSkew" => Remedy::SetClock,
        "ServerError::BodyTooLarge" | "BallotError::TooManyVotes" => Remedy::Smaller,
        "ServerError::SessionClaimed"
        | "BallotError::GrantSignature"
        | "BallotError::GrantAcceptance"
        | "BallotError::GrantMismatch"
        | "BallotError::GrantScope"
        | "BallotError::GrantNotYet"
        | "BallotError::GrantExpired"
        | "BallotError::GrantRevoked"
        | "BallotError::ContractSignature"
        | "BallotError::ContractRefused" => Remedy::NewGrant,
        "ServerError::RoundClosed"
        | "ServerError::ForeignCandidate"
        | "ServerError::NotAnImporter"
        | "ServerError::Malformed"
        | "BallotError::NoVotes"
        | "BallotError::KindNotAllowed"
        | "BallotError::StarsScale"
        | "BallotError::RankingSize"
        | "BallotError::PointsBudget"
        | "BallotError::ForeignReason"
        | "BallotError::ReasonOrder"
        | "BallotError::HighS"
        | "BallotError::Signature"
        | "BallotError::SignerMismatch" => Remedy::GiveUp,
        code if code.starts_with("CoreError::") => Remedy::GiveUp,
        _ => Remedy::Wait,
    }
}
