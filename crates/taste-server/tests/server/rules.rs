//! A round's rules, as its voters meet them.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use taste_ballot::{Ballot, SignedBallot};
use taste_core::{ApprovalOutcome, BoardRule, DuelOutcome, Rules, Stars, Vote, VoteKind};

use crate::support::{Folder, NOW, Opened, Running, accepted, config, key, open, refusal, round};

fn started(candidates: usize, rules: Rules) -> (Folder, Running, Opened) {
    let folder = Folder::new();
    let server = Running::start(config(folder.path()));
    let manifest = taste_ballot::Round { rules, ..round(server.operator.address(), candidates) };
    let opened = open(&server, manifest);
    (folder, server, opened)
}

fn ballot(opened: &Opened, voter: u8, sequence: u64, votes: Vec<Vote>) -> SignedBallot {
    let voter = key(voter);
    Ballot { votes, ..opened.ballot(voter.address(), sequence) }.sign(&voter)
}

fn stars(opened: &Opened, candidate: usize, half_steps: u8) -> Vote {
    Vote::stars(opened.candidate(candidate), Some(Stars::new(half_steps, 5).unwrap()))
}

#[test]
fn what_breaks_a_rule_is_refused_whole_and_what_keeps_them_is_accepted() {
    let rules = Rules {
        kinds: vec![VoteKind::Stars, VoteKind::Ranking, VoteKind::Points, VoteKind::Approval],
        reasons: vec!["form".into(), "colour".into()],
        ..Rules::default()
    };
    let (_folder, server, opened) = started(6, rules);
    let ids = |count: usize| (0..count).map(|number| opened.candidate(number)).collect::<Vec<_>>();
    let fine = || Vote::approval(opened.candidate(0), ApprovalOutcome::For);
    let because = |reasons: &[&str]| Vote { reasons: reasons.iter().map(|&r| r.into()).collect(), ..fine() };
    let mut client = server.client();
    for (vote, code) in [
        (opened.duel(0, 1, DuelOutcome::Left), "BallotError::KindNotAllowed"),
        (stars(&opened, 0, 7), "BallotError::StarsScale"),
        (Vote::stars(opened.candidate(0), Some(Stars::new(2, 4).unwrap())), "BallotError::StarsScale"),
        (Vote::ranking(ids(3), None).unwrap(), "BallotError::RankingSize"),
        (Vote::points(ids(3), Some(vec![5, 5, 1])).unwrap(), "BallotError::PointsBudget"),
        (because(&["taste"]), "BallotError::ForeignReason"),
        (because(&["colour", "form"]), "BallotError::ReasonOrder"),
        (Vote::approval(taste_core::Digest([7; 32]), ApprovalOutcome::For), "ServerError::ForeignCandidate"),
    ] {
        // One that is wrong spoils the ballot, wherever it stands.
        let answer = client.json("POST", "/v1/ballots", &ballot(&opened, 1, 1, vec![fine(), vote]));
        assert_eq!(refusal(&answer), (422, code.to_owned()));
    }
    let votes = vec![
        because(&["form", "colour"]),
        stars(&opened, 0, 8),
        Vote::ranking(ids(4), Some(vec![3, 1, 0, 2])).unwrap(),
        Vote::points(ids(3), Some(vec![5, 5, 0])).unwrap(),
    ];
    accepted(&mut client, &ballot(&opened, 1, 1, votes.clone()));
    let log = client.get(&format!("/v1/rounds/{}/log", opened.id));
    let entry: Value = serde_json::from_slice(&log.body).unwrap();
    assert_eq!(entry["signed"]["ballot"]["votes"], serde_json::to_value(&votes).unwrap());
}

