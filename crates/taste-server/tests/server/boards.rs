//! Boards: without a voter, since a time, of today, and by how far persons mean what they say.

use crate::support::{NOW, Opened, accepted, board, key, open, refusal, round, started};
use serde_json::{Value, json};
use taste_ballot::Ballot;
use taste_core::{DuelOutcome, Propensity, Vote};

#[test]
fn the_board_without_a_voter_is_that_of_the_others() {
    let (_folder, server) = started();
    let opened = open(&server, round(server.operator.address(), 3));
    let mut client = server.client();
    for (voter, outcome) in [(1, DuelOutcome::Left), (2, DuelOutcome::Right), (3, DuelOutcome::Right)] {
        let voter = key(voter);
        let votes = vec![opened.duel(1, 0, outcome)];
        accepted(&mut client, &Ballot { votes, ..opened.ballot(voter.address(), 1) }.sign(&voter));
    }
    let path = format!("/v1/rounds/{}/board", opened.id);
    let first = |board: &Value| (board["votes"].clone(), board["rows"][0]["candidate"].clone());
    let all = board(&server, &opened);
    assert_eq!(first(&all), (json!(3), json!(opened.candidate(0).to_string())));
    assert_eq!(all["groups"], json!([3]));
    let without = |voter: &str| server.client().get(&format!("{path}?without={voter}"));
    let others = without(&key(2).address().to_string()).value();
    assert_eq!(others["votes"], 2);
    assert_eq!(others["rows"][0]["rating"].as_f64(), others["rows"][1]["rating"].as_f64());
    assert_eq!(first(&without(&key(9).address().to_string()).value()), first(&all), "whoever did not vote");
    assert_eq!(without("nobody").status, 400);
    assert_eq!(first(&board(&server, &opened)), first(&all), "what everybody sees is as it was");
}

#[test]
fn the_board_says_what_moved_since_the_log_was_as_it_was_then() {
    let (_folder, server) = started();
    let opened = open(&server, round(server.operator.address(), 3));
    let mut client = server.client();
    let mut say = |voters: std::ops::Range<u8>, outcome| {
        for voter in voters.map(key) {
            let votes = vec![opened.duel(1, 0, outcome)];
            accepted(&mut client, &Ballot { votes, ..opened.ballot(voter.address(), 1) }.sign(&voter));
        }
    };
    let rows = |board: &Value| -> std::collections::BTreeMap<String, Value> {
        let rows = board["rows"].as_array().unwrap().iter();
        rows.map(|row| (row["candidate"].as_str().unwrap().to_owned(), row.clone())).collect()
    };
    say(1..7, DuelOutcome::Left);
    let then = rows(&board(&server, &opened));
    server.set_clock(NOW + 1000);
    say(7..27, DuelOutcome::Right);
    let now = rows(&board(&server, &opened));

    let path = format!("/v1/rounds/{}/board", opened.id);
    let since = |query: &str| server.client().get(&format!("{path}?{query}"));
    let moved = since(&format!("since={}", NOW + 500)).value();
    assert_eq!((&moved["since"], &moved["votes"]), (&json!((NOW + 500).to_string()), &json!(26)));
    let number = |row: &Value, pointer: &str| row.pointer(pointer).unwrap().as_f64().unwrap();
    for (candidate, row) in rows(&moved) {
        let change = number(&now[&candidate], "/rating") - number(&then[&candidate], "/rating");
        assert!((number(&row, "/drift/rating") - change).abs() < 1e-6, "{row} {change}");
        assert_eq!(row["drift"]["rankThen"], then[&candidate]["rank"]);
        assert_eq!(row["rating"], now[&candidate]["rating"], "else it is the board of now");
    }
    let risen = &rows(&moved)[&opened.candidate(0).to_string()];
    assert!(number(risen, "/drift/low") > 0.0, "surely higher: {risen}");
    let fallen = &rows(&moved)[&opened.candidate(1).to_string()];
    assert!(number(fallen, "/drift/high") < 0.0, "surely lower: {fallen}");

    // Asked for again, from what was kept, it is the same; another time is another board.
    assert_eq!(since(&format!("since={}", NOW + 500)).value(), moved);
    // Nothing has moved since now; since before the first vote, everything did.
    for row in rows(&since(&format!("since={}", NOW + 1000)).value()).values() {
        assert_eq!(
            [number(row, "/drift/rating"), number(row, "/drift/low"), number(row, "/drift/high")],
            [0.0; 3]
        );
    }
    for row in rows(&since("since=0").value()).values() {
        assert!(
            (number(row, "/drift/rating") - number(row, "/rating")).abs() < 1e-6
                && row["drift"]["rankThen"] == 1
        );
    }
    assert!(
        rows(&board(&server, &opened)).values().all(|row| row["drift"].is_null()),
        "only where it is asked for"
    );
    for wrong in ["since=yesterday", "since=-1", &format!("since=5&without={}", key(1).address())] {
        assert_eq!(refusal(&since(wrong)), (400, "ServerError::Malformed".into()), "{wrong}");
    }
}

