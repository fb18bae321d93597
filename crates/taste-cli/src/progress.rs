//! Progress on the terminal, and Ctrl-C. Bars go to standard error and vanish where it is no terminal.

use std::{
    sync::{
        OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use indicatif::{ProgressBar, ProgressStyle};
use taste_train::{Progress, Stage};

use crate::error::CliError;

/// A bar with a name.
pub(crate) struct Bar(ProgressBar);

impl Bar {
    pub(crate) fn new(name: &'static str, total: usize) -> Self {
        let style = ProgressStyle::with_template("{msg:>12} {bar:32} {pos}/{len} {eta}")
            .expect("the template is constant");
        Self(ProgressBar::new(total as u64).with_style(style.progress_chars("━╸ ")).with_message(name))
    }

    pub(crate) fn spinner(name: &'static str) -> Self {
        let bar = ProgressBar::new_spinner().with_message(name);
        bar.enable_steady_tick(Duration::from_millis(120));
        Self(bar)
    }

    pub(crate) fn advance(&self) {
        self.0.inc(1);
    }

    pub(crate) fn tick(&self) {
        self.0.tick();
    }

    pub(crate) fn finish(&self) {
        self.0.finish_and_clear();
    }
}

static CANCELLED: AtomicBool = AtomicBool::new(false);

/// Whether Ctrl-C was pressed.
pub(crate) fn is_cancelled() -> bool {
    CANCELLED.load(Ordering::SeqCst)
}

/// The exit status of a command that Ctrl-C ended, as shells have it.
pub(crate) const INTERRUPTED: u8 = 130;

/// Turns Ctrl-C into a wish to stop; a second one ends the process at once.
pub(crate) fn listen_for_cancel() {
    static ONCE: OnceLock<()> = OnceLock::new();
    ONCE.get_or_init(|| {
        let handler = || {
            if CANCELLED.swap(true, Ordering::SeqCst) {
                std::process::exit(INTERRUPTED.into());
            }
            eprintln!("stopping after this step; Ctrl-C again stops at once");
        };
        // Without a handler Ctrl-C still ends the process, and files are only ever renamed into place.
        let _ = ctrlc::set_handler(handler);
    });
}

/// Whether somebody pressed Ctrl-C.
fn cancelled() -> bool {
    CANCELLED.load(Ordering::SeqCst)
}

/// To be asked between the parts of long work.
///
/// # Errors
/// [`CliError::Cancelled`] once somebody pressed Ctrl-C.
pub(crate) fn go_on() -> Result<(), CliError> {
    if cancelled() { Err(CliError::Cancelled) } else { Ok(()) }
}

/// A bar per stage of training or evaluation.
#[derive(Default)]
pub(crate) struct TrainingBars {
    current: Option<(Stage, Bar)>,
}

impl Progress for TrainingBars {
    fn advance(&mut self, stage: Stage, done: usize, total: usize) {
        if self.current.as_ref().is_none_or(|(current, _)| *current != stage) {
            if let Some((_, bar)) = self.current.take() {
                bar.finish();
            }
            self.current = Some((stage, Bar::new(stage.as_str(), total)));
        }
        if let Some((_, bar)) = &self.current {
            bar.0.set_length(total as u64);
            bar.0.set_position(done as u64);
            if done >= total {
                bar.finish();
            }
        }
    }

    fn cancelled(&self) -> bool {
        cancelled()
    }
}
