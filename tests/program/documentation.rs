//! The README and the manual say what is so: files exist, scenarios are valid, commands are those of the program.
//! `documented_commands` runs the commands.

use std::path::Path;

use wormsim::simulation::load;
use wormsim::topology::{Rules, json};

use crate::command::wormsim;
use crate::common::project;
use crate::pages::{Page, arguments, manual, pages};

/// Exit code, and standard output before standard error.
fn run(arguments: &[&str]) -> (i32, String) {
    let (code, text, errors) = wormsim(&project(""), arguments);
    (code, text + &errors)
}

/// Verbs that the program lists.
fn verbs() -> Vec<String> {
    let (_, help) = run(&["--help"]);
    let listed = help.split_once("Commands:\n").unwrap().1.split_once("\n\n").unwrap().0;
    let starts = listed.lines().filter_map(|line| line.strip_prefix("  "));
    let names = starts.filter(|line| !line.starts_with(' ')).filter_map(|line| line.split(' ').next());
    names.map(str::to_owned).collect()
}

#[test]
fn the_readme_is_short() {
    let length = Page::read("README.md".to_owned()).text.len();
    assert!(length <= 6 * 1024, "{length} bytes: its text belongs into docs/src");
}

#[test]
fn every_page_is_in_the_summary() {
    let summary = Page::read("docs/src/SUMMARY.md".to_owned()).text;
    let listed: Vec<&str> = summary.split("](").skip(1).filter_map(|rest| rest.split(')').next()).collect();
    for name in manual() {
        assert!(listed.contains(&&*name), "{name} is not in SUMMARY.md");
    }
    for name in listed {
        assert!(manual().iter().any(|page| page == name), "SUMMARY.md has {name}, which is no page");
    }
}

/// The name by which links find a heading.
fn anchor(heading: &str) -> String {
    let kept = heading.trim_matches(['#', ' ']).to_lowercase();
    kept.replace(' ', "-").replace(|c: char| !(c.is_alphanumeric() || c == '-' || c == '_'), "")
}

#[test]
fn every_link_leads_somewhere() {
    let mut links = 0;
    for page in pages() {
        for target in page.prose().split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if target.starts_with("https://") {
                continue;
            }
            links += 1;
            let (file, part) = target.split_once('#').unwrap_or((target, ""));
            let path = if file.is_empty() { project(&page.path) } else { page.folder().join(file) };
            assert!(path.exists(), "{}: {target}", page.path);
            if !part.is_empty() {
                let text = std::fs::read_to_string(path).unwrap();
                let mut headings = text.lines().filter(|line| line.starts_with('#'));
                assert!(headings.any(|heading| anchor(heading) == part), "{}: {target}", page.path);
            }
        }
    }
    assert!(links > 30, "{links}");
}

#[test]
fn every_scenario_and_topology_is_valid() {
    let folder = tempfile::tempdir().unwrap();
    let mut scenarios = 0;
    for page in pages() {
        for block in page.blocks().into_iter().filter(|block| block.language == "json") {
            if block.text.contains("\"workloads\"") {
                let path = folder.path().join("scenario.json");
                std::fs::write(&path, &block.text).unwrap();
                load(&path, &[]).unwrap_or_else(|error| panic!("{}: {error}\n{}", page.path, block.text));
                scenarios += 1;
            } else {
                let read = json::parse(block.text.as_bytes(), &Rules::default());
                read.unwrap_or_else(|error| panic!("{}: {error}\n{}", page.path, block.text));
            }
        }
    }
    assert!(scenarios > 0);
}

#[test]
fn every_path_exists() {
    let starts = ["scenarios/", "docs/", "examples/", "tests/", "benches/", "src/", "scripts/", ".ci/"];
    let ends = |c: char| !(c.is_alphanumeric() || "-_./".contains(c));
    let mut paths = 0;
    for page in pages() {
        let words = page.text.split(ends).map(|word| word.trim_end_matches('.'));
        for path in words.filter(|word| starts.iter().any(|start| word.starts_with(start))) {
            assert!(project(path).exists(), "{}: {path}", page.path);
            paths += 1;
        }
    }
    assert!(paths > 30, "{paths}");
}

#[test]
fn every_option_of_a_command_is_one_of_its_verb() {
    let mut lines = 0;
    for page in pages() {
        for line in page.commands().iter().filter_map(|command| arguments(command)) {
            let (_, help) = run(&[&line[0], "--help"]);
            for option in line.iter().filter(|word| word.starts_with("--")) {
                let name = option.split('=').next().unwrap();
                assert!(help.contains(name), "{}: {name} in {line:?}\n{help}", page.path);
            }
            lines += 1;
        }
    }
    assert!(lines > 20, "{lines}");
}

#[test]
fn every_option_in_the_text_exists() {
    let help: String = verbs().iter().map(|verb| run(&[verb, "--help"]).1).collect();
    let mut names = 0;
    for page in pages() {
        let prose = page.prose();
        let options = prose.split('`').skip(1).step_by(2).filter(|code| code.starts_with("--"));
        for name in options.filter_map(|code| code.split([' ', '=']).next()) {
            assert!(help.contains(name), "{}: {name}", page.path);
            names += 1;
        }
    }
    assert!(names > 20, "{names}");
}

#[test]
fn every_verb_is_on_the_page_of_the_command_line() {
    let page = Page::read("docs/src/command-line.md".to_owned());
    let verbs = verbs();
    assert!(verbs.len() > 10, "{verbs:?}");
    for verb in verbs.iter().filter(|verb| *verb != "help") {
        assert!(page.text.contains(&format!("`{verb}`")), "{verb}");
    }
}

/// Blocks that begin with a command after `$` go on with what it prints.
#[test]
fn sessions_print_what_they_show() {
    let mut sessions = 0;
    for page in pages() {
        for block in page.blocks() {
            let Some(session) = block.text.strip_prefix("$ wormsim ") else { continue };
            let (command, expected) = session.split_once('\n').unwrap();
            let words: Vec<&str> = command.split_whitespace().collect();
            assert_eq!(run(&words), (0, expected.to_owned()), "{}: {command}", page.path);
            sessions += 1;
        }
    }
    assert!(sessions > 1, "{sessions}");
}

#[test]
fn the_readmes_commands_are_those_of_the_continuous_integration() {
    let integration = std::fs::read_to_string(project(".ci/run")).unwrap();
    let readme = Page::read("README.md".to_owned()).text;
    for command in ["cargo test --release", "cargo run --release -- run scenarios/nsfnet-hotspot.json"] {
        assert!(readme.lines().any(|line| line == command), "{command}");
        assert!(integration.lines().any(|line| line.starts_with(command)), "{command}");
    }
}

/// A picture that is sent with every clone.
#[test]
fn the_picture_is_small() {
    let length = std::fs::metadata(Path::new(&project("docs/src/page.png"))).unwrap().len();
    assert!(length < 200_000, "{length}");
}
