//! One hung work: the picture or the text, and the label beside it. It knows whether its content can be seen;
//! what that means for the question is the widget's business.

use core::cell::{Cell, RefCell};
use taste_core::CandidateKind;
use taste_sdk::view::CandidateView;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{Element, Event, HtmlElement, HtmlImageElement};

use crate::{
    dom::{self, Maker, Timer},
    words,
};

/// How long an old picture stays while it fades; a little longer than the longest fade.
const FADED: i32 = 400;

/// Whether the content can be seen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Sight {
    /// Nothing hangs here.
    Bare,
    /// On its way.
    Waiting,
    /// Seen.
    Shown,
    /// It did not load.
    Away,
}

/// The marks on a label.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Marks {
    /// The person chose it.
    pub(crate) you: bool,
    /// The guess leaned to it.
    pub(crate) us: bool,
}

/// A work on the wall.
pub(crate) struct Work {
    maker: Maker,
    pub(crate) figure: HtmlElement,
    pub(crate) button: HtmlElement,
    frame: HtmlElement,
    label: HtmlElement,
    title: HtmlElement,
    note: HtmlElement,
    stickers: HtmlElement,
    mark: HtmlElement,
    slot: &'static str,
    hung: RefCell<Option<CandidateView>>,
    content: RefCell<Option<Element>>,
    sight: Cell<Sight>,
    fading: RefCell<Option<Timer>>,
}

impl Work {
    /// Builds an empty place on the wall. `ask` is what pressing the work asks for; `slot` is the name under which
    /// the page brings the content of kinds that only it can draw.
    pub(crate) fn new(
        maker: &Maker,
        parent: &HtmlElement,
        part: &str,
        ask: (&str, &str),
        slot: &'static str,
    ) -> Self {
        let figure = maker.add(parent, "figure", part, part);
        let button = maker.key(&figure, "work", "work", "", ask);
        let frame = maker.add(&button, "span", "frame", "");
        let label = maker.add(&figure, "figcaption", "label", "label");
        dom::show(&label, false);
        let title = maker.add(&label, "div", "title", "title");
        let note = maker.add(&label, "div", "note", "note");
        let stickers = maker.add(&label, "div", "stickers", "stickers");
        let mark = maker.add(&stickers, "span", "mark", "");
        Self {
            maker: maker.clone(),
            figure,
            button,
            frame,
            label,
            title,
            note,
            stickers,
            mark,
            slot,
            hung: RefCell::default(),
            content: RefCell::default(),
            sight: Cell::new(Sight::Bare),
            fading: RefCell::default(),
        }
    }

    /// Whether the content can be seen.
    pub(crate) fn sight(&self) -> Sight {
        self.sight.get()
    }

    /// The id of what hangs here, as hex.
    pub(crate) fn id(&self) -> Option<String> {
        self.hung.borrow().as_ref().map(|hung| hung.id.to_string())
    }

    /// Hangs a candidate (or takes the last one down), fading from one to the next. Pictures fetched ahead come
    /// from `ahead`, where the widget fetches any.
    pub(crate) fn hang(&self, candidate: Option<&CandidateView>, ahead: Option<&Ahead>) {
        if self.hung.borrow().as_ref() == candidate {
            return;
        }
        let same = matches!((self.hung.borrow().as_ref(), candidate), (Some(a), Some(b))
            if a.id == b.id && a.src == b.src && a.text == b.text);
        self.hung.replace(candidate.cloned());
        dom::text(&self.title, candidate.map_or("", |c| &c.title));
        dom::text(&self.note, candidate.map_or("", |c| &c.note));
        dom::show(&self.note, candidate.is_some_and(|c| !c.note.is_empty()));
        dom::show(&self.label, candidate.is_some_and(|c| !(c.title.is_empty() && c.note.is_empty())));
        if !same {
            self.take_down();
            if let Some(candidate) = candidate {
                self.put_up(candidate, ahead);
            }
        }
    }

    /// Loads the content anew.
    pub(crate) fn reload(&self) {
        self.take_down();
        if let Some(candidate) = self.hung.borrow().as_ref() {
            self.put_up(candidate, None);
        }
    }

    fn put_up(&self, candidate: &CandidateView, ahead: Option<&Ahead>) {
        dom::class(&self.figure, "text", candidate.kind == CandidateKind::Text);
        let content: Element = match (candidate.kind, &candidate.src, &candidate.text) {
            (_, _, Some(words)) => {
                let story = self.maker.add(&self.frame, "span", story_class(words), "text");
                // The person's language may differ from the page's; let the text find its own direction.
                dom::set(&story, "dir", "auto");
                dom::text(&story, words);
                story.into()
            }
            (CandidateKind::Image, Some(src), None) => {
                let image = match ahead.and_then(|ahead| ahead.take(src)) {
                    Some(image) => image,
                    None => self.maker.image(src),
                };
                dom::append(&self.frame, &image);
                self.content.replace(Some(image.clone().into()));
                self.sight.set(Sight::Waiting);
                if image.complete() && image.natural_width() > 0 {
                    self.seen();
                } else if image.complete() {
                    // It finished before anybody listened: ask again, and hear how it goes.
                    image.set_src(src);
                }
                return;
            }
            // Text whose bytes are still on the way: the session renders again when they are here.
            (CandidateKind::Text, _, None) => {
                self.sight.set(Sight::Waiting);
                return;
            }
            // Kinds that only the page can draw; without a drawing the title stands for the work.
            _ => {
                let slot = self.maker.add(&self.frame, "slot", "story", "");
                dom::set(&slot, "name", self.slot);
                dom::text(&slot, &candidate.title);
                slot.into()
            }
        };
        self.content.replace(Some(content));
        self.seen();
    }

