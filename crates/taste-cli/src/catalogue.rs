//! Candidates from a folder of images and sounds, or a JSONL of texts, palettes and files.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;
use sha2::{Digest as _, Sha256};
use taste_core::{Candidate, CandidateId, CandidateKind, Digest};

use crate::error::CliError;

/// A candidate with its content and the name by which votes files call it.
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) candidate: Candidate,
    pub(crate) content: Vec<u8>,
    /// Of a film that is given by pictures of it: these, in order; the content is then their digests.
    pub(crate) frames: Vec<Vec<u8>>,
}

/// The SHA-256 of content: its candidate id.
pub(crate) fn content_id(content: &[u8]) -> CandidateId {
    Digest(Sha256::digest(content).into())
}

/// Reads a folder (every image and sound in it, by name) or a JSONL (one candidate a line).
///
/// A JSONL line has `text`, or `palette`, a list of colours (`"#aabbcc"`), or `file` relative to the JSONL, or `frames`, a folder of pictures of a film; optional `title` and `note`; and the name that votes
/// use, in `name_field` (else `id`, else its line number from 0). Other fields are ignored.
pub(crate) fn read(path: &Path, name_field: Option<&str>) -> Result<Vec<Entry>, CliError> {
    let entries = if path.is_dir() { read_folder(path)? } else { read_jsonl(path, name_field)? };
    let mut seen = BTreeMap::new();
    for entry in &entries {
        if let Some(other) = seen.insert(entry.candidate.id, &entry.name) {
            return Err(CliError::Usage(format!(
                "candidates {other} and {} have the same content; a round lists each content once",
                entry.name
            )));
        }
    }
    if entries.len() < 2 {
        return Err(CliError::Usage(format!(
            "{}: a round needs two candidates, found {}",
            path.display(),
            entries.len()
        )));
    }
    Ok(entries)
}

fn media_type(path: &Path) -> Option<&'static str> {
    Some(match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "gif" => "image/gif",
        "wav" => "audio/wav",
        _ => return None,
    })
}

fn file(path: &Path, name: String, title: String, note: String) -> Result<Entry, CliError> {
    let Some(media_type) = media_type(path) else {
        return Err(CliError::Usage(format!(
            "{}: neither an image that can be shown (svg, png, jpg, webp, gif) nor a sound that is read (wav)",
            path.display()
        )));
    };
    let content = fs::read(path).map_err(CliError::file(path))?;
    let candidate = Candidate {
        id: content_id(&content),
        kind: if media_type.starts_with("audio/") { CandidateKind::Audio } else { CandidateKind::Image },
        media_type: media_type.into(),
        title,
        note,
    };
    Ok(Entry { name, candidate: candidate.checked()?, content, frames: Vec::new() })
}

/// A film, by a folder of pictures of it, in the order of their names.
fn film(folder: &Path, name: String, title: String, note: String) -> Result<Entry, CliError> {
    let frames: Vec<Vec<u8>> = listed(folder)?
        .iter()
        .filter(|path| media_type(path).is_some_and(|kind| kind.starts_with("image/")))
        .map(|path| fs::read(path).map_err(CliError::file(path)))
        .collect::<Result<_, _>>()?;
    if frames.is_empty() {
        return Err(CliError::Usage(format!("{}: no pictures of a film in it", folder.display())));
    }
    let content: Vec<u8> = frames.iter().flat_map(|frame| content_id(frame).0).collect();
    let candidate = Candidate {
        id: content_id(&content),
        kind: CandidateKind::Video,
        media_type: "application/octet-stream".into(),
        title,
        note,
    };
    Ok(Entry { name, candidate: candidate.checked()?, content, frames })
}

