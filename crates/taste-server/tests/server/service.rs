//! The service around the ballots: events, origins, headers, files, slow clients, stopping, keys and broken databases.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    os::unix::fs::PermissionsExt as _,
    process::Stdio,
    time::{Duration, Instant},
};

use taste_server::{Server, ServerConfig, ServerError};

use crate::child;
use crate::support::{
    Folder, NOW, Running, TOKEN, accepted, config, http::Client, key, open, open_at, post, refusal, round,
    sha256, text,
};

#[test]
fn a_listener_hears_the_latest_state_on_connecting_and_every_change_after() {
    let folder = Folder::new();
    let mut server = Running::start(config(folder.path()));
    let mut manifest = round(server.operator.address(), 2);
    manifest.closes_at = NOW + 100;
    let opened = open(&server, manifest);
    let mut events = server.client().events(&format!("/v1/rounds/{}/events", opened.id));
    let status = events.until(|event| event.name == "status");
    assert_eq!((&status.data["state"], &status.data["votes"]), (&"open".into(), &0.into()));
    assert_eq!(events.until(|event| event.name == "board").data["votes"], 0);
    let mut client = server.client();
    for sequence in 1..=20 {
        accepted(&mut client, &opened.ballot(key(1).address(), sequence).sign(&key(1)));
    }
    // However they were grouped, the last state arrives.
    events.until(|event| event.name == "status" && event.data["votes"] == 20);
    events.until(|event| event.name == "board" && event.data["votes"] == 20);
    // A stop ends the stream instead of waiting for it.
    server.ask_to_stop();
    while events.next().is_some() {}
    server.stop();
}

#[test]
fn listeners_never_take_the_places_of_voters() {
    let folder = Folder::new();
    let mut config = config(folder.path());
    config.max_connections = 4;
    let server = Running::start(config);
    let opened = open(&server, round(server.operator.address(), 2));
    let path = format!("/v1/rounds/{}/events", opened.id);
    // The one that waited for the round to open may still be leaving.
    let end = Instant::now() + Duration::from_secs(60);
    let mut listeners = Vec::new();
    while listeners.len() < 3 {
        match server.client().try_events(&path) {
            Ok(listener) => listeners.push(listener),
            Err(refused) => assert_eq!(refusal(&refused), (503, "ServerError::TooManyListeners".into())),
        }
        assert!(Instant::now() < end, "three of four places are for listeners");
    }
    let refused = server.client().try_events(&path).err().expect("their places are taken");
    assert_eq!(refusal(&refused), (503, "ServerError::TooManyListeners".into()));
    accepted(&mut server.client(), &opened.ballot(key(1).address(), 1).sign(&key(1)));
    for listener in &mut listeners {
        listener.until(|event| event.name == "board" && event.data["votes"] == 1);
    }
}

#[test]
fn only_allowed_origins_are_told_so_and_never_with_credentials() {
    let folder = Folder::new();
    let mut config = config(folder.path());
    config.allow_origins = vec!["https://example.org".into()];
    let server = Running::start(config);
    for (origin, allowed) in [
        ("https://example.org", true),
        ("https://example.org.evil.net", false),
        ("http://example.org", false),
        ("null", false),
    ] {
        for (method, path) in [("GET", "/v1/rounds"), ("OPTIONS", "/v1/ballots"), ("GET", "/v1/rounds/0x12")]
        {
            let mut client = server
                .client()
                .with_header("origin", origin)
                .with_header("access-control-request-method", "POST");
            let answer = client.try_send(method, path, b"").unwrap();
            let expected = allowed.then_some(origin);
            assert_eq!(
                answer.header("access-control-allow-origin"),
                expected,
                "{method} {path} from {origin}"
            );
            assert_eq!(answer.header("access-control-allow-credentials"), None);
        }
    }
}

