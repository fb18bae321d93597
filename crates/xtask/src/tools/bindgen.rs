//! From the compiler's wasm to what a page loads: wasm-bindgen's glue, then wasm-opt.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::command::Program;
use crate::console::Step;
use crate::failure::Failure;
use crate::paths;
use crate::tools::wasm::Aim;
use crate::tools::{names, node, split};

/// The version of wasm-bindgen that this task links. The glue and the crate must match to the digit.
const LINKED: &str = "0.2.130";

/// The way from the compiled wasm to the glue. Where it changes, the glue is made again.
pub(crate) const SOURCES: [&str; 3] =
    [include_str!("bindgen.rs"), include_str!("names.rs"), include_str!("split.rs")];

/// Features that every browser of the last years has, and that rustc uses. Named one by one: `--all-features` makes
/// wasm-opt emit things that Node 20 refuses.
const FEATURES: [&str; 7] = [
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// Refuses to go on where Cargo.lock has another wasm-bindgen than this task.
pub(crate) fn check_version() -> Result<(), Failure> {
    let file = paths::root().join("Cargo.lock");
    let lock = fs::read_to_string(&file).map_err(|error| Failure::io("read", &file, &error))?;
    match locked_version(&lock) {
        Some(LINKED) => Ok(()),
        locked => Err(Failure::new(format!(
            "Cargo.lock has wasm-bindgen {}, the tasks are linked with {LINKED}",
            locked.unwrap_or("(none)")
        ))
        .with_remedy(
            "set both versions the same: wasm-bindgen in Cargo.toml, wasm-bindgen-cli-support in crates/xtask/Cargo.toml, \
             LINKED in crates/xtask/src/tools/bindgen.rs",
        )),
    }
}

fn locked_version(lock: &str) -> Option<&str> {
    let package = lock.split("[[package]]").find(|package| package.contains("name = \"wasm-bindgen\"\n"))?;
    package.lines().find_map(|line| line.strip_prefix("version = \"")?.strip_suffix('"'))
}

/// Writes the glue (`<stem>.js`, `<stem>.d.ts`) and the wasm (`<stem>_bg.wasm`) into `out`, which is emptied first.
pub(crate) fn generate(wasm: &Path, out: &Path, debug: bool) -> Result<(), Failure> {
    if out.exists() {
        fs::remove_dir_all(out).map_err(|error| Failure::io("empty", out, &error))?;
    }
    let bindgen = || {
        let mut bindgen = wasm_bindgen_cli_support::Bindgen::new();
        bindgen.input_path(wasm).typescript(true).keep_debug(debug);
        bindgen.remove_name_section(!debug).remove_producers_section(true);
        // The loader passes the address of the wasm: `import.meta.url` breaks bundlers and server-side rendering.
        bindgen.omit_default_module_path(true);
        bindgen.web(true)?.generate(out)
    };
    bindgen().map_err(|error| {
        Failure::new(format!("wasm-bindgen refused {}: {error:#}", paths::shown(wasm)))
            .with_remedy("the message above is wasm-bindgen's own; a version mismatch is ruled out")
    })
}

/// As [`generate`], in what the first version of WebAssembly had, because wasm2js translates nothing else.
pub(crate) fn generate_plain(wasm: &Path, out: &Path, stem: &str, step: &Step) -> Result<(), Failure> {
    let bytes = fs::read(wasm).map_err(|error| Failure::io("read", wasm, &error))?;
    let plain = out.with_extension("wasm");
    // wasm-bindgen uses the newer features that this section names.
    let without = without_section(&bytes, "target_features")
        .ok_or_else(|| Failure::new(format!("{} is no wasm file", paths::shown(wasm))))?;
    fs::write(&plain, without).map_err(|error| Failure::io("write", &plain, &error))?;
    generate(&plain, out, false)?;
    fs::remove_file(&plain).map_err(|error| Failure::io("remove", &plain, &error))?;
    let made = fs::read_dir(out).map_err(|error| Failure::io("read", out, &error))?;
    for file in made.flatten().map(|entry| entry.path()) {
        // Named after its input; as the other module's, so that nothing else has to know.
        let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let renamed = out.join(name.replacen("mvp", stem, 1));
        fs::rename(&file, &renamed).map_err(|error| Failure::io("rename", &file, &error))?;
    }
    let wasm = &out.join(format!("{stem}_bg.wasm"));
    let lowered = wasm.with_extension("wasm.opt");
    wasm_opt()?
        .arg(wasm)
        .arg("-o")
        .arg(&lowered)
        .args([
            "-Oz",
            "--llvm-nontrapping-fptoint-lowering",
            "--signext-lowering",
            "--llvm-memory-copy-fill-lowering",
        ])
        .args(["--strip-debug", "--strip-producers"])
        .args(FEATURES)
        .run(step)?;
    fs::rename(&lowered, wasm).map_err(|error| Failure::io("rename", &lowered, &error))
}

/// A wasm file without the custom sections of this name.
fn without_section(wasm: &[u8], name: &str) -> Option<Vec<u8>> {
    let number = |at: &mut usize| {
        let (mut number, mut shift) = (0usize, 0);
        loop {
            let byte = *wasm.get(*at)?;
            *at += 1;
            number |= usize::from(byte & 0x7f) << shift;
            shift += 7;
            if byte < 0x80 {
                return Some(number);
            }
        }
    };
    let mut kept = wasm.get(..8)?.to_vec();
    let mut at = 8;
    while at < wasm.len() {
        let start = at;
        let kind = wasm[at];
        at += 1;
        let size = number(&mut at)?;
        let (mut inside, end) = (at, at.checked_add(size)?);
        let custom = kind == 0 && {
            let length = number(&mut inside)?;
            wasm.get(inside..inside + length)? == name.as_bytes()
        };
        if !custom {
            kept.extend(wasm.get(start..end)?);
        }
        at = end;
    }
    Some(kept)
}

fn wasm_opt() -> Result<Program, Failure> {
    let Some(program) = node::package_file("binaryen/bin/wasm-opt") else {
        return Err(Failure::new("no wasm-opt: the npm package binaryen is not installed in bindings/web")
            .with_remedy("run `npm ci` in bindings/web"));
    };
    node::script("wasm-opt", &program)
}

/// Runs wasm-opt over a module in a folder of glue, in place. Returns the short names that it gave the exports.
pub(crate) fn optimise(
    folder: &Path,
    stem: &str,
    aim: Aim,
    step: &Step,
) -> Result<BTreeMap<String, String>, Failure> {
    let wasm = &folder.join(format!("{stem}_bg.wasm"));
    let smaller = wasm.with_extension("wasm.opt");
    let finished = wasm_opt()?
        .arg(wasm)
        .arg("-o")
        .arg(&smaller)
        // For size: what a page waits for is the network, and signing is as fast. Flat code with its loops found anew is
        // 1 % smaller after brotli. Not --traps-never-happen nor --zero-filled-memory: nothing here promises either.
        .args(match aim {
            Aim::Size => &["--flatten", "--rereloop", "-Oz", "-Oz"][..],
            Aim::Speed => &["-O3"],
        })
        .args(["--strip-debug", "--strip-producers"])
        .args(FEATURES)
        .arg(names::PASS)
        .remedy(
            "a new compiler may use a wasm feature that crates/xtask/src/tools/bindgen.rs does not name yet",
        )
        .run(step)?;
    fs::rename(&smaller, wasm).map_err(|error| Failure::io("replace", wasm, &error))?;
    names::follow(&folder.join(format!("{stem}.js")), &finished.stdout)
}

/// What the glue of a module that comes in two files does besides.
const JOIN: &str = "
/**
 * Joins the rest of a module that came in two files: its bytes, or an answer with them. What came whole stays as it is.
 */
export async function join(rest) {
    const { instance } = await __wbg_load(await rest, { a: wasm });
    wasm = { ...wasm, ...instance.exports };
}
";

/// Writes the module in a folder of glue once more, in two files (`<stem>_first.wasm`, `<stem>_rest.wasm`); the glue learns to
/// join them. `late` are the exports that only the rest has.
pub(crate) fn divide(
    folder: &Path,
    stem: &str,
    late: &[String],
    dev: bool,
    step: &Step,
) -> Result<(), Failure> {
    let glue = folder.join(format!("{stem}.js"));
    let text = fs::read_to_string(&glue).map_err(|error| Failure::io("read", &glue, &error))?;
    let halves = split::split(&folder.join(format!("{stem}_bg.wasm")), late)?;
    for (half, bytes) in [("first", halves.first), ("rest", halves.rest)] {
        let file = folder.join(format!("{stem}_{half}.wasm"));
        fs::write(&file, bytes).map_err(|error| Failure::io("write", &file, &error))?;
        if !dev {
            // What was shared by both is now called from one side only.
            wasm_opt()?
                .arg(&file)
                .arg("-o")
                .arg(&file)
                .args(["-Oz", "--strip-producers"])
                .args(FEATURES)
                .run(step)?;
        }
    }
    fs::write(&glue, text + JOIN).map_err(|error| Failure::io("write", &glue, &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_custom_section_is_left_out_by_its_name_and_everything_else_stays() {
        let header = b"\0asm\x01\0\0\0";
        let custom = |name: &[u8], content: &[u8]| {
            let mut section = vec![0, (1 + name.len() + content.len()) as u8, name.len() as u8];
            section.extend([name, content].concat());
            section
        };
        // A type section, and one whose content looks like the name.
        let (types, other) = (vec![1, 1, 0], custom(b"producers", b"target_features"));
        let whole =
            [header.to_vec(), types.clone(), custom(b"target_features", b"\x01+"), other.clone()].concat();
        let kept = [header.to_vec(), types, other].concat();
        assert_eq!(without_section(&whole, "target_features"), Some(kept.clone()));
        assert_eq!(without_section(&kept, "target_features"), Some(kept.clone()));
        assert_eq!(without_section(&kept[..kept.len() - 1], "target_features"), None);
        assert_eq!(without_section(b"\0asm", "target_features"), None);
    }

    #[test]
    fn the_locked_version_is_that_of_the_crate_itself_and_not_of_a_relative() {
        let lock = "[[package]]\nname = \"wasm-bindgen-macro\"\nversion = \"9.9.9\"\n\n\
                    [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\nsource = \"registry\"\n";
        assert_eq!(locked_version(lock), Some("0.2.130"));
        assert_eq!(locked_version("[[package]]\nname = \"serde\"\nversion = \"1.0.0\"\n"), None);
    }

    #[test]
    fn the_linked_version_is_the_one_in_the_lock_file() {
        check_version().unwrap();
    }
}
