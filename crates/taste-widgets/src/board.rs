//! The board: ranks as ranges, shares as intervals against a coin.

use core::cell::RefCell;
use taste_core::CandidateKind;
use taste_sdk::view::{BoardRowView, BoardView, Phase};
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, HtmlImageElement, ShadowRoot};

use crate::{
    dom::{self, Maker},
    instruments::Notice,
    words::{self, board as says},
};

/// `<taste-board>`'s inside. It draws [`BoardView`]s and asks for nothing.
///
/// On a narrow container the rows become grids; the roles are written out so that assistive technology still meets
/// a table. The element with part `board` carries `data-phase`: `loading`, `ready`, `empty`, `trouble` (it did not come;
/// `data-code` says why).
pub struct Board {
    maker: Maker,
    section: HtmlElement,
    table: HtmlElement,
    body: HtmlElement,
    legend: HtmlElement,
    fragile: HtmlElement,
    yours: HtmlElement,
    notice: Notice,
    rows: RefCell<Vec<Row>>,
}

struct Row {
    row: HtmlElement,
    rank: HtmlElement,
    thumb: HtmlElement,
    picture: RefCell<Option<HtmlImageElement>>,
    title: HtmlElement,
    you: HtmlElement,
    note: HtmlElement,
    interval: HtmlElement,
    votes: HtmlElement,
    view: RefCell<Option<BoardRowView>>,
}

impl Board {
    /// Builds the widget in an empty shadow root.
    pub fn new(root: &ShadowRoot) -> Self {
        let maker = Maker::new(root);
        let section = maker.add(root, "section", "board", "board");
        let table = with_role(maker.add(&section, "table", "table", "table"), "table");
        let head = with_role(maker.add(&table, "thead", "", ""), "rowgroup");
        let row = with_role(maker.add(&head, "tr", "", ""), "row");
        for (class, words) in
            [("rank", says::RANK), ("thumb", ""), ("name", says::WORK), ("share", ""), ("votes", says::VOTES)]
        {
            let cell = with_role(maker.add(&row, "th", class, ""), "columnheader");
            dom::set(&cell, "scope", "col");
            if class != "share" {
                dom::text(&cell, words);
                continue;
            }
            dom::set(&cell, "aria-label", says::SHARE);
            let axis = maker.add(&cell, "div", "axis", "axis");
            for mark in ["0", says::COIN, "100%"] {
                dom::text(&maker.add(&axis, "span", "", "").into(), mark);
            }
        }
        let body = with_role(maker.add(&table, "tbody", "", ""), "rowgroup");
        let legend = maker.add(&section, "p", "legend", "legend");
        let sample = |class: &str, words: &str| -> HtmlElement {
            let item = maker.add(&legend, "span", "item", "");
            if class == "mark you" {
                maker.add(&item, "span", class, "");
            } else {
                let interval = maker.add(&item, "span", class, "");
                maker.add(&interval, "span", "range", "");
                maker.add(&interval, "span", "estimate", "");
            }
            dom::text(&maker.add(&item, "span", "", "").into(), words);
            item
        };
        sample("interval", says::LEGEND[0]);
        let fragile = sample("interval fragile", says::LEGEND[1]);
        let yours = sample("mark you", says::LEGEND[2]);
        let notice = Notice::new(&maker, &section, "status", false);
        Self { maker, section, table, body, legend, fragile, yours, notice, rows: RefCell::default() }
    }

