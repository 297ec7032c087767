//! Versions of the contract: a released one never changes, and the host speaks every one of them at once.

use acceptance::checkout;
use vienphi_domain::Digest;
use vienphi_runtime::{CompiledCache, Sandbox, SandboxPolicy, Told};

/// SHA-256 of `sdk/wit/0.1.0/tariff.wit`. Plugins that were built with it are in use: what is wrong in it is put right
/// in the next version.
const RELEASED: &str = "116185387f3b33bbba2477d4979e3575de5fbe1a23e0e41aefbccae378152861";

fn contract(version: &str) -> String {
    std::fs::read_to_string(checkout::root().join(format!("sdk/wit/{version}/tariff.wit"))).unwrap()
}

#[test]
fn a_released_contract_never_changes() {
    assert_eq!(Digest::of(contract("0.1.0").as_bytes()).to_string(), RELEASED);
}

#[test]
fn the_draft_has_one_field_more() {
    let (released, draft) = (contract("0.1.0"), contract("0.2.0"));
    let lines = |text: &str| -> Vec<String> {
        let code = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("///"));
        code.map(str::to_owned).collect()
    };
    let (released, draft) = (lines(&released), lines(&draft));
    let more: Vec<&String> = draft.iter().filter(|line| !released.contains(line)).collect();
    assert_eq!(more, ["package vienphi:tariff@0.2.0;", "via-emergency: bool,"]);
    assert_eq!(released.len() + 1, draft.len());
}

/// A plugin of each version in one sandbox: the new one is told the new field, the old one goes on as it was.
#[test]
fn both_versions_are_served_at_once() {
    let sandbox = Sandbox::new(SandboxPolicy::default(), CompiledCache::none()).unwrap();
    let load = |name: &str, path: &str| {
        let component = checkout::target().join(path).join("component.wasm");
        let bytes = std::fs::read(&component)
            .unwrap_or_else(|error| panic!("{}: {error} (cargo xtask plugins builds it)", component.display()));
        sandbox.load(name, &bytes).unwrap()
    };
    let (old, new) = (load("tariff-can-tho", "plugins/tariff-can-tho"), load("newer", "guests/newer"));
    assert_eq!((old.contract().version(), new.contract().version()), ("0.1.0", "0.2.0"));
    let by_door = visit(false);
    let by_emergency = visit(true);
    let named = |plugin: &vienphi_runtime::Plugin, told: &Told| {
        let decision = plugin.price(told).unwrap().decision.unwrap();
        let rules: Vec<String> = decision.rules.iter().map(|rule| plugin.rule(*rule).unwrap().name.clone()).collect();
        rules
    };
    for _ in 0..3 {
        assert_eq!(named(&new, &by_emergency), ["by-emergency"]);
        assert_eq!(named(&new, &by_door), ["by-the-door"]);
        assert_eq!(named(&old, &by_emergency), named(&old, &by_door));
        let (batch, _) = new.price_batch(&[by_emergency.clone(), by_door.clone()]).unwrap();
        let rules: Vec<Vec<u32>> = batch.into_iter().map(|decision| decision.unwrap().rules).collect();
        assert_eq!(rules, [[1000], [1001]]);
    }
}

/// One line: a drug at its own price.
fn visit(via_emergency: bool) -> Told {
    let document = format!(
        r#"{{"id":"H","facility":"92114","patient":{{"birth_date":"1980-01-01","sex":"male"}},
        "visit":{{"type":"01","subject":"9","arrived_at":"2026-03-02T08:00","discharged_at":"2026-03-02T10:00",
            "via_emergency":{via_emergency}}},
        "lines":[{{"id":"1","kind":"drug","code":"D","quantity":1,"unit_price":"1000","performed_at":"2026-03-02T09:00"}}]}}"#
    );
    let encounter = vienphi_domain::Encounter::read(document.as_bytes()).encounter.unwrap();
    let told = checkout::pricer(&[]).question(&encounter, checkout::day("2026-03-02")).unwrap().told;
    assert_eq!(told.via_emergency, via_emergency);
    told
}
