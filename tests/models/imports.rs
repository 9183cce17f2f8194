//! Imports point down the list of rooms, and no files import each other in a circle.
//!
//! An import is a `use` or a path in code, followed through what modules re-export to the file that has the item. What
//! only tests see is left out, as is a `pub use` of an item from a module beneath, unless the file uses it itself. A
//! `use` of all items of a module would hide what is imported, and is a fault too.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use petgraph::algo::{astar, tarjan_scc};
use petgraph::graph::DiGraph;
use proc_macro2::{Delimiter, Group, Spacing, TokenStream, TokenTree};

/// The rooms of the library, the top first: a file may import from its own room and from those below.
const ROOMS: [&str; 23] = [
    "cli",
    "report",
    "store",
    "experiment",
    "simulation",
    "systems",
    "recorder",
    "routers",
    "opening",
    "caching",
    "learning",
    "world",
    "routing",
    "fabric",
    "workload",
    "scenario",
    "topology",
    "physics",
    "direct_use",
    "matching",
    "memory",
    "random",
    ERRORS,
];

/// May name the errors of every room.
const ERRORS: &str = "error";

/// The one item in the root of the library that rooms may name: `crate::VERSION`.
const PROGRAM_VERSION: &str = "VERSION";

/// What a `use` of all items of a module ends with.
const ALL: &str = "*";

/// From the root of the library: `["world", "sketch", "Sketch"]`.
type ModulePath = Vec<String>;

/// A path in code.
struct Named {
    /// Of the module that it stands in, which may be one within a file.
    module: ModulePath,
    segments: Vec<String>,
    /// What a `use` calls it, and whether it is re-exported.
    import: Option<(String, bool)>,
}

#[derive(Default)]
struct SourceFile {
    path: String,
    named: Vec<Named>,
    /// Names that stand in code on their own.
    single: BTreeSet<String>,
    /// Modules that only tests see.
    of_tests: Vec<ModulePath>,
}

struct Arrow<'a> {
    from: &'a ModulePath,
    to: &'a ModulePath,
    /// The room that the import names, which may be one that re-exports the item.
    through: Option<String>,
    named: &'a Named,
}

/// The files of a library, by the modules that they are.
struct Library(BTreeMap<ModulePath, SourceFile>);

impl SourceFile {
    fn read(&mut self, module: &[String], tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            let (before, here) = tokens.split_at(at);
            at += match here {
                [hash, TokenTree::Group(attribute), ..] if is(hash, '#') && asks_for_tests(attribute) => {
                    2 + self.pass_over(module, &here[2..])
                }
                [TokenTree::Ident(word), TokenTree::Ident(name), TokenTree::Group(body), ..] if word == "mod" => {
                    self.read(&beneath(module, name), body.stream());
                    3
                }
                [TokenTree::Ident(word), TokenTree::Ident(_), ..] if word == "use" => {
                    let length = here.iter().position(|token| is(token, ';')).expect("`use` ends with a semicolon");
                    self.import(module, &here[1..length], &[], ends_with_visibility(before));
                    length
                }
                [TokenTree::Ident(word), TokenTree::Group(of), ..] if word == "pub" && is_in(of) => 2,
                [TokenTree::Ident(_), ..] if !continues_a_path(before) => {
                    let segments = leading_path(here);
                    let length = 3 * segments.len() - 2;
                    if let [single] = &segments[..] {
                        self.single.insert(single.clone());
                    } else {
                        self.named.push(Named { module: module.to_vec(), segments, import: None });
                    }
                    length
                }
                [TokenTree::Group(group), ..] => {
                    self.read(module, group.stream());
                    1
                }
                _ => 1,
            };
        }
    }

    /// Takes the tree of a `use` apart.
    fn import(&mut self, module: &[String], tree: &[TokenTree], before: &[String], exported: bool) {
        for branch in tree.split(|token| is(token, ',')) {
            let mut segments = before.to_vec();
            let mut is_renamed = false;
            for token in branch {
                match token {
                    TokenTree::Ident(word) if word == "as" => is_renamed = true,
                    TokenTree::Ident(word) => segments.push(word.to_string()),
                    TokenTree::Group(group) => {
                        let branches: Vec<TokenTree> = group.stream().into_iter().collect();
                        self.import(module, &branches, &segments, exported);
                        segments.clear();
                    }
                    star if is(star, '*') => segments.push(ALL.to_owned()),
                    _ => {}
                }
            }
            let alias = if is_renamed { segments.pop() } else { None };
            segments.pop_if(|last| last == "self");
            if let Some(last) = segments.last() {
                let name = alias.unwrap_or_else(|| last.clone());
                self.named.push(Named { module: module.to_vec(), segments, import: Some((name, exported)) });
            }
        }
    }

    /// The length of an item that only tests see.
    fn pass_over(&mut self, module: &[String], item: &[TokenTree]) -> usize {
        let is_last = |token: &TokenTree| match token {
            TokenTree::Group(body) => body.delimiter() == Delimiter::Brace,
            token => is(token, ';'),
        };
        let length = item.iter().position(is_last).map_or(item.len(), |last| last + 1);
        for pair in item[..length].windows(2) {
            if let [TokenTree::Ident(word), TokenTree::Ident(name)] = pair
                && word == "mod"
            {
                self.of_tests.push(beneath(module, name));
            }
        }
        length
    }
}

