//! `taste-gallery FOLDER [WORKS]`: writes the demo's candidates: SVG files, `works.json`, `texts.jsonl`.

use std::{env, fs, path::PathBuf, process::ExitCode};

use serde_json::json;

fn main() -> ExitCode {
    let mut arguments = env::args().skip(1);
    let Some(folder) = arguments.next().map(PathBuf::from) else {
        eprintln!("usage: taste-gallery FOLDER [WORKS]");
        return ExitCode::from(2);
    };
    let count = match arguments.next().map(|text| text.parse::<usize>()) {
        None => 240,
        Some(Ok(count)) if (2..=864).contains(&count) => count,
        Some(_) => {
            eprintln!("WORKS is a number from 2 to 864 (144 titles in each of six families)");
            return ExitCode::from(2);
        }
    };
    match write(&folder, count) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("could not write to {}: {error}", folder.display());
            ExitCode::FAILURE
        }
    }
}

fn write(folder: &std::path::Path, count: usize) -> std::io::Result<()> {
    let pictures = folder.join("art");
    fs::create_dir_all(&pictures)?;
    // One line a candidate, as `taste round create --candidates` reads them: a file or a text, title, note; the
    // rest of the line is for whoever simulates voters.
    let mut art = String::new();
    for work in taste_gallery::works(count) {
        fs::write(pictures.join(work.file_name()), &work.svg)?;
        let line = json!({
            "file": format!("art/{}", work.file_name()), "title": work.title, "note": work.note(),
            "family": work.family, "palette": work.palette, "dark": work.dark, "facts": work.facts,
        });
        art += &format!("{line}\n");
    }
    fs::write(folder.join("art.jsonl"), art)?;
    let mut lines = String::new();
    for text in taste_gallery::texts() {
        let line =
            json!({ "text": text.text, "title": text.title, "note": text.form.label(), "form": text.form });
        lines += &format!("{line}\n");
    }
    fs::write(folder.join("texts.jsonl"), lines)
}
