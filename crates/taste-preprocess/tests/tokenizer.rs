//! Token ids against Hugging Face: what its Python library said of small tokenizers (`data/make.py`), and what its Rust library
//! says now, of those and of MiniLM's where it is beside the repository.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "helpers of tests fail and say why a test is skipped"
)]

use std::path::{Path, PathBuf};

use serde_json::Value;
use taste_preprocess::{Tokenizer, characters};
use unicode_categories::UnicodeCategories as _;

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

fn reference() -> Value {
    serde_json::from_slice(&std::fs::read(data("reference.json")).unwrap()).unwrap()
}

fn lines(reference: &Value) -> Vec<String> {
    reference["lines"].as_array().unwrap().iter().map(|line| line.as_str().unwrap().to_owned()).collect()
}

const MOST: usize = 1_000_000;

#[test]
fn ids_are_those_of_hugging_faces_python_library() {
    let reference = reference();
    let lines = lines(&reference);
    let mut compared = 0;
    for case in reference["tokenizers"].as_array().unwrap() {
        let name = case["tokenizer"].as_str().unwrap();
        let ours = Tokenizer::from_json(&std::fs::read(data(&format!("{name}.json"))).unwrap()).unwrap();
        for (line, ids) in lines.iter().zip(case["ids"].as_array().unwrap()) {
            let expected: Vec<i64> = ids.as_array().unwrap().iter().map(|id| id.as_i64().unwrap()).collect();
            assert_eq!(ours.encode(line, MOST).unwrap(), expected, "{name}: {line:?}");
            compared += 1;
        }
    }
    assert!(compared >= 9 * 20, "only {compared}");
}

/// Texts of all sorts, put together from the reference's lines and from every block of Unicode.
fn many_texts() -> Vec<String> {
    let mut texts = lines(&reference());
    let mut state = 1u64;
    let mut random = move |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let characters: Vec<char> = texts.concat().chars().collect();
    for _ in 0..400 {
        let length = random(40) + 1;
        texts.push((0..length).map(|_| characters[random(characters.len() as u64) as usize]).collect());
    }
    // Every assigned block, 16 characters a text.
    for start in (0x20u32..0x3_0000).step_by(16) {
        texts.push((start..start + 16).filter_map(char::from_u32).flat_map(|it| ['a', it]).collect());
    }
    texts
}

fn compare(name: &str, json: &[u8], texts: &[String]) {
    let ours = Tokenizer::from_json(json).unwrap();
    let mut theirs = tokenizers::Tokenizer::from_bytes(json).unwrap();
    theirs.with_truncation(None).unwrap();
    theirs.with_padding(None);
    for text in texts {
        // Decompositions that Unicode has since 13, which `tokenizers` does not know.
        let newer = |it: char| matches!(it as u32, 0x105C9..=0x105E4 | 0x11380..=0x113D0 | 0x11938 | 0x16120..=0x16130 | 0x16D60..=0x16D70 | 0x558 | 0x58B..=0x58C | 0x209D..=0x209F | 0x32FF | 0xA7C0..=0xA7F4 | 0xAB69 | 0x10780..=0x107BF | 0x1B120..=0x1B126 | 0x1CCD0..=0x1CCF9 | 0x1D6A6 | 0x1DF90..=0x1DFFF | 0x1E030..=0x1E06D | 0x1F16C | 0x1FBF0..=0x1FBF9);
        if text.chars().any(newer) {
            continue;
        }
        let expected: Vec<i64> =
            theirs.encode(text.as_str(), true).unwrap().get_ids().iter().map(|&id| i64::from(id)).collect();
        assert_eq!(ours.encode(text, MOST).unwrap(), expected, "{name}: {text:?}");
    }
}

#[test]
fn ids_are_those_of_hugging_faces_rust_library_on_texts_of_every_script() {
    let texts = many_texts();
    for case in reference()["tokenizers"].as_array().unwrap() {
        let name = case["tokenizer"].as_str().unwrap();
        compare(name, &std::fs::read(data(&format!("{name}.json"))).unwrap(), &texts);
    }
    let minilm = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/encoders/minilm_tokenizer.json");
    match std::fs::read(minilm) {
        Ok(json) => compare("minilm", &json, &texts),
        Err(_) => println!("skipped: MiniLM's tokenizer, ../shared/encoders is absent"),
    }
}

#[test]
fn a_long_text_is_cut_to_leave_room_for_the_special_tokens() {
    let json = std::fs::read(data("bert-uncased.json")).unwrap();
    let ours = Tokenizer::from_json(&json).unwrap();
    let long = "the sea ".repeat(300);
    for most in [2, 3, 10, 512] {
        let mut theirs = tokenizers::Tokenizer::from_bytes(&json).unwrap();
        let truncation = tokenizers::TruncationParams { max_length: most, ..Default::default() };
        theirs.with_truncation(Some(truncation)).unwrap();
        let expected: Vec<i64> =
            theirs.encode(long.as_str(), true).unwrap().get_ids().iter().map(|&id| i64::from(id)).collect();
        assert_eq!(ours.encode(&long, most).unwrap(), expected, "{most}");
    }
    let huge = "a".repeat(taste_preprocess::MAX_TEXT_BYTES + 1);
    assert_eq!(ours.encode(&huge, 512).unwrap_err().code(), "PreprocessError::TextTooLong");
}