#[test]
fn on_a_board_of_today_an_old_vote_counts_less_and_the_board_itself_counts_all_alike() {
    let (folder, server) = started();
    let opened = open(&server, round(server.operator.address(), 2));
    let say = |voters: std::ops::Range<u8>, outcome: DuelOutcome| {
        for voter in voters {
            let vote = Vote::duel(opened.candidate(0), opened.candidate(1), outcome).unwrap();
            let ballot = Ballot { votes: vec![vote], ..opened.ballot(key(voter).address(), 1) };
            accepted(&mut server.client(), &ballot.sign(&key(voter)));
        }
    };
    // Twelve for the first, and a good while later four for the second.
    say(1..13, DuelOutcome::Left);
    server.set_clock(NOW + 900);
    say(13..17, DuelOutcome::Right);
    let path = format!("/v1/rounds/{}/board", opened.id);
    let ask = |query: &str| server.client().get(&format!("{path}{query}"));
    let first = |board: &Value| board["rows"][0]["candidate"].clone();
    let plain = ask("").value();
    assert_eq!(first(&plain), opened.candidate(0).to_string());
    assert_eq!(plain.get("halfLife"), None);
    // After nine half-lives, twelve weigh a fortieth.
    let aged = ask("?halfLife=100").value();
    assert_eq!((first(&aged), &aged["votes"]), (json!(opened.candidate(1).to_string()), &json!(16)));
    assert_eq!(aged["halfLife"], 100.0);
    let hardly = ask("?halfLife=1000000").value();
    assert_eq!(first(&hardly), opened.candidate(0).to_string());
    // There is no model yet, so nothing is known of a half-life.
    let by_model = ask("?halfLife=model").value();
    assert_eq!((&by_model["halfLife"], &by_model["rows"]), (&Value::Null, &plain["rows"]));
    for wrong in ["?halfLife=0", "?halfLife=NaN", "?halfLife=week", "?halfLife=100&since=5"] {
        assert_eq!(refusal(&ask(wrong)), (400, "ServerError::Malformed".into()), "{wrong}");
    }
    drop(folder);
}

/// A vote that the widget drew: its chance is known.
fn drawn(opened: &Opened, left: usize, right: usize, outcome: DuelOutcome) -> Vote {
    let propensity = Propensity::from_billionths(1_000).unwrap();
    Vote { propensity, ..Vote::duel(opened.candidate(left), opened.candidate(right), outcome).unwrap() }
}

#[test]
fn who_contradicts_themselves_weighs_less_where_the_board_is_asked_to_weigh_by_that() {
    use DuelOutcome::{Left, Right};
    let (folder, server) = started();
    let opened = open(&server, round(server.operator.address(), 7));
    let path = format!("/v1/rounds/{}/board", opened.id);
    let ask = |query: &str| server.client().get(&format!("{path}{query}")).value();
    let say = |voter: u8, sequence: u64, votes: Vec<Vote>| {
        let ballot = Ballot { votes, ..opened.ballot(key(voter).address(), sequence) };
        accepted(&mut server.client(), &ballot.sign(&key(voter)));
    };
    let pairs: Vec<(usize, usize)> = (2..7).flat_map(|one| (one + 1..7).map(move |two| (one, two))).collect();
    // Six who mean what they say like candidate 0 better than 1, and answer ten pairs twice alike.
    for voter in 1..7 {
        let once = pairs.iter().map(|&(one, two)| drawn(&opened, one, two, Left));
        say(voter, 1, once.chain([drawn(&opened, 0, 1, Left)]).collect());
        say(voter, 2, pairs.iter().map(|&(one, two)| drawn(&opened, two, one, Right)).collect());
    }
    let before = ask("?weigh=reliability");
    assert_eq!(before["reliability"]["probes"], 60);
    // Eight take whatever is left.
    for voter in 7..15 {
        let once = pairs.iter().map(|&(one, two)| drawn(&opened, one, two, Left));
        say(voter, 1, once.chain([drawn(&opened, 1, 0, Left)]).collect());
        say(voter, 2, pairs.iter().map(|&(one, two)| drawn(&opened, two, one, Left)).collect());
    }
    let ahead = |board: &Value| {
        let rating = |at: usize| {
            let id = json!(opened.candidate(at).to_string());
            let rows = board["rows"].as_array().unwrap();
            rows.iter().find(|row| row["candidate"] == id).unwrap()["rating"].as_f64().unwrap()
        };
        rating(0) - rating(1)
    };
    let (plain, weighed) = (ask(""), ask("?weigh=reliability"));
    assert_eq!(plain.get("reliability"), None, "only where it is asked for");
    let said = &weighed["reliability"];
    assert_eq!((&said["probes"], &said["agreed"]), (&json!(140), &json!(60)));
    assert!(said["meant"].as_f64().unwrap() > 0.9 && said["chance"].as_f64().unwrap() < 0.6, "{said}");
    assert!(ahead(&plain) < 0.1 && ahead(&weighed) > 0.5, "{} {}", ahead(&plain), ahead(&weighed));
    assert_eq!(weighed["votes"], plain["votes"], "nobody is left out");
    for wrong in ["?weigh=wealth", "?weigh=reliability&halfLife=100"] {
        let answer = server.client().get(&format!("{path}{wrong}"));
        assert_eq!(refusal(&answer), (400, "ServerError::Malformed".into()), "{wrong}");
    }
    drop(folder);
}

#[test]
fn where_nobody_was_asked_twice_everybody_weighs_the_same() {
    let (folder, server) = started();
    let opened = open(&server, round(server.operator.address(), 2));
    let vote = drawn(&opened, 0, 1, DuelOutcome::Left);
    let ballot = Ballot { votes: vec![vote], ..opened.ballot(key(1).address(), 1) };
    accepted(&mut server.client(), &ballot.sign(&key(1)));
    let path = format!("/v1/rounds/{}/board", opened.id);
    let weighed = server.client().get(&format!("{path}?weigh=reliability")).value();
    let nothing = json!({ "probes": 0, "agreed": 0, "meant": null, "chance": null });
    assert_eq!(weighed["reliability"], nothing);
    assert_eq!(weighed["rows"], board(&server, &opened)["rows"]);
    drop(folder);
}
