//! A running HTTP server that plays one service, records what it is sent, and misbehaves when told to.

use std::collections::VecDeque;
use std::fmt;
use std::io::{self, BufReader, Write};
use std::net::TcpStream;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, SystemTime};

use crate::fault::{Fault, Stage};
use crate::gzip;
use crate::http::{
    Connection, Head, HttpAnswer, HttpRequest, ReadFault, Service, Verdict, head_bytes, read_body,
    read_head,
};
use crate::listener::{Gate, Listener, lock, wait_for};
use crate::tls::{Authority, Wardrobe};
use crate::wire::{Pace, Wire, reset};

/// A request and what was made of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Received {
    /// When the request had arrived, on the receiver's clock.
    pub at: SystemTime,
    /// The request. Its body is empty when a fault broke off before it.
    pub request: HttpRequest,
    /// The answer: the service's own, even if a fault spoilt it on the way, or the scripted one.
    /// `None` when the service was not asked and nothing was scripted to be said.
    pub answer: Option<HttpAnswer>,
    /// What became of the message.
    pub verdict: Verdict,
    /// What the real service would swallow but a careful sender must not do.
    pub violations: Vec<String>,
    /// The fault that befell this request.
    pub fault: Option<Fault>,
}

impl Received {
    /// Whether the service took the message, be it as a repeat.
    ///
    /// The sender may not know: an answer lost to a fault does not undo it.
    pub fn accepted(&self) -> bool {
        matches!(self.verdict, Verdict::Posted | Verdict::Repeated)
    }
}

/// A running stand-in for one HTTP service, on a loopback port of its own.
///
/// Dropping it closes the port, ends every connection and joins every thread.
pub struct Receiver {
    address: String,
    origin: String,
    shared: Arc<Shared>,
    listener: Listener,
}

impl Receiver {
    /// Starts the service over TLS with a certificate of that authority.
    pub fn start(service: impl Service, authority: &Authority) -> io::Result<Self> {
        Self::open(Box::new(service), Transport::Tls(authority.wardrobe()))
    }

    /// Starts the service without TLS.
    pub fn start_plain(service: impl Service) -> io::Result<Self> {
        Self::open(Box::new(service), Transport::Plain)
    }

    fn open(service: Box<dyn Service>, transport: Transport) -> io::Result<Self> {
        let scheme = match transport {
            Transport::Tls(_) => "https",
            Transport::Plain => "http",
        };
        let path_and_query = service.path_and_query();
        let shared = Arc::new(Shared {
            name: service.name(),
            service: Mutex::new(service),
            faults: Mutex::default(),
            received: Mutex::default(),
            arrived: Condvar::new(),
            skew: Mutex::default(),
            gate: Arc::default(),
        });
        let (admitting, serving) = (Arc::clone(&shared), Arc::clone(&shared));
        let listener = Listener::open(
            Arc::clone(&shared.gate),
            move |_| admitting.next_fault(Stage::Connection),
            move |stream, fault| {
                // A connection that breaks is the sender's business; what had arrived is on record.
                let _ = serve(stream, fault, &transport, &serving);
            },
        )?;
        let origin = format!("{scheme}://127.0.0.1:{}", listener.port());
        Ok(Self {
            address: format!("{origin}{path_and_query}"),
            origin,
            shared,
            listener,
        })
    }

    /// The full secret address, such as `https://127.0.0.1:4312/robot/send?access_token=…`.
    pub fn url(&self) -> String {
        self.address.clone()
    }

    /// Scheme, host and port, without a slash at the end.
    pub fn origin(&self) -> String {
        self.origin.clone()
    }

