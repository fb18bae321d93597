//! Many pieces of content at once, on several threads.

use std::sync::{
    Mutex,
    atomic::{AtomicUsize, Ordering},
};

use taste_core::Embedding;

use crate::{
    encoder::{Content, Encoder},
    error::InferenceError,
};

impl Encoder {
    /// Embeds all of `contents` on `threads` threads (0 = as many as the machine has). The results are in the order of
    /// `contents`, whatever the threads, and one that fails leaves the others alone. `progress` is called from those
    /// threads with the number done so far, each from 1 to the length once.
    pub fn embed_batch(
        &self,
        contents: &[Content<'_>],
        threads: usize,
        progress: &(dyn Fn(usize) + Sync),
    ) -> Vec<Result<Embedding, InferenceError>> {
        let available = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = if threads == 0 { available } else { threads }.min(contents.len());
        let next = AtomicUsize::new(0);
        let done = AtomicUsize::new(0);
        let collected = Mutex::new(Vec::with_capacity(contents.len()));
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    while let Some((index, content)) = Some(next.fetch_add(1, Ordering::Relaxed))
                        .and_then(|index| Some((index, contents.get(index)?)))
                    {
                        let result = self.embed(content);
                        collected
                            .lock()
                            .unwrap_or_else(|poisoned| poisoned.into_inner())
                            .push((index, result));
                        progress(done.fetch_add(1, Ordering::Relaxed) + 1);
                    }
                });
            }
        });
        let mut results = collected.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
        results.sort_by_key(|(index, _)| *index);
        results.into_iter().map(|(_, result)| result).collect()
    }
}
