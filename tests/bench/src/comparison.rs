//! The figures of the goals, each beside what it is compared with.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::callgrind;
use crate::contenders::{self, Contender, Kind};
use crate::memory::peak;
use crate::plot::Bar;
use crate::releases::Releases;
use crate::sizes;
use crate::stage::{Stage, endpoints_step, slow_down};
use crate::table::{Table, grouped};
use crate::timing::{Rounds, Start, Times, interleaved, short};

/// Everything that has a goal, and everybody who sends.
pub(crate) struct Figures {
    pub(crate) goals: Table,
    pub(crate) sends: Table,
    pub(crate) bars: Vec<Bar>,
}

/// How late robots answer that are not on this machine, at the least.
const LATE: Duration = Duration::from_millis(20);

/// How long each endpoint of the many waits before it answers.
pub(crate) const ANSWER_AFTER: Duration = Duration::from_millis(200);

/// Most targets of a run.
pub(crate) const MOST_TARGETS: usize = 32;

/// The longest bar that is drawn, by the length of runbell's.
const MOST_TIMES: f64 = 20.0;

const MEBIBYTE: f64 = 1024.0 * 1024.0;

/// Callgrind counts each program so often, and the fewest count.
const COUNTED_RUNS: usize = 5;

pub(crate) fn compare(releases: &Releases, rounds: Rounds) -> Result<Figures> {
    let stage = Stage::start()?;
    let contenders = contenders::all(&stage, releases)?;
    let mut goals = Table::new(["what", "measured", "compared with", "ratio", "goal", "met"]);
    let (sends, bars) = single_sends(&contenders, rounds, &mut goals)?;
    five_channels(&stage, &releases.runbell, rounds, &mut goals)?;
    many_targets(&stage, &releases.runbell, rounds, &mut goals)?;
    counted(releases, &mut goals)?;
    Ok(Figures { goals, sends, bars })
}

/// What is known of one contender.
struct Measured<'c> {
    contender: &'c Contender,
    times: Times,
    run_after_run: Times,
    instructions: Option<u64>,
    peak: f64,
}

fn single_sends(
    contenders: &[Contender],
    rounds: Rounds,
    goals: &mut Table,
) -> Result<(Table, Vec<Bar>)> {
    // apprise takes so long that as many rounds would be all of the wait.
    let (slow, quick): (Vec<_>, Vec<_>) =
        contenders.iter().partition(|it| it.kind == Kind::Apprise);
    let mut measured = Vec::new();
    for (group, count) in [(quick, 200), (slow, 15)] {
        let programs: Vec<_> = group.iter().map(|it| &it.program).collect();
        let timed = |start| interleaved(&programs, rounds.count(count), start, &|_| {});
        let both = timed(Start::Rested)?
            .into_iter()
            .zip(timed(Start::RunAfterRun)?);
        for (contender, (times, run_after_run)) in group.into_iter().zip(both) {
            measured.push(Measured {
                contender,
                times,
                run_after_run,
                instructions: count_of(contender, rounds)?,
                peak: to_mebibytes(peak(&contender.program)?),
            });
        }
    }
    let of = |kind: Kind| measured.iter().find(|it| it.contender.kind == kind);
    let runbell = of(Kind::Runbell).context("runbell is always there")?;
    if let Some(curl) = of(Kind::Curl) {
        let ratio = runbell.times.median() / curl.times.median();
        Row {
            what: "one signed DingTalk message, start to accepted",
            ours: format!("{} ms", short(runbell.times.median())),
            theirs: format!(
                "curl with finished bytes, {} ms",
                short(curl.times.median())
            ),
            ratio: Some(ratio),
            goal: "≤ 0.40",
            is_met: ratio <= 0.40,
        }
        .add_to(goals);
    }
    let bare = of(Kind::Bare).context("the bare client is always there")?;
    if let (Some(ours), Some(theirs)) = (runbell.instructions, bare.instructions) {
        let ratio = ratio(ours, theirs);
        Row {
            what: "instructions of the same",
            ours: grouped(ours),
            theirs: format!("bare rustls client, {}", grouped(theirs)),
            ratio: Some(ratio),
            goal: "≤ 1.30",
            is_met: ratio <= 1.30,
        }
        .add_to(goals);
    }
    let curl = of(Kind::Curl);
    Row {
        what: "peak memory of the same",
        ours: format!("{:.1} MiB", runbell.peak),
        theirs: curl.map_or_else(String::new, |curl| format!("curl, {:.1} MiB", curl.peak)),
        ratio: curl.map(|curl| runbell.peak / curl.peak),
        goal: "≤ 12 MiB",
        is_met: runbell.peak <= 12.0,
    }
    .add_to(goals);

    let mut table = Table::new([
        "who",
        "does",
        "time, median and quartiles",
        "of runbell's",
        "run after run",
        "instructions",
        "peak memory",
    ]);
    let mut bars = Vec::new();
    for one in &measured {
        table.row([
            one.contender.name.to_owned(),
            one.contender.does.to_owned(),
            one.times.told(),
            format!("{} ×", short(one.times.median() / runbell.times.median())),
            format!("{} ms", short(one.run_after_run.median())),
            one.instructions.map_or_else(|| "–".to_owned(), grouped),
            format!("{:.1} MiB", one.peak),
        ]);
        // Beside a bar of a hundred times the length nothing else can be seen.
        if one.times.median() <= MOST_TIMES * runbell.times.median() {
            bars.push(Bar {
                name: one.contender.name,
                middle: one.times.median(),
                quartiles: one.times.quartiles(),
            });
        }
    }
    Ok((table, bars))
}

