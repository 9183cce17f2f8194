//! The program's other verbs, and the README.

#[path = "../common/mod.rs"]
mod common;

mod advice;
mod bound;
mod breakeven;
mod command;
mod commands;
mod compare;
mod first_steps;
mod own_data;
mod policies;
mod readme;
mod report;
mod sweep;
