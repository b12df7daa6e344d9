//! Capacities, as they are asked for.

use super::trace::Trace;
use crate::fault::Fault;
use models::caching::Capacity;
use models::expression::evaluate;
use models::units::{Dimension, format};

/// Shares of the objects (or of their bytes) that are tried where no sizes are given.
pub const SHARES: [&str; 9] = ["0.1%", "0.2%", "0.5%", "1%", "2%", "5%", "10%", "20%", "50%"];
/// A share that is so near to a whole number is one: 29 % of 100 is 29.
const NEAR: f64 = 1e-9;

/// A capacity and what it was asked for as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Size {
    /// As asked for, such as "1%".
    pub asked: String,
    /// What it is.
    pub capacity: Capacity,
}

impl Size {
    /// The number of entries or bytes.
    pub fn amount(&self) -> u64 {
        let (Capacity::Entries(amount) | Capacity::Bytes(amount)) = self.capacity;
        amount
    }

    /// For people: `100`, `1.5 MB`, and what it was asked for as where that is a share.
    pub fn shown(&self) -> String {
        let amount = match self.capacity {
            Capacity::Entries(entries) => entries.to_string(),
            Capacity::Bytes(bytes) => format(bytes as f64 * 8.0, Dimension::DATA),
        };
        if self.asked.ends_with('%') { format!("{amount} ({})", self.asked) } else { amount }
    }
}

/// The capacities of a list such as `100, 1000, 1%` or, in bytes, `64 KiB, 10%`; ascending, each once.
///
/// # Errors
/// One of them is no size, or none that can be.
pub fn sizes(list: &[String], bytes: bool, trace: &Trace) -> Result<Vec<Size>, Fault> {
    if bytes && !trace.has_sizes() {
        return Err(Fault::new("the trace has no sizes, so there is no capacity in bytes")
            .help("leave out `--bytes`, or give a trace with sizes (CSV, or oracle records)"));
    }
    let mut sizes = Vec::new();
    if list.is_empty() {
        // Of a small trace the smallest shares are nothing: they are left out.
        sizes.extend(SHARES.iter().filter_map(|share| size(share, bytes, trace).ok()));
        if sizes.is_empty() {
            sizes.push(size(&whole(bytes, trace).to_string(), bytes, trace)?);
        }
    }
    for asked in list {
        sizes.push(size(asked, bytes, trace)?);
    }
    sizes.sort_by_key(Size::amount);
    sizes.dedup_by_key(|size| size.amount());
    Ok(sizes)
}

fn whole(bytes: bool, trace: &Trace) -> u64 {
    if bytes { trace.object_bytes } else { u64::from(trace.objects) }
}

fn size(asked: &str, bytes: bool, trace: &Trace) -> Result<Size, Fault> {
    let asked = asked.trim();
    let example = if bytes { "such as `1000000`, `64 KiB`, `10 MB` or `1%`" } else { "such as `100` or `1%`" };
    let wrong =
        |why: &str| Fault::new(format!("`{asked}` is no size of a cache: {why}")).help(format!("give sizes {example}"));
    let amount = match asked.strip_suffix('%') {
        Some(share) => {
            let share: f64 = share.trim().parse().map_err(|_| wrong("it is not a number"))?;
            if !(share > 0.0 && share <= 100.0) {
                return Err(wrong("a share is more than 0 % and at most 100 %"));
            }
            let (whole, unit) = (whole(bytes, trace), if bytes { "bytes" } else { "objects" });
            let exact = whole as f64 * share / 100.0;
            let near = exact.round();
            let amount = if (exact - near).abs() <= NEAR * exact { near } else { exact.floor() };
            if amount < 1.0 {
                return Err(wrong(&format!("of {whole} {unit} that is less than one")));
            }
            amount as u64
        }
        None => absolute(asked, bytes).map_err(|why| wrong(&why))?,
    };
    let capacity = if bytes { Capacity::Bytes(amount) } else { Capacity::Entries(amount) };
    Ok(Size { asked: asked.to_string(), capacity })
}

fn absolute(asked: &str, bytes: bool) -> Result<u64, String> {
    let plain: String = asked.chars().filter(|c| *c != '_').collect();
    let amount = match plain.parse::<u64>() {
        Ok(amount) => amount,
        Err(_) if !bytes => {
            let unit = evaluate(&plain, &|_| None).is_ok_and(|measure| measure.dimension == Dimension::DATA);
            let why = if unit { "sizes in bytes need `--bytes`" } else { "it is not a whole number of objects" };
            return Err(why.to_string());
        }
        Err(_) => {
            let measure = evaluate(&plain, &|_| None).map_err(|_| "it is not a number of bytes".to_string())?;
            let bits = models::units::expect(measure, Dimension::DATA)?;
            let amount = (bits / 8.0).round();
            if !(0.0..9e15).contains(&amount) {
                return Err("it is out of range".to_string());
            }
            amount as u64
        }
    };
    match amount {
        0 => Err("it is 0".to_string()),
        amount if amount > 9_000_000_000_000_000 => Err("it is out of range".to_string()),
        amount => Ok(amount),
    }
}
