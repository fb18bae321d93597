//! Which key asks for what. Keys count only while focus is inside the widget, so that a page's own keys and a
//! second widget stay undisturbed.

use web_sys::KeyboardEvent;

use crate::{dom, words::Layout};

/// A request's kind and value.
pub(crate) type Ask = (&'static str, &'static str);

/// The key of an event, where it is meant as a command: no modifier, no repeat of a held key (a held arrow must
/// not vote on and on), nobody handled it before, and no control of the page's (a player, a field) has the keyboard.
pub(crate) fn command(event: &KeyboardEvent) -> Option<String> {
    let plain =
        !(event.ctrl_key() || event.alt_key() || event.meta_key() || event.repeat() || event.is_composing());
    (plain && !event.default_prevented() && !dom::is_for_page(event)).then(|| event.key())
}

/// The duel's keys: ←/→ choose, ↑ tie, ↓ neither beside each other; ↑/↓ choose, T tie, N neither when stacked;
/// S skip and Z undo in both.
pub(crate) fn duel(key: &str, layout: Layout) -> Option<Ask> {
    let value = match (key, layout) {
        ("ArrowLeft", Layout::Beside) | ("ArrowUp", Layout::Stacked) => "left",
        ("ArrowRight", Layout::Beside) | ("ArrowDown", Layout::Stacked) => "right",
        ("ArrowUp", Layout::Beside) | ("t" | "T", _) => "tie",
        ("ArrowDown", Layout::Beside) | ("n" | "N", _) => "neither",
        ("s" | "S", _) => "skip",
        ("z" | "Z", _) => return Some(("undo", "")),
        _ => return None,
    };
    Some(("duel", value))
}

/// The approval's keys: ← against, → for, S skip, Z undo.
pub(crate) fn approve(key: &str) -> Option<Ask> {
    Some(match key {
        "ArrowLeft" => ("approve", "against"),
        "ArrowRight" => ("approve", "for"),
        "s" | "S" => ("approve", "skip"),
        "z" | "Z" => ("undo", ""),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_point_at_what_they_choose_in_both_layouts() {
        for (key, beside, stacked) in [
            ("ArrowLeft", Some(("duel", "left")), None),
            ("ArrowRight", Some(("duel", "right")), None),
            ("ArrowUp", Some(("duel", "tie")), Some(("duel", "left"))),
            ("ArrowDown", Some(("duel", "neither")), Some(("duel", "right"))),
            ("t", Some(("duel", "tie")), Some(("duel", "tie"))),
            ("N", Some(("duel", "neither")), Some(("duel", "neither"))),
            ("z", Some(("undo", "")), Some(("undo", ""))),
            ("Tab", None, None),
            ("Enter", None, None),
        ] {
            assert_eq!(duel(key, Layout::Beside), beside, "{key} beside");
            assert_eq!(duel(key, Layout::Stacked), stacked, "{key} stacked");
        }
        assert_eq!(approve("ArrowLeft"), Some(("approve", "against")));
        assert_eq!(approve("ArrowUp"), None);
    }
}
