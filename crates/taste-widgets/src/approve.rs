//! The approval: one work, for or against, and the guess that was made before.

use core::cell::{Cell, RefCell};
use js_sys::Function;
use std::rc::{Rc, Weak};
use taste_core::ApprovalOutcome;
use taste_sdk::view::{ApproveView, Phase};
use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlElement, KeyboardEvent, ShadowRoot};

use crate::{
    advance::{Advance, Due},
    dom::{self, Focus, Listener, Maker},
    instruments::{DeliveryLine, Notice, Record, Scale},
    keys, words,
    work::{Marks, Sight, Work},
};

/// `<taste-approve>`'s inside.
///
/// It draws [`ApproveView`]s and sends `("approve", "for" | "against" | "skip")` and the requests that
/// [`Duel`](crate::Duel) sends beside its answers. The element with part `approve` carries `data-phase` as there.
pub struct Approve {
    inner: Rc<Inner>,
    _listeners: [Listener; 4],
}

struct Inner {
    maker: Maker,
    on_request: Function,
    wall: HtmlElement,
    section: HtmlElement,
    stage: HtmlElement,
    work: Work,
    progress: HtmlElement,
    question: HtmlElement,
    keys: [HtmlElement; 2],
    skip: HtmlElement,
    undo: HtmlElement,
    scale: Scale,
    reveal: HtmlElement,
    record: Record,
    notice: Notice,
    keep_going: HtmlElement,
    away: Notice,
    delivery: DeliveryLine,
    advance: Rc<Advance>,
    view: RefCell<Option<ApproveView>>,
    asked: Cell<bool>,
}

impl Approve {
    /// Builds the widget in an empty shadow root.
    pub fn new(root: &ShadowRoot, on_request: Function) -> Self {
        let inner = Rc::new(Inner::build(&Maker::new(root), root, on_request));
        let hear = |react: fn(&Rc<Inner>, &Event)| {
            let inner: Weak<Inner> = Rc::downgrade(&inner);
            move |event: Event| {
                if let Some(inner) = inner.upgrade() {
                    react(&inner, &event);
                }
            }
        };
        let listeners = [
            Listener::on(&inner.section, "click", hear(Inner::pressed)),
            Listener::on(&inner.section, "keydown", hear(Inner::key)),
            Listener::capturing(&inner.section, "load", hear(Inner::content)),
            Listener::capturing(&inner.section, "error", hear(Inner::content)),
        ];
        Self { inner, _listeners: listeners }
    }

    /// Draws what changed.
    pub fn render(&self, view: &ApproveView) {
        self.inner.render(view);
    }

    /// `true`: the next question waits for the person.
    pub fn set_manual(&self, manual: bool) {
        self.inner.advance.set_manual(manual);
    }
}

impl Drop for Approve {
    fn drop(&mut self) {
        self.inner.advance.set_manual(true);
        self.inner.wall.remove();
    }
}

impl Inner {
    fn build(maker: &Maker, root: &ShadowRoot, on_request: Function) -> Self {
        let wall = maker.add(root, "div", "wall", "");
        let section = maker.add(&wall, "section", "approve", "approve");
        dom::set(&section, "role", "group");
        dom::set(&section, "tabindex", "-1");
        let stage = maker.add(&section, "div", "stage", "");
        let work = Work::new(maker, &stage, "side", ("look", ""), "work");
        // Pressing the one work answers nothing; it is no button to anybody.
        for (name, value) in [("disabled", ""), ("tabindex", "-1")] {
            dom::set(&work.button, name, value);
        }
        let progress = maker.add(&work.figure, "p", "progress", "");
        let question = maker.add(&stage, "p", "question", "question");
        let row = maker.add(&stage, "div", "keys", "keys");
        let key = |class: &str, part: &str, words: &str, value| {
            maker.key(&row, class, part, words, ("approve", value))
        };
        let keys = [
            key("key key-left", "key key-against", words::AGAINST, "against"),
            key("key key-right", "key key-for", words::FOR, "for"),
        ];
        let skip = key("key bare key-skip", "key key-skip", words::SKIP, "skip");
        let scale = Scale::new(maker, &stage);
        let status = maker.add(&stage, "div", "status", "");
        let reveal = maker.add(&status, "p", "reveal", "reveal");
        dom::set(&reveal, "role", "status");
        let record = Record::new(maker, &status);
        let undo = maker.key(&status, "key bare key-undo", "key key-undo", words::UNDO, ("undo", ""));
        let notice = Notice::new(maker, &section, "done", true);
        // The page's own way on (a link to the person's taste) comes first.
        let host = maker.add(&notice.actions, "slot", "", "");
        dom::set(&host, "name", "done");
        let keep_going = maker.key(&notice.actions, "key", "key", words::KEEP_GOING, ("keep-going", ""));
        let away = Notice::new(maker, &section, "status", false);
        dom::class(&away.section, "delivery", true);
        maker.key(&away.actions, "key", "key", words::TRY_AGAIN, ("reload", ""));
        maker.key(&away.actions, "key bare", "key", words::NEXT_WORK, ("broken", ""));
        let delivery = DeliveryLine::new(maker, &section);
        Self {
            maker: maker.clone(),
            on_request,
            wall,
            section,
            stage,
            work,
            progress,
            question,
            keys,
            skip,
            undo,
            scale,
            reveal,
            record,
            notice,
            keep_going,
            away,
            delivery,
            advance: Rc::default(),
            view: RefCell::default(),
            asked: Cell::default(),
        }
    }

