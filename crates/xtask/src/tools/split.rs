//! One wasm module as two files: what a page needs at once, and the rest, which joins it when it is needed.
//!
//! They are halves of one program and share its memory, its table and its globals. A function that only exports of the rest
//! reach goes to the rest; every other one stays. What the rest calls of the first half it imports, under names that the
//! first half exports for it. So the rest is loaded without handing anything over, and no code comes twice.
//!
//! What stands in the table may be called by anybody, so it stays; but for what asks the page for something that is only there
//! with the rest (`asked_late`): who could call that is made by the rest, which fills its places in the table when it joins.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use walrus::ir::Value;
use walrus::ir::{Visitor, dfs_in_order};
use walrus::{
    ConstExpr, Data, Element, ElementId, ElementItems, ElementKind, Export, ExportItem, Function, FunctionId,
    FunctionKind, Global, GlobalKind, ImportKind, ImportedFunction, Memory, Module, Table,
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

/// Splits the module in a file. `late` are the exports that go to the rest, `asked_late` the imports that only the rest's work
/// asks for.
pub(crate) fn split(wasm: &Path, late: &[String], asked_late: &[String]) -> Result<Halves, Failure> {
    let bytes = fs::read(wasm).map_err(|error| Failure::io("read", wasm, &error))?;
    halves(&bytes, late, asked_late)
        .map_err(|why| Failure::new(format!("{} cannot be split: {why}", paths::shown(wasm))))
}

fn halves(wasm: &[u8], late: &[String], asked_late: &[String]) -> Result<Halves, String> {
    let parse = || Module::from_buffer(wasm).map_err(|error| format!("it is no wasm module: {error:#}"));
    // Two readings of the same bytes have the same things in the same order.
    let (mut first, mut rest) = (parse()?, parse()?);
    for name in late {
        if !first.exports.iter().any(|export| export.name == *name) {
            return Err(format!("it exports no {name}"));
        }
    }
    for name in asked_late {
        if !first.imports.iter().any(|import| import.name == *name) {
            return Err(format!("it imports no {name}"));
        }
    }
    let functions: Vec<_> =
        first.funcs.iter().map(Function::id).zip(rest.funcs.iter().map(Function::id)).collect();
    let memories: Vec<_> =
        first.memories.iter().map(Memory::id).zip(rest.memories.iter().map(Memory::id)).collect();
    let tables: Vec<_> = first.tables.iter().map(Table::id).zip(rest.tables.iter().map(Table::id)).collect();
    let globals: Vec<_> =
        first.globals.iter().map(Global::id).zip(rest.globals.iter().map(Global::id)).collect();
    let (asking, stays) = reachable(&first, late, asked_late);
    let goes = functions.iter().map(|(id, _)| *id).filter(|id| !stays.contains(id));
    let lent: HashSet<_> = goes.flat_map(|id| called(&first, id)).filter(|id| stays.contains(id)).collect();

    let places = late_places(&mut first, &asking);
    only_late(&mut rest, late);
    for (table, offset, functions_there) in &places {
        let there =
            |known: &[(_, _)], id| known.iter().find(|(here, _)| *here == id).map(|(_, there)| *there);
        let table = tables.iter().find(|(here, _)| here == table).map(|(_, there)| *there);
        let table = table.ok_or("a table is only in one half")?;
        let ids = functions_there.iter().filter_map(|id| there(&functions, *id)).collect();
        let kind = ElementKind::Active { table, offset: ConstExpr::Value(Value::I32(*offset)) };
        let element = rest.elements.add(kind, ElementItems::Functions(ids));
        rest.tables.get_mut(table).elem_segments.insert(element);
    }
    let mut names = Names::default();
    for (here, there) in functions.into_iter().filter(|(here, _)| lent.contains(here)) {
        let name = exported_as(&mut first, &mut names, ExportItem::Function(here));
        // What the page gives the first half is the first half's to lend.
        if let FunctionKind::Import(from_page) = &rest.funcs.get(there).kind {
            rest.imports.delete(from_page.import);
        }
        let import = rest.imports.add(MODULE, &name, ImportKind::Function(there));
        let function = rest.funcs.get_mut(there);
        function.kind = FunctionKind::Import(ImportedFunction { import, ty: function.ty() });
    }
    // An imported table keeps what fills it.
    for (table, ..) in &places {
        let name = exported_as(&mut first, &mut names, ExportItem::Table(*table));
        if let Some((_, there)) = tables.iter().find(|(here, _)| here == table)
            && rest.tables.get(*there).import.is_none()
        {
            rest.tables.get_mut(*there).import =
                Some(rest.imports.add(MODULE, &name, ImportKind::Table(*there)));
        }
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
    let missing = |rest: &Module, there| left.contains(&there) && rest.tables.get(there).import.is_none();
    for (here, there) in tables {
        if !missing(&rest, there) {
            continue;
        }
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

/// Takes these functions out of the first half's tables. Gives the runs of places that they had.
fn late_places(
    first: &mut Module,
    asking: &HashSet<FunctionId>,
) -> Vec<(walrus::TableId, i32, Vec<FunctionId>)> {
    let mut places = Vec::new();
    let elements: Vec<ElementId> = first.elements.iter().map(Element::id).collect();
    for id in elements {
        let element = first.elements.get(id);
        let ElementKind::Active { table, offset: ConstExpr::Value(Value::I32(offset)) } = element.kind else {
            continue;
        };
        let ElementItems::Functions(ids) = &element.items else { continue };
        if !ids.iter().any(|id| asking.contains(id)) {
            continue;
        }
        let ids = ids.clone();
        first.tables.get_mut(table).elem_segments.remove(&id);
        first.elements.delete(id);
        let mut at = offset;
        for run in ids.chunk_by(|one, next| asking.contains(one) == asking.contains(next)) {
            if asking.contains(&run[0]) {
                places.push((table, at, run.to_vec()));
            } else {
                let kind = ElementKind::Active { table, offset: ConstExpr::Value(Value::I32(at)) };
                let kept = first.elements.add(kind, ElementItems::Functions(run.to_vec()));
                first.tables.get_mut(table).elem_segments.insert(kept);
            }
            at += run.len() as i32;
        }
    }
    places
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

/// Functions in tables that ask for one of these imports and that nothing else reaches; then all functions that stay: what other
/// exports than the late ones reach, the start function, imports, and what else a table may have called.
fn reachable(
    module: &Module,
    late: &[String],
    asked_late: &[String],
) -> (HashSet<FunctionId>, HashSet<FunctionId>) {
    let exported =
        module.exports.iter().filter(|export| !late.contains(&export.name)).filter_map(|export| match export
            .item
        {
            ExportItem::Function(id) => Some(id),
            _ => None,
        });
    let imported = module.funcs.iter().filter(|function| matches!(function.kind, FunctionKind::Import(_)));
    let in_tables: Vec<FunctionId> = module
        .elements
        .iter()
        .flat_map(|element| match &element.items {
            ElementItems::Functions(ids) => ids.clone(),
            ElementItems::Expressions(_, expressions) => expressions
                .iter()
                .filter_map(|expression| match expression {
                    ConstExpr::RefFunc(id) => Some(*id),
                    _ => None,
                })
                .collect(),
        })
        .collect();
    let asked: HashSet<FunctionId> = module
        .imports
        .iter()
        .filter(|import| asked_late.contains(&import.name))
        .filter_map(|import| match import.kind {
            ImportKind::Function(id) => Some(id),
            _ => None,
        })
        .collect();
    let asks = |id: &FunctionId| !closure(module, vec![*id]).is_disjoint(&asked);
    let (asking, others): (Vec<_>, Vec<_>) = in_tables.into_iter().partition(asks);
    let roots = exported.chain(imported.map(Function::id)).chain(others).chain(module.start).collect();
    let mut stays = closure(module, roots);
    // What is called by its name as well is there from the start, and so is its place in the table.
    let (early, asking): (Vec<_>, Vec<_>) = asking.into_iter().partition(|id| stays.contains(id));
    stays.extend(early);
    (asking.into_iter().collect(), stays)
}

/// These functions and all that they call.
fn closure(module: &Module, mut waiting: Vec<FunctionId>) -> HashSet<FunctionId> {
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

    /// `now` adds one to the global, `late` twice that; `both` is what they share, and stands in the table, too. Beside it stands
    /// `asking`, which asks the page.
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
        let nothing = module.types.add(&[], &[]);
        let (ask, _) = module.add_import_func(MODULE, "ask", nothing);
        let asking = adder(&mut module, &[ask], 10_000);
        let table = module.tables.add_local(false, 4, Some(4), walrus::RefType::FUNCREF);
        let kind = ElementKind::Active { table, offset: ConstExpr::Value(Value::I32(1)) };
        let element = module.elements.add(kind, ElementItems::Functions(vec![both, asking, now]));
        module.tables.get_mut(table).elem_segments.insert(element);
        module.exports.add("table", table);
        module.exports.add("now", now);
        module.exports.add("late", late);
        module.emit_wasm()
    }

    /// Where in the table which functions are put, by their number.
    fn entries(module: &Module) -> Vec<(i32, usize)> {
        let placed = module.elements.iter().map(|element| match (&element.kind, &element.items) {
            (
                ElementKind::Active { offset: ConstExpr::Value(Value::I32(offset)), .. },
                ElementItems::Functions(ids),
            ) => (*offset, ids.len()),
            other => panic!("{other:?}"),
        });
        placed.collect()
    }

    fn names(module: &Module) -> Vec<&str> {
        module.exports.iter().map(|export| export.name.as_str()).collect()
    }

    #[test]
    fn what_only_the_rest_reaches_goes_there_once_and_what_both_reach_is_lent() {
        let halves = halves(&program(), &["late".to_owned()], &["ask".to_owned()]).unwrap();
        let first = Module::from_buffer(&halves.first).unwrap();
        let rest = Module::from_buffer(&halves.rest).unwrap();
        assert_eq!(first.funcs.iter_local().count(), 2, "now and both");
        assert_eq!(rest.funcs.iter_local().count(), 3, "late, what only it calls, and who asks the page");
        assert_eq!(
            names(&first),
            ["memory", "table", "now", "0", "1", "2"],
            "both, the import and the global are lent"
        );
        assert_eq!(names(&rest), ["late"]);
        assert_eq!(entries(&first), [(1, 1), (3, 1)], "the place between them is empty");
        assert_eq!(entries(&rest), [(2, 1)], "and filled by the rest");
        let imports: Vec<_> =
            rest.imports.iter().map(|import| (import.module.as_str(), import.name.as_str())).collect();
        assert_eq!(imports.len(), 4, "{imports:?}");
        for (module, name) in imports {
            assert_eq!(module, MODULE);
            assert!(names(&first).contains(&name), "{name}");
        }
        assert_eq!(first.imports.iter().count(), 1);
    }

    #[test]
    fn an_export_that_is_not_there_is_an_error_and_not_a_rest_without_it() {
        let missing = halves(&program(), &["later".to_owned()], &[]).err();
        assert_eq!(missing.as_deref(), Some("it exports no later"));
        let missing = halves(&program(), &["late".to_owned()], &["tell".to_owned()]).err();
        assert_eq!(missing.as_deref(), Some("it imports no tell"));
    }
}
