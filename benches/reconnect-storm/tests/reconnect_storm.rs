//! What a server that comes back sees of its clients.

use reconnect_storm::{Figures, Outage, Policy, Run, simulate};

const CLIENTS: u32 = 2000;

/// Every outage that is reported.
fn outages() -> [Outage; 3] {
    let outage = Outage::of(CLIENTS);
    [outage.clone(), outage.clone().with_round_trips(), outage.with_a_busy_server()]
}

/// Every run that is reported.
fn runs() -> impl Iterator<Item = (String, Run)> {
    outages().into_iter().flat_map(|outage| {
        Policy::ALL.map(|policy| (format!("{}, {}", outage.title, policy.name()), simulate(&outage, policy)))
    })
}

fn figures(outage: &Outage, policy: Policy) -> Figures {
    Figures::of(&simulate(outage, policy))
}

#[test]
fn every_client_is_back_after_the_outage() {
    for (name, run) in runs() {
        assert_eq!(run.back, CLIENTS, "{name}");
    }
}

#[test]
fn no_client_has_two_requests_open() {
    for (name, run) in runs() {
        assert_eq!(run.overlapping, 0, "{name}");
    }
}

#[test]
fn fixed_delays_bring_all_clients_back_in_one_second() {
    let figures = figures(&Outage::of(CLIENTS), Policy::EverySecond);
    assert_eq!((figures.peak, figures.percentile_99), (CLIENTS, CLIENTS));
    assert_eq!(figures.all_back_after, 0);
    assert_eq!(figures.during_outage, u64::from(CLIENTS) * 59, "one request a second, the first after one");
}

#[test]
fn jitter_and_growing_delays_bring_back_a_small_part_of_the_clients_in_any_second() {
    let figures = figures(&Outage::of(CLIENTS), Policy::SseFetch);
    assert!(figures.peak < CLIENTS / 10, "{figures:?}");
    assert!(figures.all_back_after <= 30_000, "no client waits longer than the longest delay: {figures:?}");
    assert_eq!(figures.after_return, u64::from(CLIENTS), "one request is enough for each");
    assert!(figures.during_outage < u64::from(CLIENTS) * 8, "{figures:?}");
}

#[test]
fn slow_networks_do_not_spread_fixed_delays() {
    let outage = Outage::of(CLIENTS).with_round_trips();
    assert!(figures(&outage, Policy::EverySecond).peak > CLIENTS / 2);
    assert!(figures(&outage, Policy::SseFetch).peak < CLIENTS / 10);
}

#[test]
fn a_busy_server_gets_far_fewer_requests() {
    let outage = Outage::of(CLIENTS).with_a_busy_server();
    let [ours, fixed] = Policy::ALL.map(|policy| figures(&outage, policy));
    assert!(fixed.peak >= CLIENTS, "{fixed:?}");
    assert!(ours.peak < CLIENTS / 10, "{ours:?}");
    assert!(ours.after_return * 10 < fixed.after_return, "{ours:?} {fixed:?}");
}

#[test]
fn the_same_seed_gives_the_same_run_and_another_seed_another() {
    let outage = Outage::of(CLIENTS);
    let other = Outage { seed: 1_000_000, ..outage.clone() };
    let [first, again, different] = [&outage, &outage, &other].map(|outage| simulate(outage, Policy::SseFetch));
    assert_eq!(first, again);
    assert_ne!(first, different);
}