/// What can be a candidate in a folder.
fn listed(folder: &Path) -> Result<Vec<PathBuf>, CliError> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .map_err(CliError::file(folder))?
        .map(|entry| entry.map(|e| e.path()))
        .collect::<Result<_, _>>()
        .map_err(CliError::file(folder))?;
    paths.retain(|path| path.is_file() && media_type(path).is_some());
    // Numbers sort as numbers, so that a manifest does not depend on how a file system lists files.
    paths.sort_by_key(|path| {
        let stem = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
        (stem.parse::<u64>().unwrap_or(u64::MAX), stem)
    });
    Ok(paths)
}

fn read_folder(folder: &Path) -> Result<Vec<Entry>, CliError> {
    listed(folder)?
        .iter()
        .map(|path| {
            let name = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
            file(path, name.clone(), name, String::new())
        })
        .collect()
}

fn read_jsonl(path: &Path, name_field: Option<&str>) -> Result<Vec<Entry>, CliError> {
    let text = fs::read_to_string(path).map_err(CliError::file(path))?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let wrong =
        |line: usize, message: String| CliError::Content { path: path.to_owned(), line: line + 1, message };
    let mut entries = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let value: Value = serde_json::from_str(line).map_err(|error| wrong(index, error.to_string()))?;
        let word = |field: &str| match value.get(field) {
            Some(Value::String(text)) => Some(text.clone()),
            Some(Value::Number(number)) => Some(number.to_string()),
            _ => None,
        };
        let name = match name_field {
            Some(field) => word(field).ok_or_else(|| wrong(index, format!("no field {field:?}")))?,
            None => word("id").unwrap_or_else(|| index.to_string()),
        };
        let title = word("title").unwrap_or_else(|| name.clone());
        let note = word("note").unwrap_or_default();
        let entry = match (word("text"), value.get("palette"), word("file"), word("frames")) {
            (Some(text), _, None, None) => {
                written(CandidateKind::Text, "text/plain", text, name, title, note)?
            }
            (None, Some(palette), None, None) => {
                let text = colours(palette).ok_or_else(|| {
                    wrong(index, "a palette is a list of colours such as [\"#aabbcc\", \"#102030\"]".into())
                })?;
                written(CandidateKind::Palette, "application/json", text, name, title, note)?
            }
            (None, _, Some(path), None) => file(&folder.join(path), name, title, note)?,
            (None, _, None, Some(path)) => film(&folder.join(path), name, title, note)?,
            _ => {
                let reason = "a candidate has \"text\", \"palette\", \"file\" or \"frames\"";
                return Err(wrong(index, reason.into()));
            }
        };
        entries.push(entry);
    }
    Ok(entries)
}

/// A candidate whose content stands in the JSONL itself.
fn written(
    kind: CandidateKind,
    media_type: &str,
    text: String,
    name: String,
    title: String,
    note: String,
) -> Result<Entry, CliError> {
    let content = text.into_bytes();
    let id = content_id(&content);
    let candidate = Candidate { id, kind, media_type: media_type.into(), title, note };
    Ok(Entry { name, candidate: candidate.checked()?, content, frames: Vec::new() })
}

