//! Plots as SVG, readable on light and dark pages.

use std::fmt::Write;

use crate::timing::short;

/// A bar with its middle half.
#[derive(Debug, Clone)]
pub(crate) struct Bar {
    pub(crate) name: &'static str,
    pub(crate) middle: f64,
    pub(crate) quartiles: (f64, f64),
}

/// A line of points, by rising x.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    name: &'static str,
    points: Vec<(f64, f64)>,
}

impl Line {
    pub(crate) const fn new(name: &'static str, points: Vec<(f64, f64)>) -> Self {
        Self { name, points }
    }
}

/// Lines over one another. The points stand at even distances, each under its own number: what is
/// measured doubles or more from one to the next. The height is linear and begins at zero.
#[derive(Debug, Clone)]
pub(crate) struct Plot {
    pub(crate) title: &'static str,
    pub(crate) across: &'static str,
    pub(crate) upwards: &'static str,
    pub(crate) lines: Vec<Line>,
}

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 300.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 616.0;
const TOP: f64 = 64.0;
const BOTTOM: f64 = 250.0;

/// Colours of text, lines of the frame, and lines of figures; the latter are told apart by dashes
/// as well.
const STYLE: &str = "\
text{font:13px system-ui,sans-serif;fill:#1f2328}.title{font-weight:600;font-size:15px}.quiet{fill:#59636e}\
.frame{stroke:#d1d9e0;stroke-width:1}.whisker{stroke:#1f2328;stroke-width:1.5}\
.line{fill:none;stroke-width:2.5}.c0{stroke:#0969da}.c1{stroke:#bc4c00;stroke-dasharray:7 4}\
.f0{fill:#0969da}.f1{fill:#bc4c00}.bar{fill:#818b98}.own{fill:#0969da}\
@media (prefers-color-scheme:dark){text{fill:#f0f6fc}.quiet{fill:#9198a1}.frame{stroke:#3d444d}\
.whisker{stroke:#f0f6fc}.c0{stroke:#4493f8}.c1{stroke:#db6d28}.f0{fill:#4493f8}.f1{fill:#db6d28}\
.bar{fill:#656c76}.own{fill:#1f6feb}}";

fn framed(title: &str, height: f64, inside: &str) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{title}\">\n<style>{STYLE}</style>\n<text class=\"title\" x=\"12\" y=\"24\">{title}</text>\n{inside}</svg>\n"
    )
}

/// Horizontal bars, the first of which is ours.
pub(crate) fn bars(title: &str, unit: &str, bars: &[Bar]) -> String {
    const ROW: f64 = 34.0;
    const NAMES: f64 = 210.0;
    const ROOM: f64 = 330.0;
    let most = bars
        .iter()
        .map(|bar| bar.quartiles.1.max(bar.middle))
        .fold(f64::MIN_POSITIVE, f64::max);
    let mut inside = String::new();
    let mut top = 44.0;
    for (number, bar) in bars.iter().enumerate() {
        let length = |value: f64| value / most * ROOM;
        let (low, high) = bar.quartiles;
        let middle = top + 10.0;
        let class = if number == 0 { "own" } else { "bar" };
        let _ = writeln!(
            inside,
            "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>\n<rect class=\"{class}\" x=\"{NAMES}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"20\"/>\n<line class=\"whisker\" x1=\"{:.1}\" x2=\"{:.1}\" y1=\"{middle:.1}\" y2=\"{middle:.1}\"/>\n<text class=\"quiet\" x=\"{:.1}\" y=\"{:.1}\">{} {unit}</text>",
            NAMES - 8.0,
            top + 15.0,
            bar.name,
            length(bar.middle).max(1.0),
            NAMES + length(low),
            NAMES + length(high),
            NAMES + length(high.max(bar.middle)) + 8.0,
            top + 15.0,
            short(bar.middle),
        );
        top += ROW;
    }
    framed(title, top + 6.0, &inside)
}