#[test]
fn every_answer_carries_the_security_headers_and_every_refusal_is_json() {
    let folder = Folder::new();
    let server = Running::start(config(folder.path()));
    let mut client = server.client();
    for (method, path, status, code) in [
        ("GET", "/nothing", 404, "ServerError::NotFound"),
        ("POST", "/nothing", 404, "ServerError::NotFound"),
        ("DELETE", "/v1/rounds", 405, "ServerError::MethodNotAllowed"),
        ("GET", "/v1/rounds/zero", 400, "CoreError::Digest"),
        ("GET", "/v1/rounds/%ff", 400, "ServerError::Malformed"),
        ("GET", "/../../etc/passwd", 404, "ServerError::NotFound"),
    ] {
        let answer = client.send(method, path, b"");
        assert_eq!(refusal(&answer), (status, code.to_owned()), "{method} {path}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
        assert!(answer.header("content-security-policy").is_some());
    }
    let health = client.get("/healthz").value();
    assert_eq!(health["operator"], server.operator.address().to_string());
    assert_eq!(health["clock"], NOW.to_string());
}

#[test]
fn the_log_is_one_json_object_a_line_and_tells_no_secret() {
    let folder = Folder::new();
    let (mut child, address) = child::start(folder.path(), Stdio::piped());
    let stderr = child.stderr.take().unwrap();
    let lines = std::thread::spawn(move || {
        let lines: Result<Vec<String>, _> = BufReader::new(stderr).lines().collect();
        lines.unwrap()
    });
    let operator = taste_server::key_file(&folder.path().join("operator.key")).unwrap();
    let opened = open_at(address, &operator, round(operator.address(), 2));
    let mut client = Client::new(address).with_header("authorization", &format!("Bearer {TOKEN}"));
    let good = opened.ballot(key(1).address(), 1).sign(&key(1));
    accepted(&mut client, &good);
    let forged = opened.ballot(key(2).address(), 1).sign(&key(1));
    assert_eq!(refusal(&client.json("POST", "/v1/ballots", &forged)).0, 401);
    assert_eq!(refusal(&client.send("POST", "/v1/ballots", b"{\"secret\":\"hunter2\"}")).0, 400);
    client.get("/v1/rounds?secret=hunter2");
    client.send("POST", &format!("/v1/rounds/{}/train", opened.id), b"");
    child.kill().unwrap();
    child.wait().unwrap();

    let lines = lines.join().unwrap();
    let requests: Vec<serde_json::Value> = lines
        .iter()
        .filter(|line| line.starts_with('{'))
        .map(|line| serde_json::from_str(line).unwrap())
        .filter(|line: &serde_json::Value| line["target"] == "taste_server::request")
        .collect();
    let seen = |status: u16, code: &str| {
        requests.iter().any(|line| {
            (&line["route"], &line["status"], &line["code"])
                == (&"/v1/ballots".into(), &status.into(), &code.into())
        })
    };
    assert!(seen(401, "BallotError::SignerMismatch") && seen(400, "ServerError::Malformed"), "{requests:?}");
    let log = lines.join("\n");
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    for secret in [
        TOKEN.to_owned(),
        "hunter2".into(),
        hex(&operator.to_bytes()),
        hex(&key(1).to_bytes()),
        hex(&good.signature.as_bytes()[..32]),
        hex(&forged.signature.as_bytes()[..32]),
        text(0),
    ] {
        assert!(!log.contains(&secret), "the log tells {secret}");
    }
}

#[test]
fn files_are_served_from_the_first_folder_that_has_them_under_a_strict_policy() {
    let folder = Folder::new();
    let (first, second) = (folder.path().join("first"), folder.path().join("second"));
    for (path, body) in [(&first, "first"), (&second, "second")] {
        std::fs::create_dir(path).unwrap();
        std::fs::write(path.join("index.html"), body).unwrap();
    }
    std::fs::write(second.join("only.js"), "let x;").unwrap();
    let mut config = config(folder.path());
    config.static_folders = vec![first, second];
    let server = Running::start(config);
    let mut client = server.client();
    let page = client.get("/");
    assert_eq!((page.status, page.body.as_slice()), (200, &b"first"[..]));
    assert!(page.header("content-security-policy").unwrap().contains("script-src 'self' 'wasm-unsafe-eval'"));
    assert_eq!(client.get("/only.js").header("content-type"), Some("text/javascript"));
    for outside in ["/../operator.key", "/%2e%2e/operator.key", "/..%2foperator.key"] {
        assert_eq!(client.get(outside).status, 404, "{outside}");
    }
    assert_eq!(client.get("/v1/rounds").status, 200);
}

#[test]
fn long_json_is_compressed_for_who_takes_it() {
    let folder = Folder::new();
    let server = Running::start(config(folder.path()));
    let plain = server.client().get("/openapi.json");
    let packed =
        server.client().with_header("accept-encoding", "br").try_send("GET", "/openapi.json", b"").unwrap();
    assert_eq!((plain.header("content-encoding"), packed.header("content-encoding")), (None, Some("br")));
    assert!(packed.body.len() * 4 < plain.body.len());
}

#[test]
fn a_client_that_never_finishes_its_request_is_let_go() {
    let folder = Folder::new();
    let mut config = config(folder.path());
    (config.header_timeout, config.request_timeout) = (1, 1);
    let server = Running::start(config);
    for unfinished in [
        "GET /healthz HTTP/1.1\r\nhost:",
        "POST /v1/ballots HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n{",
    ] {
        let mut stream = TcpStream::connect(server.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream.write_all(unfinished.as_bytes()).unwrap();
        let (start, mut answer) = (Instant::now(), String::new());
        let _ = stream.read_to_string(&mut answer);
        assert!(start.elapsed() < Duration::from_secs(25), "it waited: {answer}");
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408"), "{answer}");
    }
    assert_eq!(server.client().get("/healthz").status, 200);
}

#[test]
fn a_client_that_takes_nothing_of_its_answer_is_let_go() {
    let folder = Folder::new();
    let content = vec![b'x'; 8 * 1024 * 1024];
    let opened = {
        let server = Running::start(config(folder.path()));
        let mut manifest = round(server.operator.address(), 2);
        manifest.candidates[0].id = sha256(&content);
        let opened = post(&server, manifest);
        let path = format!("/v1/content/{}", opened.candidate(0));
        assert_eq!(server.client().send("PUT", &path, &content).status, 201);
        opened
    };
    let mut config = config(folder.path());
    // The only place, so that nobody else is answered before the one who does not read is gone.
    (config.write_timeout, config.max_connections) = (1, 1);
    let server = Running::start(config);
    let mut silent = TcpStream::connect(server.address).unwrap();
    let request = format!("GET /v1/content/{} HTTP/1.1\r\nhost: x\r\n\r\n", opened.candidate(0));
    // More than the sockets' buffers hold.
    silent.write_all(request.repeat(8).as_bytes()).unwrap();
    assert_eq!(server.client().get("/healthz").status, 200);
}

#[test]
fn training_on_request_needs_the_token() {
    let folder = Folder::new();
    let mut closed = config(folder.path());
    closed.admin_token = None;
    let server = Running::start(closed);
    let id = post(&server, round(server.operator.address(), 2)).id;
    let path = format!("/v1/rounds/{id}/train");
    assert_eq!(
        refusal(&server.client().send("POST", &path, b"")),
        (403, "ServerError::AdminDisabled".into())
    );
    drop(server);
    let server = Running::start(config(folder.path()));
    for authorization in ["Bearer wrong", "Bearer ", "Basic a token for the tests"] {
        let mut client = server.client().with_header("authorization", authorization);
        assert_eq!(refusal(&client.send("POST", &path, b"")), (401, "ServerError::Unauthorized".into()));
    }
}

fn binding(config: ServerConfig) -> Result<(), ServerError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { Server::bind(config).await.map(|_| ()) })
}

