//! Unicode's normal forms. Natively by tables of our own; in a page by the browser's, which are there already and weigh 40 KB on the
//! wire. Unicode promises that no character's form ever changes: the two can differ only in characters that one of them does not know.

/// A normal form.
#[derive(Debug, Clone, Copy)]
pub(super) enum Form {
    Nfc,
    Nfd,
    Nfkc,
    Nfkd,
}

/// The text in a form.
pub(super) fn normalised(text: &str, form: Form) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    told(text, form)
}

#[cfg(not(target_arch = "wasm32"))]
fn told(text: &str, form: Form) -> String {
    use unicode_normalization::UnicodeNormalization;

    match form {
        Form::Nfc => text.nfc().collect(),
        Form::Nfd => text.nfd().collect(),
        Form::Nfkc => text.nfkc().collect(),
        Form::Nfkd => text.nfkd().collect(),
    }
}

#[cfg(target_arch = "wasm32")]
fn told(text: &str, form: Form) -> String {
    let name = match form {
        Form::Nfc => "NFC",
        Form::Nfd => "NFD",
        Form::Nfkc => "NFKC",
        Form::Nfkd => "NFKD",
    };
    js_sys::JsString::from(text).normalize(name).into()
}
