//! Crashes, databases that are away, receivers that are no help.

use std::collections::HashMap;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use super::receiver::{Answer, Heard, Receiver, status};
use super::world::{Hold, World, until};

const LONG: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread")]
async fn after_a_crash_messages_are_told_again_and_none_is_lost() {
    let world = World::new().await;
    let receiver = Receiver::start(|_, _| Answer { wait: Duration::from_millis(15), ..status(200) });
    let webhook = world.webhook(&receiver.url("/"), "*").await;
    let visits: Vec<String> = (0..300).map(|number| format!("L{}", number % 30)).collect();
    world.tell(&visits.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let crashes = 5;
    for _ in 0..crashes {
        let heard = receiver.count();
        let webhooks = world.start();
        until("a few more", || receiver.count() >= heard + 40).await;
        // As a crash ends it: nothing more is kept of what is under way.
        webhooks.task.abort();
    }
    let webhooks = world.start();
    world.until_delivered(webhook, 300, LONG).await;
    webhooks.stop().await;
    let heard = receiver.heard();
    let mut newest: HashMap<String, i64> = HashMap::new();
    let mut told: HashMap<i64, usize> = HashMap::new();
    for heard in &heard {
        *told.entry(heard.message()).or_default() += 1;
        let newest = newest.entry(heard.data("encounter")).or_default();
        // A message may come again, and never after a newer one of its visit.
        assert!(heard.message() >= *newest, "{} after {newest}", heard.message());
        *newest = heard.message();
    }
    assert_eq!(told.len(), 300, "each was told");
    assert!(heard.len() > 300, "some were told twice");
    assert!(told.values().all(|times| *times <= 1 + crashes));
}

#[tokio::test(flavor = "multi_thread")]
async fn redirects_are_not_followed() {
    let world = World::new().await;
    let elsewhere = Receiver::start(|_, _| status(200));
    let to = elsewhere.url("/elsewhere");
    let receiver = Receiver::start(move |heard, _| {
        let code = heard.data("encounter").parse().unwrap();
        Answer { headers: format!("location: {to}\r\n"), ..status(code) }
    });
    let webhook = world.webhook(&receiver.url("/"), "*").await;
    world.tell(&["301", "302", "303", "307", "308"]).await;
    let webhooks = world.start();
    until("one attempt of each", || receiver.count() >= 5).await;
    webhooks.stop().await;
    assert_eq!(elsewhere.count(), 0);
    for delivery in world.deliveries(webhook).await {
        assert_eq!(delivery.state, "pending");
        assert!([301, 302, 303, 307, 308].contains(&delivery.status.unwrap()), "{delivery:?}");
        assert_eq!(delivery.error.as_deref(), Some("redirects are not followed"));
        assert!(delivery.next_at > 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_does_not_answer_in_time_has_not_answered() {
    let world = World::new().await;
    let slow = Receiver::start(|_, before| match before {
        0 => Answer { wait: Duration::from_secs(3), ..status(200) },
        _ => status(200),
    });
    // Takes the connection and says nothing.
    let deaf = TcpListener::bind("127.0.0.1:0").unwrap();
    let deaf_url = format!("http://{}/?token=hidden", deaf.local_addr().unwrap());
    // Nobody listens.
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    // Answers, and then takes its time: that is an answer.
    let dawdling =
        Receiver::start(|_, _| Answer { body: vec![b'x'; 10], dawdle: Duration::from_secs(3), ..status(202) });
    // Says more than anybody wants to hear.
    let talking = Receiver::start(|_, _| Answer { body: vec![b'x'; 20_000_000], ..status(200) });
    let mut webhooks = Vec::new();
    for url in [slow.url("/"), deaf_url, format!("http://{closed}/?token=hidden"), dawdling.url("/"), talking.url("/")]
    {
        webhooks.push(world.webhook(&url, "*").await);
    }
    world.tell(&["A"]).await;
    let sending = world.start();
    let began = Instant::now();
    for delivered in [0, 3, 4] {
        world.until_delivered(webhooks[delivered], 1, LONG).await;
    }
    assert!(began.elapsed() < Duration::from_secs(10));
    sending.stop().await;
    assert_eq!(slow.count(), 2);
    assert_eq!((dawdling.count(), talking.count()), (1, 1));
    for (webhook, reason) in [(webhooks[1], "no answer within"), (webhooks[2], "connection refused")] {
        let [delivery] = &world.deliveries(webhook).await[..] else { panic!("one delivery was wanted") };
        let error = delivery.error.clone().unwrap();
        assert_eq!((delivery.state.as_str(), delivery.status), ("pending", None));
        assert!(error.contains(reason) && !error.contains("hidden"), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_cannot_write_for_a_while_loses_nothing() {
    let world = World::new().await;
    // Slow enough that the lock is held before all were told.
    let receiver = Receiver::start(|_, _| Answer { wait: Duration::from_millis(100), ..status(200) });
    let webhook = world.webhook(&receiver.url("/"), "*").await;
    let visits: Vec<String> = (0..200).map(|number| format!("L{}", number % 20)).collect();
    world.tell(&visits.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let webhooks = world.start();
    until("some are told", || receiver.count() >= 30).await;
    // Another process holds the lock longer than a writer waits for it.
    let other = world.again().await;
    world.write_to(&other, Hold(Duration::from_millis(7_500))).await;
    let during = receiver.count();
    assert!(during < 200, "{during}");
    world.until_delivered(webhook, 200, LONG).await;
    webhooks.stop().await;
    let mut told: HashMap<i64, usize> = HashMap::new();
    receiver.heard().iter().map(Heard::message).for_each(|message| *told.entry(message).or_default() += 1);
    assert_eq!(told.len(), 200);
    assert!(told.values().all(|times| *times == 1), "what was told is kept when the database is back");
}

#[tokio::test(flavor = "multi_thread")]
async fn dropping_it_ends_it() {
    let world = World::new().await;
    let receiver = Receiver::start(|_, _| status(200));
    let webhook = world.webhook(&receiver.url("/"), "*").await;
    drop(world.start());
    tokio::time::sleep(Duration::from_millis(200)).await;
    world.tell(&["A"]).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!((receiver.count(), world.deliveries(webhook).await.len()), (0, 0));
    let webhooks = world.start();
    world.until_delivered(webhook, 1, LONG).await;
    webhooks.stop().await;
}