    fn render(self: &Rc<Self>, view: &ApproveView) {
        self.asked.set(false);
        dom::attribute(&self.section, "aria-label", Some(&view.question));
        self.work.hang(view.candidate.as_ref(), None);
        dom::text(&self.progress, &words::progress(view.progress));
        dom::text(&self.question, &view.question);
        self.record.set(&self.maker, &view.tally, "");
        self.view.replace(Some(view.clone()));
        let skipped = view.outcome == Some(ApprovalOutcome::Skip);
        let inner = Rc::downgrade(self);
        self.advance.follow(view.phase == Phase::Answered, skipped, move |due| {
            let Some(inner) = inner.upgrade() else { return };
            match due {
                Due::Next => inner.request("next", ""),
                Due::Settled => inner.refresh(),
            }
        });
        self.refresh();
    }

    fn refresh(&self) {
        let view = self.view.borrow();
        let Some(view) = view.as_ref() else { return };
        let phase = match (view.phase, self.work.sight()) {
            (Phase::Loading, _) => "loading",
            (Phase::Asking, Sight::Away) => "away",
            (Phase::Asking, Sight::Shown) => "asking",
            (Phase::Asking, _) => "hanging",
            (Phase::Answered, _) => "answered",
            (Phase::Done, _) => "done",
            (Phase::Empty, _) => "empty",
            (Phase::Upcoming, _) => "upcoming",
            (Phase::Closed, _) => "closed",
        };
        let settling = phase == "asking" && self.advance.is_settling();
        dom::attribute(&self.section, "data-phase", Some(if settling { "settling" } else { phase }));
        let focus = Focus::before(&self.section);
        let answered = view.phase == Phase::Answered;
        let ready = phase == "asking" || answered;
        let outcome = view.outcome.filter(|_| answered);
        let guess = view.guess.as_ref().filter(|_| answered);
        let [against, favour] = &self.keys;
        for (key, of) in [(against, ApprovalOutcome::Against), (favour, ApprovalOutcome::For)] {
            dom::attribute(key, "aria-pressed", (outcome == Some(of)).then_some("true"));
            dom::attribute(key, "aria-disabled", (!ready).then_some("true"));
        }
        dom::attribute(&self.skip, "aria-disabled", (!ready).then_some("true"));
        let waits = answered && self.advance.is_manual();
        dom::text(&self.skip, if waits { words::NEXT } else { words::SKIP });
        dom::show(&self.undo, view.can_undo);
        self.work.name("");
        // A dot is "for"; a ring in it says that this was the guess. Against leaves the label unmarked.
        self.work.mark(Marks {
            you: outcome == Some(ApprovalOutcome::For),
            us: guess.is_some_and(|guess| !guess.undecided && guess.probability >= 0.5),
        });

        let answer = match outcome {
            Some(ApprovalOutcome::Against) => Some(0.0),
            Some(ApprovalOutcome::For) => Some(1.0),
            _ => None,
        };
        self.scale.set(guess.map(|guess| guess.probability), answer, &words::scale_approval(guess, outcome));

        dom::class(&self.reveal, "after", guess.is_some());
        match (phase, guess) {
            (_, Some(guess)) => dom::text(&self.reveal, &words::thought_approval(guess)),
            ("loading" | "hanging", _) => dom::text(&self.reveal, words::HANGING_ONE),
            ("empty", _) => dom::text(&self.reveal, words::EMPTY),
            ("asking", _) => dom::text(&self.reveal, words::ANSWER_FIRST),
            _ => dom::text(&self.reveal, ""),
        }

        let done;
        let instead = match phase {
            "done" => {
                done = words::done(&view.tally);
                Some((done.0, done.1.as_str()))
            }
            "upcoming" => Some(words::UPCOMING),
            "closed" => Some(words::CLOSED),
            _ => None,
        };
        dom::show(&self.keep_going, phase == "done");
        dom::class(&self.stage, "gone", instead.is_some());
        self.notice.say(instead);
        self.away.say((phase == "away").then_some(words::BROKEN_ONE));
        self.delivery.set(&view.delivery, view.can_undo);
        focus.keep();
    }

    fn content(self: &Rc<Self>, event: &Event) {
        if self.work.hear(event) {
            self.refresh();
        }
    }

    fn pressed(self: &Rc<Self>, event: &Event) {
        if !self.section.matches(":focus-within").unwrap_or(true) {
            let _ = self.section.focus();
        }
        if let Some((kind, value)) = dom::asked(event) {
            self.ask(&kind, &value);
        }
    }

    fn key(self: &Rc<Self>, event: &Event) {
        let Some(key) = event.dyn_ref::<KeyboardEvent>().and_then(keys::command) else { return };
        if let Some((kind, value)) = keys::approve(&key) {
            event.prevent_default();
            let phase = self.section.get_attribute("data-phase").unwrap_or_default();
            if kind == "undo" || phase == "asking" || phase == "answered" {
                self.ask(kind, value);
            }
        }
    }

    fn ask(&self, kind: &str, value: &str) {
        let answered = self.view.borrow().as_ref().is_some_and(|view| view.phase == Phase::Answered);
        let can_undo = self.view.borrow().as_ref().is_some_and(|view| view.can_undo);
        match kind {
            "approve" if answered => self.request("next", ""),
            "approve" if self.advance.is_settling() => {}
            "look" => {}
            "undo" if !can_undo => {}
            "reload" => {
                self.work.reload();
                self.refresh();
            }
            "broken" => {
                if let Some(candidate) = self.work.id() {
                    self.request("broken", &candidate);
                }
            }
            _ => self.request(kind, value),
        }
    }

    fn request(&self, kind: &str, value: &str) {
        let moves = matches!(kind, "approve" | "next" | "undo" | "broken" | "keep-going");
        if moves && self.asked.replace(true) {
            return;
        }
        dom::request(&self.on_request, kind, value);
    }
}