    /// The port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.listener.port()
    }

    /// The service's short name.
    pub fn name(&self) -> &'static str {
        self.shared.name
    }

    /// Queues misbehaviour. Each fault is used up once, in order; afterwards the receiver is healthy.
    ///
    /// A fault for connections waits at the head of the queue for a *new* connection, and one for requests
    /// for the next request; meanwhile the ones behind it wait too.
    pub fn script(&self, faults: impl IntoIterator<Item = Fault>) {
        lock(&self.shared.faults).extend(faults);
    }

    /// The faults that are still waiting.
    pub fn pending_faults(&self) -> Vec<Fault> {
        lock(&self.shared.faults).iter().cloned().collect()
    }

    /// Every request so far, in order of arrival.
    pub fn received(&self) -> Vec<Received> {
        lock(&self.shared.received).clone()
    }

    /// Waits until `count` requests were received, or for at most `limit`, and gives all there are.
    ///
    /// Needed when the sender gives up before the receiver has read everything.
    pub fn wait_for(&self, count: usize, limit: Duration) -> Vec<Received> {
        wait_for(&self.shared.received, &self.shared.arrived, count, limit)
    }

    /// How many messages people would see: those taken as new.
    pub fn posted(&self) -> usize {
        lock(&self.shared.received)
            .iter()
            .filter(|one| one.verdict == Verdict::Posted)
            .count()
    }

    /// Every violation so far, each with the number of its request, counted from 1.
    pub fn violations(&self) -> Vec<String> {
        let received = lock(&self.shared.received);
        let numbered = received.iter().enumerate();
        numbered
            .flat_map(|(index, one)| {
                one.violations
                    .iter()
                    .map(move |text| format!("request {}: {text}", index + 1))
            })
            .collect()
    }

    /// How many connections were accepted so far, also those that brought no request.
    pub fn connections(&self) -> usize {
        self.shared.gate.connections()
    }

    /// Sets the service's clock that far ahead of the machine's. `Date` headers follow it.
    pub fn set_clock_ahead(&self, by: Duration) {
        *lock(&self.shared.skew) = Skew::Ahead(by);
    }

    /// Sets the service's clock that far behind the machine's. `Date` headers follow it.
    pub fn set_clock_behind(&self, by: Duration) {
        *lock(&self.shared.skew) = Skew::Behind(by);
    }
}

impl fmt::Debug for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver")
            .field("name", &self.shared.name)
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
}

enum Transport {
    Plain,
    Tls(Wardrobe),
}

#[derive(Debug, Clone, Copy, Default)]
enum Skew {
    #[default]
    None,
    Ahead(Duration),
    Behind(Duration),
}

struct Shared {
    name: &'static str,
    service: Mutex<Box<dyn Service>>,
    faults: Mutex<VecDeque<Fault>>,
    received: Mutex<Vec<Received>>,
    arrived: Condvar,
    skew: Mutex<Skew>,
    gate: Arc<Gate>,
}

impl Shared {
    fn next_fault(&self, stage: Stage) -> Option<Fault> {
        lock(&self.faults).pop_front_if(|fault| fault.stage() == stage)
    }

    fn now(&self) -> SystemTime {
        let now = SystemTime::now();
        match *lock(&self.skew) {
            Skew::None => now,
            Skew::Ahead(by) => now.checked_add(by).unwrap_or(now),
            Skew::Behind(by) => now.checked_sub(by).unwrap_or(now),
        }
    }

    fn record(&self, received: Received) {
        lock(&self.received).push(received);
        self.arrived.notify_all();
    }
}

fn serve(
    stream: TcpStream,
    fault: Option<Fault>,
    transport: &Transport,
    shared: &Shared,
) -> io::Result<()> {
    // Dripped bytes must leave one by one.
    stream.set_nodelay(true)?;
    match fault {
        Some(Fault::ResetOnAccept) => return reset(stream),
        Some(Fault::BlackHole) => {
            shared.gate.hold();
            return Ok(());
        }
        _ => {}
    }
    let wire = match transport {
        Transport::Plain if fault == Some(Fault::ResetDuringTls) => return reset(stream),
        Transport::Plain => Wire::Plain(stream),
        Transport::Tls(wardrobe) => {
            let trusted = Arc::clone(&wardrobe.trusted);
            let (config, pace) = match fault {
                Some(Fault::ResetDuringTls) => return Wire::reset_in_handshake(stream, trusted),
                Some(Fault::NotTls) => return answer_without_tls(stream),
                Some(Fault::DripHandshake { every }) => (trusted, Pace::OneByteEvery(every)),
                Some(Fault::WrongHostCertificate) => {
                    (Arc::clone(&wardrobe.wrong_host), Pace::AtOnce)
                }
                Some(Fault::ExpiredCertificate) => (Arc::clone(&wardrobe.expired), Pace::AtOnce),
                _ => (trusted, Pace::AtOnce),
            };
            Wire::handshake(stream, config, pace, &shared.gate)?
        }
    };
    let mut reader = BufReader::new(wire);
    loop {
        match serve_request(reader, shared)? {
            Next::Request(kept) => reader = kept,
            Next::Done => return Ok(()),
        }
    }
}

fn answer_without_tls(stream: TcpStream) -> io::Result<()> {
    let mut wire = Wire::Plain(stream);
    wire.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")?;
    wire.part();
    Ok(())
}

/// Where a connection goes after one request.
enum Next {
    Request(BufReader<Wire>),
    Done,
}

