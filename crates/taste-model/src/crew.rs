//! Work that may be done at the same time. This crate has no threads: whoever calls it lends theirs.
//!
//! What is added up is cut at places that depend on the data alone and put together in one order, so a board has the same
//! bits whoever fitted it, however many helped.

use alloc::{boxed::Box, vec::Vec};

/// One part of the work.
pub type Job<'a> = Box<dyn FnOnce() + Send + 'a>;

/// Those who do the work.
pub trait Crew: Sync {
    /// How many jobs it does at the same time, 1 at least.
    fn size(&self) -> usize;

    /// Does all jobs, in any order, and comes back when all are done.
    fn run(&self, jobs: Vec<Job<'_>>);
}

/// Nobody helps: one job after another.
#[derive(Clone, Copy, Debug, Default)]
pub struct Alone;

impl Crew for Alone {
    fn size(&self) -> usize {
        1
    }

    fn run(&self, jobs: Vec<Job<'_>>) {
        jobs.into_iter().for_each(|job| job());
    }
}

/// What `work` makes of each part, in the parts' order.
pub(crate) fn each<T: Send, R: Send>(
    crew: &dyn Crew,
    parts: impl IntoIterator<Item = T>,
    work: impl Fn(T) -> R + Sync,
) -> Vec<R> {
    let parts: Vec<T> = parts.into_iter().collect();
    if parts.len() < 2 {
        return parts.into_iter().map(work).collect();
    }
    let mut results: Vec<Option<R>> = parts.iter().map(|_| None).collect();
    let work = &work;
    let jobs = parts.into_iter().zip(&mut results);
    crew.run(jobs.map(|(part, result)| Box::new(move || *result = Some(work(part))) as Job<'_>).collect());
    let done: Vec<R> = results.into_iter().flatten().collect();
    done
}

/// The slice in pieces that end where `ends` say.
pub(crate) fn cut<'a, T>(mut slice: &'a mut [T], ends: &[usize]) -> Vec<&'a mut [T]> {
    let mut pieces = Vec::with_capacity(ends.len());
    let mut from = 0;
    for &end in ends {
        let (piece, rest) = slice.split_at_mut(end - from);
        pieces.push(piece);
        slice = rest;
        from = end;
    }
    pieces
}

/// Most pieces of a sum.
const PIECES: usize = 8;
/// Fewer terms are not worth a piece of their own.
const WORTH: usize = 32_768;

/// In how many pieces `terms` terms are added up to `sums` sums: so few that putting the pieces together is a small part.
pub(crate) fn pieces(terms: usize, sums: usize) -> usize {
    (terms / WORTH).min(terms / (8 * sums.max(1))).clamp(1, PIECES)
}

/// Ends of pieces of groups of about as many terms each: `starts` says where each group's terms start, and the end of the
/// last. In groups.
pub(crate) fn even_ends(starts: &[usize], pieces: usize) -> Vec<usize> {
    let (groups, terms) = (starts.len() - 1, starts[starts.len() - 1]);
    let mut ends: Vec<usize> = (1..pieces)
        .map(|k| starts.partition_point(|&start| start < k * terms / pieces).min(groups))
        .collect();
    ends.push(groups);
    ends
}
