//! What must hold of the built-in profiles, and of adding and applying profiles.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::expression::evaluate;
use crate::spec::{CoresSpec, Device, DistributionKind, DistributionSpec, Network, Power, Processor, Scalar, Storage};
use crate::units::{Dimension, expect};

/// The value of a scalar, which must have that dimension.
fn value(scalar: &Scalar, dimension: Dimension) -> f64 {
    match scalar {
        Scalar::Number(number) => *number,
        Scalar::Text(text) => {
            let measure = evaluate(text, &|_| None).unwrap_or_else(|error| panic!("{text}: {error}"));
            expect(measure, dimension).unwrap_or_else(|error| panic!("{text}: {error}"))
        }
    }
}

fn time(distribution: &DistributionSpec) -> f64 {
    match &distribution.0 {
        DistributionKind::Constant { value: scalar } => value(scalar, Dimension::TIME),
        other => panic!("a profile has a time that is not constant: {other:?}"),
    }
}

fn positive(what: &str, scalar: &Option<Scalar>, dimension: Dimension) -> f64 {
    let value = value(scalar.as_ref().unwrap_or_else(|| panic!("{what} is missing")), dimension);
    assert!(value > 0.0, "{what} is {value}");
    value
}

fn check_power(power: &Power) {
    let watts = |state: &Option<Scalar>| state.as_ref().map(|scalar| value(scalar, Dimension::POWER));
    let (idle, active) = (watts(&power.idle).unwrap(), watts(&power.active).unwrap());
    assert!(0.0 < idle && idle <= active, "idle {idle} W, active {active} W");
    assert!(active < 5000.0);
    assert!(watts(&power.sleep).is_none_or(|sleep| sleep <= idle));
    assert!([&power.tx, &power.rx].iter().all(|state| watts(state).is_none_or(|radio| radio > idle && radio < 10.0)));
    assert!(watts(&power.setup).is_none() && watts(&power.down).is_none(), "not in use yet: extend this test");
}

fn check_computer(cores: &Option<CoresSpec>, frequency: &Option<Scalar>) {
    let hertz = positive("frequency", frequency, Dimension::FREQUENCY);
    assert!((1e6..1e11).contains(&hertz), "{hertz} Hz");
    match cores {
        None => {}
        Some(CoresSpec::Number(n)) => {
            let n = value(n, Dimension::NONE);
            assert!(n >= 1.0 && n.fract() == 0.0);
        }
        Some(other) => panic!("not in use yet: extend this test to {other:?}"),
    }
}

fn check(component: &Component) {
    match component {
        Component::Device(Device { cores, frequency, battery, overhead, .. }) => {
            check_computer(cores, frequency);
            assert!(overhead.is_none());
            if battery.is_some() {
                positive("battery", battery, Dimension::ENERGY);
            }
        }
        Component::Processor(Processor { cores, frequency, overhead, power, .. }) => {
            check_computer(cores, frequency);
            assert!(overhead.is_none() && cores.is_some() && power.is_some());
        }
        Component::Network(network) => {
            let rate = positive("bandwidth", &network.bandwidth, Dimension::DATA_RATE);
            assert!((30.0..1e11).contains(&rate), "{rate} bit/s");
            assert!((0.0..10.0).contains(&time(network.latency.as_ref().unwrap())));
            assert!(network.header.as_ref().is_none_or(|header| value(header, Dimension::DATA) < 8.0 * 64.0));
            if network.energy_per_bit.is_some() {
                positive("energy_per_bit", &network.energy_per_bit, Dimension::ENERGY_PER_DATA);
            }
            assert!(network.between.is_none() && network.duplex.is_none(), "needs the names of a system");
        }
        Component::Storage(storage) => {
            let read = positive("read", &storage.read, Dimension::DATA_RATE);
            let write = positive("write", &storage.write, Dimension::DATA_RATE);
            assert!(write <= read, "writes {write} bit/s, reads {read}");
            assert!((0.0..0.1).contains(&time(storage.access.as_ref().unwrap())));
            if storage.capacity.is_some() {
                positive("capacity", &storage.capacity, Dimension::DATA);
            }
        }
        passive => panic!("a profile of a {}", passive.kind()),
    }
    let common = component.common();
    if let Some(power) = common.power {
        check_power(power);
    }
    // A profile says how a component performs; how many there are, and how they are used, is for the system to say.
    assert!(common.count.is_none() && common.balance.is_none() && common.scheduler.is_none());
    assert!(common.limit.is_none() && common.full.is_none() && common.failures.is_none());
    assert!(common.setup.is_none() && common.vacation.is_none() && common.wake.is_none());
    assert!(
        common.schedule.is_none() && common.laws.is_none() && common.load.is_none() && common.reliability.is_none()
    );
}