fn count_of(contender: &Contender, rounds: Rounds) -> Result<Option<u64>> {
    // A shell step is many processes, and Python under callgrind takes a minute.
    let counts = matches!(contender.kind, Kind::Runbell | Kind::Bare | Kind::Curl);
    if !counts || !callgrind::is_there() {
        return Ok(None);
    }
    let runs = rounds.count(COUNTED_RUNS);
    callgrind::instructions(&contender.program, runs).map(Some)
}

fn five_channels(stage: &Stage, binary: &Path, rounds: Rounds, goals: &mut Table) -> Result<()> {
    let one = stage.dingtalk_step(binary)?;
    let others = stage.others()?;
    let five = others.with(one.clone());
    five.run().context("five channels at once")?;
    let timed = |start, before| -> Result<(f64, f64)> {
        let times = interleaved(&[&one, &five], rounds.count(60), start, before)?;
        let [one, five] = times.as_slice() else {
            bail!("two programs have two times");
        };
        Ok((one.median(), five.median()))
    };
    let (one_ms, five_ms) = timed(Start::Rested, &|_| {})?;
    let ratio = five_ms / one_ms;
    Row {
        what: "five channels at once",
        ours: format!("{} ms", short(five_ms)),
        theirs: format!("one channel, {} ms", short(one_ms)),
        ratio: Some(ratio),
        goal: "≤ 1.80",
        is_met: ratio <= 1.8,
    }
    .add_to(goals);
    let late = |number: usize| {
        stage.answer_late(LATE);
        if number > 0 {
            others.answer_late(LATE);
        }
    };
    let as_far_away = format!("the same, where each answers {} ms late", LATE.as_millis());
    for (what, (one_ms, five_ms)) in [
        (
            "the same, run after run without rest",
            timed(Start::RunAfterRun, &|_| {})?,
        ),
        (as_far_away.as_str(), timed(Start::Rested, &late)?),
    ] {
        goals.row([
            what.to_owned(),
            format!("{} ms", short(five_ms)),
            format!("one channel, {} ms", short(one_ms)),
            format!("{:.2}", five_ms / one_ms),
            "none".to_owned(),
            "–".to_owned(),
        ]);
    }
    Ok(())
}

fn many_targets(stage: &Stage, binary: &Path, rounds: Rounds, goals: &mut Table) -> Result<()> {
    let endpoints = stage.endpoints(MOST_TARGETS)?;
    let step = endpoints_step(stage, binary, &endpoints)?;
    let slow = |_: usize| slow_down(&endpoints, ANSWER_AFTER);
    let times = interleaved(&[&step], rounds.count(15), Start::Rested, &slow)?;
    let median = times.first().map(Times::median).unwrap_or_default();
    Row {
        what: "32 targets that each answer after 200 ms",
        ours: format!("{:.3} s", median / 1000.0),
        theirs: "one after the other, 6.4 s".to_owned(),
        ratio: Some(median / 6400.0),
        goal: "≤ 0.35 s",
        is_met: median <= 350.0,
    }
    .add_to(goals);
    Ok(())
}

fn counted(releases: &Releases, goals: &mut Table) -> Result<()> {
    let arm = releases.arm.as_deref();
    let programs = [("x86-64", Some(releases.runbell.as_path())), ("arm64", arm)];
    for (name, path) in programs {
        let Some(path) = path else { continue };
        let size = sizes::bytes(path)?;
        Row {
            what: &format!("static program, {name}"),
            ours: format!("{} bytes", grouped(size)),
            theirs: String::new(),
            ratio: None,
            goal: "≤ 4,500,000",
            is_met: size <= 4_500_000,
        }
        .add_to(goals);
    }
    let image = sizes::image_bytes(&releases.runbell)?;
    let program = sizes::bytes(&releases.runbell)?;
    goals.row([
        "image: the program and two licences".to_owned(),
        format!("{} bytes", grouped(image)),
        format!("the program alone, {}", grouped(program)),
        format!("{:.3}", ratio(image, program)),
        "nothing else".to_owned(),
        "held by the gate".to_owned(),
    ]);
    goals.row([
        "crates of others in the program".to_owned(),
        sizes::crates()?.to_string(),
        String::new(),
        String::new(),
        "no more than now".to_owned(),
        "held by the gate".to_owned(),
    ]);
    Ok(())
}

/// A row of the table of goals.
struct Row<'r> {
    what: &'r str,
    ours: String,
    /// What it is compared with; empty when nothing is.
    theirs: String,
    ratio: Option<f64>,
    goal: &'r str,
    is_met: bool,
}

impl Row<'_> {
    fn add_to(self, table: &mut Table) {
        table.row([
            self.what.to_owned(),
            self.ours,
            self.theirs,
            self.ratio
                .map_or_else(String::new, |ratio| format!("{ratio:.2}")),
            self.goal.to_owned(),
            if self.is_met { "yes" } else { "no" }.to_owned(),
        ]);
    }
}

#[expect(clippy::cast_precision_loss, reason = "three figures are shown")]
fn ratio(ours: u64, theirs: u64) -> f64 {
    ours as f64 / theirs as f64
}

#[expect(clippy::cast_precision_loss, reason = "three figures are shown")]
fn to_mebibytes(bytes: u64) -> f64 {
    bytes as f64 / MEBIBYTE
}
