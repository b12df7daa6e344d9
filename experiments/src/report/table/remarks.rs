//! What is to be said beside the figures.

use super::Layout;
use crate::store::stored::Remark;

/// Failures first, then warnings, each with what to do.
pub fn part(remarks: &[Remark], layout: Layout) -> String {
    let mut out = String::new();
    for failure in [true, false] {
        for remark in remarks.iter().filter(|remark| remark.failure == failure) {
            let (word, style) = if failure { ("failed: ", "1;31") } else { ("warning: ", "33") };
            let text = layout.wrapped(&format!("{word}{}", remark.text), 2);
            out.push_str(&layout.styled(style, &text));
            out.push('\n');
        }
    }
    out
}
