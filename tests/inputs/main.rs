//! What users hand in: what it means where it is good, and one clear error where it is not.

#[path = "../common/mod.rs"]
mod common;
#[path = "../common/fuzz.rs"]
mod fuzz;

mod bad_input;
mod changed_inputs;
mod failure_processes;
mod forged_checkpoints;
mod fuzz_corpus;
mod hostile_text;
mod largest_values;
mod mutated_scenarios;
mod scenario_meaning;
mod scenario_schema;
