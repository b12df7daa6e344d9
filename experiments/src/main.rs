//! The `loadgraph` command.
fn main() {}
