//! From the compiler's wasm to what a page loads: wasm-bindgen's glue, then wasm-opt.

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

/// As [`generate`], for a module of which only numbers, texts and bytes cross: without the table for JavaScript's objects, which
/// wasm-bindgen adds wherever the compiler could have used one.
pub(crate) fn generate_without_objects(
    wasm: &Path,
    out: &Path,
    stem: &str,
    debug: bool,
) -> Result<(), Failure> {
    let bytes = fs::read(wasm).map_err(|error| Failure::io("read", wasm, &error))?;
    let without = without_feature(&bytes, "reference-types")
        .ok_or_else(|| Failure::new(format!("{} is no wasm file", paths::shown(wasm))))?;
    let folder = out.with_extension("text");
    fs::create_dir_all(&folder).map_err(|error| Failure::io("create", &folder, &error))?;
    let changed = folder.join(format!("{stem}.wasm"));
    fs::write(&changed, without).map_err(|error| Failure::io("write", &changed, &error))?;
    generate(&changed, out, debug)?;
    fs::remove_dir_all(&folder).map_err(|error| Failure::io("remove", &folder, &error))
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
    rewritten(wasm, name, |_| Some(Vec::new()))
}

/// A wasm file whose compiler says nothing of having used this feature.
fn without_feature(wasm: &[u8], feature: &str) -> Option<Vec<u8>> {
    rewritten(wasm, "target_features", |content| {
        let (mut at, mut kept, mut count) = (0, Vec::<u8>::new(), 0u32);
        for _ in 0..number(content, &mut at)? {
            let start = at;
            at += 1;
            let length = number(content, &mut at)?;
            let name = content.get(at..at + length)?;
            at += length;
            if name != feature.as_bytes() {
                kept.extend(&content[start..at]);
                count += 1;
            }
        }
        let mut content = leb128(15);
        content.extend(b"target_features");
        content.extend(leb128(count));
        content.extend(kept);
        let mut section = vec![0];
        section.extend(leb128(content.len() as u32));
        section.extend(content);
        Some(section)
    })
}

/// A wasm file with something else in the place of each custom section of this name; its content follows that name.
fn rewritten(wasm: &[u8], name: &str, instead: impl Fn(&[u8]) -> Option<Vec<u8>>) -> Option<Vec<u8>> {
    let mut kept = wasm.get(..8)?.to_vec();
    let mut at = 8;
    while at < wasm.len() {
        let start = at;
        let kind = wasm[at];
        at += 1;
        let size = number(wasm, &mut at)?;
        let (mut inside, end) = (at, at.checked_add(size)?);
        let custom = kind == 0 && {
            let length = number(wasm, &mut inside)?;
            let found = wasm.get(inside..inside + length)?;
            inside += length;
            found == name.as_bytes()
        };
        kept.extend(if custom { instead(wasm.get(inside..end)?)? } else { wasm.get(start..end)?.to_vec() });
        at = end;
    }
    Some(kept)
}

/// A number as wasm writes it (LEB128).
fn number(bytes: &[u8], at: &mut usize) -> Option<usize> {
    let (mut number, mut shift) = (0usize, 0);
    loop {
        let byte = *bytes.get(*at)?;
        *at += 1;
        number |= usize::from(byte & 0x7f) << shift;
        shift += 7;
        if byte < 0x80 {
            return Some(number);
        }
    }
}

fn leb128(mut number: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = (number & 0x7f) as u8;
        number >>= 7;
        if number == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}

fn wasm_opt() -> Result<Program, Failure> {
    let Some(program) = node::package_file("binaryen/bin/wasm-opt") else {
        return Err(Failure::new("no wasm-opt: the npm package binaryen is not installed in bindings/web")
            .with_remedy("run `npm ci` in bindings/web"));
    };
    node::script("wasm-opt", &program)
}

