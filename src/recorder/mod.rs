//! What a run leaves behind to be looked at. It draws no random number and changes nothing.

pub mod frame;