/// A palette's content, which pages draw and encoders read; one palette is one content, however its colours were written.
fn colours(palette: &Value) -> Option<String> {
    let list = palette.as_array().filter(|list| !list.is_empty())?;
    let colour = |colour: &Value| {
        let text = colour.as_str()?.to_ascii_lowercase();
        let digits = text.strip_prefix('#')?;
        (digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
            .then(|| format!("\"{text}\""))
    };
    Some(format!("[{}]", list.iter().map(colour).collect::<Option<Vec<_>>>()?.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("taste-catalogue-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn texts_and_files_come_from_one_jsonl() {
        let folder = folder("mixed");
        fs::write(folder.join("a.svg"), "<svg xmlns='http://www.w3.org/2000/svg'/>").unwrap();
        let list = folder.join("list.jsonl");
        fs::write(
            &list,
            "{\"text\":\"Hello\",\"joke\":7}\n\n{\"file\":\"a.svg\",\"joke\":8,\"title\":\"A\"}\n",
        )
        .unwrap();
        let entries = read(&list, Some("joke")).unwrap();
        assert_eq!(entries.iter().map(|e| e.name.as_str()).collect::<Vec<_>>(), ["7", "8"]);
        assert_eq!(entries[0].candidate.id, content_id(b"Hello"));
        assert_eq!(entries[1].candidate.media_type, "image/svg+xml");
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_film_is_a_folder_of_pictures_in_the_order_of_their_numbers() {
        let folder = folder("film");
        fs::create_dir_all(folder.join("frames")).unwrap();
        for (name, content) in [("10.svg", "c"), ("9.svg", "b"), ("1.svg", "a"), ("sound.wav", "w")] {
            fs::write(folder.join("frames").join(name), content).unwrap();
        }
        fs::write(folder.join("sound.wav"), "w").unwrap();
        let list = folder.join("list.jsonl");
        fs::write(&list, "{\"frames\":\"frames\"}\n{\"file\":\"sound.wav\"}\n").unwrap();
        let entries = read(&list, None).unwrap();
        assert_eq!(entries[0].frames, [b"a", b"b", b"c"]);
        assert_eq!(
            (entries[0].candidate.kind, entries[1].candidate.kind),
            (CandidateKind::Video, CandidateKind::Audio)
        );
        assert_eq!(entries[1].candidate.media_type, "audio/wav");
        fs::write(&list, "{\"frames\":\".\"}\n{\"text\":\"a\"}\n").unwrap();
        assert!(read(&list, None).err().expect("refused").to_string().contains("no pictures"));
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_palette_is_its_colours_however_they_are_written() {
        let folder = folder("palettes");
        let list = folder.join("list.jsonl");
        fs::write(
            &list,
            "{\"palette\":[\"#AABBCC\",\"#102030\"]}\n{\"palette\":[\"#ffffff\"],\"title\":\"White\"}\n",
        )
        .unwrap();
        let entries = read(&list, None).unwrap();
        assert_eq!(entries[0].content, b"[\"#aabbcc\", \"#102030\"]");
        let Candidate { kind, media_type, .. } = &entries[0].candidate;
        assert_eq!((*kind, media_type.as_str()), (CandidateKind::Palette, "application/json"));
        // Beside content of another kind it is a field like any other, whatever it says.
        fs::write(
            &list,
            "{\"text\":\"a\",\"palette\":\"dusk\"}\n{\"text\":\"b\",\"palette\":[\"#ffffff\"]}\n",
        )
        .unwrap();
        assert!(read(&list, None).unwrap().iter().all(|entry| entry.candidate.kind == CandidateKind::Text));
        for wrong in ["[]", "\"#aabbcc\"", "[\"#abc\"]", "[\"aabbcc\"]", "[\"#gggggg\"]", "[1]"] {
            fs::write(&list, format!("{{\"text\":\"a\"}}\n{{\"palette\":{wrong}}}\n")).unwrap();
            let error = read(&list, None).err().expect(wrong).to_string();
            assert!(error.contains("line 2") && error.contains("a palette is"), "{wrong}: {error}");
        }
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_wrong_line_is_named_and_one_content_twice_is_refused() {
        let folder = folder("wrong");
        let list = folder.join("list.jsonl");
        for (text, part) in [
            ("{\"text\":\"a\"}\n{\"title\":\"b\"}\n", "line 2"),
            ("{\"text\":\"a\"}\nnot json\n", "line 2"),
            ("{\"text\":\"a\"}\n{\"text\":\"a\"}\n", "same content"),
            ("{\"text\":\"a\"}\n", "needs two"),
        ] {
            fs::write(&list, text).unwrap();
            let error = read(&list, None).err().expect("refused").to_string();
            assert!(error.contains(part), "{error}");
        }
        fs::remove_dir_all(folder).unwrap();
    }
}