fn serve_request(mut reader: BufReader<Wire>, shared: &Shared) -> io::Result<Next> {
    let head = match read_head(&mut reader) {
        Ok(head) => head,
        Err(fault) => return turn_away(reader, &fault, shared),
    };
    let fault = shared.next_fault(Stage::Request);
    if fault == Some(Fault::ResetAfterRequestHead) {
        shared.record(unreached(head.request, None, fault, shared.now()));
        reader.into_inner().reset()?;
        return Ok(Next::Done);
    }
    let Head {
        request,
        body,
        connection,
        expects_continue,
    } = head;
    if expects_continue {
        reader
            .get_mut()
            .write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    let request = match read_body(&mut reader, body) {
        Ok(body) => HttpRequest { body, ..request },
        Err(fault) => return turn_away(reader, &fault, shared),
    };
    respond(reader, request, connection, fault, shared)
}

/// Ends a connection whose request could not be read. Nothing is recorded: there is no request to show.
fn turn_away(mut reader: BufReader<Wire>, fault: &ReadFault, shared: &Shared) -> io::Result<Next> {
    if let ReadFault::Refused(status, reason) = fault {
        let answer = HttpAnswer::text(*status, reason);
        let wire = reader.get_mut();
        write_answer(wire, &answer, Connection::Close, shared.now())?;
        wire.part();
    }
    Ok(Next::Done)
}

fn unreached(
    request: HttpRequest,
    answer: Option<HttpAnswer>,
    fault: Option<Fault>,
    at: SystemTime,
) -> Received {
    Received {
        at,
        request,
        answer,
        verdict: Verdict::Unreached,
        violations: Vec::new(),
        fault,
    }
}

fn respond(
    mut reader: BufReader<Wire>,
    request: HttpRequest,
    connection: Connection,
    fault: Option<Fault>,
    shared: &Shared,
) -> io::Result<Next> {
    let now = shared.now();
    let to_head = request.method == "HEAD";
    if let Some(scripted) = fault.as_ref().and_then(scripted_answer) {
        shared.record(unreached(
            request,
            Some(scripted.clone()),
            fault.clone(),
            now,
        ));
        let wire = reader.get_mut();
        match fault {
            Some(Fault::Oversize { bytes }) => write_spaces(wire, &scripted, bytes, now)?,
            Some(Fault::EndlessHeaders { bytes }) => write_headers(wire, bytes, now)?,
            Some(Fault::Raw(bytes)) => wire.write_all(&bytes).and_then(|()| wire.flush())?,
            _ => {
                write_answer(wire, &scripted, connection, now)?;
                if connection == Connection::KeepAlive {
                    return Ok(Next::Request(reader));
                }
            }
        }
        reader.get_mut().part();
        return Ok(Next::Done);
    }

    let judgement = lock(&shared.service).answer(&request, now);
    let mut answer = judgement.answer;
    shared.record(Received {
        at: now,
        request,
        answer: Some(answer.clone()),
        verdict: judgement.verdict,
        violations: judgement.violations,
        fault: fault.clone(),
    });
    if to_head {
        answer.body.clear();
    }
    let wire = reader.get_mut();
    match fault {
        Some(Fault::ResetAfterRequest) => {
            reader.into_inner().reset()?;
            return Ok(Next::Done);
        }
        Some(Fault::Silence) => {
            shared.gate.hold();
            return Ok(Next::Done);
        }
        Some(Fault::HalfClose) => {
            wire.part();
            return Ok(Next::Done);
        }
        Some(Fault::CutBody { keep }) => {
            let mut bytes = head_bytes(
                &answer,
                Some(answer.body.len() as u64),
                Connection::Close,
                now,
            );
            bytes.extend(answer.body.iter().take(keep));
            wire.write_all(&bytes)?;
            wire.flush()?;
            wire.part();
            return Ok(Next::Done);
        }
        Some(Fault::DripAnswer { every }) => {
            let mut bytes = head_bytes(&answer, Some(answer.body.len() as u64), connection, now);
            bytes.extend_from_slice(&answer.body);
            wire.drip(&bytes, every, &shared.gate)?;
        }
        Some(Fault::DripBody { every }) => {
            let length = Some(answer.body.len() as u64);
            wire.write_all(&head_bytes(&answer, length, connection, now))?;
            wire.drip(&answer.body, every, &shared.gate)?;
        }
        Some(Fault::Delay(time)) => {
            shared.gate.pause(time)?;
            write_answer(wire, &answer, connection, shared.now())?;
        }
        Some(Fault::Compressed) => {
            answer
                .headers
                .push(("Content-Encoding".to_owned(), "gzip".to_owned()));
            answer.body = gzip::stored(&answer.body);
            write_answer(wire, &answer, connection, now)?;
        }
        _ => write_answer(wire, &answer, connection, now)?,
    }
    match connection {
        Connection::KeepAlive => Ok(Next::Request(reader)),
        Connection::Close => {
            reader.get_mut().part();
            Ok(Next::Done)
        }
    }
}

/// The answer a fault gives in the service's place; `None` when the service is asked.
fn scripted_answer(fault: &Fault) -> Option<HttpAnswer> {
    let json = || vec![("Content-Type".to_owned(), "application/json".to_owned())];
    match fault {
        Fault::Status(status) => Some(HttpAnswer::empty(*status)),
        Fault::StatusAndBody { status, body } => Some(HttpAnswer {
            status: *status,
            headers: json(),
            body: body.clone(),
        }),
        Fault::StatusHeadersBody {
            status,
            headers,
            body,
        } => Some(HttpAnswer {
            status: *status,
            headers: headers.clone(),
            body: body.clone(),
        }),
        Fault::Body(body) => Some(HttpAnswer {
            status: 200,
            headers: json(),
            body: body.clone(),
        }),
        Fault::Redirect { status, location } => Some(HttpAnswer {
            status: *status,
            headers: vec![("Location".to_owned(), location.clone())],
            body: Vec::new(),
        }),
        Fault::Oversize { .. } => Some(HttpAnswer {
            status: 200,
            headers: json(),
            body: Vec::new(),
        }),
        Fault::EndlessHeaders { .. } => Some(HttpAnswer::empty(200)),
        // What a raw answer means is for its reader to find out; 0 says that we do not know.
        Fault::Raw(bytes) => Some(HttpAnswer {
            status: 0,
            headers: Vec::new(),
            body: bytes.clone(),
        }),
        _ => None,
    }
}

fn write_answer(
    wire: &mut Wire,
    answer: &HttpAnswer,
    connection: Connection,
    now: SystemTime,
) -> io::Result<()> {
    // RFC 9110 8.6: these never carry a body, and 204 must not even state its length.
    let length = match answer.status {
        100..200 | 204 => None,
        _ => Some(answer.body.len() as u64),
    };
    let mut bytes = head_bytes(answer, length, connection, now);
    bytes.extend_from_slice(&answer.body);
    wire.write_all(&bytes)?;
    wire.flush()
}

/// Size of the pieces a flood is written in.
const PIECE_BYTES: u64 = 16 * 1024;

fn write_spaces(
    wire: &mut Wire,
    answer: &HttpAnswer,
    bytes: u64,
    now: SystemTime,
) -> io::Result<()> {
    let mut chunked = answer.clone();
    chunked
        .headers
        .push(("Transfer-Encoding".to_owned(), "chunked".to_owned()));
    wire.write_all(&head_bytes(&chunked, None, Connection::Close, now))?;
    let whole = spaces_chunk(PIECE_BYTES);
    for _ in 0..bytes / PIECE_BYTES {
        wire.write_all(&whole)?;
    }
    if !bytes.is_multiple_of(PIECE_BYTES) {
        wire.write_all(&spaces_chunk(bytes % PIECE_BYTES))?;
    }
    wire.write_all(b"0\r\n\r\n")?;
    wire.flush()
}

fn spaces_chunk(size: u64) -> Vec<u8> {
    format!("{size:x}\r\n{:1$}\r\n", "", size as usize).into_bytes()
}

fn write_headers(wire: &mut Wire, bytes: u64, now: SystemTime) -> io::Result<()> {
    const FIELD_BYTES: usize = 1024;
    let mut field = b"X-Filler: ".to_vec();
    field.resize(FIELD_BYTES - 2, b'a');
    field.extend_from_slice(b"\r\n");
    let piece = field.repeat(PIECE_BYTES as usize / FIELD_BYTES);
    let head = head_bytes(&HttpAnswer::empty(200), Some(0), Connection::Close, now);
    // All but the empty line that ends them.
    wire.write_all(head.get(..head.len().saturating_sub(2)).unwrap_or_default())?;
    for _ in 0..bytes / PIECE_BYTES {
        wire.write_all(&piece)?;
    }
    for _ in 0..(bytes % PIECE_BYTES).div_ceil(FIELD_BYTES as u64) {
        wire.write_all(&field)?;
    }
    wire.write_all(b"\r\n")?;
    wire.flush()
}
