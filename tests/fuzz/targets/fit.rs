//! Fitting: whatever the document and the limit, what comes out fits, says that it was cut, and
//! fits unchanged a second time.
//!
//! Sections: the limit, the dialect, the most parts, the text.

#![no_main]

use libfuzzer_sys::fuzz_target;
use runbell::markdown::{Fitted, fit, fit_line, parse, split};
use runbell::model::document::Block;
use runbell::model::marks::Marks;
use runbell_fuzz::Sections;
use runbell_fuzz::document::{WRITERS, holds_table, letters, text_of};

fuzz_target!(|input: &[u8]| {
    let sections = Sections::new(input);
    let limit = 16 + sections.number(0) % 5000;
    let (dialect, write) = sections.pick(1, WRITERS);
    let most = 1 + sections.number(2) % 10;
    let text = sections.text(3);
    let blocks = parse(&text, &Marks::default());
    let size = |blocks: &[Block]| write(blocks).len();

    let once = fit(blocks.clone(), limit, size);
    assert!(size(once.blocks()) <= limit, "{dialect} {limit}: {once:?}");
    let is_whole = matches!(once, Fitted::Whole(_));
    assert_eq!(is_whole, size(&blocks) <= limit, "{dialect} {limit}");
    let twice = fit(once.blocks().to_vec(), limit, size);
    assert_eq!(once.blocks(), twice.blocks(), "{dialect} {limit}");

    let parts = split(blocks.clone(), limit, most, size);
    assert!(
        (1..=most).contains(&parts.len()),
        "{dialect} {limit}: {}",
        parts.len()
    );
    for part in &parts {
        assert!(size(part.blocks()) <= limit, "{dialect} {limit}: {part:?}");
    }
    let all_whole = parts.iter().all(|part| matches!(part, Fitted::Whole(_)));
    if all_whole && !holds_table(&blocks) {
        let sent: String = parts.iter().map(|part| text_of(part.blocks())).collect();
        assert!(
            letters(&sent).eq(letters(&text_of(&blocks))),
            "{sent:?} of {blocks:?}"
        );
    }

    let line = fit_line(&text, limit);
    assert!(
        line.len() <= limit && fit_line(&line, limit) == line,
        "{limit}: {line:?}"
    );
});
