//! What is told, in which order, how signed.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use vienphi_domain::Digest;

use super::receiver::{Answer, Heard, Receiver, status};
use super::world::{FACILITY, Replay, SECRET, Tell, World, until};

const LONG: Duration = Duration::from_secs(30);

/// Messages by their visit, each at its first success.
fn by_visit(heard: &[Heard]) -> HashMap<String, Vec<i64>> {
    let mut known = HashSet::new();
    let mut visits: HashMap<String, Vec<i64>> = HashMap::new();
    for heard in heard.iter().filter(|heard| (200..300).contains(&heard.status)) {
        if known.insert(heard.message()) {
            visits.entry(heard.data("encounter")).or_default().push(heard.message());
        }
    }
    visits
}

fn is_in_order(numbers: &[i64]) -> bool {
    numbers.windows(2).all(|pair| pair[0] < pair[1])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_is_told_in_order_and_others_are_not_held_up_by_it() {
    let world = World::new().await;
    // Each message of visit A fails three times, in three ways.
    let receiver = Receiver::start(|heard, before| match (heard.data("encounter").as_str(), before) {
        ("A", 0) => status(500),
        ("A", 1) => status(410),
        ("A", 2) => status(429),
        _ => status(204),
    });
    let webhook = world.webhook(&receiver.url("/hook"), "*").await;
    world.tell(&["A", "B", "A", "C", "A", "B", "", "C", "", "B"]).await;
    let webhooks = world.start();
    world.until_delivered(webhook, 10, LONG).await;
    webhooks.stop().await;

    let heard = receiver.heard();
    assert_eq!(heard.len(), 10 + 3 * 3);
    let visits = by_visit(&heard);
    assert_eq!(visits["A"], [1, 3, 5]);
    assert_eq!(visits["B"], [2, 6, 10]);
    assert_eq!(visits["C"], [4, 8]);
    assert_eq!(visits[""].len(), 2);
    // Of visit A nothing is told before what is older.
    let told: Vec<i64> = heard.iter().filter(|heard| heard.data("encounter") == "A").map(Heard::message).collect();
    assert_eq!(told, [1, 1, 1, 1, 3, 3, 3, 3, 5, 5, 5, 5]);
    let place = |is_it: &dyn Fn(&Heard) -> bool| heard.iter().position(is_it).unwrap();
    let first_of_a = place(&|heard| heard.data("encounter") == "A" && heard.status == 204);
    let last_of_others = heard.iter().rposition(|heard| heard.data("encounter") != "A").unwrap();
    assert!(last_of_others < first_of_a, "{last_of_others} {first_of_a}");
    let attempts: Vec<i64> = world.deliveries(webhook).await.iter().map(|delivery| delivery.attempts).collect();
    assert_eq!(attempts.iter().sum::<i64>(), 19);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_signature_and_the_headers_are_those_of_standard_webhooks() {
    let world = World::new().await;
    let receiver = Receiver::start(|_, _| status(200));
    let webhook = world.webhook(&receiver.url("/hook?key=1"), "receipt.issued encounter.closed").await;
    world.write(Tell { topic: "statement.issued".into(), encounters: vec!["L0".into()] }).await;
    world.write(Tell { topic: "encounter.closed".into(), encounters: vec!["L1".into()] }).await;
    let webhooks = world.start();
    world.until_delivered(webhook, 1, LONG).await;
    webhooks.stop().await;

    let [heard] = &receiver.heard()[..] else { panic!("one message was wanted") };
    assert_eq!(heard.path, "/hook?key=1");
    assert_eq!(heard.header("webhook-id"), format!("msg_{FACILITY}_2"));
    assert_eq!(heard.header("content-type"), "application/json");
    let body: serde_json::Value = serde_json::from_str(&heard.body).unwrap();
    assert_eq!(body["type"], "encounter.closed");
    assert_eq!(body["data"], serde_json::json!({"encounter": "L1", "amount": "12500.50", "note": "Viện phí <"}));
    let at = body["timestamp"].as_str().unwrap();
    assert!(at.len() == 25 && at.ends_with("+07:00"), "{at}");

    let timestamp: i64 = heard.header("webhook-timestamp").parse().unwrap();
    assert!((world.store.now().count() / 1_000_000 - timestamp).abs() < 3_600 * 24);
    let signed = format!("{}.{timestamp}.{}", heard.header("webhook-id"), heard.body);
    let signature = heard.header("webhook-signature").strip_prefix("v1,").unwrap();
    assert_eq!(signature, base64(&hmac(SECRET, signed.as_bytes())));
}

/// HMAC by its definition, with SHA-256 alone.
fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut block = [0_u8; 64];
    block[..key.len()].copy_from_slice(key);
    let padded = |pad: u8| block.map(|byte| byte ^ pad);
    let inner = Digest::of(&[&padded(0x36)[..], message].concat());
    *Digest::of(&[&padded(0x5c)[..], inner.bytes()].concat()).bytes()
}

/// Base64 by its definition.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digit = |bits: u32, shift: u32| char::from(DIGITS[(bits >> shift & 63) as usize]);
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let bits = (0..3).fold(0, |bits, place| bits << 8 | u32::from(three.get(place).copied().unwrap_or(0)));
        text.extend([digit(bits, 18), digit(bits, 12)]);
        text.push(if three.len() > 1 { digit(bits, 6) } else { '=' });
        text.push(if three.len() > 2 { digit(bits, 0) } else { '=' });
    }
    text
}