fn is(token: &TokenTree, sign: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == sign)
}

fn beneath(module: &[String], name: impl ToString) -> ModulePath {
    [module, &[name.to_string()]].concat()
}

/// `[cfg(test)]`, and what else asks for tests.
fn asks_for_tests(attribute: &Group) -> bool {
    let text = attribute.stream().to_string().replace(' ', "");
    text.starts_with("cfg(test") || text.starts_with("cfg(all(test")
}

fn ends_with_visibility(tokens: &[TokenTree]) -> bool {
    let is_pub = |token: &TokenTree| matches!(token, TokenTree::Ident(word) if word == "pub");
    match tokens {
        [.., word, TokenTree::Group(of)] => is_pub(word) && of.delimiter() == Delimiter::Parenthesis,
        [.., word] => is_pub(word),
        [] => false,
    }
}

/// `(in crate::world)`, after `pub`.
fn is_in(of: &Group) -> bool {
    matches!(of.stream().into_iter().next(), Some(TokenTree::Ident(word)) if word == "in")
}

/// Whether a name after these tokens is a field, a method, a lifetime, a declaration's or a further part of a path.
fn continues_a_path(tokens: &[TokenTree]) -> bool {
    match tokens {
        [.., colon, TokenTree::Punct(last)] if last.as_char() == ':' => is_joint(colon, ':'),
        [.., dot, last] if is(last, '.') => !is(dot, '.'),
        [.., TokenTree::Ident(word)] => word == "fn" || word == "mod",
        [.., last] => is_joint(last, '\''),
        [] => false,
    }
}

fn is_joint(token: &TokenTree, sign: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == sign && punct.spacing() == Spacing::Joint)
}

/// The path that the tokens begin with.
fn leading_path(mut tokens: &[TokenTree]) -> Vec<String> {
    let mut segments = Vec::new();
    while let [TokenTree::Ident(segment), rest @ ..] = tokens {
        segments.push(segment.to_string());
        tokens = match rest {
            [first, second, name @ ..] if is_joint(first, ':') && is(second, ':') => name,
            _ => break,
        };
    }
    segments
}

impl Library {
    /// Reads files that are given as (path below `src`, text).
    fn of(files: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut library = BTreeMap::new();
        for (path, text) in files {
            let module = path.strip_suffix(".rs").expect("a source file");
            let module = module.strip_suffix("/mod").unwrap_or(module);
            let module: ModulePath = module.split('/').filter(|&part| part != "lib").map(str::to_owned).collect();
            let mut file = SourceFile { path, ..SourceFile::default() };
            file.read(&module, text.parse().expect("tokens of Rust"));
            library.insert(module, file);
        }
        let of_tests: Vec<ModulePath> = library.values().flat_map(|file| file.of_tests.clone()).collect();
        library.retain(|module, _| !of_tests.iter().any(|tests| module.starts_with(tests)));
        Self(library)
    }

