//! The few verbs of the DOM that the widgets need, so that every write is made only where something changed
//! and none needs markup, inline styles or a Trusted Types policy.

use js_sys::Function;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{Document, Element, Event, EventTarget, HtmlElement, Node, ShadowRoot};

/// Makes elements for one widget.
#[derive(Clone)]
pub(crate) struct Maker {
    document: Document,
}

impl Maker {
    /// For the document that holds the shadow root.
    pub(crate) fn new(root: &ShadowRoot) -> Self {
        Self { document: root.owner_document().expect("a shadow root is of a document") }
    }

    /// `<tag class=… part=…>` at the end of `parent`; an empty part is left out.
    pub(crate) fn add(&self, parent: &Node, tag: &str, class: &str, part: &str) -> HtmlElement {
        let element = sure(self.document.create_element(tag)).unchecked_into::<HtmlElement>();
        if !class.is_empty() {
            element.set_class_name(class);
        }
        if !part.is_empty() {
            set(&element, "part", part);
        }
        append(parent, &element);
        element
    }

    /// An SVG element at the end of `parent`.
    pub(crate) fn add_svg(&self, parent: &Node, tag: &str, attributes: &[(&str, &str)]) -> Element {
        let element = sure(self.document.create_element_ns(Some("http://www.w3.org/2000/svg"), tag));
        for (name, value) in attributes {
            set(&element, name, value);
        }
        append(parent, &element);
        element
    }

    /// A button that asks for `kind` and `value` when pressed (see [`asked`]).
    pub(crate) fn key(
        &self,
        parent: &Node,
        class: &str,
        part: &str,
        words: &str,
        (kind, value): (&str, &str),
    ) -> HtmlElement {
        let key = self.add(parent, "button", class, part);
        set(&key, "type", "button");
        set(&key, "data-ask", kind);
        set(&key, "data-value", value);
        text(&key, words);
        key
    }

    /// An unattached image that starts to load.
    pub(crate) fn image(&self, src: &str) -> web_sys::HtmlImageElement {
        let image = sure(self.document.create_element("img")).unchecked_into::<web_sys::HtmlImageElement>();
        // The button around it carries the name; read twice it would be noise.
        image.set_alt("");
        set(&image, "draggable", "false");
        set(&image, "decoding", "async");
        image.set_src(src);
        image
    }
}

/// What cannot fail here: the DOM refuses malformed names, and these are literals. Should it throw all the same, that goes
/// up as it is. (Passed on as a `Result`, every step of building a widget would be one more way to take all of it down.)
fn sure<T>(done: Result<T, JsValue>) -> T {
    done.unwrap_or_else(|thrown| wasm_bindgen::throw_val(thrown))
}

/// Appends a child.
pub(crate) fn append(parent: &Node, child: &Node) {
    sure(parent.append_child(child));
}

/// Sets an attribute of a new element.
pub(crate) fn set(element: &Element, name: &str, value: &str) {
    sure(element.set_attribute(name, value));
}

/// Sets the text, only where it differs: a live region speaks again on every write.
pub(crate) fn text(node: &Node, words: &str) {
    if node.text_content().as_deref() != Some(words) {
        node.set_text_content(Some(words));
    }
}

/// Sets an attribute, only where it differs; `None` takes it away.
pub(crate) fn attribute(element: &Element, name: &str, value: Option<&str>) {
    if element.get_attribute(name).as_deref() == value {
        return;
    }
    // Fails only for a malformed name, and the names here are literals.
    let _ = match value {
        Some(value) => element.set_attribute(name, value),
        None => element.remove_attribute(name),
    };
}

/// Shows or hides.
pub(crate) fn show(element: &Element, visible: bool) {
    attribute(element, "hidden", (!visible).then_some(""));
}

/// Adds or takes a class.
pub(crate) fn class(element: &Element, name: &str, on: bool) {
    let _ = element.class_list().toggle_with_force(name, on);
}

/// Sets a custom property through CSSOM, which a strict content policy allows (it forbids the attribute).
pub(crate) fn property(element: &HtmlElement, name: &str, value: &str) {
    let _ = element.style().set_property(name, value);
}

/// What the page may have hung that is worked by keys, and what is worked by pressing it.
const TYPED: &str = "input, select, textarea, audio, video, [contenteditable]";
const PRESSED: &str = "a, button, label, summary";

