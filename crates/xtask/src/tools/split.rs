//! One wasm module as two files: what a page needs at once, and the rest, which joins it when it is needed.
//!
//! They are halves of one program and share its memory, its table and its globals. A function that only exports of the rest
//! reach goes to the rest; every other one stays. What the rest calls of the first half it imports, under names that the
//! first half exports for it. So the rest is loaded without handing anything over, and no code comes twice.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use walrus::ir::{Visitor, dfs_in_order};
use walrus::{
    Data, Element, ElementItems, Export, ExportItem, Function, FunctionId, FunctionKind, Global, GlobalKind,
    ImportKind, ImportedFunction, Memory, Module, Table,
};

use crate::failure::Failure;
use crate::paths;

/// What the rest imports from. [`names`](super::names) calls the module of the page's own imports the same.
const MODULE: &str = "a";

/// The two files.
pub(crate) struct Halves {
    pub(crate) first: Vec<u8>,
    pub(crate) rest: Vec<u8>,
}

/// Splits the module in a file. `late` are the exports that go to the rest.
pub(crate) fn split(wasm: &Path, late: &[String]) -> Result<Halves, Failure> {
    let bytes = fs::read(wasm).map_err(|error| Failure::io("read", wasm, &error))?;
    halves(&bytes, late).map_err(|why| Failure::new(format!("{} cannot be split: {why}", paths::shown(wasm))))
}

fn halves(wasm: &[u8], late: &[String]) -> Result<Halves, String> {
    let parse = || Module::from_buffer(wasm).map_err(|error| format!("it is no wasm module: {error:#}"));
    // Two readings of the same bytes have the same things in the same order.
    let (mut first, mut rest) = (parse()?, parse()?);
    for name in late {
        if !first.exports.iter().any(|export| export.name == *name) {
            return Err(format!("it exports no {name}"));
        }
    }
    let functions: Vec<_> =
        first.funcs.iter().map(Function::id).zip(rest.funcs.iter().map(Function::id)).collect();
    let memories: Vec<_> =
        first.memories.iter().map(Memory::id).zip(rest.memories.iter().map(Memory::id)).collect();
    let tables: Vec<_> = first.tables.iter().map(Table::id).zip(rest.tables.iter().map(Table::id)).collect();
    let globals: Vec<_> =
        first.globals.iter().map(Global::id).zip(rest.globals.iter().map(Global::id)).collect();
    let stays = reachable(&first, late);
    let goes = functions.iter().map(|(id, _)| *id).filter(|id| !stays.contains(id));
    let lent: HashSet<_> = goes.flat_map(|id| called(&first, id)).filter(|id| stays.contains(id)).collect();

    only_late(&mut rest, late);
    let mut names = Names::default();
    for (here, there) in functions.into_iter().filter(|(here, _)| lent.contains(here)) {
        let name = exported_as(&mut first, &mut names, ExportItem::Function(here));
        let import = rest.imports.add(MODULE, &name, ImportKind::Function(there));
        let function = rest.funcs.get_mut(there);
        function.kind = FunctionKind::Import(ImportedFunction { import, ty: function.ty() });
    }
    // What is left in the rest is needed there, and is the first half's.
    walrus::passes::gc::run(&mut rest);
    let left: HashSet<_> = rest.memories.iter().map(Memory::id).collect();
    for (here, there) in memories.into_iter().filter(|(_, there)| left.contains(there)) {
        let name = exported_as(&mut first, &mut names, ExportItem::Memory(here));
        rest.memories.get_mut(there).import =
            Some(rest.imports.add(MODULE, &name, ImportKind::Memory(there)));
    }
    let left: HashSet<_> = rest.tables.iter().map(Table::id).collect();
    for (here, there) in tables.into_iter().filter(|(_, there)| left.contains(there)) {
        let name = exported_as(&mut first, &mut names, ExportItem::Table(here));
        rest.tables.get_mut(there).import = Some(rest.imports.add(MODULE, &name, ImportKind::Table(there)));
    }
    let left: HashSet<_> = rest.globals.iter().map(Global::id).collect();
    for (here, there) in globals.into_iter().filter(|(_, there)| left.contains(there)) {
        let name = exported_as(&mut first, &mut names, ExportItem::Global(here));
        rest.globals.get_mut(there).kind =
            GlobalKind::Import(rest.imports.add(MODULE, &name, ImportKind::Global(there)));
    }

    for name in late {
        first.exports.remove(name).map_err(|error| error.to_string())?;
    }
    walrus::passes::gc::run(&mut first);
    Ok(Halves { first: first.emit_wasm(), rest: rest.emit_wasm() })
}

/// Takes away what has happened once the first half runs, and every export but these.
fn only_late(rest: &mut Module, late: &[String]) {
    let exports: Vec<_> =
        rest.exports.iter().filter(|export| !late.contains(&export.name)).map(Export::id).collect();
    exports.into_iter().for_each(|id| rest.exports.delete(id));
    rest.start = None;
    let data: Vec<_> = rest.data.iter().map(Data::id).collect();
    data.into_iter().for_each(|id| rest.data.delete(id));
    let elements: Vec<_> = rest.elements.iter().map(Element::id).collect();
    elements.into_iter().for_each(|id| rest.elements.delete(id));
    rest.memories.iter_mut().for_each(|memory| memory.data_segments.clear());
    rest.tables.iter_mut().for_each(|table| table.elem_segments.clear());
}

