//! The handles of the widgets, for the element classes: each draws what a session shows, and hands its requests
//! to a function `(kind, value)`. All drawing is in `taste-widgets`.

use taste_sdk::WalletView;
use wasm_bindgen::prelude::*;
use web_sys::ShadowRoot;

use crate::{convert::seconds, error::WebError, session::WebSession};

/// `<taste-duel>`'s inside.
#[wasm_bindgen]
pub struct WebDuel(taste_widgets::Duel);

#[wasm_bindgen]
impl WebDuel {
    /// Builds it in an empty shadow root.
    #[wasm_bindgen(constructor)]
    pub fn new(root: &ShadowRoot, on_request: js_sys::Function) -> Self {
        Self(taste_widgets::Duel::new(root, on_request))
    }

    /// Draws the session's duel. `now` is in Unix seconds.
    pub fn render(&self, session: &WebSession, now: f64) {
        self.0.render(&session.session().duel_view(seconds(now)));
    }

    /// Whether the next question waits for the person.
    #[wasm_bindgen(js_name = setManual)]
    pub fn set_manual(&self, manual: bool) {
        self.0.set_manual(manual);
    }
}

/// `<taste-approve>`'s inside.
#[wasm_bindgen]
pub struct WebApprove(taste_widgets::Approve);

#[wasm_bindgen]
impl WebApprove {
    /// Builds it in an empty shadow root.
    #[wasm_bindgen(constructor)]
    pub fn new(root: &ShadowRoot, on_request: js_sys::Function) -> Self {
        Self(taste_widgets::Approve::new(root, on_request))
    }

    /// Draws the session's approval. `now` is in Unix seconds.
    pub fn render(&self, session: &WebSession, now: f64) {
        self.0.render(&session.session().approve_view(seconds(now)));
    }

    /// Whether the next question waits for the person.
    #[wasm_bindgen(js_name = setManual)]
    pub fn set_manual(&self, manual: bool) {
        self.0.set_manual(manual);
    }
}

/// `<taste-board>`'s inside.
#[wasm_bindgen]
pub struct WebBoard(taste_widgets::Board);

#[wasm_bindgen]
impl WebBoard {
    /// Builds it in an empty shadow root.
    #[wasm_bindgen(constructor)]
    pub fn new(root: &ShadowRoot) -> Self {
        Self(taste_widgets::Board::new(root))
    }

    /// Draws the first `limit` rows (0 = all) of the board that the session was given last.
    pub fn render(&self, session: &WebSession, limit: usize) {
        let mut view = session.session().board_view(session.board());
        if limit > 0 {
            view.rows.truncate(limit);
        }
        self.0.render(&view, session.board_trouble());
    }
}

/// `<taste-wallet>`'s inside.
#[wasm_bindgen]
pub struct WebWallet(taste_widgets::Wallet);

#[wasm_bindgen]
impl WebWallet {
    /// Builds it in an empty shadow root.
    #[wasm_bindgen(constructor)]
    pub fn new(root: &ShadowRoot, on_request: js_sys::Function) -> Self {
        Self(taste_widgets::Wallet::new(root, on_request))
    }

    /// Draws how this device stands towards wallets.
    pub fn render(&self, session: &WebSession) {
        self.0.render(&session.wallet());
    }

    /// Draws a guest who has not voted, before there is a session.
    #[wasm_bindgen(js_name = renderGuest)]
    pub fn render_guest(&self) {
        self.0.render(&WalletView::Guest { votes: 0 });
    }

    /// The wallets that announced themselves: their EIP-6963 uuids and names, in the same order.
    #[wasm_bindgen(js_name = setWallets)]
    pub fn set_wallets(&self, uuids: Vec<String>, names: Vec<String>) -> Result<(), WebError> {
        if uuids.len() != names.len() {
            return Err(WebError::argument("the wallets", "expected as many names as uuids"));
        }
        self.0.set_wallets(uuids.into_iter().zip(names).collect());
        Ok(())
    }
}
