//! Many pieces of content at once, on several threads.

use std::sync::{
    Mutex,
    atomic::{AtomicUsize, Ordering},
};

use taste_core::Embedding;
use taste_preprocess::TextInputs;

use crate::{
    encoder::{Content, Encoder},
    error::InferenceError,
    network::Network,
};

impl Encoder {
    /// Embeds all of `contents` on `threads` threads (0 = as many as the machine has), each by itself: whatever else is embedded, an
    /// embedding has the same bits, and so have the models that are trained on it. The results are in the order of
    /// `contents`, and one that fails leaves the others alone. `progress` is called from those threads with the number done
    /// so far, each from 1 to the length once.
    pub fn embed_batch(
        &self,
        contents: &[Content<'_>],
        threads: usize,
        progress: &(dyn Fn(usize) + Sync),
    ) -> Vec<Result<Embedding, InferenceError>> {
        let done = AtomicUsize::new(0);
        parallel(contents.len(), threads, |at| {
            let result = self.embed(&contents[at]);
            progress(done.fetch_add(1, Ordering::Relaxed) + 1);
            result
        })
    }

    /// The same, twice as quick for texts: a network that takes several at once is given those of like length together. An embedding is
    /// then what it is by itself but for rounding (cosine above 0.99999).
    pub fn embed_together(
        &self,
        contents: &[Content<'_>],
        threads: usize,
        progress: &(dyn Fn(usize) + Sync),
    ) -> Vec<Result<Embedding, InferenceError>> {
        let Some(network) = self.text_network() else { return self.embed_batch(contents, threads, progress) };
        let done = AtomicUsize::new(0);
        self.embed_texts(network, contents, threads, &|| progress(done.fetch_add(1, Ordering::Relaxed) + 1))
    }

    fn embed_texts(
        &self,
        network: &Network,
        contents: &[Content<'_>],
        threads: usize,
        advance: &(dyn Fn() + Sync),
    ) -> Vec<Result<Embedding, InferenceError>> {
        let tokenized = parallel(contents.len(), threads, |at| {
            self.text(&contents[at]).and_then(|text| network.tokenized(text)).inspect_err(|_| advance())
        });
        let mut results: Vec<Option<Result<Embedding, InferenceError>>> = Vec::with_capacity(contents.len());
        let (mut places, mut rows): (Vec<usize>, Vec<TextInputs>) = (Vec::new(), Vec::new());
        for (at, row) in tokenized.into_iter().enumerate() {
            match row {
                Ok(row) => {
                    places.push(at);
                    rows.push(row);
                    results.push(None);
                }
                Err(error) => results.push(Some(Err(error))),
            }
        }
        // The longest first: no thread begins with them when the others are done.
        let batches: Vec<Vec<usize>> = network.batches(&rows).into_iter().rev().collect();
        let embedded = parallel(batches.len(), threads, |at| {
            let together: Vec<&TextInputs> = batches[at].iter().map(|row| &rows[*row]).collect();
            let values: Vec<Result<Vec<f32>, InferenceError>> = match network.embed_rows(&together) {
                Ok(values) => values.into_iter().map(Ok).collect(),
                // One that fails leaves the others alone.
                Err(_) => together
                    .iter()
                    .map(|row| network.embed_rows(&[row]).map(|mut values| values.swap_remove(0)))
                    .collect(),
            };
            values
                .into_iter()
                .map(|values| {
                    advance();
                    Ok(Embedding::normalised(self.id().clone(), values?)?)
                })
                .collect::<Vec<_>>()
        });
        for (batch, embeddings) in batches.iter().zip(embedded) {
            for (row, embedding) in batch.iter().zip(embeddings) {
                results[places[*row]] = Some(embedding);
            }
        }
        results.into_iter().map(|result| result.expect("every text was in a batch, or refused")).collect()
    }
}

/// What `work` gives for 0 to `count`, in order, done on so many threads (0 = as many as the machine has).
fn parallel<T: Send>(count: usize, threads: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let available = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = if threads == 0 { available } else { threads };
    let next = AtomicUsize::new(0);
    let collected = Mutex::new(Vec::with_capacity(count));
    std::thread::scope(|scope| {
        for _ in 0..threads.min(count) {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    if at >= count {
                        break;
                    }
                    let result = work(at);
                    collected.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).push((at, result));
                }
            });
        }
    });
    let mut results = collected.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
    results.sort_by_key(|(at, _)| *at);
    results.into_iter().map(|(_, result)| result).collect()
}
