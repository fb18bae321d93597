//! The wallet panel: who this browser votes for, and the way to change it.

use core::cell::{Cell, RefCell};
use js_sys::{Date, Function, Object, Reflect};
use taste_sdk::view::WalletView;
use wasm_bindgen::JsValue;
use web_sys::{HtmlElement, ShadowRoot};

use crate::{
    dom::{self, Listener, Maker},
    words::{self, wallet as says},
};

/// `<taste-wallet>`'s inside.
///
/// It draws [`WalletView`]s and sends `("connect", uuid)` (empty: the only wallet) and `("disconnect", "")` to
/// `on_request`. The element with part `wallet` carries `data-state`: `guest`, `asking`, `connected`, `trouble`.
pub struct Wallet {
    maker: Maker,
    section: HtmlElement,
    title: HtmlElement,
    message: HtmlElement,
    quote: HtmlElement,
    facts: HtmlElement,
    address: HtmlElement,
    until: HtmlElement,
    small: HtmlElement,
    actions: HtmlElement,
    wallets: RefCell<Vec<(String, String)>>,
    view: RefCell<Option<WalletView>>,
    /// The state whose keys are up; none after the wallets changed.
    state: Cell<&'static str>,
    _listener: Listener,
}

impl Wallet {
    /// Builds the panel in an empty shadow root.
    pub fn new(root: &ShadowRoot, on_request: Function) -> Self {
        let maker = Maker::new(root);
        let section = maker.add(root, "section", "wallet", "wallet");
        dom::set(&section, "tabindex", "-1");
        seal(&maker, &section);
        let status = maker.add(&section, "div", "words", "");
        dom::set(&status, "role", "status");
        let title = maker.add(&status, "p", "notice-title", "title");
        let message = maker.add(&status, "p", "notice-sentence", "message");
        let quote = maker.add(&section, "p", "quote", "");
        dom::text(&quote, says::QUOTE);
        let facts = maker.add(&section, "dl", "facts", "facts");
        let fact = |term: &str, tag: &str| -> HtmlElement {
            dom::text(&maker.add(&facts, "dt", "", "").into(), term);
            let value = maker.add(&facts, "dd", "", "");
            maker.add(&value, tag, "", "")
        };
        let address = fact(says::ADDRESS, "bdi");
        let until = fact(says::UNTIL, "span");
        let small = maker.add(&section, "p", "note", "");
        let actions = maker.add(&section, "div", "actions", "");
        let listener = Listener::on(&section, "click", move |event| {
            if let Some((kind, value)) = dom::asked(&event) {
                dom::request(&on_request, &kind, &value);
            }
        });
        Self {
            maker,
            section,
            title,
            message,
            quote,
            facts,
            address,
            until,
            small,
            actions,
            wallets: RefCell::default(),
            view: RefCell::default(),
            state: Cell::new(""),
            _listener: listener,
        }
    }

    /// The wallets that announced themselves, as (uuid, name); with more than one, each gets its key.
    pub fn set_wallets(&self, wallets: Vec<(String, String)>) {
        if *self.wallets.borrow() == wallets {
            return;
        }
        self.wallets.replace(wallets);
        self.state.set("");
        if let Some(view) = self.view.take() {
            self.render(&view);
        }
    }

