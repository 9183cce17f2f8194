//! Learned routing: tables of estimates and the rules that update them.

pub mod q_table;
pub mod rows;
