//! The program: take the environment, prepare, deliver, tell, exit.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use runbell::environment::Environment;
use runbell::manifest;
use runbell::report::{self, Ending, Exit, Told};
use runbell::results;
use runbell::run::{Ready, Step, prepare};
use runbell::world::signals::{Signal, Stop};
use runbell::world::terminal::{Terminal, complain, print};
use runbell::world::{World, disk, now, random, snapshot, watch};
use talc::base::binning::{Binning, linear_extent_then_linearly_divided_exponential_binning};

/// Gives memory out. The C library's own allocator takes longer, and a run asks for a thousand pieces.
#[global_allocator]
static ALLOCATOR: talc::sync::TalcLock<
    spinning_top::RawSpinlock<GiveWay>,
    talc::source::GlobalAllocSource<std::alloc::System>,
    OneWord,
> = talc::sync::TalcLock::new(talc::source::GlobalAllocSource::new(std::alloc::System));

/// Free pieces by their size, in as many classes as a word has bits: the next larger class that has
/// one is found at once. Classes are 32 bytes apart up to 256 bytes, then four to each doubling; what
/// has more than two megabytes is one class.
#[derive(Debug)]
struct OneWord;

impl Binning for OneWord {
    type AvailabilityBitField = u64;

    // One less than there are bits spares the library a branch.
    const BIN_COUNT: u32 = u64::BITS - 1;

    // A few instructions, in place at each of the few calls.
    #[inline(always)]
    fn size_to_bin(size_bytes: usize) -> u32 {
        linear_extent_then_linearly_divided_exponential_binning::<4, 2>(size_bytes)
    }
}

/// How a thread waits while another is given memory, which takes a few instructions. When it takes
/// longer, the system has stopped the other in between, and that one needs the processor.
#[derive(Debug, Default)]
struct GiveWay {
    turns: u8,
}

/// Turns of some hundredths of a microsecond.
const PATIENCE_TURNS: u8 = 32;

impl spinning_top::relax::Relax for GiveWay {
    fn relax(&mut self) {
        if self.turns < PATIENCE_TURNS {
            self.turns += 1;
            std::hint::spin_loop();
        } else {
            std::thread::yield_now();
        }
    }
}

/// The number of the first process of a container.
const FIRST_PROCESS: u32 = 1;

fn main() {
    // A core dump would hold every secret; where the system knows no such limit, there is none.
    drop(rlimit::setrlimit(rlimit::Resource::CORE, 0, 0));
    // A panic's own text may hold anything, a secret too; its place in the code cannot.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic
            .location()
            .map(ToString::to_string)
            .unwrap_or_default();
        complain(&format!("a bug in runbell, at {place}; please report it"));
    }));
    let exit = catch_unwind(AssertUnwindSafe(command)).unwrap_or(Exit::Bug);
    // Returning would wait for a name lookup that hangs; the process ends here instead.
    std::process::exit(exit.code().into())
}

fn command() -> Exit {
    let mut arguments = std::env::args_os().skip(1);
    let first = arguments.next();
    let first = first.as_ref().map(|it| it.to_string_lossy());
    match (first.as_deref(), arguments.next()) {
        (None, _) => return step(),
        (Some("inputs"), None) => print(&manifest::inputs_table()),
        (Some("--help" | "-h" | "help"), None) => print(&manifest::help()),
        (Some("--version" | "-V" | "version"), None) => {
            print(concat!("runbell ", env!("CARGO_PKG_VERSION"), "\n"));
        }
        (Some(_), _) => {
            // The argument is not repeated: people paste secrets there.
            complain("the arguments are not known; `runbell --help` lists what there is");
            return Exit::WrongInputs;
        }
    }
    Exit::Done
}

/// How long the reader of the log may take where no `timeout` of the step is known.
const USUAL_PATIENCE: Duration = Duration::from_secs(90);

/// How long the reader of the log has for the last lines of a step that used up its time; the step
/// ends a second behind that at the latest (rule D-6).
const LEAST_PATIENCE: Duration = Duration::from_millis(500);

/// Runs the step.
fn step() -> Exit {
    let begun = Instant::now();
    let stop = Stop::default();
    // Elsewhere a signal ends the process until something is waited for; what cannot listen has to
    // do without.
    if std::process::id() == FIRST_PROCESS {
        drop(stop.listen());
    }
    // As long as the process lasts: taking it apart would be work for nobody.
    let environment: &Environment = Box::leak(Box::new(snapshot::take(&stop)));
    let mut prepared = prepare(environment, now(), random());
    let terminal = Terminal::new(prepared.scrubber);
    let mut patience = USUAL_PATIENCE;
    if let Step::Ready(ready) = &mut prepared.step {
        ready.spend(begun.elapsed());
        patience = begun.elapsed().saturating_add(ready.timeout());
        watch::end_after(ready.timeout(), Exit::Failed.code());
        terminal.keep();
    } else if stop.is_listening() {
        // A signal must be heard over a log that nobody reads.
        terminal.keep();
    }
    for line in &prepared.opening {
        terminal.line(line);
    }
    for (target, payload) in &prepared.rehearsal {
        terminal.line(&format!("{target} would get:"));
        terminal.payload(payload);
    }
    let mut ending = match prepared.step {
        // What was decided, was decided without what was still to be read.
        Step::Finished(_) if stop.signal().is_some() => report::ended(),
        Step::Finished(ending) => ending,
        Step::Ready(ready) => deliver(&ready, &terminal, &stop)
            .unwrap_or_else(|fault| report::broken(&fault.to_string())),
    };
    if let Some(signal) = stop.signal() {
        ending = ending.ended_by(match signal {
            Signal::Interrupt => Exit::Interrupted,
            Signal::Terminate => Exit::Terminated,
        });
    }
    // The next run must hear of this one again if somebody was not told.
    if let (Some(update), Told::Everyone) = (&prepared.state, ending.told)
        && let Err(reason) = disk::save(update)
    {
        terminal.line(&format!(
            "warning: `state_file` {} is not written: {reason}",
            update.path
        ));
    }
    let files = results::files(prepared.results, environment, &ending.tally, &prepared.id);
    for file in &files {
        if let Err(reason) = disk::add_result(file, terminal.scrubber()) {
            terminal.line(&format!(
                "warning: the results are not written to {}: {reason}",
                file.path
            ));
        }
    }
    if let Some(annotation) = results::annotation(prepared.results, &ending.tally, ending.exit) {
        terminal.command(&annotation);
    }
    for line in &ending.lines {
        terminal.line(line);
    }
    let left = patience.saturating_sub(begun.elapsed());
    terminal.finish(&stop, left.max(LEAST_PATIENCE));
    ending.exit
}

fn deliver(ready: &Ready, terminal: &Terminal, stop: &Stop) -> anyhow::Result<Ending> {
    let (trust, network) = (&ready.trust, &ready.network);
    let world = World::new(
        trust,
        network,
        ready.verbosity,
        terminal,
        stop,
        ready.targets(),
    )?;
    // As long as the process lasts: threads that end keep those busy that tell how it went.
    let world: &World<'_> = Box::leak(Box::new(world));
    Ok(stop.wait_for(terminal.beside(ready.deliver(world)))?)
}