/// The name under which the first half exports this.
fn exported_as(first: &mut Module, names: &mut Names, item: ExportItem) -> String {
    let same = |other: &ExportItem| match (&item, other) {
        (ExportItem::Function(a), ExportItem::Function(b)) => a == b,
        (ExportItem::Memory(a), ExportItem::Memory(b)) => a == b,
        (ExportItem::Table(a), ExportItem::Table(b)) => a == b,
        (ExportItem::Global(a), ExportItem::Global(b)) => a == b,
        _ => false,
    };
    if let Some(export) = first.exports.iter().find(|export| same(&export.item)) {
        return export.name.clone();
    }
    let name = names.next();
    first.exports.add(&name, item);
    name
}

/// Short names that no export has: a digit begins none of wasm-bindgen's, nor of wasm-opt's.
#[derive(Default)]
struct Names(u32);

impl Names {
    fn next(&mut self) -> String {
        let (mut number, mut name) = (self.0, String::new());
        loop {
            name.push(char::from(b'0' + (number % 10) as u8));
            number /= 10;
            if number == 0 {
                break;
            }
        }
        self.0 += 1;
        name
    }
}

/// Functions that other exports than these reach, the start function, imports, and what a table may have called.
fn reachable(module: &Module, late: &[String]) -> HashSet<FunctionId> {
    let exported =
        module.exports.iter().filter(|export| !late.contains(&export.name)).filter_map(|export| match export
            .item
        {
            ExportItem::Function(id) => Some(id),
            _ => None,
        });
    let imported = module.funcs.iter().filter(|function| matches!(function.kind, FunctionKind::Import(_)));
    let in_tables = module.elements.iter().flat_map(|element| match &element.items {
        ElementItems::Functions(ids) => ids.clone(),
        ElementItems::Expressions(_, expressions) => expressions
            .iter()
            .filter_map(|expression| match expression {
                walrus::ConstExpr::RefFunc(id) => Some(*id),
                _ => None,
            })
            .collect(),
    });
    let mut waiting: Vec<_> =
        exported.chain(imported.map(Function::id)).chain(in_tables).chain(module.start).collect();
    let mut found = HashSet::new();
    while let Some(id) = waiting.pop() {
        if found.insert(id) {
            waiting.extend(called(module, id));
        }
    }
    found
}

/// What a function calls, or takes the address of.
fn called(module: &Module, id: FunctionId) -> Vec<FunctionId> {
    struct Called(Vec<FunctionId>);
    impl Visitor<'_> for Called {
        fn visit_function_id(&mut self, id: &FunctionId) {
            self.0.push(*id);
        }
    }
    let mut called = Called(Vec::new());
    if let FunctionKind::Local(function) = &module.funcs.get(id).kind {
        dfs_in_order(&mut called, function, function.entry_block());
    }
    called.0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `now` adds one to the global, `late` twice that; `both` is what they share, and stands in the table, too.
    fn program() -> Vec<u8> {
        let mut module = Module::default();
        let memory = module.memories.add_local(false, false, 1, None, None);
        module.exports.add("memory", memory);
        let count = module.globals.add_local(
            walrus::ValType::I32,
            true,
            false,
            walrus::ConstExpr::Value(walrus::ir::Value::I32(0)),
        );
        let adder = |module: &mut Module, calls: &[FunctionId], more: i32| {
            let mut builder = walrus::FunctionBuilder::new(&mut module.types, &[], &[]);
            let mut body = builder.func_body();
            body.global_get(count).i32_const(more).binop(walrus::ir::BinaryOp::I32Add).global_set(count);
            calls.iter().for_each(|called| {
                body.call(*called);
            });
            builder.finish(vec![], &mut module.funcs)
        };
        let both = adder(&mut module, &[], 1);
        let now = adder(&mut module, &[both], 10);
        let only_late = adder(&mut module, &[], 100);
        let late = adder(&mut module, &[both, only_late], 1000);
        module.exports.add("now", now);
        module.exports.add("late", late);
        module.emit_wasm()
    }

    fn names(module: &Module) -> Vec<&str> {
        module.exports.iter().map(|export| export.name.as_str()).collect()
    }

    #[test]
    fn what_only_the_rest_reaches_goes_there_once_and_what_both_reach_is_lent() {
        let halves = halves(&program(), &["late".to_owned()]).unwrap();
        let first = Module::from_buffer(&halves.first).unwrap();
        let rest = Module::from_buffer(&halves.rest).unwrap();
        assert_eq!(first.funcs.iter_local().count(), 2, "now and both");
        assert_eq!(rest.funcs.iter_local().count(), 2, "late and what only it calls");
        assert_eq!(names(&first), ["memory", "now", "0", "1"], "both and the global are lent");
        assert_eq!(names(&rest), ["late"]);
        let imports: Vec<_> =
            rest.imports.iter().map(|import| (import.module.as_str(), import.name.as_str())).collect();
        assert_eq!(imports.len(), 2, "{imports:?}");
        for (module, name) in imports {
            assert_eq!(module, MODULE);
            assert!(names(&first).contains(&name), "{name}");
        }
        assert_eq!(first.imports.iter().count(), 0);
    }

    #[test]
    fn an_export_that_is_not_there_is_an_error_and_not_a_rest_without_it() {
        let missing = halves(&program(), &["later".to_owned()]).err();
        assert_eq!(missing.as_deref(), Some("it exports no later"));
    }
}