#[test]
fn a_replaced_vote_counts_against_the_budget_whatever_its_kind() {
    let folder = Folder::new();
    let server = Running::start(config(folder.path()));
    let opened = open(&server, taste_ballot::Round { budget: 3, ..round(server.operator.address(), 3) });
    let mut client = server.client();
    for sequence in 1..=3 {
        accepted(&mut client, &ballot(&opened, 1, sequence, vec![stars(&opened, 0, 2 * sequence as u8)]));
    }
    let answer = client.json("POST", "/v1/ballots", &ballot(&opened, 1, 4, vec![stars(&opened, 0, 10)]));
    assert_eq!(refusal(&answer), (409, "ServerError::BudgetSpent".into()));
}

#[test]
fn a_closed_board_is_nobodys_until_the_round_has_closed() {
    let (_folder, server, opened) = started(3, Rules { board: BoardRule::Closed, ..Rules::default() });
    let mut client = server.client();
    let mut events = client.events(&format!("/v1/rounds/{}/events", opened.id));
    accepted(&mut client, &opened.ballot(key(1).address(), 1).sign(&key(1)));
    let path = format!("/v1/rounds/{}/board", opened.id);
    let answer = client.get(&path);
    assert_eq!(refusal(&answer), (403, "ServerError::BoardHidden".into()));
    assert!(answer.value()["error"]["hint"].as_str().unwrap().contains(&(NOW + 86_400).to_string()));
    // What else changes is told, and no board with it.
    let mut before = vec![];
    while !before.last().is_some_and(|(name, votes)| name == "status" && *votes == json!(1)) {
        let event = events.next().unwrap();
        before.push((event.name, event.data["votes"].clone()));
    }
    assert!(before.iter().all(|(name, _)| name != "board"), "{before:?}");
    assert_eq!(client.get(&format!("/v1/rounds/{}/log", opened.id)).status, 200, "the log is public");
    server.set_clock(NOW + 86_400);
    assert_eq!(client.get(&path).value()["votes"], 1);
    let mut again = client.events(&format!("/v1/rounds/{}/events", opened.id));
    assert_eq!(again.until(|event| event.name == "board").data["votes"], 1);
}

#[test]
fn a_round_of_stars_or_approvals_has_a_board() {
    let (_folder, server, opened) = started(4, Rules::default());
    let mut client = server.client();
    let board = |client: &mut crate::support::http::Client| {
        client.get(&format!("/v1/rounds/{}/board", opened.id)).value()
    };
    // A severe and a lenient person agree about the order.
    accepted(
        &mut client,
        &ballot(&opened, 1, 1, (0..3).map(|n| stars(&opened, n, 2 + 2 * n as u8)).collect()),
    );
    accepted(
        &mut client,
        &ballot(&opened, 2, 1, (0..3).map(|n| stars(&opened, n, 6 + 2 * n as u8)).collect()),
    );
    let found = board(&mut client);
    assert_eq!((&found["votes"], &found["voters"]), (&json!(6), &json!(2)));
    let order = |board: &Value, places: usize| -> Vec<String> {
        board["rows"].as_array().unwrap()[..places]
            .iter()
            .map(|r| r["candidate"].as_str().unwrap().into())
            .collect()
    };
    assert_eq!(order(&found, 1), [opened.candidate(2).to_string()]);
    let votes: Vec<_> = found["rows"].as_array().unwrap().iter().map(|row| row["votes"].clone()).collect();
    assert_eq!(
        votes.iter().filter(|&votes| *votes == json!(2)).count(),
        3,
        "two ratings each, whatever they compare"
    );
    // Approvals of somebody who likes but one.
    let approve = |n, outcome| Vote::approval(opened.candidate(n), outcome);
    let votes =
        (0..4).map(|n| approve(n, if n == 3 { ApprovalOutcome::For } else { ApprovalOutcome::Against }));
    accepted(&mut client, &ballot(&opened, 3, 1, votes.collect()));
    assert_eq!(board(&mut client)["votes"], 10);
    // A single rating compares nothing.
    accepted(&mut client, &ballot(&opened, 4, 1, vec![stars(&opened, 0, 10)]));
    assert_eq!((&board(&mut client)["votes"], &board(&mut client)["voters"]), (&json!(10), &json!(3)));
}

