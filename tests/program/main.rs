//! The program's other verbs, and the README and the manual about them.

#[path = "../common/mod.rs"]
mod common;

mod advice;
mod bound;
mod breakeven;
mod command;
mod commands;
mod compare;
mod documentation;
mod documented_commands;
mod first_steps;
mod own_data;
mod pages;
mod policies;
mod report;
mod sweep;
