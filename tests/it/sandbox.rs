//! A plugin that loops, traps, hoards memory or answers nonsense: a named error, and the next encounter is right.

use acceptance::checkout;
use vienphi_domain::Encounter;
use vienphi_runtime::{BadAnswer, CompiledCache, Misdeed, Plugin, PluginError, Sandbox, SandboxPolicy};

use acceptance::folder::Folder;

fn hostile() -> (Sandbox, Plugin) {
    let component = checkout::target().join("guests/hostile/component.wasm");
    let bytes = std::fs::read(&component)
        .unwrap_or_else(|error| panic!("{}: {error} (cargo xtask plugins builds it)", component.display()));
    let sandbox = Sandbox::new(SandboxPolicy::default(), CompiledCache::none()).unwrap();
    let plugin = sandbox.load("hostile", &bytes).unwrap();
    (sandbox, plugin)
}

/// Asks the hostile plugin about a visit whose first line has this quantity.
fn ask(plugin: &Plugin, quantity: u32) -> Result<vienphi_runtime::Answer, PluginError> {
    let pricer = checkout::pricer(&[]);
    let document = format!(
        r#"{{"id":"H","facility":"92114","patient":{{"birth_date":"1980-01-01","sex":"male"}},
        "visit":{{"type":"01","subject":"9","arrived_at":"2026-03-02T08:00","discharged_at":"2026-03-02T10:00"}},
        "lines":[{{"id":"1","kind":"drug","code":"D","quantity":"{quantity}","unit_price":"1000","performed_at":"2026-03-02T09:00"}}]}}"#
    );
    let encounter = Encounter::read(document.as_bytes()).encounter.unwrap();
    let question = pricer.question(&encounter, checkout::day("2026-03-02")).unwrap();
    plugin.price(&question.told)
}

/// Is it the error that a behaviour must end in?
type Expected = fn(&PluginError) -> bool;

#[test]
fn a_misbehaving_plugin_is_named_and_the_next_encounter_is_right() {
    let (_sandbox, plugin) = hostile();
    let right = ask(&plugin, 1).unwrap();
    let rows: [(u32, Expected); 21] = [
        (2, |error| matches!(error.why, Misdeed::OutOfFuel { .. })),
        (3, |error| matches!(error.why, Misdeed::Trapped(_))),
        (4, |error| matches!(error.why, Misdeed::OutOfMemory { .. } | Misdeed::Trapped(_))),
        (5, |error| is_nonsense(error, |bad| matches!(bad, BadAnswer::Unanswered { line: 0 }))),
        (6, |error| is_nonsense(error, |bad| matches!(bad, BadAnswer::WrongQuantity { line: 0 }))),
        (7, |error| is_nonsense(error, |bad| matches!(bad, BadAnswer::WrongQuantity { line: 0 }))),
        (8, |error| is_nonsense(error, |bad| matches!(bad, BadAnswer::WrongRatio { line: 0 }))),
        (9, |error| is_nonsense(error, |bad| matches!(bad, BadAnswer::WrongRatio { line: 0 }))),
        (10, |error| is_nonsense(error, |bad| matches!(bad, BadAnswer::WrongCeiling { line: 0 }))),
        (11, |error| is_nonsense(error, |bad| matches!(bad, BadAnswer::WrongCeiling { line: 0 }))),
        (12, |error| is_nonsense(error, |bad| matches!(bad, BadAnswer::UnknownLine { .. }))),
        (13, |error| is_nonsense(error, |bad| matches!(bad, BadAnswer::ForeignPrice { line: 0 }))),
        (14, |error| is_nonsense(error, |bad| matches!(bad, BadAnswer::WrongDays { line: 0 }))),
        (15, |error| is_nonsense(error, |bad| matches!(bad, BadAnswer::UnknownRule { line: 0 }))),
        (16, |error| is_nonsense(error, |bad| matches!(bad, BadAnswer::UnknownRule { line: 0 }))),
        (17, |error| {
            matches!(error.why, Misdeed::OutOfMemory { .. } | Misdeed::TooMuchAnswer { .. } | Misdeed::Trapped(_))
        }),
        (18, |error| matches!(error.why, Misdeed::TooMuchAnswer { .. } | Misdeed::Nonsense(_))),
        (19, |error| matches!(error.why, Misdeed::Trapped(_))),
        (20, |error| is_nonsense(error, |bad| matches!(bad, BadAnswer::Uneven))),
        (21, |error| is_nonsense(error, |bad| matches!(bad, BadAnswer::Uneven))),
        (22, |error| is_nonsense(error, |bad| matches!(bad, BadAnswer::Uneven))),
    ];
    for (quantity, is_expected) in rows {
        let error = ask(&plugin, quantity).expect_err("a misbehaving plugin gives no answer");
        assert!(is_expected(&error), "behaviour {quantity}: {error}");
        assert!(error.to_string().contains("hostile"), "the error names the plugin: {error}");
        assert_eq!(ask(&plugin, 1).unwrap(), right, "after behaviour {quantity}");
    }
}