    /// Draws what changed.
    pub fn render(&self, view: &WalletView) {
        if self.view.borrow().as_ref() == Some(view) {
            return;
        }
        let held_focus = self.section.matches(":focus-within").unwrap_or(false);
        let (state, title) = match view {
            WalletView::Guest { .. } => ("guest", says::GUEST),
            WalletView::Asking { .. } => ("asking", says::ASKING),
            WalletView::Connected { .. } => ("connected", says::CONNECTED),
            WalletView::Trouble { code, message } => ("trouble", says::trouble(code, message).0),
        };
        dom::attribute(&self.section, "data-state", Some(state));
        dom::text(&self.title, title);
        match view {
            WalletView::Guest { votes } => dom::text(&self.message, &says::guest(*votes)),
            WalletView::Asking { wallet } => dom::text(&self.message, &says::asking(wallet)),
            WalletView::Connected { address, claimed, not_after } => {
                dom::text(&self.message, says::connected(*claimed));
                dom::text(&self.address, &words::short_address(address));
                dom::attribute(&self.address, "title", Some(address));
                dom::text(&self.until, &day(*not_after));
            }
            WalletView::Trouble { code, message } => {
                dom::text(&self.message, &says::trouble(code, message).1);
            }
        }
        dom::show(&self.quote, state == "asking");
        dom::show(&self.facts, state == "connected");
        dom::show(&self.small, matches!(state, "guest" | "trouble"));
        dom::text(
            &self.small,
            match view {
                WalletView::Trouble { code, .. } => code,
                _ => says::FREE,
            },
        );
        if self.state.replace(state) != state {
            // A panel's few keys are remade at a change of state; focus then stays with the panel.
            self.actions.replace_children_with_node_0();
            self.keys(state);
            if held_focus {
                let _ = self.section.focus();
            }
        }
        self.view.replace(Some(view.clone()));
    }

    fn keys(&self, state: &str) {
        let key = |class: &str, part: &str, words: &str, ask| {
            self.maker.key(&self.actions, class, part, words, ask)
        };
        match state {
            "asking" => {
                key("key", "key disconnect", says::CANCEL, ("disconnect", ""));
            }
            "connected" => {
                key("key", "key disconnect", says::DISCONNECT, ("disconnect", ""));
            }
            _ => {
                let solid = if state == "guest" { "key solid" } else { "key" };
                let again = if state == "guest" { says::CONNECT } else { words::TRY_AGAIN };
                let wallets = self.wallets.borrow();
                if wallets.len() > 1 {
                    for (uuid, name) in wallets.iter() {
                        key("key", "key connect", name, ("connect", uuid));
                    }
                } else {
                    key(solid, "key connect", again, ("connect", ""));
                }
                if state == "trouble" {
                    key("key bare", "key disconnect", says::STAY_GUEST, ("disconnect", ""));
                }
            }
        }
    }
}

impl Drop for Wallet {
    fn drop(&mut self) {
        self.section.remove();
    }
}

/// The dot in its ring: dashed for a guest, an arc while the wallet is asked, whole once it agreed, struck through
/// when it did not. The style sheet shows the pieces by `data-state`.
fn seal(maker: &Maker, parent: &HtmlElement) {
    let seal = maker.add_svg(
        parent,
        "svg",
        &[
            ("class", "seal"),
            ("part", "seal"),
            ("viewBox", "0 0 56 56"),
            ("fill", "none"),
            ("aria-hidden", "true"),
        ],
    );
    let circle =
        |class, r| maker.add_svg(&seal, "circle", &[("class", class), ("cx", "28"), ("cy", "28"), ("r", r)]);
    circle("ring", "24");
    maker.add_svg(&seal, "path", &[("class", "arc"), ("d", "M28 4a24 24 0 0 1 20.8 36")]);
    circle("dot", "9");
    maker.add_svg(&seal, "path", &[("class", "gap"), ("d", "M10 46 46 10")]);
    maker.add_svg(&seal, "path", &[("class", "stroke"), ("d", "M10 46 46 10")]);
}

/// Unix seconds as a day in the reader's own words.
fn day(seconds: u64) -> String {
    let date = Date::new(&JsValue::from_f64(seconds as f64 * 1000.0));
    let options = Object::new();
    for (name, value) in [("day", "numeric"), ("month", "long"), ("year", "numeric")] {
        let _ = Reflect::set(&options, &name.into(), &value.into());
    }
    // An empty list of locales means the reader's own, which the typed binding cannot say.
    Reflect::get(&date, &"toLocaleDateString".into())
        .ok()
        .and_then(|say| {
            let say: Function = wasm_bindgen::JsCast::dyn_into(say).ok()?;
            say.call2(&date, &JsValue::UNDEFINED, &options).ok()
        })
        .and_then(|day| day.as_string())
        .unwrap_or_default()
}