#[test]
fn what_is_not_supported_is_refused_by_name() {
    let json = std::fs::read_to_string(data("bert-uncased.json")).unwrap();
    for (from, to) in [
        ("BertPreTokenizer", "UnicodeScripts"),
        ("BertNormalizer", "Nmt"),
        ("WordPiece\",\"unk", "Novel\",\"unk"),
        ("TemplateProcessing", "Mystery"),
    ] {
        assert!(json.contains(from), "{from}");
        let error = Tokenizer::from_json(json.replace(from, to).as_bytes()).unwrap_err();
        assert_eq!(error.code(), "PreprocessError::TokenizerUnsupported", "{to}: {error}");
    }
    for json in ["", "{}", "[]", "{\"model\": {\"type\": \"WordPiece\"}}"] {
        let error = Tokenizer::from_json(json.as_bytes()).unwrap_err();
        assert_eq!(error.code().split("::").next(), Some("PreprocessError"), "{json}");
    }
}

#[test]
fn a_pattern_that_searches_for_ever_is_an_error() {
    let json = r#"{"model": {"type": "WordLevel", "vocab": {"a": 0}, "unk_token": "a"},
        "pre_tokenizer": {"type": "Split", "pattern": {"Regex": "(?:a|a|aa)+b"}, "behavior": "Isolated", "invert": false}}"#;
    let tokenizer = Tokenizer::from_json(json.as_bytes()).unwrap();
    assert_eq!(tokenizer.encode("aaab", 10).unwrap(), [0]);
    assert_eq!(tokenizer.encode(&"a".repeat(4000), 10).unwrap_err().code(), "PreprocessError::Tokenizer");
}

/// Of Hugging Face's patterns, those that ignore case: what Rust's regular expressions make of every character.
#[test]
fn patterns_that_ignore_case_know_the_cases_of_a_to_z() {
    let tokenizer = |regex: &str| {
        let json = serde_json::json!({"model": {"type": "WordLevel", "vocab": {"?": 0}, "unk_token": "?"},
            "pre_tokenizer": {"type": "Split", "pattern": {"Regex": regex}, "behavior": "Isolated", "invert": false}});
        Tokenizer::from_json(json.to_string().as_bytes())
    };
    for letters in ["[s]", "[k-t]", "[^K-T]"] {
        let ours = tokenizer(&format!("(?i:{letters})+")).unwrap();
        let theirs = class(&format!("(?i){letters}"));
        for character in (0x20..=0x2_FFFF).filter_map(char::from_u32) {
            // Two matches are one piece; two characters that do not match are one as well, an ampersand between them apart.
            let text = format!("&{character}");
            let one = ours.encode(&text, 10).unwrap().len() == 1;
            assert_eq!(one, theirs(character) == theirs('&'), "{letters} {:X}", character as u32);
        }
    }
    for regex in ["(?i:é)", "(?i:[a-é])", r"(?i:\u00e9)"] {
        assert_eq!(tokenizer(regex).unwrap_err().code(), "PreprocessError::TokenizerUnsupported", "{regex}");
    }
    assert!(tokenizer("é(?i:a)é").is_ok());
}

#[test]
fn classes_of_characters_are_those_that_the_library_uses() {
    let marks = class(r"\p{M}");
    let digits = class(r"\d");
    for character in (0..=0x10_FFFF).filter_map(char::from_u32) {
        let code = character as u32;
        assert_eq!(
            characters::is_punctuation(character),
            character.is_ascii_punctuation() || character.is_punctuation(),
            "{code:X}"
        );
        let control =
            character.is_other_control() || character.is_other_format() || character.is_other_private_use();
        assert_eq!(
            characters::is_control(character),
            control && !matches!(character, '\t' | '\n' | '\r'),
            "{code:X}"
        );
        assert_eq!(characters::is_nonspacing(character), character.is_mark_nonspacing(), "{code:X}");
        assert_eq!(characters::is_mark(character), marks(character), "{code:X}");
        assert_eq!(characters::is_digit(character), digits(character), "{code:X}");
    }
}

fn class(pattern: &str) -> impl Fn(char) -> bool + use<> {
    use regex_syntax::hir::{Class, HirKind};
    let parsed = regex_syntax::Parser::new().parse(pattern).unwrap();
    let HirKind::Class(Class::Unicode(class)) = parsed.into_kind() else { panic!("{pattern} is no class") };
    move |character| class.iter().any(|range| (range.start()..=range.end()).contains(&character))
}
