//! The README and the manual, as tests read them: pages, fenced blocks, commands.

use std::fs;
use std::path::PathBuf;

use crate::common::project;

/// A page of Markdown.
pub struct Page {
    /// Its path in the project.
    pub path: String,
    pub text: String,
}

/// A fenced block.
pub struct Block {
    pub language: String,
    pub text: String,
    /// The file that the line before the block names, like "`net.csv`:".
    pub file: Option<String>,
}

/// The README, then the pages of the manual by name.
pub fn pages() -> Vec<Page> {
    let mut paths = vec!["README.md".to_owned()];
    paths.extend(manual().into_iter().map(|name| format!("docs/src/{name}")));
    paths.into_iter().map(Page::read).collect()
}

/// File names of the manual's pages, sorted, without its summary.
pub fn manual() -> Vec<String> {
    let entries = fs::read_dir(project("docs/src")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| name.ends_with(".md") && name != "SUMMARY.md").collect();
    names.sort();
    names
}

impl Page {
    pub fn read(path: String) -> Self {
        let text = fs::read_to_string(project(&path)).unwrap();
        Self { path, text }
    }

    /// Where its relative links start.
    pub fn folder(&self) -> PathBuf {
        project(&self.path).parent().unwrap().to_owned()
    }

    /// Fenced blocks, in order.
    pub fn blocks(&self) -> Vec<Block> {
        let (mut found, mut open, mut named) = (Vec::new(), None::<Block>, None);
        for line in self.text.lines() {
            match (&mut open, line.strip_prefix("```")) {
                (Some(_), Some("")) => found.extend(open.take()),
                (Some(block), _) => block.text += &format!("{line}\n"),
                (None, Some(language)) => {
                    let (language, text) = (language.to_owned(), String::new());
                    open = Some(Block { language, text, file: named.take() });
                }
                (None, None) if line.is_empty() => {}
                (None, None) => {
                    let name = line.strip_prefix('`').and_then(|line| line.strip_suffix("`:"));
                    named = name.filter(|name| !name.contains('`')).map(str::to_owned);
                }
            }
        }
        assert!(open.is_none(), "{}: a block has no end", self.path);
        found
    }

    /// Text outside fenced blocks.
    pub fn prose(&self) -> String {
        let outside = self.text.split("```").step_by(2);
        outside.collect()
    }

    /// Commands of its `sh` blocks.
    pub fn commands(&self) -> Vec<String> {
        let blocks = self.blocks().into_iter().filter(|block| block.language == "sh");
        blocks.flat_map(|block| commands(&block)).collect()
    }
}

/// Commands of a block, a line each.
pub fn commands(block: &Block) -> Vec<String> {
    block.text.replace("\\\n", " ").lines().map(str::to_owned).collect()
}

/// The words that follow the program's name, if it is the program that a command runs.
pub fn arguments(command: &str) -> Option<Vec<String>> {
    let starts = ["cargo run --release -- ", "wormsim "];
    let rest = starts.iter().find_map(|start| command.strip_prefix(start))?;
    Some(rest.split_whitespace().map(|word| word.trim_matches('\'').to_owned()).collect())
}