/// Whether an event is meant for a control that the page brought, not for the widget it hangs in.
pub(crate) fn is_for_page(event: &Event) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    target.is_some_and(|target| matches!(target.closest(TYPED), Ok(Some(_))))
}

/// What the pressed element asks for: the `data-ask` and `data-value` of the nearest button on the event's way, which
/// leads through slots: what the page hung in a work is part of the work. The page's own controls are its own.
pub(crate) fn asked(event: &Event) -> Option<(String, String)> {
    if is_for_page(event) {
        return None;
    }
    let mut way = event.composed_path().into_iter().filter_map(|node| node.dyn_into::<Element>().ok());
    let pressed = way.find(|at| at.has_attribute("data-ask") || at.matches(PRESSED).unwrap_or(false))?;
    if pressed.get_attribute("aria-disabled").as_deref() == Some("true") {
        return None;
    }
    Some((pressed.get_attribute("data-ask")?, pressed.get_attribute("data-value").unwrap_or_default()))
}

/// Sends a request up. What the host throws becomes its own uncaught error; it is not swallowed.
pub(crate) fn request(to: &Function, kind: &str, value: &str) {
    if let Err(thrown) = to.call2(&JsValue::NULL, &kind.into(), &value.into()) {
        wasm_bindgen::throw_val(thrown);
    }
}

/// Keeps the keyboard inside a widget while what had focus goes away.
pub(crate) struct Focus<'a> {
    section: &'a HtmlElement,
    held: Option<Element>,
}

impl<'a> Focus<'a> {
    /// Notes what has focus, before something is hidden.
    pub(crate) fn before(section: &'a HtmlElement) -> Self {
        Self { section, held: section.query_selector(":focus").ok().flatten() }
    }

    /// Gives focus to the widget itself where what had it can no longer have it.
    pub(crate) fn keep(self) {
        let Some(held) = self.held else { return };
        // A hidden element keeps `:focus` until the browser has drawn; its boxes are gone at once.
        let seen = held.is_connected() && held.closest("[hidden], .gone").ok().flatten().is_none();
        if !seen {
            let _ = self.section.focus();
        }
    }
}

/// An event listener that is gone when dropped.
pub(crate) struct Listener {
    target: EventTarget,
    kind: &'static str,
    capturing: bool,
    heard: Closure<dyn Fn(Event)>,
}

impl Listener {
    /// Hears events that bubble up to `target`.
    pub(crate) fn on(target: &EventTarget, kind: &'static str, heard: impl Fn(Event) + 'static) -> Self {
        Self::new(target, kind, false, heard)
    }

    /// Hears events on their way down, also those that do not bubble.
    pub(crate) fn capturing(
        target: &EventTarget,
        kind: &'static str,
        heard: impl Fn(Event) + 'static,
    ) -> Self {
        Self::new(target, kind, true, heard)
    }

    // `Fn`, because a request may be answered by a render that moves focus, which is an event within an event.
    fn new(
        target: &EventTarget,
        kind: &'static str,
        capturing: bool,
        heard: impl Fn(Event) + 'static,
    ) -> Self {
        let heard: Closure<dyn Fn(Event)> = Closure::new(heard);
        sure(target.add_event_listener_with_callback_and_bool(
            kind,
            heard.as_ref().unchecked_ref(),
            capturing,
        ));
        Self { target: target.clone(), kind, capturing, heard }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = self.target.remove_event_listener_with_callback_and_bool(
            self.kind,
            self.heard.as_ref().unchecked_ref(),
            self.capturing,
        );
    }
}

/// A timeout that is cleared when dropped.
pub(crate) struct Timer {
    handle: i32,
    _due: Closure<dyn FnMut()>,
}

impl Timer {
    /// None where there is no window (then nothing is timed and the person advances by key).
    pub(crate) fn after(milliseconds: i32, due: impl FnMut() + 'static) -> Option<Self> {
        let due: Closure<dyn FnMut()> = Closure::new(due);
        let handle = web_sys::window()?
            .set_timeout_with_callback_and_timeout_and_arguments_0(due.as_ref().unchecked_ref(), milliseconds)
            .ok()?;
        Some(Self { handle, _due: due })
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        if let Some(window) = web_sys::window() {
            window.clear_timeout_with_handle(self.handle);
        }
    }
}
