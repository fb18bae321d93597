//! The duel: two works, five answers, and the guess that was made before.

use core::cell::{Cell, RefCell};
use js_sys::Function;
use std::rc::{Rc, Weak};
use taste_core::DuelOutcome;
use taste_sdk::view::{DuelView, Phase};
use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlElement, KeyboardEvent, ShadowRoot};

use crate::{
    advance::{Advance, Due},
    dom::{self, Focus, Listener, Maker},
    instruments::{DeliveryLine, Notice, Record, Scale},
    keys,
    words::{self, Layout},
    work::{Ahead, Marks, Sight, Work},
};

/// Below this width the works hang one above the other; the style sheet's container query says the same.
const STACKED_BELOW: i32 = 560;

/// `<taste-duel>`'s inside.
///
/// It draws [`DuelView`]s and sends requests to `on_request(kind, value)`:
/// `("duel", "left" | "right" | "tie" | "neither" | "skip")`, `("undo", "")`, `("next", "")`,
/// `("broken", candidate)`, `("keep-going", "")`, `("retry", "")`. It decides nothing: after a request it waits
/// for the view that follows.
///
/// The element with part `duel` carries `data-phase`: `loading`, `hanging` (content on its way),
/// `settling` (it came by itself a blink ago and takes no answer yet), `asking`, `answered`, `away` (content
/// missing), `done`, `empty`, `upcoming`, `closed`.
pub struct Duel {
    inner: Rc<Inner>,
    _listeners: [Listener; 4],
}

struct Inner {
    maker: Maker,
    on_request: Function,
    wall: HtmlElement,
    section: HtmlElement,
    stage: HtmlElement,
    works: [Work; 2],
    keys: [HtmlElement; 4],
    skip: HtmlElement,
    undo: HtmlElement,
    scale: Scale,
    reveal: HtmlElement,
    record: Record,
    notice: Notice,
    keep_going: HtmlElement,
    away: Notice,
    delivery: DeliveryLine,
    ahead: Ahead,
    advance: Rc<Advance>,
    view: RefCell<Option<DuelView>>,
    /// A request is up and its view has not come yet; a second press would answer the next question.
    asked: Cell<bool>,
}

impl Duel {
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
            // Pictures' events do not bubble; they are heard on the way down.
            Listener::capturing(&inner.section, "load", hear(Inner::content)),
            Listener::capturing(&inner.section, "error", hear(Inner::content)),
        ];
        Self { inner, _listeners: listeners }
    }

    /// Draws what changed.
    pub fn render(&self, view: &DuelView) {
        self.inner.render(view);
    }

    /// `true`: the next question waits for the person.
    pub fn set_manual(&self, manual: bool) {
        self.inner.advance.set_manual(manual);
    }
}

impl Drop for Duel {
    fn drop(&mut self) {
        self.inner.advance.set_manual(true);
        self.inner.wall.remove();
    }
}

