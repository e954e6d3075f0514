//! What the targets share: how an input is divided, and the judges that are not the product's.

pub mod document;

/// The parts of an input, parted by lines of `%%`, so that seeds and findings can be read and
/// written by hand. What is not there is empty.
#[derive(Debug)]
pub struct Sections<'a> {
    parts: Vec<&'a [u8]>,
}

impl<'a> Sections<'a> {
    /// Divides an input. The line end that editors put at the end of a file is no part of it.
    pub fn new(input: &'a [u8]) -> Self {
        const MARK: &[u8] = b"\n%%\n";
        let mut rest = input.strip_suffix(b"\n").unwrap_or(input);
        let mut parts = Vec::new();
        while let Some(at) = rest.windows(MARK.len()).position(|it| it == MARK) {
            let (part, behind) = rest.split_at(at);
            parts.push(part);
            rest = behind.get(MARK.len()..).unwrap_or_default();
        }
        parts.push(rest);
        Self { parts }
    }

    /// How many parts there are.
    pub fn count(&self) -> usize {
        self.parts.len()
    }

    /// A part as it is.
    pub fn bytes(&self, at: usize) -> &'a [u8] {
        self.parts.get(at).copied().unwrap_or_default()
    }

    /// A part as text; bytes that are no UTF-8 become U+FFFD, as at the program's door.
    pub fn text(&self, at: usize) -> String {
        String::from_utf8_lossy(self.bytes(at)).into_owned()
    }

    /// A part as a number: the one that is written there, or one that its bytes make.
    pub fn number(&self, at: usize) -> usize {
        let bytes = self.bytes(at);
        let written = std::str::from_utf8(bytes)
            .ok()
            .and_then(|it| it.parse().ok());
        written.unwrap_or_else(|| bytes.iter().map(|byte| usize::from(*byte)).sum())
    }

    /// One of several, picked by a part.
    pub fn pick<'c, T>(&self, at: usize, choices: &'c [T]) -> &'c T {
        &choices[self.number(at) % choices.len()]
    }
}
