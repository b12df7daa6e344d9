//! Messages over a network: by a protocol, in either direction, with what goes before and after them.
//!
//! ```text
//!   compress │ open a connection │ message ─▶ │ ◀─ acknowledgement ..│ decompress
//!            └ flights there and back         └ waited for, or aside: a request of its own that nobody waits for
//! ```

use super::{Compiler, Path, Payment};
use crate::protocols::{After, Codec, Compress, Flight, Framing, Link, Message, Protocol, Rules};
use crate::spec::{Component, Network};
use crate::system::{Delay, Demand, Draw, Instruction, KEPT, Lane, NOWHERE, Retry, Spawn, UNCOUNTED, Visit};
use crate::units::Dimension;
use sim_core::distributions::{Distribution, Empirical, Uniform};
use sim_core::random::combine;

/// What is sent over a network, and where it is compiled.
#[derive(Clone, Debug)]
pub(crate) struct Sending<'s> {
    /// The network, by its place among the components.
    pub over: u16,
    /// The component that sends; [`NOWHERE`] where it is not known.
    pub sender: u16,
    /// The component that receives.
    pub receiver: u16,
    /// The message protocol that is named at the step.
    pub protocol: Option<&'s Protocol>,
    /// Hash of flow and label.
    pub site: u64,
    /// The step.
    pub at: Path,
}

/// A network as messages use it, while a step is compiled.
#[derive(Debug)]
pub(crate) struct Channel<'n> {
    over: u16,
    network: &'n Network,
    link: Option<Link>,
    message: Option<Message>,
    sender: u16,
    receiver: u16,
    site: u64,
    /// Draws and visits so far: each has a site of its own.
    sites: u64,
    /// The counter of visits of the first one; all others are of the same visit.
    counter: u16,
}

impl Channel<'_> {
    fn next_site(&mut self) -> u64 {
        self.sites += 1;
        combine(self.site, 0x0100_0000 + self.sites)
    }

    fn next_counter(&mut self) -> u16 {
        let counter = self.counter;
        if counter != UNCOUNTED {
            self.counter = KEPT;
        }
        counter
    }
}

