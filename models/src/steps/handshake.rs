//! `Handshake`: a TLS connection between two components.

use super::{Compile, Step, cumulate};
use crate::lower::{Compiler, Path, Sending};
use crate::protocols::{Flight, SUITES, Signature, Suite, Version, costs, flights};
use crate::simulation::Outcome;
use crate::spec::Scalar;
use crate::system::{Choice, Demand, Draw, Instruction, Kind};
use crate::units::Dimension;
use serde::{Deserialize, Serialize};
use sim_core::distributions::Constant;
use sim_core::random::combine;

/// Open a TLS connection: round trips over a network and work on both ends. The suite is the first of the server's that
/// the client has too; without one the request is refused.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Handshake {
    /// The processor or device that opens.
    pub client: String,
    /// The processor or device that answers.
    pub server: String,
    /// The network between them.
    pub over: String,
    /// `Tls13` (the default) or `Tls12`.
    #[serde(default)]
    pub version: Option<Version>,
    /// Suites that the client has (default: all of the version).
    #[serde(default)]
    pub client_suites: Option<Vec<String>>,
    /// Suites that the server has, the best first (default: all of the version).
    #[serde(default)]
    pub server_suites: Option<Vec<String>>,
    /// What the server proves its name with, where the suite does not say: `Rsa2048` (the default) or `P256`.
    #[serde(default)]
    pub certificate: Option<Signature>,
    /// Share of the connections that resume an earlier one (default 0).
    #[serde(default)]
    pub resumed: Option<Scalar>,
    /// Whether a TCP connection is opened before (default true).
    #[serde(default)]
    pub tcp: Option<bool>,
    /// Work of the client in a full handshake, in place of the built-in figure.
    #[serde(default)]
    pub client_work: Option<Scalar>,
    /// Work of the server in a full handshake, in place of the built-in figure.
    #[serde(default)]
    pub server_work: Option<Scalar>,
    /// Name of the step.
    #[serde(default)]
    pub label: Option<String>,
}

/// An alert: header of the record, level and description (RFC 5246, section 7.2).
const ALERT: Flight = Flight::back(7.0);

impl Compile for Handshake {
    fn compile(&self, compiler: &mut Compiler<'_, '_>, at: &Path) {
        let computes = [Kind::Processor, Kind::Device];
        let client = compiler.component(&self.client, &at.field("client"), &computes);
        let server = compiler.component(&self.server, &at.field("server"), &computes);
        let over = compiler.component(&self.over, &at.field("over"), &[Kind::Network]);
        let version = self.version.unwrap_or_default();
        let suite = self.suite(compiler, version, at);
        let (Some(client), Some(server), Some(over)) = (client, server, over) else { return };
        let site = compiler.site(self.label.as_deref(), &format!("Handshake over {}", self.over));
        let sending = Sending { over, sender: client, receiver: server, protocol: None, site, at: at.clone() };
        let resumed =
            self.resumed.as_ref().map_or(0.0, |share| compiler.lower().probability(&at.field("resumed"), share));
        let certificate = suite.and_then(|suite| suite.signature).or(self.certificate).unwrap_or_default();
        let Some(mut channel) = compiler.channel(&sending) else { return };
        if self.tcp.unwrap_or(true) {
            crate::protocols::TCP.iter().for_each(|flight| compiler.flight(&mut channel, *flight));
        }
        if suite.is_none() {
            compiler.flight(&mut channel, Flight::there(flights(version, false)[0].bytes));
            compiler.flight(&mut channel, ALERT);
            compiler.emit(Instruction::Raise(Outcome::Refused));
            return;
        }
        let work = |field: &str, own: &Option<Scalar>, built_in: f64| match own {
            Some(own) => compiler.lower().not_negative(&at.field(field), own, Dimension::TIME),
            None => built_in,
        };
        let full = costs(certificate, false);
        let full =
            [work("client_work", &self.client_work, full.client), work("server_work", &self.server_work, full.server)];
        let again = costs(certificate, true);
        let variants = [(1.0 - resumed, false, full), (resumed, true, [again.client, again.server])];
        let counter = compiler.counter();
        let choice = compiler.add_choice(Choice {
            cumulative: cumulate(&[variants[0].0, variants[1].0]),
            targets: Vec::new(),
            site: combine(site, 5),
            counter,
        });
        compiler.emit(Instruction::Choose(choice));
        let (mut targets, mut ends) = (Vec::new(), Vec::new());
        for (_, again, [client_work, server_work]) in variants {
            targets.push(compiler.here());
            // Draws of its own: what was lost in opening the connection says nothing here.
            let sending = Sending { site: combine(site, 8 + u64::from(again)), ..sending.clone() };
            let Some(mut channel) = compiler.channel(&sending) else { return };
            let mut pending = [Some(server_work), Some(client_work)];
            for flight in flights(version, again) {
                compiler.flight(&mut channel, flight);
                // Each end does its work when the first message of the other has come.
                let (end, station) = if flight.back { (1, client) } else { (0, server) };
                if let Some(seconds) = pending[end].take() {
                    self.work(compiler, station, seconds, combine(site, 6 + end as u64));
                }
            }
            ends.push(compiler.emit(Instruction::Jump(0)));
        }
        compiler.program().choices[choice as usize].targets = targets;
        compiler.land(&ends);
    }

    fn bodies(&self) -> Vec<(String, &[Step])> {
        Vec::new()
    }

    fn component(&self) -> Option<&str> {
        Some(&self.over)
    }
}

impl Handshake {
    fn work(&self, compiler: &mut Compiler<'_, '_>, station: u16, seconds: f64, site: u64) {
        let ticks = seconds * compiler.lower().clock().ticks_per_second();
        if let Ok(constant) = Constant::new(ticks)
            && ticks > 0.0
        {
            compiler.visit_for(station, Demand::Time(Draw { distribution: constant.into(), site }), site);
        }
    }

    /// The first suite of the server that the client has too, of the version.
    fn suite(&self, compiler: &Compiler<'_, '_>, version: Version, at: &Path) -> Option<&'static Suite> {
        let of = |field: &str, names: &Option<Vec<String>>| -> Vec<&'static Suite> {
            let Some(names) = names else { return SUITES.iter().filter(|suite| suite.version == version).collect() };
            let at = at.field(field);
            let mut found = Vec::new();
            for (i, name) in names.iter().enumerate() {
                match SUITES.iter().find(|suite| suite.name == name) {
                    Some(suite) if suite.version == version => found.push(suite),
                    Some(suite) => {
                        let message = format!("`{name}` is a suite of {:?}", suite.version);
                        let help = format!("it is passed over: the handshake is {version:?}");
                        compiler.lower().warning(&at.index(i), message, help);
                    }
                    None => {
                        compiler.lower().unknown(&at.index(i), "suite", name, SUITES.iter().map(|suite| suite.name))
                    }
                }
            }
            found
        };
        let (client, server) = (of("client_suites", &self.client_suites), of("server_suites", &self.server_suites));
        let common = server.into_iter().find(|suite| client.contains(suite));
        if common.is_none() {
            let help = "give both at least one suite in common, or expect every request to be refused here";
            compiler.lower().warning(at, "client and server have no suite in common", help);
        }
        common
    }
}
