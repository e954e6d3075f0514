//! `docs/performance.md`: what stands between its marks is written here, the rest by people.

use std::fs;

use anyhow::{Context, Result};

use crate::comparison::Figures;
use crate::growth::Growth;
use crate::plot;
use crate::program::top;
use crate::setting::Setting;

/// Whether the figures go to the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Publish {
    Yes,
    No,
}

const BEGIN: &str = "<!-- measured: written by `cargo measure --publish` -->\n";
const END: &str = "<!-- end of what was measured -->\n";

/// Writes figures and plots.
///
/// # Errors
/// When the page or its marks are not there.
pub(crate) fn write(setting: &Setting, figures: &Figures, growths: &[Growth]) -> Result<()> {
    let folder = top().join("docs/performance");
    fs::create_dir_all(&folder)?;
    let send = plot::bars(
        "One signed DingTalk message, start to accepted",
        "ms",
        &figures.bars,
    );
    fs::write(folder.join("send.svg"), send)?;
    let mut text = format!(
        "## Against the goals\n\n{}\n## One message, and what people would use instead\n\n{}\n![Bars of the times](performance/send.svg)\n\n",
        figures.goals.markdown(),
        figures.sends.markdown()
    );
    text.push_str("## How cost grows\n\n");
    for growth in growths {
        text.push_str(&format!(
            "### {}\n\n{}\n",
            growth.title,
            growth.table.markdown()
        ));
        for (number, plot) in growth.plots.iter().enumerate() {
            let name = match number {
                0 => format!("{}.svg", growth.name),
                _ => format!("{}-{}.svg", growth.name, number + 1),
            };
            fs::write(folder.join(&name), plot.svg())?;
            text.push_str(&format!("![{}](performance/{name})\n\n", plot.title));
        }
    }
    text.push_str(&format!(
        "## Where it was measured\n\n{}\n\n",
        setting.told()
    ));
    let page = top().join("docs/performance.md");
    let before = fs::read_to_string(&page).context("docs/performance.md is not there")?;
    fs::write(&page, between_marks(&before, &text)?)?;
    println!("\ndocs/performance.md and its plots are written");
    Ok(())
}

fn between_marks(page: &str, text: &str) -> Result<String> {
    let (head, rest) = page
        .split_once(BEGIN)
        .context("the page has no first mark")?;
    let (_, tail) = rest.split_once(END).context("the page has no last mark")?;
    Ok(format!("{head}{BEGIN}\n{text}{END}{tail}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_between_the_marks_is_written_anew() {
        let page = format!("head\n{BEGIN}old\n{END}tail\n");
        let expected = format!("head\n{BEGIN}\nnew\n{END}tail\n");
        assert_eq!(between_marks(&page, "new\n").unwrap(), expected);
        assert_eq!(between_marks(&expected, "new\n").unwrap(), expected);
        assert!(between_marks("head\n", "new\n").is_err());
    }
}
