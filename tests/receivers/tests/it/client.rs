//! A bare client: a socket, TLS over it, and bytes.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use runbell_receivers::{Authority, Receiver};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

/// A deadlock must fail the test instead of hanging it.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) trait Stream: Read + Write + Send {}
impl<T: Read + Write + Send> Stream for T {}

pub(crate) fn connect(port: u16) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", port)).expect("the port is open");
    stream
        .set_read_timeout(Some(PATIENCE))
        .expect("a time limit");
    stream
}

/// Goes over to TLS as a client that trusts only that authority.
pub(crate) fn secure(
    stream: TcpStream,
    authority: &Authority,
) -> io::Result<StreamOwned<ClientConnection, TcpStream>> {
    secure_with(stream, authority.certificate().clone())
}

/// The same, with the authority's certificate as PEM text.
pub(crate) fn secure_with_pem(
    stream: TcpStream,
    pem: &[u8],
) -> io::Result<StreamOwned<ClientConnection, TcpStream>> {
    secure_with(
        stream,
        CertificateDer::from_pem_slice(pem).expect("a PEM certificate"),
    )
}

fn secure_with(
    mut stream: TcpStream,
    root: CertificateDer<'static>,
) -> io::Result<StreamOwned<ClientConnection, TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(root).expect("a root certificate");
    let config =
        ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("protocol versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
    let name = ServerName::try_from("127.0.0.1").expect("a name");
    let mut connection = ClientConnection::new(Arc::new(config), name).expect("a client");
    while connection.is_handshaking() {
        connection.complete_io(&mut stream)?;
    }
    Ok(StreamOwned::new(connection, stream))
}

pub(crate) fn open(
    receiver: &Receiver,
    authority: &Authority,
) -> io::Result<BufReader<Box<dyn Stream>>> {
    let stream = connect(receiver.port());
    let stream: Box<dyn Stream> = if receiver.url().starts_with("https:") {
        Box::new(secure(stream, authority)?)
    } else {
        Box::new(stream)
    };
    Ok(BufReader::new(stream))
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<String>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).expect("a JSON body")
    }
}

pub(crate) fn path_and_query(receiver: &Receiver) -> String {
    receiver
        .url()
        .strip_prefix(&receiver.origin())
        .expect("an address of that origin")
        .to_owned()
}

pub(crate) fn request_bytes(target: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// Posts on a connection of its own and reads the answer.
pub(crate) fn post(receiver: &Receiver, authority: &Authority, body: &[u8]) -> io::Result<Answer> {
    let mut stream = open(receiver, authority)?;
    stream
        .get_mut()
        .write_all(&request_bytes(&path_and_query(receiver), body))?;
    stream.get_mut().flush()?;
    read_answer(&mut stream)
}

/// Reads one answer, taking the body by `Content-Length`, by chunks, or to the end.
pub(crate) fn read_answer(stream: &mut impl BufRead) -> io::Result<Answer> {
    let status_line = read_line(stream)?;
    let status = status_line
        .split(' ')
        .nth(1)
        .and_then(|word| word.parse().ok())
        .ok_or(io::ErrorKind::InvalidData)?;
    let mut headers = Vec::new();
    loop {
        match read_line(stream)? {
            line if line.is_empty() => break,
            line => headers.push(line),
        }
    }
    let find = |name: &str| {
        headers.iter().find_map(|line| {
            line.split_once(": ")
                .filter(|(own, _)| own.eq_ignore_ascii_case(name))
        })
    };
    let mut body = Vec::new();
    if let Some((_, length)) = find("content-length") {
        body.resize(length.parse().map_err(|_| io::ErrorKind::InvalidData)?, 0);
        stream.read_exact(&mut body)?;
    } else if find("transfer-encoding").is_some() {
        loop {
            let size = usize::from_str_radix(&read_line(stream)?, 16)
                .map_err(|_| io::ErrorKind::InvalidData)?;
            let start = body.len();
            body.resize(start + size, 0);
            stream.read_exact(&mut body[start..])?;
            read_line(stream)?;
            if size == 0 {
                break;
            }
        }
    }
    Ok(Answer {
        status,
        headers,
        body,
    })
}

pub(crate) fn read_line(stream: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    stream.read_line(&mut line)?;
    line.strip_suffix("\r\n")
        .map(str::to_owned)
        .ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}

/// Ends the sending side and reads whatever comes, until the end or a fault.
pub(crate) fn drain(mut stream: TcpStream) -> (Vec<u8>, io::Result<usize>) {
    stream.shutdown(Shutdown::Write).expect("an open socket");
    let mut bytes = Vec::new();
    let end = stream.read_to_end(&mut bytes);
    (bytes, end)
}