    fn read(folder: &Path) -> Self {
        let (mut folders, mut files) = (vec![folder.to_owned()], Vec::new());
        while let Some(of) = folders.pop() {
            for entry in fs::read_dir(of).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "rs") {
                    let name = path.strip_prefix(folder).unwrap().to_str().unwrap().replace('\\', "/");
                    files.push((name, fs::read_to_string(path).unwrap()));
                }
            }
        }
        // The program is above the library.
        files.retain(|(name, _)| name != "main.rs");
        Self::of(files)
    }

    /// The module of the file that a module is in.
    fn file_of(&self, module: &[String]) -> Option<&ModulePath> {
        let longest = (0..=module.len()).rev().find_map(|length| self.0.get_key_value(&module[..length]))?;
        Some(longest.0)
    }

    /// A path from the root of the library; none if it leads out of it.
    fn absolute(&self, module: &[String], segments: &[String]) -> Option<ModulePath> {
        let (first, rest) = segments.split_first()?;
        match first.as_str() {
            "crate" => Some(rest.to_vec()),
            "self" => Some([module, rest].concat()),
            "super" => match rest.first() {
                Some(next) if next == "super" => self.absolute(&module[..module.len() - 1], rest),
                _ => Some([&module[..module.len() - 1], rest].concat()),
            },
            _ if self.0.contains_key(&beneath(module, first)) => Some([module, segments].concat()),
            _ => {
                let imported = self.imported(module, first).filter(|named| named.segments[0] != *first)?;
                Some([self.absolute(module, &imported.segments)?, rest.to_vec()].concat())
            }
        }
    }

    /// What a module imports under a name.
    fn imported(&self, module: &[String], name: &str) -> Option<&Named> {
        let named = &self.0[self.file_of(module)?].named;
        named
            .iter()
            .find(|named| named.module == module && named.import.as_ref().is_some_and(|(import, _)| import == name))
    }

    /// The file that has the item of a path, and what of the path is left there.
    fn home(&self, absolute: &[String]) -> Option<(&ModulePath, ModulePath)> {
        let file = self.file_of(absolute)?;
        let rest = &absolute[file.len()..];
        let through = rest.first().and_then(|item| self.imported(file, item));
        let through = through.and_then(|named| self.absolute(&named.module, &named.segments));
        match through {
            Some(through) => self.home(&[&through, &rest[1..]].concat()),
            None => Some((file, rest.to_vec())),
        }
    }

    /// All imports from one file to another.
    fn arrows(&self) -> Vec<Arrow<'_>> {
        let mut arrows = Vec::new();
        for (from, file) in self.0.iter().filter(|(module, _)| !module.is_empty() && module[0] != ERRORS) {
            for named in &file.named {
                let Some(absolute) = self.absolute(&named.module, &named.segments) else { continue };
                let Some((to, item)) = self.home(&absolute) else { continue };
                let is_version = to.is_empty() && item == [PROGRAM_VERSION];
                let only_reexports = named
                    .import
                    .as_ref()
                    .is_some_and(|(name, exported)| *exported && to.starts_with(from) && !file.single.contains(name));
                if to != from && !is_version && !only_reexports {
                    arrows.push(Arrow { from, to, through: absolute.into_iter().next(), named });
                }
            }
        }
        arrows
    }

    /// What is wrong.
    fn faults(&self) -> Vec<String> {
        let arrows = self.arrows();
        let tell = |arrow: &Arrow<'_>| {
            let [from, to] = [arrow.from, arrow.to].map(|module| &self.0[module].path);
            format!("{from} imports {} from {to}", arrow.named.segments.join("::"))
        };
        let level = |room: Option<&String>| ROOMS.iter().position(|name| room.is_some_and(|room| room == name));
        let mut faults = Vec::new();
        for (module, file) in self.0.iter().filter(|(module, _)| !module.is_empty()) {
            if level(module.first()).is_none() {
                faults.push(format!("{} is in no room of the list", file.path));
            }
        }
        for arrow in arrows.iter().filter(|arrow| arrow.named.segments.ends_with(&[ALL.to_owned()])) {
            faults.push(format!("items are not named: {}", tell(arrow)));
        }
        for arrow in &arrows {
            let from = level(arrow.from.first());
            if level(arrow.to.first()) < from || level(arrow.through.as_ref()) < from {
                faults.push(format!("upwards: {}", tell(arrow)));
            }
        }
        faults.extend(self.circles(&arrows).iter().map(|way| {
            let told: Vec<String> = way.iter().map(|arrow| tell(arrow)).collect();
            format!("a circle: {}", told.join(", "))
        }));
        faults
    }

    /// Of files that all import each other in the end, the shortest way round from one of them.
    fn circles<'a>(&self, arrows: &'a [Arrow<'a>]) -> Vec<Vec<&'a Arrow<'a>>> {
        let mut graph = DiGraph::new();
        let files: BTreeMap<&ModulePath, _> = self.0.keys().map(|module| (module, graph.add_node(module))).collect();
        for arrow in arrows {
            graph.add_edge(files[arrow.from], files[arrow.to], arrow);
        }
        let mut circles = tarjan_scc(&graph);
        circles.retain(|circle| circle.len() > 1);
        let way_round = |circle: &Vec<_>| {
            let start = circle[0];
            let ways = graph.neighbors(start).filter_map(|next| astar(&graph, next, |at| at == start, |_| 1, |_| 0));
            let (_, way) = ways.min_by_key(|&(length, _)| length).expect("a way round");
            let whole: Vec<_> = std::iter::once(start).chain(way).collect();
            let arrow = |step: &[_]| graph[graph.find_edge(step[0], step[1]).expect("an arrow")];
            whole.windows(2).map(arrow).collect()
        };
        circles.iter().map(way_round).collect()
    }
}