    /// Draws what changed. `trouble`: why the board did not come, a code; one that came before is still shown.
    pub fn render(&self, view: &BoardView, trouble: Option<&str>) {
        let trouble = trouble.filter(|_| view.phase == Phase::Loading);
        let phase = match view.phase {
            _ if trouble.is_some() => "trouble",
            Phase::Loading => "loading",
            _ if view.rows.is_empty() => "empty",
            _ => "ready",
        };
        dom::attribute(&self.section, "data-phase", Some(phase));
        dom::attribute(&self.section, "data-code", trouble);
        dom::attribute(&self.table, "aria-label", Some(&view.title));
        dom::show(&self.table, phase == "ready");
        dom::show(&self.legend, phase == "ready");
        dom::show(&self.fragile, view.rows.iter().any(|row| row.fragile));
        dom::show(&self.yours, view.rows.iter().any(|row| row.yours));
        let pictures = view.rows.iter().any(|row| row.candidate.kind == CandidateKind::Image);
        dom::class(&self.table, "plain", !pictures);
        self.notice.say(match phase {
            "loading" => Some((says::LOADING, "")),
            "trouble" => Some(says::NOT_HERE),
            "empty" => Some(says::NO_VOTES),
            _ => None,
        });
        // Texts come one by one as they are asked about; a ragged table would tell of nothing but that.
        let all_texts = view.rows.iter().all(|row| row.candidate.text.is_some());
        dom::class(&self.table, "texts", all_texts);
        let mut rows = self.rows.borrow_mut();
        while rows.len() > view.rows.len() {
            if let Some(row) = rows.pop() {
                row.row.remove();
            }
        }
        for (at, row) in view.rows.iter().enumerate() {
            if at == rows.len() {
                rows.push(Row::new(&self.maker, &self.body));
            }
            rows[at].render(&self.maker, row);
        }
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        self.section.remove();
    }
}

fn with_role(element: HtmlElement, role: &str) -> HtmlElement {
    dom::set(&element, "role", role);
    element
}

impl Row {
    fn new(maker: &Maker, body: &HtmlElement) -> Self {
        let row = with_role(maker.add(body, "tr", "row", "row"), "row");
        let cell = |class: &str, part: &str| with_role(maker.add(&row, "td", class, part), "cell");
        let rank = cell("rank", "rank");
        let thumb = cell("thumb", "thumb");
        let name = with_role(maker.add(&row, "th", "name", ""), "rowheader");
        dom::set(&name, "scope", "row");
        let title = maker.add(&name, "span", "title", "title");
        let you = with_role(maker.add(&name, "span", "mark you", "you"), "img");
        dom::set(&you, "aria-label", says::YOURS);
        dom::set(&you, "title", says::YOURS);
        let note = maker.add(&name, "span", "note", "note");
        let share = cell("share", "");
        let interval = with_role(maker.add(&share, "div", "interval", "interval"), "img");
        maker.add(&interval, "span", "range", "");
        maker.add(&interval, "span", "estimate", "estimate");
        let votes = cell("votes", "votes");
        Self {
            row,
            rank,
            thumb,
            picture: RefCell::default(),
            title,
            you,
            note,
            interval,
            votes,
            view: RefCell::default(),
        }
    }

    fn render(&self, maker: &Maker, view: &BoardRowView) {
        if self.view.borrow().as_ref() == Some(view) {
            return;
        }
        let candidate = &view.candidate;
        let src = candidate.src.as_deref().filter(|_| candidate.kind == CandidateKind::Image);
        let known = self.view.borrow().as_ref().and_then(|old| old.candidate.src.clone());
        if known.as_deref() != src || self.view.borrow().is_none() {
            self.picture.take().inspect(|old| old.remove());
            if let Some(image) = src.map(|src| maker.image(src)) {
                let _ = image.set_attribute("loading", "lazy");
                let _ = self.thumb.append_child(image.unchecked_ref());
                self.picture.replace(Some(image));
            }
        }
        dom::text(&self.rank, &words::ranks(view.ranks));
        dom::attribute(&self.rank, "aria-label", Some(&words::ranks_spoken(view.ranks)));
        dom::text(&self.title, &candidate.title);
        // A text is its own picture; an image's note belongs on the wall, not in the ranking.
        dom::text(&self.note, candidate.text.as_deref().unwrap_or_default());
        dom::show(&self.note, candidate.text.is_some());
        dom::show(&self.you, view.yours);
        dom::class(&self.interval, "fragile", view.fragile);
        dom::property(&self.interval, "--low", &words::percent(view.low));
        dom::property(&self.interval, "--high", &words::percent(view.high));
        dom::property(&self.interval, "--at", &words::percent(view.share));
        let sentence = words::interval(view.share, view.low, view.high, view.fragile);
        dom::attribute(&self.interval, "aria-label", Some(&sentence));
        dom::class(&self.votes, "few", view.fragile);
        dom::attribute(&self.votes, "part", Some(if view.fragile { "votes fragile" } else { "votes" }));
        let votes = if view.fragile { words::fragile(view.votes) } else { words::count(view.votes) };
        dom::text(&self.votes, &votes);
        self.view.replace(Some(view.clone()));
    }
}
