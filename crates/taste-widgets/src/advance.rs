//! When the next question comes: a moment after the guess was shown, or only when the person asks.

use core::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::dom::Timer;

/// How long an answered question stays, in milliseconds.
const MOMENT: i32 = 1500;

/// How long a question that came by itself takes no answer, in milliseconds: a key pressed to go on, a blink too
/// late, would otherwise answer a question that nobody has seen.
const SETTLING: i32 = 250;

/// What a wait was for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Due {
    /// The next question is to come.
    Next,
    /// The question that came by itself may be answered.
    Settled,
}

/// Waits once for each answered question.
#[derive(Default)]
pub(crate) struct Advance {
    manual: Cell<bool>,
    answered: Cell<bool>,
    /// The question that comes next comes by itself.
    unasked: Cell<bool>,
    settling: Cell<bool>,
    timer: RefCell<Option<Timer>>,
}

impl Advance {
    /// `manual`: the next question comes only when the person asks for it.
    pub(crate) fn set_manual(&self, manual: bool) {
        self.manual.set(manual);
        if manual {
            self.timer.take();
            self.settling.set(false);
        }
    }

    pub(crate) fn is_manual(&self) -> bool {
        self.manual.get()
    }

    /// Whether the question that is up came by itself just now.
    pub(crate) fn is_settling(&self) -> bool {
        self.settling.get()
    }

    /// Call on every render. `skipped` questions have nothing to show and go at once. `due` is called when the
    /// next question is to come ([`Due::Next`]) and when a question that came by itself may be answered.
    pub(crate) fn follow(self: &Rc<Self>, answered: bool, skipped: bool, due: impl Fn(Due) + 'static) {
        if self.answered.replace(answered) == answered {
            return;
        }
        self.settling.set(!answered && self.unasked.replace(false));
        let advance = Rc::downgrade(self);
        let tell = move |what| {
            let Some(advance) = advance.upgrade() else { return };
            match what {
                Due::Next => advance.unasked.set(!skipped),
                Due::Settled => advance.settling.set(false),
            }
            due(what);
        };
        let timer = if answered && (skipped || !self.manual.get()) {
            Timer::after(if skipped { 0 } else { MOMENT }, move || tell(Due::Next))
        } else if self.settling.get() {
            Timer::after(SETTLING, move || tell(Due::Settled))
        } else {
            None
        };
        // Where nothing can be timed, nothing may wait for a timer.
        if timer.is_none() {
            self.settling.set(false);
        }
        // This may replace a timer from within its own callback: wasm-bindgen frees a closure only once its call
        // has returned.
        self.timer.replace(timer);
    }
}
