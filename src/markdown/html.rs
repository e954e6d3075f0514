//! HTML for mail clients: no style sheets, no scripts, no pictures from outside; styles stand at
//! each element because mail clients drop everything else.

use crate::model::document::{Block, Inline, Side, Tone, plain_text};

/// The classes that elements have, for a style sheet that changes them on dark screens.
pub const CLASSES: [&str; 8] = [
    "edge", "code", "muted", "link", "good", "bad", "caution", "active",
];

/// Writes a document as HTML. Text is escaped; links are http or https by construction.
pub fn write(blocks: &[Block]) -> String {
    blocks.iter().map(block).collect()
}

fn block(it: &Block) -> String {
    match it {
        Block::Heading(level, inner) => {
            let size = [22, 19, 17, 16, 15, 14]
                .get(usize::from(*level).saturating_sub(1))
                .unwrap_or(&14);
            format!(
                "<p style=\"margin:16px 0 8px;font-size:{size}px;font-weight:bold\">{}</p>",
                inlines(inner)
            )
        }
        Block::Paragraph(inner) => format!(
            "<p dir=\"auto\" style=\"margin:8px 0\">{}</p>",
            inlines(inner)
        ),
        Block::Quote(inner) => format!(
            "<blockquote class=\"edge\" style=\"margin:8px 0;padding:0 0 0 12px;border-left:3px solid #d0d7de\">{}</blockquote>",
            write(inner)
        ),
        Block::List { start, items } => {
            let items: String = items
                .iter()
                .map(|item| format!("<li style=\"margin:2px 0\">{}</li>", write(item)))
                .collect();
            match start {
                Some(first) => format!("<ol start=\"{first}\" style=\"margin:8px 0\">{items}</ol>"),
                None => format!("<ul style=\"margin:8px 0\">{items}</ul>"),
            }
        }
        Block::CodeBlock { code, .. } => format!(
            "<pre class=\"code\" style=\"margin:8px 0;padding:10px;background:#f6f8fa;color:#1f2328;border-radius:6px;font:13px/1.45 monospace;white-space:pre-wrap;word-break:break-word\">{}</pre>",
            escaped(code)
        ),
        Block::Table { sides, head, rows } => {
            let row = |tag: &str, cells: &[Vec<Inline>]| -> String {
                let cells: String = cells
                    .iter()
                    .enumerate()
                    .map(|(at, cell)| {
                        let side = match sides.get(at).copied().unwrap_or_default() {
                            Side::Usual | Side::Left => "left",
                            Side::Middle => "center",
                            Side::Right => "right",
                        };
                        format!(
                            "<{tag} class=\"edge\" style=\"border:1px solid #d0d7de;padding:4px 8px;text-align:{side};word-break:normal\">{}</{tag}>",
                            inlines(cell)
                        )
                    })
                    .collect();
                format!("<tr>{cells}</tr>")
            };
            let rows: String = rows.iter().map(|cells| row("td", cells)).collect();
            format!(
                "<div style=\"overflow-x:auto\"><table style=\"border-collapse:collapse;margin:8px 0\">{}{rows}</table></div>",
                row("th", head)
            )
        }
        Block::Rule => {
            "<hr class=\"edge\" style=\"border:0;border-top:1px solid #d0d7de;margin:16px 0\">"
                .to_owned()
        }
        Block::Fields(fields) => {
            let rows: String = fields
                .iter()
                .map(|field| {
                    format!(
                        "<tr><td class=\"muted\" style=\"padding:3px 16px 3px 0;color:#59636e;vertical-align:top;white-space:nowrap\">{}</td><td dir=\"auto\" style=\"padding:3px 0;overflow-wrap:anywhere;word-break:break-word\">{}</td></tr>",
                        escaped(field.label),
                        inlines(&field.value)
                    )
                })
                .collect();
            format!(
                "<table role=\"presentation\" style=\"border-collapse:collapse;margin:8px 0\">{rows}</table>"
            )
        }
    }
}

fn inlines(all: &[Inline]) -> String {
    all.iter().map(inline).collect()
}

fn inline(it: &Inline) -> String {
    match it {
        Inline::Text(text) | Inline::Value(text) => escaped(text),
        Inline::Strong(inner) => format!("<strong>{}</strong>", inlines(inner)),
        Inline::Emphasis(inner) => format!("<em>{}</em>", inlines(inner)),
        Inline::Strike(inner) => format!("<del>{}</del>", inlines(inner)),
        Inline::Code(code) => format!(
            "<code class=\"code\" style=\"padding:1px 4px;background:#f6f8fa;color:#1f2328;border-radius:4px;font-family:monospace\">{}</code>",
            escaped(code)
        ),
        Inline::Link { text, target } => {
            let shown = match text.is_empty() {
                true => escaped(target.as_str()),
                false => inlines(text),
            };
            format!(
                "<a class=\"link\" href=\"{}\" style=\"color:#0969da\">{shown}</a>",
                escaped(target.as_str())
            )
        }
        // A picture from outside tells its host who read the mail.
        Inline::Image { alt, target } => {
            let alt = plain_text(alt);
            let shown = if alt.is_empty() {
                target.as_str()
            } else {
                &alt
            };
            format!(
                "<a class=\"link\" href=\"{}\" style=\"color:#0969da\">{}</a>",
                escaped(target.as_str()),
                escaped(shown)
            )
        }
        Inline::Toned(tone, inner) => format!(
            "<span class=\"{}\" style=\"color:{}\">{}</span>",
            tone_class(*tone),
            colour(*tone),
            inlines(inner)
        ),
        Inline::SoftBreak => "\n".to_owned(),
        Inline::HardBreak => "<br>".to_owned(),
    }
}

/// The class of a tone.
pub const fn tone_class(tone: Tone) -> &'static str {
    match tone {
        Tone::Good => "good",
        Tone::Bad => "bad",
        Tone::Caution => "caution",
        Tone::Muted => "muted",
        Tone::Active => "active",
    }
}

/// The colour of a tone on white.
pub const fn colour(tone: Tone) -> &'static str {
    match tone {
        Tone::Good => "#1a7f37",
        Tone::Bad => "#cf222e",
        Tone::Caution => "#9a6700",
        Tone::Muted => "#59636e",
        Tone::Active => "#0969da",
    }
}

/// Escapes text for element content and quoted attributes.
pub fn escaped(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for c in text.chars() {
        written.push_str(match c {
            '&' => "&amp;",
            '<' => "&lt;",
            '>' => "&gt;",
            '"' => "&quot;",
            '\'' => "&#39;",
            c => {
                written.push(c);
                continue;
            }
        });
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::markdown::parse;
    use crate::model::marks::Marks;

    #[test]
    fn values_cannot_open_an_element_or_leave_an_attribute() {
        let mut marks = Marks::default();
        let mark = marks.mark("\"><script>alert(1)</script>").unwrap();
        let html = write(&parse(
            &format!("{mark} `{mark}` [{mark}](https://e.example/?q={mark})"),
            &marks,
        ));
        assert!(!html.contains("<script"), "{html}");
        assert!(html.contains("&quot;&gt;&lt;script&gt;"), "{html}");
    }

    #[test]
    fn pictures_become_links() {
        let html = write(&parse(
            "![logo](https://e.example/p.png)",
            &Marks::default(),
        ));
        assert!(!html.contains("<img"), "{html}");
        assert!(html.contains(">logo</a>"), "{html}");
    }
}
