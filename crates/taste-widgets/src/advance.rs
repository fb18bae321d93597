//! When the next question comes: a moment after the guess was shown, or only when the person asks.

use core::cell::{Cell, RefCell};

use crate::dom::Timer;

/// How long an answered question stays, in milliseconds.
const MOMENT: i32 = 1500;

/// Waits once for each answered question.
#[derive(Default)]
pub(crate) struct Advance {
    manual: Cell<bool>,
    answered: Cell<bool>,
    timer: RefCell<Option<Timer>>,
}

impl Advance {
    /// `manual`: the next question comes only when the person asks for it.
    pub(crate) fn set_manual(&self, manual: bool) {
        self.manual.set(manual);
        if manual {
            self.timer.take();
        }
    }

    pub(crate) fn is_manual(&self) -> bool {
        self.manual.get()
    }

    /// Call on every render. `skipped` questions have nothing to show and go at once.
    pub(crate) fn follow(&self, answered: bool, skipped: bool, next: impl FnMut() + 'static) {
        if self.answered.replace(answered) == answered {
            return;
        }
        // This may replace a timer from within its own callback: wasm-bindgen frees a closure only once its call
        // has returned.
        let timer = if answered && (skipped || !self.manual.get()) {
            Timer::after(if skipped { 0 } else { MOMENT }, next)
        } else {
            None
        };
        self.timer.replace(timer);
    }
}
