//! Whose votes are whose: devices, guests, grants and claims.

use crate::support::{
    NOW, Running, accepted, board, config, grant, http::Client, key, open, refusal, round, started, status,
};
use serde_json::{Value, json};
use taste_ballot::{Ballot, Scope, SessionKey};
use taste_core::{ApprovalOutcome, DuelOutcome, Vote};

#[test]
fn two_devices_of_one_wallet_count_sequences_each_and_are_one_voter() {
    let (_folder, server) = started();
    let opened = open(&server, round(server.operator.address(), 3));
    let (wallet, phone, laptop) = (key(1), key(2), key(3));
    let mut client = server.client();
    for session in [&phone, &laptop] {
        for sequence in [1, 2] {
            let ballot = opened.ballot(wallet.address(), sequence);
            // One ballot is named by what it says; another vote makes it another one.
            let votes = vec![opened.duel(
                sequence as usize,
                0,
                if session.address() == phone.address() { DuelOutcome::Left } else { DuelOutcome::Right },
            )];
            let grant = grant(&wallet, session, Scope::EveryRound);
            accepted(&mut client, &Ballot { votes, ..ballot }.sign_granted(session, grant));
        }
    }
    let status = status(&server, &opened);
    assert_eq!((&status["ballots"], &status["votes"], &status["voters"]), (&json!(4), &json!(4), &json!(1)));
    // The laptop's answers replaced the phone's.
    let board = board(&server, &opened);
    assert_eq!((&board["votes"], &board["voters"]), (&json!(2), &json!(1)));
    assert_eq!(board["rows"][0]["candidate"], opened.candidate(0).to_string());
}

#[test]
fn what_a_guest_voted_belongs_to_the_wallet_after_the_grant_and_to_no_other_wallet() {
    let (_folder, server) = started();
    let opened = open(&server, round(server.operator.address(), 3));
    let (wallet, guest, thief) = (key(1), key(2), key(3));
    let mut client = server.client();
    accepted(&mut client, &opened.ballot(wallet.address(), 1).sign(&wallet));
    let mut as_guest = opened.ballot(guest.address(), 1);
    as_guest.votes = vec![opened.duel(0, 1, DuelOutcome::Right), opened.duel(0, 2, DuelOutcome::Left)];
    accepted(&mut client, &as_guest.sign(&guest));
    assert_eq!(status(&server, &opened)["voters"], 2);
    assert_eq!(board(&server, &opened)["votes"], 3);

    let claim = grant(&wallet, &guest, Scope::EveryRound);
    for _ in 0..2 {
        let answer = client.json("POST", "/v1/grants", &claim);
        assert_eq!(
            (answer.status, &answer.value()["claimed"]),
            (200, &json!(1)),
            "a second time changes nothing"
        );
    }
    assert_eq!(status(&server, &opened)["voters"], 1);
    // The guest's later answer on 0 and 1 replaced the wallet's.
    let board = board(&server, &opened);
    assert_eq!((&board["votes"], &board["voters"]), (&json!(2), &json!(1)));
    // Also as a guest, the key now votes for the wallet.
    let mut more = opened.ballot(guest.address(), 2);
    more.votes = vec![opened.duel(1, 2, DuelOutcome::Tie)];
    accepted(&mut client, &more.sign(&guest));
    assert_eq!(status(&server, &opened)["voters"], 1);

    let stolen = grant(&thief, &guest, Scope::EveryRound);
    let answer = client.json("POST", "/v1/grants", &stolen);
    assert_eq!(refusal(&answer), (409, "ServerError::SessionClaimed".into()));
    let answer =
        client.json("POST", "/v1/ballots", &opened.ballot(thief.address(), 1).sign_granted(&guest, stolen));
    assert_eq!(refusal(&answer), (409, "ServerError::SessionClaimed".into()));
    // No chains: a wallet with sessions is nobody's session, and a session is nobody's wallet.
    for chain in [grant(&thief, &wallet, Scope::EveryRound), grant(&guest, &thief, Scope::EveryRound)] {
        let answer = client.json("POST", "/v1/grants", &chain);
        assert_eq!(refusal(&answer), (409, "ServerError::SessionClaimed".into()));
    }
}

