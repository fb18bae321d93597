//! The instruments that duel and approval share: the scale, the record of guesses, the notice that stands in
//! for a question, and the line about votes that have not arrived.

use taste_sdk::view::{Delivery, Tally};
use web_sys::HtmlElement;

use crate::{
    dom::{self, Maker},
    words,
};

/// Marks on a scale from 0 to 1: a dot where the person stands, a ring where the guess stood, a thick lean from
/// the middle to the ring.
pub(crate) struct Scale {
    scale: HtmlElement,
}

impl Scale {
    /// One tick every twentieth.
    const TICKS: usize = 21;

    pub(crate) fn new(maker: &Maker, parent: &HtmlElement) -> Self {
        let scale = maker.add(parent, "div", "scale", "scale");
        dom::set(&scale, "role", "img");
        let ticks = maker.add(&scale, "span", "ticks", "");
        for _ in 0..Self::TICKS {
            maker.add(&ticks, "i", "", "");
        }
        maker.add(&scale, "span", "lean", "lean");
        maker.add(&scale, "span", "mark us", "us");
        maker.add(&scale, "span", "mark you", "you");
        Self { scale }
    }

    /// Positions in [0, 1] from left (or top); none = not shown.
    pub(crate) fn set(&self, guess: Option<f64>, answer: Option<f64>, sentence: &str) {
        // A mark that goes keeps its place while it fades.
        if let Some(guess) = guess {
            dom::property(&self.scale, "--p", &words::percent(guess));
        }
        if let Some(answer) = answer {
            dom::property(&self.scale, "--v", &words::percent(answer));
        }
        dom::class(&self.scale, "guessed", guess.is_some());
        dom::class(&self.scale, "answered", answer.is_some());
        dom::attribute(&self.scale, "aria-label", Some(sentence));
    }
}

/// The last dozen guesses as small rings, filled where right, and the rate in words.
pub(crate) struct Record {
    rings: HtmlElement,
    rate: HtmlElement,
}

impl Record {
    pub(crate) fn new(maker: &Maker, parent: &HtmlElement) -> Self {
        let record = maker.add(parent, "p", "record", "");
        let rings = maker.add(&record, "span", "tally", "tally");
        dom::set(&rings, "aria-hidden", "true");
        let rate = maker.add(&record, "span", "rate", "hit-rate");
        Self { rings, rate }
    }

    /// `before` is said until there is a rate to tell.
    pub(crate) fn set(&self, maker: &Maker, tally: &Tally, before: &str) {
        while self.rings.child_element_count() as usize > tally.recent.len() {
            self.rings.last_element_child().inspect(web_sys::Element::remove);
        }
        for (at, hit) in tally.recent.iter().enumerate() {
            let ring = match self.rings.children_at(at) {
                Some(ring) => ring,
                None => maker.add(&self.rings, "i", "", "").into(),
            };
            dom::class(&ring, "hit", *hit);
        }
        match words::hit_rate(tally) {
            Some(rate) => dom::text(&self.rate, &rate),
            None => dom::text(&self.rate, before),
        }
    }
}

/// The n-th child element, without the HtmlCollection feature.
trait ChildrenAt {
    fn children_at(&self, at: usize) -> Option<web_sys::Element>;
}

impl ChildrenAt for HtmlElement {
    fn children_at(&self, at: usize) -> Option<web_sys::Element> {
        let mut child = self.first_element_child();
        for _ in 0..at {
            child = child?.next_element_sibling();
        }
        child
    }
}

/// What stands where a question would: title, sentence, keys.
pub(crate) struct Notice {
    pub(crate) section: HtmlElement,
    title: HtmlElement,
    sentence: HtmlElement,
    pub(crate) actions: HtmlElement,
}

impl Notice {
    /// `seal`: with the large dot in a ring.
    pub(crate) fn new(maker: &Maker, parent: &HtmlElement, part: &str, seal: bool) -> Self {
        let section = maker.add(parent, "div", "notice", part);
        dom::show(&section, false);
        if seal {
            let seal = maker.add(&section, "span", "seal", "");
            dom::set(&seal, "aria-hidden", "true");
        }
        let words = maker.add(&section, "div", "words", "");
        dom::set(&words, "role", "status");
        let title = maker.add(&words, "p", "notice-title", "");
        let sentence = maker.add(&words, "p", "notice-sentence", "");
        let actions = maker.add(&section, "div", "actions", "");
        Self { section, title, sentence, actions }
    }

    /// Says something, or nothing.
    pub(crate) fn say(&self, words: Option<(&str, &str)>) {
        dom::show(&self.section, words.is_some());
        let (title, sentence) = words.unwrap_or_default();
        dom::text(&self.title, title);
        dom::text(&self.sentence, sentence);
    }
}

/// The line about votes that have not arrived; its `data-code` is the last trouble's.
pub(crate) struct DeliveryLine {
    notice: Notice,
    retry: HtmlElement,
    take_back: HtmlElement,
}

impl DeliveryLine {
    pub(crate) fn new(maker: &Maker, parent: &HtmlElement) -> Self {
        let notice = Notice::new(maker, parent, "status", false);
        dom::class(&notice.section, "delivery", true);
        let retry = maker.key(&notice.actions, "key", "key", words::TRY_NOW, ("retry", ""));
        let take_back = maker.key(&notice.actions, "key bare", "key", words::TAKE_BACK, ("undo", ""));
        Self { notice, retry, take_back }
    }

    pub(crate) fn set(&self, delivery: &Delivery, can_undo: bool) {
        let code = delivery.trouble.as_deref().or(delivery.storage.as_deref());
        dom::attribute(&self.notice.section, "data-code", code);
        match words::delivery(delivery) {
            Some(said) => {
                dom::show(&self.retry, said.retry);
                dom::show(&self.take_back, said.retry && can_undo);
                self.notice.say(Some((said.title, &said.sentence)));
            }
            None => self.notice.say(None),
        }
    }
}