fn is_nonsense(error: &PluginError, is_expected: fn(&BadAnswer) -> bool) -> bool {
    matches!(&error.why, Misdeed::Nonsense(bad) if is_expected(bad))
}

#[test]
fn what_is_not_a_tariff_component_is_not_admitted() {
    let sandbox = Sandbox::new(SandboxPolicy::default(), CompiledCache::none()).unwrap();
    let real = std::fs::read(checkout::plugins().join("tariff-can-tho/component.wasm")).unwrap();
    let truncated = &real[..real.len() / 2];
    let core_module = b"\0asm\x01\0\0\0".as_slice();
    for (what, bytes) in
        [("nothing", &[][..]), ("half a component", truncated), ("a core module", core_module), ("text", b"hello")]
    {
        let error = sandbox.load("x", bytes).err().unwrap_or_else(|| panic!("{what} was admitted"));
        assert!(matches!(error.why, Misdeed::NotAdmitted(_)), "{what}: {error}");
    }
}

#[test]
fn a_compiled_plugin_is_kept_and_a_damaged_copy_is_compiled_again() {
    let folder = Folder::new("compiled");
    let real = std::fs::read(checkout::plugins().join("tariff-can-tho/component.wasm")).unwrap();
    let load = || {
        let sandbox = Sandbox::new(SandboxPolicy::default(), CompiledCache::in_folder(folder.path())).unwrap();
        sandbox.load("tariff-can-tho", &real).map(|plugin| plugin.description().rules.len())
    };
    let rules = load().unwrap();
    let kept: Vec<_> = std::fs::read_dir(folder.path()).unwrap().flatten().map(|entry| entry.path()).collect();
    assert_eq!(kept.len(), 1, "one compiled file: {kept:?}");
    assert_eq!(load().unwrap(), rules);
    std::fs::write(&kept[0], b"not a compiled component").unwrap();
    assert_eq!(load().unwrap(), rules);
}

#[test]
fn a_batch_in_one_instance_answers_what_single_calls_answer() {
    let pricer = checkout::pricer(&[]);
    let generator = acceptance::generate::Generator::new(12);
    let today = checkout::day("2026-11-20");
    let mut checked = 0;
    for seed in 0..200 {
        let document = generator.encounter(seed).to_string();
        let Some(encounter) = Encounter::read(document.as_bytes()).encounter else { continue };
        let (Ok(question), Ok(plugin)) = (pricer.question(&encounter, today), pricer.plugin_for(&encounter, today))
        else {
            continue;
        };
        let single = plugin.price(&question.told).unwrap();
        let visits = [question.told.clone(), question.told];
        let (batch, _) = plugin.price_batch(&visits).unwrap();
        assert_eq!(batch, [single.decision.clone(), single.decision]);
        checked += 1;
    }
    assert!(checked > 50, "only {checked} visits could be asked");
}