impl Plot {
    pub(crate) fn svg(&self) -> String {
        let all = || self.lines.iter().flat_map(|line| &line.points);
        let step = round_step(all().map(|(_, y)| *y).fold(f64::MIN_POSITIVE, f64::max));
        let most = step * 4.0;
        let height = |y: f64| BOTTOM - y / most * (BOTTOM - TOP);
        let mut inside = String::new();
        for number in 0..=4 {
            let value = step * f64::from(number);
            let _ = writeln!(
                inside,
                "<line class=\"frame\" x1=\"{LEFT}\" x2=\"{RIGHT}\" y1=\"{0:.1}\" y2=\"{0:.1}\"/>\n<text class=\"quiet\" x=\"{1}\" y=\"{2:.1}\" text-anchor=\"end\">{value}</text>",
                height(value),
                LEFT - 8.0,
                height(value) + 4.0,
            );
        }
        let places = self.places();
        for (x, place) in &places {
            let _ = writeln!(
                inside,
                "<text class=\"quiet\" x=\"{place:.1}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
                BOTTOM + 18.0,
                round(*x),
            );
        }
        let _ = writeln!(
            inside,
            "<text class=\"quiet\" x=\"{RIGHT}\" y=\"{}\" text-anchor=\"end\">{}</text>\n<text class=\"quiet\" x=\"12\" y=\"44\">{}</text>",
            BOTTOM + 38.0,
            self.across,
            self.upwards,
        );
        let mut label_above: Option<f64> = None;
        for (number, line) in self.lines.iter().enumerate() {
            let points: Vec<(f64, f64)> = line
                .points
                .iter()
                .zip(&places)
                .map(|((_, y), (_, place))| (*place, height(*y)))
                .collect();
            let path: Vec<String> = points
                .iter()
                .map(|(x, y)| format!("{x:.1},{y:.1}"))
                .collect();
            let _ = writeln!(
                inside,
                "<polyline class=\"line c{number}\" points=\"{}\"/>",
                path.join(" ")
            );
            for (x, y) in &points {
                let _ = writeln!(
                    inside,
                    "<circle class=\"f{number}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.5\"/>"
                );
            }
            if let (true, Some((x, y))) = (self.lines.len() > 1, points.last()) {
                // Lines that end side by side have one name above and one below.
                let is_free = label_above.is_none_or(|known| (known - y).abs() > 18.0);
                let label = if is_free { y - 10.0 } else { y + 22.0 };
                label_above = Some(*y);
                let _ = writeln!(
                    inside,
                    "<text class=\"f{number}\" x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                    label, line.name
                );
            }
        }
        framed(self.title, HEIGHT, &inside)
    }

    /// Where each x stands; all lines have the same ones.
    fn places(&self) -> Vec<(f64, f64)> {
        let Some(line) = self.lines.first() else {
            return Vec::new();
        };
        let gaps = u32::try_from(line.points.len()).unwrap_or(u32::MAX).max(2) - 1;
        let gap = (RIGHT - LEFT - 40.0) / f64::from(gaps);
        let mut place = LEFT + 20.0;
        line.points
            .iter()
            .map(|(x, _)| {
                let here = place;
                place += gap;
                (*x, here)
            })
            .collect()
    }
}

/// A quarter of the height: the smallest round number of which four reach `most`.
fn round_step(most: f64) -> f64 {
    let quarter = most / 4.0;
    let power = 10_f64.powf(quarter.log10().floor());
    [1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 7.5, 10.0]
        .map(|factor| factor * power)
        .into_iter()
        .find(|step| *step >= quarter)
        .unwrap_or(quarter)
}

fn round(number: f64) -> String {
    match number {
        10.0.. => format!("{number:.0}"),
        _ => format!("{number:.1}").trim_end_matches(".0").to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_round_and_reach_the_top() {
        for (most, expected) in [
            (4.0, 1.0),
            (4.1, 1.25),
            (33.0, 10.0),
            (250.0, 75.0),
            (0.9, 0.25),
        ] {
            assert_eq!(round_step(most), expected, "{most}");
        }
    }

    #[test]
    fn a_plot_has_every_point_inside_its_frame() {
        let line = Line::new("one", vec![(1.0, 0.0), (2.0, 7.5), (4.0, 8.0)]);
        let plot = Plot {
            title: "t",
            across: "x",
            upwards: "y",
            lines: vec![line],
        };
        let svg = plot.svg();
        let heights: Vec<f64> = svg
            .split("cy=\"")
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap().parse().unwrap())
            .collect();
        assert_eq!(heights.len(), 3);
        assert!(
            heights.iter().all(|y| (TOP..=BOTTOM).contains(y)),
            "{heights:?}"
        );
        assert_eq!(heights[0], BOTTOM);
        assert_eq!(heights[2], TOP);
    }

    #[test]
    fn the_longest_bar_has_all_the_room() {
        let bar = |name, middle| Bar {
            name,
            middle,
            quartiles: (middle, middle),
        };
        let svg = bars("t", "ms", &[bar("a", 1.0), bar("b", 4.0)]);
        assert!(
            svg.contains("width=\"82.5\"") && svg.contains("width=\"330.0\""),
            "{svg}"
        );
    }
}