    fn take_down(&self) {
        self.sight.set(Sight::Bare);
        let Some(old) = self.content.take() else { return };
        dom::class(&self.button, "away", false);
        dom::class(&old, "in", false);
        dom::class(&old, "out", true);
        let gone = old.clone();
        let timer = Timer::after(FADED, move || gone.remove());
        if timer.is_none() {
            old.remove();
        }
        // A timer that is replaced has not removed its picture yet; only the newest may linger.
        while let Some(older) = old.previous_element_sibling() {
            older.remove();
        }
        self.fading.replace(timer);
    }

    fn seen(&self) {
        if let Some(content) = self.content.borrow().as_ref() {
            dom::class(content, "in", true);
        }
        self.sight.set(Sight::Shown);
    }

    /// Hears `load` and `error` of the pictures inside. Returns whether its sight changed.
    pub(crate) fn hear(&self, event: &Event) -> bool {
        let ours = match (event.target(), self.content.borrow().as_ref()) {
            (Some(target), Some(content)) => target.unchecked_ref::<Element>() == content,
            _ => false,
        };
        if !ours || self.sight.get() != Sight::Waiting {
            return false;
        }
        if event.type_() == "load" {
            self.seen();
        } else {
            self.sight.set(Sight::Away);
            self.content.take().inspect(Element::remove);
            let card = self.maker.add(&self.frame, "span", "absent in", "");
            dom::text(&card, words::AWAY);
            self.content.replace(Some(card.into()));
            dom::class(&self.button, "away", true);
        }
        true
    }

    /// Names the button: the side, then what hangs there.
    pub(crate) fn name(&self, side: &str) {
        let hung = self.hung.borrow();
        let name = hung.as_ref().map(|c| words::work_name(side, &c.title, &c.note, c.text.as_deref()));
        dom::attribute(&self.button, "aria-label", name.as_deref());
    }

    /// Puts the marks on the label.
    pub(crate) fn mark(&self, marks: Marks) {
        let (class, part) = match (marks.you, marks.us) {
            (true, true) => ("mark you us", Some("you us")),
            (true, false) => ("mark you", Some("you")),
            (false, true) => ("mark us", Some("us")),
            (false, false) => ("mark", None),
        };
        if self.mark.class_name() != class {
            self.mark.set_class_name(class);
        }
        dom::attribute(&self.mark, "part", part);
        dom::show(&self.stickers, marks.you || marks.us);
    }
}

/// Longer texts are set smaller, so that the sheet holds them.
fn story_class(words: &str) -> &'static str {
    match words.chars().count() {
        0..=110 => "story",
        111..=260 => "story long",
        _ => "story longest",
    }
}

thread_local! {
    /// Hears how a decoding went. For ever, because it may go on when the widget is gone, and a closure that is gone
    /// throws.
    static IGNORE: Closure<dyn FnMut(JsValue)> = Closure::new(|_| {});
}

/// Pictures fetched and decoded ahead, so that the next pair appears without a gap.
#[derive(Default)]
pub(crate) struct Ahead {
    pictures: RefCell<Vec<(String, HtmlImageElement)>>,
}

impl Ahead {
    /// Fetches what is likely to come; lets go of what is not.
    pub(crate) fn fetch<'a>(&self, maker: &Maker, coming: impl Iterator<Item = &'a CandidateView>) {
        let mut kept = self.pictures.take();
        let mut pictures = Vec::new();
        for src in coming.filter(|c| c.kind == CandidateKind::Image).filter_map(|c| c.src.as_ref()) {
            if let Some(at) = kept.iter().position(|(known, _)| known == src) {
                pictures.push(kept.swap_remove(at));
            } else {
                let image = maker.image(src);
                // A picture that does not decode is met again, and told, when it hangs.
                IGNORE.with(|ignore| drop(image.decode().then2(ignore, ignore)));
                pictures.push((src.clone(), image));
            }
        }
        self.pictures.replace(pictures);
    }

    fn take(&self, src: &str) -> Option<HtmlImageElement> {
        let mut pictures = self.pictures.borrow_mut();
        let at = pictures.iter().position(|(known, _)| known == src)?;
        Some(pictures.swap_remove(at).1)
    }
}