impl Inner {
    fn build(maker: &Maker, root: &ShadowRoot, on_request: Function) -> Self {
        let wall = maker.add(root, "div", "wall", "");
        let section = maker.add(&wall, "section", "duel", "duel");
        dom::set(&section, "role", "group");
        dom::set(&section, "tabindex", "-1");
        let stage = maker.add(&section, "div", "stage", "");
        let pair = maker.add(&stage, "div", "pair", "pair");
        let works = [
            Work::new(maker, &pair, "side left", ("duel", "left"), "left"),
            Work::new(maker, &pair, "side right", ("duel", "right"), "right"),
        ];
        let row = maker.add(&stage, "div", "keys", "keys");
        let key = |class: &str, part: &str, words: &str, value| {
            maker.key(&row, class, part, words, ("duel", value))
        };
        let keys = [
            key("key key-left", "key key-left", words::LEFT, "left"),
            key("key key-tie", "key key-tie", words::TIE, "tie"),
            key("key key-neither", "key key-neither", words::NEITHER, "neither"),
            key("key key-right", "key key-right", words::RIGHT, "right"),
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
        maker.key(&away.actions, "key bare", "key", words::NEXT_PAIR, ("broken", ""));
        away.say(None);
        let delivery = DeliveryLine::new(maker, &section);
        Self {
            maker: maker.clone(),
            on_request,
            wall,
            section,
            stage,
            works,
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
            ahead: Ahead::default(),
            advance: Rc::default(),
            view: RefCell::default(),
            asked: Cell::default(),
        }
    }

    fn layout(&self) -> Layout {
        if self.wall.client_width() < STACKED_BELOW { Layout::Stacked } else { Layout::Beside }
    }

    fn render(self: &Rc<Self>, view: &DuelView) {
        self.asked.set(false);
        let (left, right) = match &view.pair {
            Some((left, right)) => (Some(left), Some(right)),
            None => (None, None),
        };
        dom::attribute(&self.section, "aria-label", Some(&view.question));
        for (work, candidate) in self.works.iter().zip([left, right]) {
            work.hang(candidate, Some(&self.ahead));
        }
        let coming = view.upcoming.iter().flat_map(|(left, right)| [left, right]);
        self.ahead.fetch(&self.maker, coming);
        self.record.set(&self.maker, &view.tally, words::ANSWER_FIRST);
        self.view.replace(Some(view.clone()));
        let skipped = view.outcome == Some(DuelOutcome::Skip);
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

    /// Draws what depends on the view and on whether the works can be seen.
    fn refresh(&self) {
        let view = self.view.borrow();
        let Some(view) = view.as_ref() else { return };
        let layout = self.layout();
        let away = self.works.iter().any(|work| work.sight() == Sight::Away);
        let seen = self.works.iter().all(|work| work.sight() == Sight::Shown);
        let phase = match view.phase {
            Phase::Loading => "loading",
            Phase::Asking if away => "away",
            Phase::Asking if !seen => "hanging",
            Phase::Asking => "asking",
            Phase::Answered => "answered",
            Phase::Done => "done",
            Phase::Empty => "empty",
            Phase::Upcoming => "upcoming",
            Phase::Closed => "closed",
        };
        let settling = phase == "asking" && self.advance.is_settling();
        dom::attribute(&self.section, "data-phase", Some(if settling { "settling" } else { phase }));
        let focus = Focus::before(&self.section);
        let answered = view.phase == Phase::Answered;
        let ready = phase == "asking" || answered;

        let outcome = view.outcome.filter(|_| answered);
        let guess = view.guess.as_ref().filter(|_| answered);
        let [left, tie, neither, right] = &self.keys;
        for (key, of) in [
            (left, DuelOutcome::Left),
            (tie, DuelOutcome::Tie),
            (neither, DuelOutcome::Neither),
            (right, DuelOutcome::Right),
        ] {
            dom::attribute(key, "aria-pressed", (outcome == Some(of)).then_some("true"));
            dom::attribute(key, "aria-disabled", (!ready).then_some("true"));
        }
        for (work, (first, of)) in
            self.works.iter().zip([(true, DuelOutcome::Left), (false, DuelOutcome::Right)])
        {
            work.name(layout.side(first));
            dom::attribute(&work.button, "aria-disabled", (!ready).then_some("true"));
            dom::class(&work.figure, "chosen", outcome == Some(of));
            work.mark(Marks {
                you: outcome == Some(of),
                us: guess.is_some_and(|guess| !guess.undecided && (guess.probability >= 0.5) == first),
            });
        }
        dom::attribute(&self.skip, "aria-disabled", (!ready).then_some("true"));
        let waits = answered && self.advance.is_manual();
        dom::text(&self.skip, if waits { words::NEXT } else { words::SKIP });
        dom::show(&self.undo, view.can_undo);

        let at = guess.map(|guess| 1.0 - guess.probability);
        let answer = match outcome {
            Some(DuelOutcome::Left) => Some(0.0),
            Some(DuelOutcome::Right) => Some(1.0),
            Some(DuelOutcome::Tie) => Some(0.5),
            _ => None,
        };
        self.scale.set(at, answer, &words::scale_duel(guess, outcome, layout));

        dom::class(&self.reveal, "after", guess.is_some());
        match (phase, guess) {
            (_, Some(guess)) => dom::text(&self.reveal, &words::thought_duel(guess, layout)),
            ("loading" | "hanging", _) => dom::text(&self.reveal, words::HANGING_TWO),
            ("empty", _) => dom::text(&self.reveal, words::EMPTY),
            ("asking" | "away", _) => dom::text(&self.reveal, &view.question),
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
        // Gone but still there: the page below keeps its place.
        dom::class(&self.stage, "gone", instead.is_some());
        self.notice.say(instead);
        self.away.say((phase == "away").then_some(words::BROKEN));
        self.delivery.set(&view.delivery, view.can_undo);
        focus.keep();
    }

    fn content(self: &Rc<Self>, event: &Event) {
        if self.works.iter().fold(false, |changed, work| work.hear(event) | changed) {
            self.refresh();
        }
    }

    fn pressed(self: &Rc<Self>, event: &Event) {
        // Safari does not focus a pressed button; without focus the arrow keys would go elsewhere.
        if !self.section.matches(":focus-within").unwrap_or(true) {
            let _ = self.section.focus();
        }
        if let Some((kind, value)) = dom::asked(event) {
            self.ask(&kind, &value);
        }
    }

    fn key(self: &Rc<Self>, event: &Event) {
        let Some(key) = event.dyn_ref::<KeyboardEvent>().and_then(keys::command) else { return };
        if let Some((kind, value)) = keys::duel(&key, self.layout()) {
            // Arrows would scroll the page away from under the duel.
            event.prevent_default();
            let phase = self.section.get_attribute("data-phase").unwrap_or_default();
            if kind == "undo" || phase == "asking" || phase == "answered" {
                self.ask(kind, value);
            }
        }
    }

    /// What was asked by hand, seen against where the duel stands.
    fn ask(&self, kind: &str, value: &str) {
        let answered = self.view.borrow().as_ref().is_some_and(|view| view.phase == Phase::Answered);
        let can_undo = self.view.borrow().as_ref().is_some_and(|view| view.can_undo);
        match kind {
            "duel" if answered => self.request("next", ""),
            "duel" if self.advance.is_settling() => {}
            "undo" if !can_undo => {}
            "reload" => {
                for work in self.works.iter().filter(|work| work.sight() == Sight::Away) {
                    work.reload();
                }
                self.refresh();
            }
            "broken" => {
                let gone = self.works.iter().find(|work| work.sight() == Sight::Away).and_then(Work::id);
                if let Some(candidate) = gone {
                    self.request("broken", &candidate);
                }
            }
            _ => self.request(kind, value),
        }
    }

    fn request(&self, kind: &str, value: &str) {
        // One question, one answer; the others do not touch the question that is up.
        let moves = matches!(kind, "duel" | "next" | "undo" | "broken" | "keep-going");
        if moves && self.asked.replace(true) {
            return;
        }
        dom::request(&self.on_request, kind, value);
    }
}