/// Runs wasm-opt over a module in a folder of glue, in place. Returns the short names that it gave.
pub(crate) fn optimise(
    folder: &Path,
    stem: &str,
    aim: Aim,
    step: &Step,
) -> Result<names::Shortened, Failure> {
    let wasm = &folder.join(format!("{stem}_bg.wasm"));
    let smaller = wasm.with_extension("wasm.opt");
    let finished = wasm_opt()?
        .arg(wasm)
        .arg("-o")
        .arg(&smaller)
        // For size: what a page waits for is the network, and signing is as fast. Flat code with its loops found anew, twice, is
        // 1.5 % smaller after brotli. Not --traps-never-happen nor --zero-filled-memory: nothing here promises either.
        .args(match aim {
            Aim::Size => &["--flatten", "--rereloop", "-Oz", "--flatten", "--rereloop", "-Oz"][..],
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

/// Where wasm-bindgen's way to load a module begins in its glue: all that follows is about that.
const ITS_WAY: &str = "async function __wbg_load(";

/// What the glue has for browsers without `TextEncoder.encodeInto`; every one that has what [`FEATURES`] names has it.
const FOR_OLD_BROWSERS: (&str, &str) = ("if (!('encodeInto' in cachedTextEncoder)) {", "let WASM_VECTOR_LEN");

/// What stands there instead for a module that comes in two files: it is the package that fetches (`wasm-file.ts`), and half of what
/// wasm-bindgen writes is for those who leave that to the glue.
const OUR_WAY: &str = "/** Starts the module: from an answer with its bytes, from these, or compiled. */
export default async function start({ module_or_path }) {
    __wbg_finalize_init(await load(module_or_path, __wbg_get_imports()));
}

/**
 * Joins the rest of a module that came in two files: its bytes, or an answer with them. What came whole stays as it is.
 */
export async function join(rest) {
    wasm = { ...wasm, ...(await load(rest, { a: wasm })).exports };
}

async function load(source, imports) {
    if (source instanceof Response) {
        // Compiled while it comes, where the server says that it is wasm; else once it is here.
        const type = source.headers.get('Content-Type');
        if (type === 'application/wasm') return (await WebAssembly.instantiateStreaming(source, imports)).instance;
        source = await source.arrayBuffer();
    }
    const made = await WebAssembly.instantiate(source, imports);
    return made.instance ?? made;
}
";

/// Writes the module in a folder of glue once more, in two files (`<stem>_first.wasm`, `<stem>_rest.wasm`); the glue learns to
/// join them. `late` are the exports that only the rest has, `asked_late` the imports that only it asks for.
pub(crate) fn divide(
    folder: &Path,
    stem: &str,
    late: &[String],
    asked_late: &[String],
    dev: bool,
    step: &Step,
) -> Result<(), Failure> {
    let glue = folder.join(format!("{stem}.js"));
    let text = fs::read_to_string(&glue).map_err(|error| Failure::io("read", &glue, &error))?;
    let (before, _) = at(&text, ITS_WAY)?;
    let (head, old) = at(before, FOR_OLD_BROWSERS.0)?;
    let (_, tail) = at(old, FOR_OLD_BROWSERS.1)?;
    let halves = split::split(&folder.join(format!("{stem}_bg.wasm")), late, asked_late)?;
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
    fs::write(&glue, [head, FOR_OLD_BROWSERS.1, tail, OUR_WAY].concat())
        .map_err(|error| Failure::io("write", &glue, &error))
}

/// The glue before and after what it must have.
fn at<'a>(glue: &'a str, what: &str) -> Result<(&'a str, &'a str), Failure> {
    glue.split_once(what).ok_or_else(|| {
        Failure::new(format!("wasm-bindgen's glue has no `{what}`"))
            .with_remedy("another version may write it differently: see crates/xtask/src/tools/bindgen.rs")
    })
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
    fn a_feature_is_left_out_and_the_others_stay() {
        let section = |features: &[&str]| {
            let mut content = vec![15];
            content.extend(b"target_features");
            content.push(features.len() as u8);
            for feature in features {
                content.extend([b'+', feature.len() as u8]);
                content.extend(feature.bytes());
            }
            [b"\0asm\x01\0\0\0".to_vec(), vec![0, content.len() as u8], content, vec![1, 1, 0]].concat()
        };
        let all = section(&["multivalue", "reference-types", "sign-ext"]);
        let some = section(&["multivalue", "sign-ext"]);
        assert_eq!(without_feature(&all, "reference-types"), Some(some.clone()));
        assert_eq!(without_feature(&some, "reference-types"), Some(some));
        assert_eq!(without_feature(&all[..all.len() - 8], "reference-types"), None);
        assert_eq!(
            [leb128(0), leb128(127), leb128(128), leb128(300)],
            [vec![0], vec![127], vec![128, 1], vec![172, 2]]
        );
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
