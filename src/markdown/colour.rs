//! The colours that people write in `<font color=...>`, as the tones that every dialect has.
//! Source of the names: WeCom's three, DingTalk's and Lark's palettes, read 2026.

use crate::model::document::Tone;

/// The tone of a colour: one of the robots' names, or `#RRGGBB` by its hue.
pub(super) fn tone_of(colour: &str) -> Option<Tone> {
    let colour = colour.trim().to_ascii_lowercase();
    if let Some(hex) = colour.strip_prefix('#') {
        return tone_of_hex(hex);
    }
    Some(match colour.as_str() {
        "info" | "green" | "lime" | "turquoise" | "teal" => Tone::Good,
        "red" | "carmine" | "crimson" | "darkred" => Tone::Bad,
        "warning" | "orange" | "yellow" | "gold" | "darkorange" => Tone::Caution,
        "comment" | "grey" | "gray" | "silver" | "neutral" => Tone::Muted,
        "blue" | "wathet" | "indigo" | "violet" | "purple" => Tone::Active,
        _ => return None,
    })
}

fn tone_of_hex(hex: &str) -> Option<Tone> {
    let digits: Vec<i32> = hex
        .chars()
        .map(|c| c.to_digit(16).and_then(|digit| i32::try_from(digit).ok()))
        .collect::<Option<_>>()?;
    let (red, green, blue) = match digits.as_slice() {
        [r, g, b] => (r * 17, g * 17, b * 17),
        [r, s, g, h, b, c] => (r * 16 + s, g * 16 + h, b * 16 + c),
        _ => return None,
    };
    let (most, least) = (red.max(green).max(blue), red.min(green).min(blue));
    let spread = most - least;
    // Less colour than this looks grey.
    if spread < 40 {
        return Some(Tone::Muted);
    }
    let degrees = if most == red {
        (60 * (green - blue) / spread).rem_euclid(360)
    } else if most == green {
        120 + 60 * (blue - red) / spread
    } else {
        240 + 60 * (red - green) / spread
    };
    Some(match degrees {
        20..70 => Tone::Caution,
        70..175 => Tone::Good,
        175..330 => Tone::Active,
        _ => Tone::Bad,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_hues_have_their_tone() {
        for (colour, tone) in [
            ("info", Some(Tone::Good)),
            ("comment", Some(Tone::Muted)),
            ("warning", Some(Tone::Caution)),
            ("Red", Some(Tone::Bad)),
            ("#FF0000", Some(Tone::Bad)),
            ("#f00", Some(Tone::Bad)),
            ("#c71585", Some(Tone::Active)),
            ("#FFA500", Some(Tone::Caution)),
            ("#2DA44E", Some(Tone::Good)),
            ("#1677ff", Some(Tone::Active)),
            ("#888888", Some(Tone::Muted)),
            ("#12345", None),
            ("#ü00", None),
            ("expression(alert(1))", None),
            ("", None),
        ] {
            assert_eq!(tone_of(colour), tone, "{colour}");
        }
    }
}
