//! Every hostile guest ends in the error it must end in, alone and eight at a time, and the next call is right.

use std::sync::atomic::{AtomicUsize, Ordering};

use acceptance::guests::{self, Guest, Stage};
use acceptance::mutants::Mutants;
use vienphi_runtime::{Answer, CompiledCache, Plugin, PluginError, Sandbox, SandboxPolicy, Told};

const AT_ONCE: usize = 8;

#[test]
fn there_are_enough_of_them() {
    assert!(guests::all().len() >= 60);
}

#[test]
fn each_guest_is_named_for_what_it_does_and_the_next_call_is_right() {
    let sandbox = Sandbox::new(SandboxPolicy::default(), CompiledCache::none()).unwrap();
    let visit = guests::visit();
    let guests = guests::all();
    let right = guests.iter().find(|guest| guest.name == "right").expect("a guest that answers right");
    let right = sandbox.load("right", &right.component).unwrap();
    let expected = right.price(&visit).unwrap();
    let mut wrong: Vec<String> = Vec::new();
    for guest in &guests {
        // One at a time, then eight.
        for at_once in [1, AT_ONCE] {
            wrong.extend(at_the_same_time(at_once, || outcome(&sandbox, guest, &visit, &expected)));
            if right.price(&visit).ok().as_ref() != Some(&expected) {
                wrong.push(format!("{}: the next call is not right", guest.name));
            }
        }
    }
    wrong.dedup();
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// Components that nobody wrote (ten thousand of them: `cargo xtask campaign admission`).
#[test]
fn random_and_mutated_components_end_in_a_named_error_or_a_checked_answer() {
    let outcome = Mutants::new().run(1..401);
    assert!(outcome.failures.is_empty(), "{}", outcome.failures.join("\n"));
    // Each way of ending is met, so that none of the kinds of mutants is for nothing.
    for ending in ["not-admitted", "answered", "answer-refused", "trapped"] {
        assert!(outcome.endings.contains_key(ending), "no mutant ends {ending}: {:?}", outcome.endings);
    }
}

/// An answer that cost a great part of what it may is costly, though it is right.
#[test]
fn a_right_answer_may_cost_too_much() {
    let sandbox = Sandbox::new(SandboxPolicy::default(), CompiledCache::none()).unwrap();
    let guests = guests::all();
    let right = guests.iter().find(|guest| guest.name == "right").expect("a guest that answers right");
    let (right, visit) = (sandbox.load("right", &right.component).unwrap(), guests::visit());
    let answer = right.price(&visit).unwrap();
    assert!(!right.is_costly(&visit, &answer));
    assert!(right.is_costly(&visit, &Answer { fuel: 900_000, ..answer }));
}

/// While eight threads ask hostile guests, others get right answers.
#[test]
fn other_calls_stay_right_beside_them() {
    let sandbox = Sandbox::new(SandboxPolicy::default(), CompiledCache::none()).unwrap();
    let visit = guests::visit();
    let guests = guests::all();
    let admitted: Vec<(Plugin, &Guest)> = guests
        .iter()
        .filter(|guest| matches!(guest.expected.stage, Stage::Call))
        .filter_map(|guest| sandbox.load(&guest.name, &guest.component).ok().map(|plugin| (plugin, guest)))
        .collect();
    let right = guests.iter().find(|guest| guest.name == "right").expect("a guest that answers right");
    let right = sandbox.load("right", &right.component).unwrap();
    let expected = right.price(&visit).unwrap();
    let under_way = AtomicUsize::new(AT_ONCE);
    std::thread::scope(|scope| {
        for start in 0..AT_ONCE {
            let (admitted, visit, under_way) = (&admitted, &visit, &under_way);
            scope.spawn(move || {
                for (plugin, guest) in admitted.iter().skip(start).step_by(AT_ONCE) {
                    assert!(plugin.price(visit).is_err(), "{} answered", guest.name);
                }
                under_way.fetch_sub(1, Ordering::Relaxed);
            });
        }
        let mut answered = 0;
        while under_way.load(Ordering::Relaxed) > 0 || answered < 1_000 {
            assert_eq!(right.price(&visit).unwrap(), expected);
            answered += 1;
        }
    });
}

/// What a guest did otherwise than it must.
fn outcome(sandbox: &Sandbox, guest: &Guest, visit: &Told, right: &Answer) -> Vec<String> {
    let expected = &guest.expected;
    let asked = match sandbox.load(&guest.name, &guest.component) {
        Err(error) if expected.stage == Stage::Admission => return differences(guest, &error),
        Err(error) => return vec![format!("{}: was not admitted: {error}", guest.name)],
        Ok(_) if expected.stage == Stage::Admission => return vec![format!("{}: was admitted", guest.name)],
        Ok(plugin) => match expected.stage {
            Stage::Batch => plugin.price_batch(&[visit.clone(), visit.clone()]).map(|_| ()),
            Stage::Admission | Stage::Call => plugin.price(visit).map(|_| ()),
            Stage::Answers => {
                // Whatever it kept from the first call must be gone.
                let answers = [plugin.price(visit), plugin.price(visit)];
                let decided = |answer: &Result<Answer, PluginError>| {
                    answer.as_ref().is_ok_and(|answer| answer.decision == right.decision)
                };
                return match answers.iter().all(decided) {
                    true => Vec::new(),
                    false => vec![format!("{}: does not answer right twice: {answers:?}", guest.name)],
                };
            }
        },
    };
    match asked {
        Ok(()) => vec![format!("{}: was answered as if nothing were wrong", guest.name)],
        Err(error) => differences(guest, &error),
    }
}

/// The error must be of the right name, and name the plugin, its digest, the limit and the fuel.
fn differences(guest: &Guest, error: &PluginError) -> Vec<String> {
    let says = error.to_string();
    let named = [
        (error.why.name() == guest.expected.error, "is another error"),
        // Not the whole sentence: a guest is named for what it does.
        (error.why.to_string().to_lowercase().contains(&guest.expected.says.to_lowercase()), "says something else"),
        (says.contains(&guest.name), "does not name the plugin"),
        (says.contains(&vienphi_domain::Digest::of(&guest.component).to_string()[..12]), "does not name the digest"),
        (says.contains("units of fuel"), "does not name the fuel"),
    ];
    let wrong = named.iter().filter(|(right, _)| !right);
    wrong.map(|(_, what)| format!("{}: {what}: {}: {says}", guest.name, error.why.name())).collect()
}

/// Does something several times at once and gathers what came of it.
fn at_the_same_time<T: Send>(times: usize, act: impl Fn() -> Vec<T> + Sync) -> Vec<T> {
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..times).map(|_| scope.spawn(&act)).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("no call panics")).collect()
    })
}
