//! A small HTTP/1.1 client: one connection, no cleverness, and every answer checked against the document.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};

use serde::Serialize;
use serde_json::Value;

use super::schema;

/// Longer than anything here takes, so that a test ends even when the server does not answer.
const PATIENCE: Duration = Duration::from_secs(60);

/// One connection.
pub(crate) struct Client {
    address: SocketAddr,
    stream: Option<BufReader<TcpStream>>,
    /// Sent with every request.
    pub(crate) headers: Vec<(String, String)>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn value(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl Client {
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self { address, stream: None, headers: vec![] }
    }

    pub(crate) fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    pub(crate) fn get(&mut self, path: &str) -> Answer {
        self.send("GET", path, b"")
    }

    pub(crate) fn json(&mut self, method: &str, path: &str, body: &impl Serialize) -> Answer {
        self.send(method, path, &serde_json::to_vec(body).unwrap())
    }

    /// Sends a request and checks the answer against the document.
    pub(crate) fn send(&mut self, method: &str, path: &str, body: &[u8]) -> Answer {
        let answer = self.try_send(method, path, body).unwrap();
        schema::check(method, path, &answer);
        if (200..300).contains(&answer.status) {
            schema::check_request(method, path, body);
        }
        answer
    }

    /// The same, where the server may be gone.
    pub(crate) fn try_send(&mut self, method: &str, path: &str, body: &[u8]) -> std::io::Result<Answer> {
        let result = self.exchange(method, path, body);
        if result.is_err() {
            self.stream = None;
        }
        result
    }

    fn exchange(&mut self, method: &str, path: &str, body: &[u8]) -> std::io::Result<Answer> {
        let head = self.head(method, path, body.len());
        let stream = self.connected()?;
        stream.get_mut().write_all(head.as_bytes())?;
        stream.get_mut().write_all(body)?;
        let (status, headers) = read_head(stream)?;
        let value =
            |name: &str| headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.clone());
        let mut bytes = Vec::new();
        if value("transfer-encoding").is_some_and(|coding| coding == "chunked") {
            while let Some(chunk) = read_chunk(stream)? {
                bytes.extend(chunk);
            }
        } else if let Some(length) = value("content-length")
            && method != "HEAD"
        {
            bytes.resize(length.parse().unwrap(), 0);
            stream.read_exact(&mut bytes)?;
        }
        if value("connection").is_some_and(|connection| connection == "close") {
            self.stream = None;
        }
        Ok(Answer { status, headers, body: bytes })
    }

    /// Opens an event stream on a connection of its own.
    pub(crate) fn events(&self, path: &str) -> Events {
        self.try_events(path).unwrap_or_else(|refused| panic!("{refused:?}"))
    }

    /// The same, where it may be refused.
    pub(crate) fn try_events(&self, path: &str) -> Result<Events, Answer> {
        let mut client = Self { address: self.address, stream: None, headers: self.headers.clone() };
        let head = client.head("GET", path, 0);
        let stream = client.connected().unwrap();
        stream.get_mut().write_all(head.as_bytes()).unwrap();
        let (status, headers) = read_head(stream).unwrap();
        let mut answer = Answer { status, headers, body: vec![] };
        if status != 200 {
            let length = answer.header("content-length").unwrap().parse().unwrap();
            answer.body.resize(length, 0);
            stream.read_exact(&mut answer.body).unwrap();
        }
        schema::check("GET", path, &answer);
        if status != 200 {
            return Err(answer);
        }
        assert_eq!(answer.header("content-type"), Some("text/event-stream"));
        Ok(Events { stream: client.stream.take().unwrap(), text: String::new() })
    }

    fn head(&self, method: &str, path: &str, length: usize) -> String {
        let mut head =
            format!("{method} {path} HTTP/1.1\r\nhost: {}\r\ncontent-length: {length}\r\n", self.address);
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head + "\r\n"
    }

    fn connected(&mut self) -> std::io::Result<&mut BufReader<TcpStream>> {
        if self.stream.is_none() {
            let stream = TcpStream::connect(self.address)?;
            stream.set_read_timeout(Some(PATIENCE))?;
            stream.set_nodelay(true)?;
            self.stream = Some(BufReader::new(stream));
        }
        Ok(self.stream.as_mut().unwrap())
    }
}

fn broken(what: &str) -> std::io::Error {
    std::io::Error::other(what.to_owned())
}

fn read_line(stream: &mut BufReader<TcpStream>) -> std::io::Result<String> {
    let mut line = String::new();
    match stream.read_line(&mut line)? {
        0 => Err(broken("the connection ended")),
        _ => Ok(line.trim_end().to_owned()),
    }
}

fn read_head(stream: &mut BufReader<TcpStream>) -> std::io::Result<(u16, Vec<(String, String)>)> {
    let line = read_line(stream)?;
    let status =
        line.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(|| broken(&line))?;
    let mut headers = Vec::new();
    loop {
        let line = read_line(stream)?;
        let Some((name, value)) = line.split_once(':') else { return Ok((status, headers)) };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
}

/// The next chunk; none at the end.
fn read_chunk(stream: &mut BufReader<TcpStream>) -> std::io::Result<Option<Vec<u8>>> {
    let line = read_line(stream)?;
    let length = usize::from_str_radix(&line, 16).map_err(|_| broken(&line))?;
    let mut chunk = vec![0; length + 2];
    stream.read_exact(&mut chunk)?;
    chunk.truncate(length);
    Ok((length > 0).then_some(chunk))
}

/// One event.
#[derive(Debug)]
pub(crate) struct Event {
    pub(crate) name: String,
    pub(crate) data: Value,
}

/// An event stream.
pub(crate) struct Events {
    stream: BufReader<TcpStream>,
    text: String,
}

impl Events {
    /// The next event, checked against its schema; none when the server ended the stream.
    pub(crate) fn next(&mut self) -> Option<Event> {
        let end = Instant::now() + PATIENCE;
        loop {
            assert!(Instant::now() < end, "comments only");
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let field =
                    |name: &str| block.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
                let event = field("event:").zip(field("data:")).map(|(name, data)| Event {
                    name: name.to_owned(),
                    data: serde_json::from_str(data).unwrap(),
                });
                self.text = rest.to_owned();
                match event {
                    Some(event) => {
                        schema::check_event(&event.name, &event.data);
                        return Some(event);
                    }
                    // A comment.
                    None => continue,
                }
            }
            let chunk = read_chunk(&mut self.stream).unwrap()?;
            self.text.push_str(&String::from_utf8(chunk).unwrap());
        }
    }

    /// Reads on to the first event like this.
    pub(crate) fn until(&mut self, wanted: impl Fn(&Event) -> bool) -> Event {
        loop {
            let event = self.next().expect("the stream goes on");
            if wanted(&event) {
                return event;
            }
        }
    }
}