#[test]
fn a_claim_joins_two_budgets_and_an_older_servers_answers_are_counted_from_its_log() {
    let (folder, server) = started();
    let manifest = taste_ballot::Round { budget: 2, ..round(server.operator.address(), 3) };
    let opened = open(&server, manifest);
    let (wallet, guest) = (key(1), key(2));
    let approve = |n: usize| Vote::approval(opened.candidate(n), ApprovalOutcome::For);
    let mut client = server.client();
    accepted(&mut client, &opened.ballot(wallet.address(), 1).sign(&wallet));
    let mut as_guest = opened.ballot(guest.address(), 1);
    as_guest.votes = vec![opened.duel(1, 0, DuelOutcome::Left), approve(0)];
    accepted(&mut client, &as_guest.sign(&guest));
    let claim = client.json("POST", "/v1/grants", &grant(&wallet, &guest, Scope::EveryRound));
    assert_eq!(claim.status, 200);
    let voting = |sequence, vote: Vote| {
        Ballot { votes: vec![vote], ..opened.ballot(wallet.address(), sequence) }.sign(&wallet)
    };
    // Both answered the duel, so two questions are answered.
    let spent = |client: &mut Client, sequence| {
        let answer = client.json("POST", "/v1/ballots", &voting(sequence, approve(1)));
        assert_eq!(refusal(&answer), (409, "ServerError::BudgetSpent".into()));
    };
    spent(&mut client, 2);
    accepted(&mut client, &voting(3, opened.duel(0, 1, DuelOutcome::Tie)));
    drop(client);
    server.stop();

    // As the version before left it.
    let database = rusqlite::Connection::open(config(folder.path()).database).unwrap();
    database.execute_batch(&format!("DROP TABLE answers; {WITHOUT_LISTS} PRAGMA user_version = 2")).unwrap();
    drop(database);
    let server = Running::start(config(folder.path()));
    let mut client = server.client();
    spent(&mut client, 4);
    let skip = Vote::approval(opened.candidate(0), ApprovalOutcome::Skip);
    accepted(&mut client, &voting(5, skip));
    accepted(&mut client, &voting(6, approve(1)));
}

#[test]
fn claims_and_revocations_come_in_pages_as_the_log_does() {
    let (_folder, server) = started();
    let opened = open(&server, round(server.operator.address(), 3));
    let mut client = server.client();
    for n in 1..=5u8 {
        let (wallet, guest) = (key(n), key(100 + n));
        accepted(&mut client, &opened.ballot(guest.address(), 1).sign(&guest));
        assert_eq!(client.json("POST", "/v1/grants", &grant(&wallet, &guest, Scope::EveryRound)).status, 200);
        let (voter, session) = (wallet.address(), guest.address());
        let revocation = taste_ballot::Revocation { voter, session, revoked_at: NOW };
        assert_eq!(client.json("POST", "/v1/revocations", &revocation.sign(&wallet)).status, 201);
    }
    for list in ["log", "claims", "revocations"] {
        let path = format!("/v1/rounds/{}/{list}", opened.id);
        let whole = client.get(&path).body;
        assert_eq!(whole.iter().filter(|byte| **byte == b'\n').count(), 5);
        let pages: Vec<u8> =
            [0, 2, 4, 6].map(|from| client.get(&format!("{path}?from={from}&limit=2")).body).concat();
        assert_eq!(pages, whole, "{list}");
        let answer = client.get(&format!("{path}?from=-1"));
        assert_eq!(refusal(&answer), (400, "ServerError::Malformed".into()));
    }
}

/// Takes away what version 4 of the database brought.
const WITHOUT_LISTS: &str = "DROP TABLE round_claims; DROP TABLE round_revocations;";