#[test]
fn built_in_files_parse_and_hold_one_kind_each() {
    for ((file, text), kind) in FILES.iter().zip(["Device", "Network", "Processor", "Storage"]) {
        let profiles = parse(text).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert!(profiles.len() >= 12, "{file} holds {}", profiles.len());
        assert!(profiles.values().all(|profile| profile.component.kind() == kind), "{file}");
        // A name written twice would be lost in the map.
        assert_eq!(text.matches("\": Profile(").count(), profiles.len(), "{file}");
    }
    let all: usize = FILES.iter().map(|(_, text)| parse(text).unwrap().len()).sum();
    assert_eq!(Catalogue::built_in().iter().count(), all, "a name is in two files");
}

#[test]
fn names_are_in_kebab_case() {
    for (name, _, origin) in Catalogue::built_in().iter() {
        let word = |w: &str| !w.is_empty() && w.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        assert!(name.split('-').all(word), "{name}");
        assert_eq!(origin, BUILT_IN);
    }
}

#[test]
fn every_profile_says_what_it_is_and_where_its_figures_stand() {
    for (name, profile, _) in Catalogue::built_in().iter() {
        for text in [&profile.about, &profile.source] {
            assert!(text.len() > 10 && !text.contains('\n') && text.trim() == text, "{name}: {text:?}");
        }
    }
}

#[test]
fn every_profile_is_complete_and_plausible() {
    for (name, profile, _) in Catalogue::built_in().iter() {
        println!("{name}"); // shown when a check fails
        check(&profile.component);
    }
}

#[test]
fn profiles_of_the_documentation_exist() {
    let catalogue = Catalogue::built_in();
    for (name, kind) in [("esp32-wifi", "Device"), ("wifi-4", "Network"), ("emmc", "Storage")] {
        assert_eq!(catalogue.get(name).unwrap().component.kind(), kind);
        assert!(catalogue.names_of(kind).any(|of_kind| of_kind == name));
    }
}

/// Time on the wire and the latency behind it, for a payload of that many bytes.
fn channel_time(name: &str, payload: f64) -> f64 {
    match &Catalogue::built_in().get(name).unwrap().component {
        Component::Network(Network { bandwidth, header, latency, .. }) => {
            let header = header.as_ref().map_or(0.0, |header| value(header, Dimension::DATA));
            let rate = positive("bandwidth", bandwidth, Dimension::DATA_RATE);
            (8.0 * payload + header) / rate + time(latency.as_ref().unwrap())
        }
        other => panic!("{name} is a {}", other.kind()),
    }
}

#[test]
fn lora_takes_the_time_on_air_of_the_data_sheet() {
    for sf in 7..=12_u32 {
        let factor = f64::from(sf);
        let symbol = f64::from(1_u32 << sf) / 125_000.0;
        let optimised = if sf >= 11 { 1.0 } else { 0.0 };
        for payload in 1..=51 {
            // Semtech's formula: explicit header, check sum, coding rate 4/5, preamble of 8 symbols, 13 B of LoRaWAN.
            let bytes = f64::from(payload) + 13.0;
            let blocks = ((8.0 * bytes - 4.0 * factor + 44.0) / (4.0 * (factor - 2.0 * optimised))).ceil();
            let exact = (12.25 + 8.0 + 5.0 * blocks.max(0.0)) * symbol;
            let ours = channel_time(&format!("lora-sf{sf}"), f64::from(payload));
            assert!((ours - exact).abs() <= 2.5 * symbol + 1e-9, "SF{sf}, {payload} B: {ours} s, not {exact} s");
        }
    }
}

#[test]
fn short_range_radios_take_the_published_times() {
    // Whole exchanges: frame, gaps and acknowledgement.
    let cases = [
        ("ble-1m", 244.0, 2468e-6),                          // Laird BL652
        ("ble-2m", 244.0, 1048e-6 + 344e-6),                 // 4 us a byte for 262 B
        ("ieee-802-15-4", 116.0, 4256e-6 + 192e-6 + 352e-6), // a frame of 127 B
        ("wifi-g", 1500.0, 248e-6 + 133.5e-6),               // 1536 B, and what is around them
    ];
    for (name, payload, seconds) in cases {
        let ours = channel_time(name, payload);
        assert!((ours - seconds).abs() < 4e-6, "{name}: {ours} s, not {seconds} s"); // a symbol of 802.11g is 4 us
    }
}