/// Outcomes and lists such as nobody's own client writes: refused with a code, at once, and the server stays.
#[test]
fn malformed_votes_of_every_kind_are_refused_quickly() {
    let (_folder, server, opened) = started(3, Rules::default());
    let good = serde_json::to_value(ballot(&opened, 1, 1, vec![stars(&opened, 0, 2)])).unwrap();
    let one = json!([opened.candidate(0)]);
    let three = json!((0..3).map(|n| opened.candidate(n)).collect::<Vec<_>>());
    let long = |piece: &str| piece.repeat(100_000 / piece.len());
    let mut cases: Vec<(&str, Value, Value)> = vec![];
    for outcome in ["", "+3/5", "5/5/5", "٣/5", "0/5", "6/5", "3,5/5", "1e9/5", "4294967299/5", "NaN/5", "5"]
    {
        cases.push(("stars", one.clone(), json!(outcome)));
    }
    for outcome in
        ["1>1>2", "1>2", "0>1>2", "3>2>4", "1>2>3>", "+1>2>3", "١>٢>٣", "257>2>3", "1>2>18446744073709551617"]
    {
        cases.push(("ranking", three.clone(), json!(outcome)));
    }
    for outcome in ["1,2", "1,2,3,4", "1,2,-3", "1,2,03", "1,2,1001", "1,2,4294967296", "1,2,３", "1;2;3"] {
        cases.push(("points", three.clone(), json!(outcome)));
    }
    for (kind, piece) in
        [("stars", "5/"), ("ranking", "1>"), ("points", "1,"), ("points", "9"), ("duel", "left")]
    {
        cases.push((kind, three.clone(), json!(long(piece))));
    }
    for outcome in [json!(4), json!(null), json!(["4/5"]), json!({"of": 5}), json!(1e9)] {
        cases.push(("stars", one.clone(), outcome));
    }
    for candidates in
        [json!([]), json!(1e9), json!({"length": 1e9}), json!(vec![opened.candidate(0); 3_000]), json!(null)]
    {
        cases.push(("ranking", candidates.clone(), json!("1>2")));
        cases.push(("points", candidates, json!("skip")));
    }
    cases.push(("poll", one.clone(), json!("for")));
    cases.push(("stars ", one, json!("4/5")));

    let mut client = server.client();
    let start = Instant::now();
    for (kind, candidates, outcome) in &cases {
        let mut bad = good.clone();
        let vote = bad.pointer_mut("/ballot/votes/0").unwrap();
        vote["kind"] = json!(kind);
        vote["candidates"] = candidates.clone();
        vote["outcome"] = outcome.clone();
        let (status, code) = refusal(&client.json("POST", "/v1/ballots", &bad));
        let known = matches!(
            code.as_str(),
            "CoreError::Word" | "CoreError::CandidateCount" | "ServerError::Malformed"
        );
        assert!(
            status == 400 && known,
            "{kind} {}: {status} {code}",
            outcome.to_string().chars().take(40).collect::<String>()
        );
    }
    for reasons in
        [json!(null), json!("form"), json!(vec!["a"; 17]), json!(["a", "a"]), json!([long("a")]), json!([1])]
    {
        let mut bad = good.clone();
        bad.pointer_mut("/ballot/votes/0").unwrap()["reasons"] = reasons;
        assert_eq!(refusal(&client.json("POST", "/v1/ballots", &bad)).0, 400);
    }
    // A vote as version 1 wrote it.
    let mut old = good.clone();
    old.pointer_mut("/ballot/votes/0").unwrap().as_object_mut().unwrap().remove("reasons");
    let answer = client.json("POST", "/v1/ballots", &old);
    assert_eq!(refusal(&answer), (400, "ServerError::Malformed".into()));
    assert!(answer.value()["error"]["message"].as_str().unwrap().contains("reasons"));
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    assert_eq!(client.json("POST", "/v1/ballots", &good).status, 201);
}
