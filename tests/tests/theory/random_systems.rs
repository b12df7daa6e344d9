//! Systems put together at random: dozens here; `cargo run --release -p tests --bin random_systems` runs thousands.

#[test]
fn random_systems_keep_their_books() {
    let number = 200;
    let tried = tests::random::try_systems(0..number, |_| {});
    println!("{} of {number} systems, {} requests", tried.accepted, tried.requests);
    if let Some((failed, text)) = tried.failed.first() {
        panic!("system {failed}: {text}\n{}", tests::random::experiment(*failed));
    }
    let refused = || tried.refused.iter().map(|(i, text)| format!("{i}: {text}")).collect::<Vec<_>>().join("\n");
    assert!(tried.accepted > number * 7 / 10, "{} of {number} are accepted\n{}", tried.accepted, refused());
}
