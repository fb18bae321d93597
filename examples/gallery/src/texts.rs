//! Short texts written for the demo: one-line stories, jokes, slogans.

use serde::Serialize;

/// What a text sets out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TextForm {
    /// A story in a line or two.
    Story,
    /// A joke.
    Joke,
    /// A slogan for something that may not exist.
    Slogan,
}

impl TextForm {
    /// The label's smaller line.
    pub fn label(self) -> &'static str {
        match self {
            Self::Story => "A story in a line",
            Self::Joke => "A joke",
            Self::Slogan => "A slogan",
        }
    }
}

/// One text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text {
    /// What it sets out to be.
    pub form: TextForm,
    /// A few words for its label.
    pub title: &'static str,
    /// The text itself.
    pub text: &'static str,
}

/// All texts of the demo's second round.
pub fn texts() -> Vec<Text> {
    let of = |form: TextForm, list: &'static str| {
        list.lines().filter_map(move |line| {
            let (title, text) = line.split_once(" | ")?;
            Some(Text { form, title, text })
        })
    };
    of(TextForm::Story, include_str!("texts/stories.txt"))
        .chain(of(TextForm::Joke, include_str!("texts/jokes.txt")))
        .chain(of(TextForm::Slogan, include_str!("texts/slogans.txt")))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn there_are_many_texts_of_each_form_and_none_twice() {
        let texts = texts();
        for form in [TextForm::Story, TextForm::Joke, TextForm::Slogan] {
            assert!(texts.iter().filter(|t| t.form == form).count() >= 30, "{form:?}");
        }
        let words: BTreeSet<_> = texts.iter().map(|t| t.text).collect();
        let titles: BTreeSet<_> = texts.iter().map(|t| t.title).collect();
        assert_eq!((words.len(), titles.len()), (texts.len(), texts.len()));
        assert!(texts.iter().all(|t| t.text.len() <= 240 && t.title.len() <= 60 && !t.text.is_empty()));
    }
}
