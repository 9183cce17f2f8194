//! `wormsim man` and `wormsim completions`: what shells and readers of manuals ask for.

use std::process::ExitCode;

use clap::{Args, Command};
use clap_complete::Shell;

use super::terminal::print;
use crate::error::Error;

/// Options of `man`.
#[derive(Debug, Args)]
pub struct ManOptions {
    /// The verb that the page is about [default: the program].
    pub verb: Option<String>,
}

/// Options of `completions`.
#[derive(Debug, Args)]
pub struct CompletionsOptions {
    /// The shell.
    #[arg(value_enum)]
    pub shell: Shell,
}

pub(super) fn man(options: &ManOptions, mut program: Command) -> Result<ExitCode, Error> {
    program.build();
    let command = match &options.verb {
        None => program,
        Some(verb) => {
            let verbs = || program.get_subcommands().map(|command| command.get_name().to_owned());
            let found = program.find_subcommand(verb).cloned();
            found.ok_or_else(|| Error::Usage {
                option: "VERB",
                value: verb.clone(),
                expected: verbs().filter(|name| name != "help").collect::<Vec<_>>().join(", "),
            })?
        }
    };
    let mut page = Vec::new();
    clap_mangen::Man::new(command).render(&mut page).expect("a vector takes all");
    print(&String::from_utf8_lossy(&page))?;
    Ok(ExitCode::SUCCESS)
}

pub(super) fn completions(options: &CompletionsOptions, mut program: Command) -> Result<ExitCode, Error> {
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut program, "wormsim", &mut script);
    print(&String::from_utf8_lossy(&script))?;
    Ok(ExitCode::SUCCESS)
}