#[test]
fn storage_reaches_its_random_operations_per_second() {
    let cases = [
        ("sd-a1", 1500.0, Some(500.0)),
        ("sd-a2", 4000.0, Some(2000.0)),
        ("ssd-sata", 10_000.0, None),
        ("nvme", 19_000.0, None),
    ];
    for (name, reads, writes) in cases {
        let catalogue = Catalogue::built_in();
        let Component::Storage(storage) = &catalogue.get(name).unwrap().component else { panic!("{name}") };
        let access = time(storage.access.as_ref().unwrap());
        let per_second =
            |rate: &Option<Scalar>| 1.0 / (access + 4096.0 * 8.0 / positive("rate", rate, Dimension::DATA_RATE));
        assert!((per_second(&storage.read) / reads - 1.0).abs() < 1e-9, "{name}");
        assert!(writes.is_none_or(|writes| (per_second(&storage.write) / writes - 1.0).abs() < 1e-9), "{name}");
    }
}

fn device(text: &str) -> Component {
    Component::Device(Device { profile: Some(text.to_owned()), ..Device::default() })
}

fn one(name: &str, component: Component) -> Named<Profile> {
    let profile = Profile { component, about: "ours".to_owned(), source: "measured".to_owned(), weak: false };
    Named::from_iter([(name.to_owned(), profile)])
}

#[test]
fn a_component_keeps_its_own_fields_and_takes_the_others() {
    let own = Device {
        profile: Some("esp32-wifi".to_owned()),
        frequency: Some("80 MHz".into()),
        power: Some(Power { idle: Some("1 mW".into()), ..Power::default() }),
        ..Device::default()
    };
    let Component::Device(filled) = Catalogue::built_in().apply(Component::Device(own)).unwrap() else { panic!() };
    assert_eq!(filled.frequency, Some("80 MHz".into()));
    assert_eq!(filled.cores, Some(CoresSpec::Number(2.0.into())));
    let power = filled.power.unwrap();
    assert_eq!((power.idle, power.tx), (Some("1 mW".into()), Some("160 mA * 3.3 V".into())));
    assert_eq!(filled.profile.as_deref(), Some("esp32-wifi"));

    let without = Component::Storage(Storage::default());
    assert_eq!(Catalogue::built_in().apply(without.clone()), Ok(without));
}

#[test]
fn an_unknown_profile_is_answered_with_the_nearest_of_its_kind() {
    let error = Catalogue::built_in().apply(device("esp32_wfi")).unwrap_err();
    let ApplyError::Unknown { nearest, .. } = &error else { panic!("{error}") };
    assert_eq!(nearest[0], "esp32-wifi");
    assert!(nearest.len() <= 3 && error.to_string().starts_with("there is no profile `esp32_wfi` for a Device"));
    let error = Catalogue::built_in().apply(device("qqq")).unwrap_err();
    assert_eq!(error.to_string(), "there is no profile `qqq` for a Device");
}

#[test]
fn a_profile_of_another_kind_is_refused() {
    let error = Catalogue::built_in().apply(device("emmc")).unwrap_err();
    assert_eq!(error.to_string(), "the profile `emmc` is of a Storage, not of a Device");
}

#[test]
fn a_users_file_adds_profiles_and_wins_over_built_in_ones() {
    let mut catalogue = Catalogue::built_in();
    let ours = Component::Device(Device { frequency: Some("1 MHz".into()), ..Device::default() });
    catalogue.extend("ours.ron", one("esp32-wifi", ours.clone())).unwrap();
    catalogue.extend("ours.ron", one("our-node", ours.clone())).unwrap();
    assert_eq!(catalogue.get("esp32-wifi").unwrap().component, ours);
    assert!(catalogue.iter().any(|(name, _, origin)| name == "our-node" && origin == "ours.ron"));
    assert_ne!(Catalogue::built_in().get("esp32-wifi").unwrap().component, ours, "the built-in ones are untouched");
}

#[test]
fn what_contradicts_itself_is_refused_and_changes_nothing() {
    let mut catalogue = Catalogue::built_in();
    let plain = || Component::Device(Device::default());
    catalogue.extend("a.ron", one("node", plain())).unwrap();
    let before = catalogue.clone();
    let error = catalogue.extend("b.ron", one("node", plain())).unwrap_err();
    assert_eq!(error, "the profile `node` is in a.ron and in b.ron; rename one of the two");
    let error = catalogue.extend("b.ron", one("other", device("node"))).unwrap_err();
    assert!(error.contains("names the profile `node`"), "{error}");
    assert!(catalogue.extend("b.ron", one(" ", plain())).is_err());
    assert_eq!(catalogue, before);
}

#[test]
fn an_unknown_field_of_a_profile_is_refused() {
    let text = r#"{"x": Profile(component: Device(frequency: "1 MHz"), about: "x", source: "y", strong: true)}"#;
    assert!(parse(text).unwrap_err().to_string().contains("strong"));
}
