//! The README says what is so: its files exist, its scenarios are valid, its commands are those of the program.

use std::process::Command;

use assert_cmd::cargo::cargo_bin;
use wormsim::simulation::load;

use crate::common::project;

fn readme() -> String {
    std::fs::read_to_string(project("README.md")).unwrap()
}

/// Fenced blocks of a language.
fn blocks(language: &str) -> Vec<String> {
    let (mut found, mut open) = (Vec::new(), None::<String>);
    for line in readme().lines() {
        match (&mut open, line) {
            (Some(_), "```") => found.extend(open.take()),
            (Some(text), _) => *text += &format!("{line}\n"),
            (None, _) if line == format!("```{language}") => open = Some(String::new()),
            (None, _) => {}
        }
    }
    assert_eq!(open, None, "a block has no end");
    found
}

/// Command lines of the program in blocks, without what goes before its arguments.
fn command_lines() -> Vec<Vec<String>> {
    let text = blocks("sh").concat().replace("\\\n", " ");
    let starts = ["cargo run --release -- ", "wormsim "];
    let arguments = |line: &str| starts.iter().find_map(|start| line.strip_prefix(start)).map(str::to_owned);
    let split = |line: String| line.split_whitespace().map(|word| word.trim_matches('\'').to_owned()).collect();
    text.lines().filter_map(arguments).map(split).collect()
}

fn wormsim(arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(cargo_bin!("wormsim")).args(arguments).current_dir(project("")).output().unwrap();
    (output.status.code(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}

#[test]
fn every_scenario_in_it_is_valid() {
    let folder = tempfile::tempdir().unwrap();
    let scenarios = blocks("json");
    assert!(!scenarios.is_empty());
    for text in scenarios {
        let path = folder.path().join("scenario.json");
        std::fs::write(&path, &text).unwrap();
        load(&path, &[]).unwrap_or_else(|error| panic!("{error}\n{text}"));
    }
}

#[test]
fn every_path_in_it_exists() {
    let text = readme();
    let starts = ["scenarios/", "docs/", "examples/", "tests/", "benches/", "src/", ".ci/"];
    let ends = |c: char| !(c.is_alphanumeric() || "-_./".contains(c));
    let paths: Vec<&str> = text
        .split(ends)
        .map(|word| word.trim_end_matches('.'))
        .filter(|word| starts.iter().any(|start| word.starts_with(start)))
        .collect();
    assert!(paths.len() > 10, "{paths:?}");
    for path in paths {
        assert!(project(path).exists(), "{path}");
    }
}

/// `run` becomes `validate`, which takes the same values without the options about output.
#[test]
fn every_command_line_in_it_is_understood() {
    let lines = command_lines();
    assert!(lines.len() > 3, "{lines:?}");
    for line in lines {
        let arguments: Vec<&str> = line.iter().map(String::as_str).collect();
        let verb = arguments[0];
        let (_, help) = wormsim(&[verb, "--help"]);
        for option in arguments.iter().filter(|argument| argument.starts_with("--")) {
            assert!(help.contains(*option), "{option} in {line:?}\n{help}");
        }
        if verb == "run" {
            let about_output = ["--out", "--json", "--quiet", "--force"];
            let mut values = vec!["validate"];
            let mut rest = arguments[1..].iter();
            while let Some(&argument) = rest.next() {
                match about_output.iter().position(|option| *option == argument) {
                    Some(0) => drop(rest.next()),
                    Some(_) => {}
                    None => values.push(argument),
                }
            }
            let (code, output) = wormsim(&values);
            assert_eq!(code, Some(0), "{line:?}\n{output}");
        }
    }
}

/// Blocks that begin with a command after `$` go on with what it prints.
#[test]
fn what_commands_print_in_it_is_what_they_print() {
    let sessions: Vec<String> = blocks("text").into_iter().filter(|text| text.starts_with("$ wormsim ")).collect();
    assert!(!sessions.is_empty());
    for session in sessions {
        let (command, expected) = session.split_once('\n').unwrap();
        let arguments: Vec<&str> = command["$ wormsim ".len()..].split_whitespace().collect();
        let (code, output) = wormsim(&arguments);
        assert_eq!((code, output.as_str()), (Some(0), expected), "{command}");
    }
}

#[test]
fn every_option_in_it_exists() {
    let help: String = [
        "run",
        "resume",
        "fork",
        "verify",
        "compare",
        "sweep",
        "report",
        "advise",
        "validate",
        "schema",
        "analyze",
        "route",
        "bound",
        "breakeven",
        "demo",
    ]
    .map(|verb| wormsim(&[verb, "--help"]).1)
    .concat();
    let text = readme();
    let options = text.split('`').skip(1).step_by(2).filter(|code| code.starts_with("--"));
    let names: Vec<&str> = options.filter_map(|code| code.split([' ', '=']).next()).collect();
    assert!(names.contains(&"--set"), "{names:?}");
    for name in names {
        assert!(help.contains(name), "{name}");
    }
}

#[test]
fn its_test_command_is_the_one_of_the_continuous_integration() {
    let integration = std::fs::read_to_string(project(".ci/run")).unwrap();
    for command in ["cargo test --release", "cargo run --release -- run scenarios/nsfnet-hotspot.json"] {
        assert!(readme().lines().any(|line| line == command), "{command}");
        assert!(integration.lines().any(|line| line.starts_with(command)), "{command}");
    }
}