#[test]
fn imports_point_down_and_make_no_circles() {
    let library = Library::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    let faults = library.faults();
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

/// What is wrong with files of (path, text).
fn faults_of(files: &[(&str, &str)]) -> Vec<String> {
    Library::of(files.iter().map(|&(path, text)| (path.to_owned(), text.to_owned()))).faults()
}

#[test]
fn an_arrow_that_runs_up_is_found_through_a_reexport_in_code_and_in_a_name_for_a_module() {
    let store = [
        ("store/mod.rs", "pub mod disk; pub use disk::Folder;"),
        ("store/disk.rs", "pub struct Folder; pub fn open() {}"),
    ];
    for text in [
        "use crate::store::Folder;",
        "use crate::store::{Folder as Place, self};",
        "fn of(folder: crate::store::Folder) {}",
        "use crate::store as above; fn open() { above::disk::open() }",
        "#[cfg(unix)] mod unix { fn f() { super::super::store::disk::open() } }",
        "#[derive(Debug)] struct A(#[serde(skip)] crate::store::Folder);",
    ] {
        let faults = faults_of(&[store[0], store[1], ("world.rs", text)]);
        assert!(!faults.is_empty() && faults[0].starts_with("upwards: world.rs imports "), "{text}: {faults:?}");
        assert!(faults.iter().any(|fault| fault.ends_with("from store/disk.rs")), "{text}: {faults:?}");
    }
    let up = faults_of(&[
        ("report.rs", "pub use crate::random::draw;"),
        ("random.rs", "pub fn draw() {}"),
        ("world.rs", "use crate::report::draw;"),
    ]);
    assert_eq!(up, ["upwards: world.rs imports crate::report::draw from random.rs"]);
}

#[test]
fn what_runs_down_or_is_not_imported_is_no_fault() {
    let files = [
        ("lib.rs", "pub const VERSION: &str = \"1\"; pub mod store; pub mod world; pub mod error;"),
        ("error.rs", "pub enum Error { Broken(crate::store::Broken) }"),
        ("store.rs", "use crate::{error::Error, world::{self, sketch::Sketch}}; pub struct Broken;"),
        ("world/mod.rs", "mod sketch; mod ids; pub use sketch::Sketch; use std::fmt; #[cfg(test)] mod tests;"),
        ("world/tests.rs", "use super::*; use crate::store::Broken;"),
        (
            "world/sketch.rs",
            r#"//! Written by crate::store.
            /* crate::store::Broken */
            use super::ids::Id;
            const TEXT: &str = "crate::store::Broken";
            pub(in crate::store) fn f() { g.store::<u8>(crate::VERSION); std::mem::swap(a, b) }
            #[cfg(test)]
            use crate::store::{Broken};
            #[cfg(test)]
            mod tests { use crate::store::Broken; }"#,
        ),
        ("world/ids.rs", "use crate::error::Error; pub struct Id;"),
    ];
    assert_eq!(faults_of(&files), [""; 0]);
}

#[test]
fn circles_rooms_without_a_place_and_the_root_are_found() {
    let circle = [
        ("world/a.rs", "use super::b::B; struct A;"),
        ("world/b.rs", "use super::c; fn f() { c::g() }"),
        ("world/c.rs", "pub fn g() { super::a::h() }"),
    ];
    let faults = faults_of(&circle);
    let [fault] = &faults[..] else { panic!("{faults:?}") };
    for arrow in [
        "world/a.rs imports super::b::B from world/b.rs",
        "world/b.rs imports c::g from world/c.rs",
        "world/c.rs imports super::a::h from world/a.rs",
    ] {
        assert!(fault.starts_with("a circle: ") && fault.contains(arrow), "{fault}");
    }
    let used = [("world/mod.rs", "mod b; pub use b::B; fn f(b: B) {}"), ("world/b.rs", "use super::f; pub struct B;")];
    assert_eq!(faults_of(&used).len(), 1);
    assert_eq!(faults_of(&[("attic.rs", "")]), ["attic.rs is in no room of the list"]);
    let all = [("world/a.rs", "use super::b::*;"), ("world/b.rs", "")];
    assert_eq!(faults_of(&all), ["items are not named: world/a.rs imports super::b::* from world/b.rs"]);
    let root = [("lib.rs", "pub fn run() {}"), ("cli.rs", "use crate::run;")];
    assert_eq!(faults_of(&root), ["upwards: cli.rs imports crate::run from lib.rs"]);
}