#[test]
fn the_definitions_agree_with_what_other_programs_compute() {
    // Computed by Python's hmac and base64.
    assert_eq!(base64(&hmac(SECRET, b"msg_92114_1.1772413805.{}")), "qKbx85RBgkxONsjoU1rWv+jZsKEVe/P60+Ivf8tWyCk=");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_told_once_more_when_it_is_replayed() {
    let world = World::new().await;
    let receiver = Receiver::start(|_, _| status(200));
    let webhook = world.webhook(&receiver.url("/"), "*").await;
    world.tell(&["A", "A", "B"]).await;
    let webhooks = world.start();
    world.until_delivered(webhook, 3, LONG).await;
    assert!(world.write(Replay { webhook, message: 2 }).await);
    assert!(!world.write(Replay { webhook, message: 9 }).await);
    until("the replay", || receiver.count() == 4).await;
    world.until_delivered(webhook, 3, LONG).await;
    // What happens later is told as ever.
    world.tell(&["A"]).await;
    world.until_delivered(webhook, 4, LONG).await;
    webhooks.stop().await;
    let mut told: Vec<i64> = receiver.heard().iter().map(Heard::message).collect();
    told[..3].sort_unstable();
    assert_eq!(told, [1, 2, 3, 2, 4]);
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_messages_are_told_once_each_and_in_order() {
    let world = World::new().await;
    let receiver = Receiver::start(|_, _| status(200));
    let (all, closed) =
        (world.webhook(&receiver.url("/all"), "*").await, world.webhook(&receiver.url("/closed"), "closed").await);
    for round in 0..20 {
        let encounters = (0..500).map(|place| format!("L{}", (round * 7 + place) % 250)).collect();
        world.write(Tell { topic: if round % 10 == 0 { "closed" } else { "receipt.issued" }.into(), encounters }).await;
    }
    let webhooks = world.start();
    world.until_delivered(closed, 1_000, LONG * 8).await;
    world.until_delivered(all, 10_000, LONG * 8).await;
    webhooks.stop().await;
    let heard = receiver.heard();
    assert_eq!(heard.len(), 11_000, "nothing was told twice");
    for (path, count) in [("/all", 10_000), ("/closed", 1_000)] {
        let heard: Vec<Heard> = heard.iter().filter(|heard| heard.path == path).cloned().collect();
        let visits = by_visit(&heard);
        assert_eq!(visits.values().map(Vec::len).sum::<usize>(), count);
        assert_eq!(visits.len(), 250);
        assert!(visits.values().all(|numbers| is_in_order(numbers)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_receiver_holds_up_itself_alone() {
    let world = World::new().await;
    let slow = Receiver::start(|_, _| Answer { wait: Duration::from_millis(400), ..status(200) });
    let fast = Receiver::start(|_, _| status(200));
    let (slow_one, fast_one) = (world.webhook(&slow.url("/"), "*").await, world.webhook(&fast.url("/"), "*").await);
    let visits: Vec<String> = (0..200).map(|number| format!("L{number}")).collect();
    world.tell(&visits.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let webhooks = world.start();
    world.until_delivered(fast_one, 200, LONG).await;
    // Four at a time, 400 ms each: the slow one would have needed 20 s.
    assert!(slow.count() < 150, "{}", slow.count());
    let began = Instant::now();
    webhooks.stop().await;
    assert!(began.elapsed() < Duration::from_secs(3));
    // What was under way when it was stopped was kept.
    let delivered = world.deliveries(slow_one).await.iter().filter(|delivery| delivery.state == "delivered").count();
    assert_eq!(delivered, slow.count());
}