#[test]
fn what_comes_between_two_pages_of_claims_and_revocations_is_on_the_next() {
    let (folder, server) = started();
    let opened = open(&server, round(server.operator.address(), 3));
    let other = open(&server, round(server.operator.address(), 2));
    let mut client = server.client();
    // Whatever an address says about order: the smallest come last.
    let mut guests: Vec<SessionKey> = (101..=106).map(key).collect();
    guests.sort_by_key(|guest| std::cmp::Reverse(guest.address()));
    let wallets: Vec<SessionKey> = (1..=6).map(key).collect();
    let votes = |client: &mut Client, n: usize| {
        accepted(client, &opened.ballot(guests[n].address(), 1).sign(&guests[n]));
    };
    let claims = |client: &mut Client, n: usize, scope| {
        assert_eq!(client.json("POST", "/v1/grants", &grant(&wallets[n], &guests[n], scope)).status, 200);
    };
    // A guest may take back a key of its own, too.
    let revokes = |client: &mut Client, n: usize| {
        let (voter, session) = (guests[n].address(), wallets[n].address());
        let revocation = taste_ballot::Revocation { voter, session, revoked_at: NOW };
        let status = client.json("POST", "/v1/revocations", &revocation.sign(&guests[n])).status;
        assert!(matches!(status, 200 | 201), "{status}");
    };
    let page = |client: &mut Client, list: &str, from: usize| -> Vec<Value> {
        let answer = client.get(&format!("/v1/rounds/{}/{list}?from={from}&limit=2", opened.id));
        let text = String::from_utf8(answer.body).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let who = |lines: &[Value], pointer: &str| -> Vec<String> {
        lines.iter().map(|line| line.pointer(pointer).unwrap().as_str().unwrap().to_lowercase()).collect()
    };
    let expected = |numbers: &[usize]| -> Vec<String> {
        numbers.iter().map(|n| guests[*n].address().to_string().to_lowercase()).collect()
    };
    let [session, voter] = ["/grant/session", "/signed/revocation/voter"];

    // The fifth claims before it votes here, and votes elsewhere.
    accepted(&mut client, &other.ballot(guests[4].address(), 1).sign(&guests[4]));
    claims(&mut client, 4, Scope::EveryRound);
    revokes(&mut client, 3);
    for n in 0..3 {
        votes(&mut client, n);
        revokes(&mut client, n);
        claims(&mut client, n, Scope::EveryRound);
    }
    let first = page(&mut client, "claims", 0);
    assert_eq!(who(&first, session), expected(&[0, 1]));
    let first = page(&mut client, "revocations", 0);
    assert_eq!(who(&first, voter), expected(&[0, 1]));

    // Between two pages: the fifth votes here, the fourth votes and claims, and one that was read claims again.
    votes(&mut client, 4);
    votes(&mut client, 3);
    claims(&mut client, 3, Scope::Round(opened.id));
    claims(&mut client, 1, Scope::EveryRound);
    revokes(&mut client, 1);
    let (second, third) = (page(&mut client, "claims", 2), page(&mut client, "claims", 4));
    assert_eq!(who(&[second, third].concat(), session), expected(&[2, 4, 3]));
    // That their voters are wallets' guests by now takes no line away.
    let second = page(&mut client, "revocations", 2);
    assert_eq!(who(&second, voter), expected(&[2, 3]));
    assert_eq!(page(&mut client, "revocations", 4), [] as [Value; 0]);
    drop(client);
    server.stop();

    // As the version before left it: lists ordered by address. What comes now comes last.
    let database = rusqlite::Connection::open(config(folder.path()).database).unwrap();
    database.execute_batch(&format!("{WITHOUT_LISTS} PRAGMA user_version = 3")).unwrap();
    drop(database);
    let server = Running::start(config(folder.path()));
    let mut client = server.client();
    votes(&mut client, 5);
    claims(&mut client, 5, Scope::EveryRound);
    let all: Vec<Value> =
        [0, 2, 4, 6].into_iter().flat_map(|from| page(&mut client, "claims", from)).collect();
    assert_eq!(who(&all, session), expected(&[4, 3, 2, 1, 0, 5]));
}

#[test]
fn a_grant_for_one_round_claims_nothing_in_another() {
    let (_folder, server) = started();
    let first = open(&server, round(server.operator.address(), 2));
    let second = open(&server, round(server.operator.address(), 3));
    let (wallet, guest) = (key(1), key(2));
    let mut client = server.client();
    for opened in [&first, &second] {
        accepted(&mut client, &opened.ballot(wallet.address(), 1).sign(&wallet));
        accepted(&mut client, &opened.ballot(guest.address(), 1).sign(&guest));
    }
    let answer = client.json("POST", "/v1/grants", &grant(&wallet, &guest, Scope::Round(first.id)));
    assert_eq!(answer.value()["claimed"], 1);
    assert_eq!(status(&server, &first)["voters"], 1);
    assert_eq!(status(&server, &second)["voters"], 2);
}
