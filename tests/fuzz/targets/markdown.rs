//! Markdown: any text with values in it is read and written in every dialect, and what it says is
//! still there.
//!
//! Sections: the text, in which `$1` to `$3` stand for values and `$4` for a checked address; then
//! the values.

#![no_main]

use html5gum::{Token, Tokenizer};
use libfuzzer_sys::fuzz_target;
use pulldown_cmark::{Event, Options, Parser};
use runbell::markdown::parse;
use runbell::model::marks::{Marks, is_mark};
use runbell::model::text::clean;
use runbell_fuzz::Sections;
use runbell_fuzz::document::{
    WRITERS, holds_table, lost, lost_anywhere, shown_text, text_of, tones,
};

const ADDRESS: &str = "https://ci.example/42";

fuzz_target!(|input: &[u8]| {
    let sections = Sections::new(input);
    let mut marks = Marks::with_addresses([ADDRESS.to_owned()]);
    // Cleaned too, for HTML has no place for control characters; this takes out marks as well.
    let mut text = clean(&sections.text(0));
    for (place, value) in [
        ("$1", clean(&sections.text(1))),
        ("$2", clean(&sections.text(2))),
        ("$3", clean(&sections.text(3))),
        ("$4", ADDRESS.to_owned()),
    ] {
        let mark = marks.mark(&value).map(String::from).unwrap_or_default();
        text = text.replace(place, &mark);
    }
    let blocks = parse(&text, &marks);
    let said = text_of(&blocks);
    let parsed = words(&text, &marks);
    assert_eq!(lost(&parsed, &said), None, "{parsed:?} read as {said:?}");
    let said = shown_text(&blocks);
    let lost_in_dialect = match holds_table(&blocks) {
        true => lost_anywhere,
        false => lost,
    };
    for (dialect, write) in WRITERS {
        let written = write(&blocks);
        let shown = match *dialect {
            "html" => html_text(&written),
            _ => written.clone(),
        };
        assert_eq!(
            lost_in_dialect(&said, &shown),
            None,
            "{dialect}: {said:?} in {written:?}\n{blocks:?}"
        );
        assert!(!written.contains(is_mark), "{dialect}: {written:?}");
        assert!(*dialect == "chat" || written == write(&blocks), "{dialect}");
    }
    assert!(tones(&blocks) <= text.matches('<').count());
});

/// The words that the Markdown parser finds, without what stands in HTML.
fn words(text: &str, marks: &Marks) -> String {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let words = Parser::new_ext(text, options).filter_map(|event| match event {
        Event::Text(text) | Event::Code(text) => Some(marks.filled(&text)),
        _ => None,
    });
    words.collect()
}

/// The text of HTML whose every tag is closed in its order.
fn html_text(html: &str) -> String {
    let mut text = String::new();
    let mut open = Vec::new();
    for token in Tokenizer::new(html) {
        match token.unwrap() {
            Token::StartTag(tag) if matches!(tag.name.as_slice(), b"br" | b"hr") => {}
            Token::StartTag(tag) => {
                let is_nested = *tag.name == *b"a" && open.contains(&tag.name);
                assert!(!is_nested, "a link in a link: {html}");
                open.push(tag.name);
            }
            Token::EndTag(tag) => assert_eq!(open.pop(), Some(tag.name), "{html}"),
            Token::String(part) => text.push_str(&String::from_utf8_lossy(&part)),
            // Characters that HTML frowns upon and every reader passes over.
            Token::Error(_) => {}
            other => panic!("{other:?} in {html}"),
        }
    }
    assert!(open.is_empty(), "{open:?} in {html}");
    text
}