impl<'a> Compiler<'a, '_> {
    /// A Send by a protocol, perhaps compressed.
    pub(super) fn send_by_protocol(
        &mut self,
        sending: &Sending<'_>,
        size: &Draw,
        compress: Option<&Compress>,
        patience: Option<Draw>,
    ) {
        let Some(mut channel) = self.channel(sending) else { return };
        let at = sending.at.field("compress");
        let codec = compress.and_then(|compress| compress.figures(self.lower(), &at));
        if let (Some(compress), Some(codec)) = (compress, &codec) {
            self.check_codec(&channel, codec, &at);
            self.recode(&mut channel, compress.on.as_deref(), &at.field("on"), size, codec.compress);
        }
        let ratio = codec.as_ref().map_or(1.0, |codec| codec.ratio);
        let message = channel.message.clone();
        for flight in message.iter().flat_map(|message| &message.opening) {
            self.flight(&mut channel, *flight);
        }
        let (after, wait) = message.map_or((After::Nothing, false), |message| (message.after, message.wait));
        match after {
            After::Nothing => self.message(&mut channel, size, ratio, patience),
            After::Replies(flights) => {
                self.message(&mut channel, size, ratio, patience);
                self.perhaps_aside(&mut channel, wait, |compiler, channel| {
                    flights.iter().for_each(|flight| compiler.flight(channel, *flight));
                });
            }
            After::Confirmed { acknowledgement, timeout, spread, times } => {
                let ticks = self.lower().clock().ticks_per_second();
                let timeout = (timeout * ticks, spread);
                self.confirmed(&mut channel, (size, ratio, patience), acknowledgement, timeout, times, wait);
            }
        }
        if let (Some(compress), Some(codec)) = (compress, &codec) {
            self.recode(&mut channel, compress.at.as_deref(), &at.field("at"), size, codec.decompress);
        }
    }

    /// A network between two places, as a step uses it; `None` where something is wrong with it.
    pub(crate) fn channel(&mut self, sending: &Sending<'_>) -> Option<Channel<'a>> {
        let name = &self.stations()[sending.over as usize].name;
        let component_at = Path::new("system.components").field(name);
        let Component::Network(network) = &self.components()[sending.over as usize] else { return None };
        let own = network.protocol.as_ref().map(|p| p.describe(self.lower(), &component_at.field("protocol")));
        let (link, mut message) = match own {
            None => (None, None),
            Some(Rules::Link(link)) => (Some(link), None),
            Some(Rules::Message(message)) => (None, Some(message)),
        };
        if let Some(protocol) = sending.protocol {
            let at = sending.at.field("protocol");
            match protocol.describe(self.lower(), &at) {
                Rules::Message(own) => message = Some(own),
                Rules::Link(_) => {
                    let help = format!("give `{name}` the `protocol: {}(..)`", protocol.name());
                    self.lower().problem_with_help(&at, "a link protocol belongs to a network", help);
                    return None;
                }
            }
        }
        if link.as_ref().is_some_and(|link| link.contention.is_some()) && sending.sender == NOWHERE {
            let help = "give the flow a `from:`, the devices that send";
            self.lower().problem_with_help(&sending.at, format!("nobody sends over `{name}` here"), help);
            return None;
        }
        if link.is_none() && network.bandwidth.is_none() && network.latency.is_none() {
            let help = "give it a `bandwidth: \"20 Mbit/s\"`, a `latency: \"2 ms\"`, or a `profile`";
            self.lower().problem_with_help(&component_at, "a Network needs a bandwidth or a latency", help);
        }
        let counter = self.counter();
        let (over, sender, receiver, site) = (sending.over, sending.sender, sending.receiver, sending.site);
        Some(Channel { over, network, link, message, sender, receiver, site, sites: 0, counter })
    }

    /// A message of a protocol without payload of its own.
    pub(crate) fn flight(&mut self, channel: &mut Channel<'_>, flight: Flight) {
        // Its size is known: only lower layers add to it.
        let site = channel.next_site();
        let size = Draw { distribution: super::distribution::constant(flight.bytes * 8.0), site };
        let framing = self.framing(channel, 1.0, false);
        self.transmit(channel, size, framing, flight.back, None);
    }

    /// The message itself.
    fn message(&mut self, channel: &mut Channel<'_>, size: &Draw, ratio: f64, patience: Option<Draw>) {
        let framing = self.framing(channel, ratio, true);
        self.transmit(channel, size.clone(), framing, false, patience);
    }

    fn framing(&self, channel: &Channel<'_>, ratio: f64, is_message: bool) -> Framing {
        let lower = self.lower();
        let at = Path::new("system.components").field(&self.stations()[channel.over as usize].name);
        let ticks = lower.clock().ticks_per_second();
        let network = channel.network;
        let data =
            |field: &str, value: &crate::spec::Scalar| lower.not_negative(&at.field(field), value, Dimension::DATA);
        Framing {
            ratio,
            wire: channel.message.as_ref().filter(|_| is_message).map(|message| message.wire.clone()),
            header: network.header.as_ref().map_or(0.0, |header| data("header", header)),
            link: channel.link.clone(),
            ticks_per_bit: network.bandwidth.as_ref().map_or(0.0, |bandwidth| {
                ticks / lower.positive(&at.field("bandwidth"), bandwidth, Dimension::DATA_RATE)
            }),
            ticks,
        }
    }

    /// A visit of the network, after a time of access where the link has one.
    fn transmit(
        &mut self,
        channel: &mut Channel<'_>,
        size: Draw,
        framing: Framing,
        back: bool,
        patience: Option<Draw>,
    ) {
        let ticks = self.lower().clock().ticks_per_second();
        let site = channel.next_site();
        let access =
            channel.link.as_ref().map(|link| link.access.iter().map(|time| time * ticks).collect::<Vec<f64>>());
        if let Some(Ok(access)) = access.filter(|times| !times.is_empty()).map(|times| Empirical::new(&times)) {
            let amount = Draw { distribution: access.into(), site: combine(site, 4) };
            let counter = channel.next_counter();
            let index = self.program().delays.len() as u32;
            let cancellable = self.is_cancellable();
            self.program().delays.push(Delay { amount, counter, cancellable });
            self.emit(Instruction::Delay(index));
        }
        let network_at = Path::new("system.components").field(&self.stations()[channel.over as usize].name);
        let latency = channel
            .network
            .latency
            .as_ref()
            .map(|spec| self.draw(&network_at.field("latency"), spec, Dimension::TIME, combine(site, 2)));
        let (fixed, latency) = match channel.network.occupies.unwrap_or(false) {
            true => (latency, None),
            false => (None, latency),
        };
        let (from, to) = if back { (channel.receiver, channel.sender) } else { (channel.sender, channel.receiver) };
        let counter = channel.next_counter();
        let lane = match &channel.link {
            Some(Link { contention: Some(_), .. }) => self.radio(channel.over, from),
            _ => self.lane(&self.stations()[channel.over as usize], channel.over),
        };
        let cancellable = self.is_cancellable();
        self.visit(Visit {
            station: channel.over,
            lane,
            demand: demand(size, framing),
            fixed,
            latency,
            site,
            counter,
            needs: 1,
            patience,
            location: to,
            ends: (NOWHERE, to),
            ends_simply: false,
            moved: (0.0, 0.0),
            fills: false,
            blocking: false,
            cancellable,
        });
    }

    /// The queue of each radio of a component.
    fn radio(&mut self, over: u16, sender: u16) -> Lane {
        let count = self.stations().get(sender as usize).map_or(1, |station| station.count);
        let (offset, count) = self.add_radios(over, sender, count);
        Lane::Radio { offset, count }
    }

    /// Time of a processor for the whole of what is sent.
    fn recode(&mut self, channel: &mut Channel<'_>, on: Option<&str>, at: &Path, size: &Draw, bytes_per_second: f64) {
        let ticks_per_bit = self.lower().clock().ticks_per_second() / bytes_per_second / 8.0;
        let draw = Draw { distribution: size.distribution.scaled(ticks_per_bit), site: size.site };
        let counter = channel.next_counter();
        match self.payer(on, at) {
            Payment::On(station) => self.counted_visit(station, Demand::Time(draw), channel.next_site(), counter),
            Payment::Delay => {
                let cancellable = self.is_cancellable();
                let index = self.program().delays.len() as u32;
                self.program().delays.push(Delay { amount: draw, counter, cancellable });
                self.emit(Instruction::Delay(index));
            }
        }
    }

    /// Says so where compression takes longer than it saves.
    fn check_codec(&self, channel: &Channel<'_>, codec: &Codec, at: &Path) {
        let Some(bandwidth) = &channel.network.bandwidth else { return };
        let name = &self.stations()[channel.over as usize].name;
        let network_at = Path::new("system.components").field(name).field("bandwidth");
        let bandwidth = self.lower().positive(&network_at, bandwidth, Dimension::DATA_RATE) / 8.0;
        let most = codec.break_even();
        if bandwidth > most {
            let message = format!("`{name}` has {:.1} MB/s: compressing takes longer than it saves", bandwidth / 1e6);
            let help = if most > 0.0 {
                format!("{} pays up to {:.1} MB/s where nobody waits for the link", codec.name, most / 1e6)
            } else {
                "a ratio of 1 or less saves nothing".to_string()
            };
            self.lower().warning(at, message, help);
        }
    }

    /// What the request waits for, or what goes on by itself.
    fn perhaps_aside<'n>(
        &mut self,
        channel: &mut Channel<'n>,
        wait: bool,
        compile: impl FnOnce(&mut Self, &mut Channel<'n>),
    ) {
        if wait {
            return compile(self, channel);
        }
        let (site, place) = (channel.next_site(), self.whereabouts());
        let counter = channel.next_counter();
        let index = self.program().spawns.len() as u32;
        self.emit(Instruction::Spawn(index));
        self.program().spawns.push(Spawn { body: 0, site, counter });
        let skip = self.emit(Instruction::Jump(0));
        let body = self.here();
        self.program().spawns[index as usize].body = body;
        self.apart(|compiler| compile(compiler, channel));
        self.emit(Instruction::Done);
        self.land(&[skip]);
        self.set_whereabouts(place);
    }

    /// A confirmable message: attempts in turn, each after twice the time of the one before.
    ///
    /// Where the request waits, an attempt is the message and its acknowledgement. Where it does not, it goes on with the
    /// first message that arrives, and the acknowledgement, with the attempts that are left, goes on aside.
    fn confirmed(
        &mut self,
        channel: &mut Channel<'_>,
        message: (&Draw, f64, Option<Draw>),
        acknowledgement: f64,
        timeout: (f64, f64),
        times: u32,
        wait: bool,
    ) {
        let (size, ratio, mut patience) = message;
        // The first time is drawn once; the others are its doubles.
        let site = channel.next_site();
        let mut ends = Vec::new();
        for attempt in 0..=times {
            let caught = self.catch(&timeout, attempt, times, site);
            self.message(channel, size, ratio, patience.take());
            if wait {
                self.flight(channel, Flight::back(acknowledgement));
            }
            if caught.is_some() {
                self.emit(Instruction::RetryEnd);
            }
            if !wait {
                self.perhaps_aside(channel, false, |compiler, channel| {
                    compiler.acknowledged(channel, (size, ratio), acknowledgement, timeout, (attempt, times), site);
                });
            }
            ends.push(self.emit(Instruction::Jump(0)));
            self.next_attempt(caught, channel);
        }
        self.land(&ends);
        self.set_whereabouts(channel.receiver);
    }

    /// The acknowledgement of a message that has arrived at an attempt; while it is lost, duplicates of the message.
    fn acknowledged(
        &mut self,
        channel: &mut Channel<'_>,
        message: (&Draw, f64),
        acknowledgement: f64,
        timeout: (f64, f64),
        (first, times): (u32, u32),
        site: u64,
    ) {
        let mut ends = Vec::new();
        for attempt in first..=times {
            let caught = self.catch(&timeout, attempt, times, site);
            if attempt > first {
                self.message(channel, message.0, message.1, None);
            }
            self.flight(channel, Flight::back(acknowledgement));
            if caught.is_some() {
                self.emit(Instruction::RetryEnd);
            }
            ends.push(self.emit(Instruction::Jump(0)));
            self.next_attempt(caught, channel);
        }
        self.land(&ends);
    }

    /// Catches the loss of an attempt, unless it is the last: the next one follows after its time.
    fn catch(&mut self, timeout: &(f64, f64), attempt: u32, times: u32, site: u64) -> Option<u32> {
        if attempt == times {
            return None;
        }
        let (least, spread) = (timeout.0 * f64::from(1u32 << attempt), timeout.1);
        let distribution: Distribution = match Uniform::new(least, least * spread) {
            Ok(uniform) if spread > 1.0 => uniform.into(),
            _ => super::distribution::constant(least),
        };
        let index = self.program().retries.len() as u32;
        let backoff = Draw { distribution, site };
        self.program().retries.push(Retry { times: 1, backoff, counter: KEPT, body: 0 });
        self.emit(Instruction::RetryBegin(index));
        Some(index)
    }

    /// The next attempt starts here, at the place where the sender is.
    fn next_attempt(&mut self, caught: Option<u32>, channel: &Channel<'_>) {
        if let Some(index) = caught {
            let here = self.here();
            self.program().retries[index as usize].body = here;
            // It stands within the frame of the attempt before, which has done its work.
            self.emit(Instruction::RetryEnd);
            self.set_whereabouts(channel.sender);
        }
    }
}

/// What a payload asks of the channel: where its size is known, so is all that follows from it.
fn demand(size: Draw, framing: Framing) -> Demand {
    if size.distribution.is_constant() {
        let payload = size.distribution.mean();
        let (bits, span) = (framing.bits(payload), framing.span(payload));
        let ticks_per_bit = if bits > 0.0 { span / bits } else { 0.0 };
        return Demand::Data { size, overhead: bits - payload, ticks_per_bit };
    }
    Demand::Framed { size, framing: Box::new(framing) }
}
