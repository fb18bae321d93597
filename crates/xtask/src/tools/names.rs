//! Short names for what the glue and the wasm call each other by. wasm-bindgen's are long, and half of most is a digest,
//! which no compression shortens. wasm-opt gives the wasm short ones and says which; here the glue follows.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;

use crate::failure::Failure;

/// wasm-opt's pass that renames and prints a [`Names`].
pub(crate) const PASS: &str = "--minify-imports-and-exports-and-modules";

/// What that pass calls the one module that is imported from.
const MODULE: &str = "a";

/// What wasm-opt renamed.
#[derive(Deserialize)]
struct Names {
    /// Module, name, new name.
    imports: Vec<(String, String, String)>,
    /// Name, new name.
    exports: Vec<(String, String)>,
}

/// The short names, by the long ones.
#[derive(Default)]
pub(crate) struct Shortened {
    pub(crate) exports: BTreeMap<String, String>,
    pub(crate) imports: BTreeMap<String, String>,
}

/// Gives the glue the names that `printed`, wasm-opt's standard output, says. Returns what everything is called now.
///
/// # Errors
/// Where the glue does not look as it does today: then a name would be missed, and the wasm could not start.
pub(crate) fn follow(glue: &Path, printed: &str) -> Result<Shortened, Failure> {
    let names: Names = serde_json::from_str(printed.trim()).map_err(|error| {
        Failure::new(format!("wasm-opt {PASS} said something else than expected: {error}"))
    })?;
    let text = fs::read_to_string(glue).map_err(|error| Failure::io("read", glue, &error))?;
    let text = renamed(&text, &names).map_err(|why| {
        Failure::new(format!("wasm-bindgen's glue cannot be given short names: {why}")).with_remedy(
            "another version of wasm-bindgen may write it differently: see crates/xtask/src/tools/names.rs",
        )
    })?;
    fs::write(glue, text).map_err(|error| Failure::io("write", glue, &error))?;
    Ok(Shortened {
        exports: names.exports.into_iter().collect(),
        imports: names.imports.into_iter().map(|(_, name, short)| (name, short)).collect(),
    })
}

fn renamed(glue: &str, names: &Names) -> Result<String, String> {
    let exports: BTreeMap<&str, &str> =
        names.exports.iter().map(|(name, short)| (name.as_str(), short.as_str())).collect();
    let mut imports: BTreeMap<&str, &str> =
        names.imports.iter().map(|(_, name, short)| (name.as_str(), short.as_str())).collect();
    let mut lines = Vec::new();
    for line in glue.lines() {
        let mut line = with_short_exports(line, &exports)?;
        // The properties of the object that the wasm is instantiated with.
        if let Some((name, _)) = line.trim_start().split_once(": ") {
            if let Some(short) = imports.remove(name) {
                line = line.replacen(name, short, 1);
            } else if names.imports.iter().any(|(module, ..)| name == format!("\"{module}\"")) {
                line = line.replacen(name, &format!("\"{MODULE}\""), 1);
            }
        }
        lines.push(line);
    }
    match imports.keys().next() {
        Some(name) => Err(format!("no property {name}")),
        None => Ok(lines.join("\n") + "\n"),
    }
}

/// `wasm.NAME` with the short name, anywhere in a line.
fn with_short_exports(line: &str, exports: &BTreeMap<&str, &str>) -> Result<String, String> {
    let identifier = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
    let mut parts = line.split("wasm.");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let is_variable = !text.ends_with(|c| identifier(c) || c == '.');
        text.push_str("wasm.");
        if !is_variable {
            text.push_str(part);
            continue;
        }
        let end = part.find(|c| !identifier(c)).unwrap_or(part.len());
        let (name, rest) = part.split_at(end);
        let short = exports.get(name).ok_or_else(|| format!("no export {name}"))?;
        text.push_str(short);
        text.push_str(rest);
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GLUE: &str = "\
export function sha256(bytes) {
    const ptr0 = passArray8ToWasm0(bytes, wasm.__wbindgen_malloc);
    const ret = wasm.sha256(ptr0, wasm.memory.buffer);
}
function __wbg_get_imports() {
    const import0 = {
        __proto__: null,
        __wbg_get_0011: function(arg0) {
            return arg0;
        },
    };
    return {
        __proto__: null,
        \"./glue_bg.js\": import0,
    };
}
";

    fn names(imports: &[&str]) -> Names {
        let exports = [("sha256", "b"), ("memory", "c"), ("__wbindgen_malloc", "d")];
        let import = |name: &&str| ("./glue_bg.js".to_owned(), (*name).to_owned(), "x".to_owned());
        Names {
            imports: imports.iter().map(import).collect(),
            exports: exports.map(|(name, short)| (name.to_owned(), short.to_owned())).to_vec(),
        }
    }

    #[test]
    fn the_glue_calls_and_offers_by_short_names_and_exports_by_its_own() {
        let text = renamed(GLUE, &names(&["__wbg_get_0011"])).unwrap();
        for part in [
            "export function sha256(bytes)",
            "wasm.d)",
            "wasm.b(ptr0, wasm.c.buffer)",
            "  x: function(arg0)",
            "\"a\": import0",
        ] {
            assert!(text.contains(part), "{part} in:\n{text}");
        }
        assert!(!text.contains("0011") && !text.contains("glue_bg"));
    }

    #[test]
    fn a_name_that_is_not_found_is_an_error_and_not_a_wasm_that_cannot_start() {
        let missing = renamed(GLUE, &names(&["__wbg_get_0011", "__wbg_set_0022"]));
        assert_eq!(missing, Err("no property __wbg_set_0022".to_owned()));
        let unknown = renamed(&GLUE.replace("wasm.sha256", "wasm.sha512"), &names(&["__wbg_get_0011"]));
        assert_eq!(unknown, Err("no export sha512".to_owned()));
    }
}
