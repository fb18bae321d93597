//! A real server, a real socket, a real file. One binary: linking it several times would take longer than the tests.

#![allow(clippy::unwrap_used, reason = "tests, and what they stand on")]

mod acceptance;
mod boards;
mod child;
mod claims;
mod document;
mod durability;
mod rules;
mod service;
mod support;
mod training;
mod wallets;