#[test]
fn the_operators_key_is_made_for_its_owner_only_and_refused_where_others_may_read_it() {
    let folder = Folder::new();
    let path = folder.path().join("operator.key");
    let made = taste_server::key_file(&path).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(taste_server::key_file(&path).unwrap().address(), made.address());
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(binding(config(folder.path())).unwrap_err().code(), "ServerError::KeyFile");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    std::fs::write(&path, "not a key").unwrap();
    let error = binding(config(folder.path())).unwrap_err();
    assert_eq!(error.code(), "ServerError::KeyFile");
    assert!(!error.to_string().contains("not a key"));
    // The key itself in place of its file's name.
    let mut confused = config(folder.path());
    confused.operator_key = format!("0x{}", "12".repeat(32)).into();
    let error = binding(confused).unwrap_err();
    assert_eq!(error.code(), "ServerError::KeyFile");
    assert!(!error.to_string().contains("1212"), "{error}");
}

#[test]
fn a_database_with_a_hole_in_its_log_or_from_a_newer_version_is_refused() {
    let folder = Folder::new();
    let server = Running::start(config(folder.path()));
    let opened = open(&server, round(server.operator.address(), 2));
    let mut client = server.client();
    for sequence in 1..=3 {
        accepted(&mut client, &opened.ballot(key(1).address(), sequence).sign(&key(1)));
    }
    server.stop();
    binding(config(folder.path())).unwrap();
    let database = || rusqlite::Connection::open(folder.path().join("rounds.sqlite")).unwrap();
    database().execute("DELETE FROM ballots WHERE position = 1", []).unwrap();
    let error = binding(config(folder.path())).unwrap_err();
    assert_eq!(error.code(), "ServerError::Database");
    assert!(error.to_string().contains("should have 3 ballots, has 2"), "{error}");
    database().pragma_update(None, "user_version", 999).unwrap();
    assert!(binding(config(folder.path())).unwrap_err().to_string().contains("version 999"));
}

#[test]
fn a_taken_port_is_said_before_anything_is_touched() {
    let folder = Folder::new();
    let server = Running::start(config(folder.path()));
    let elsewhere = Folder::new();
    let mut config = config(elsewhere.path());
    config.listen = server.address;
    assert_eq!(binding(config).unwrap_err().code(), "ServerError::Bind");
    assert_eq!(std::fs::read_dir(elsewhere.path()).unwrap().count(), 0);
}
