//! taste-ledger
