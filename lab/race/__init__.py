"""The race explorer: a race happens every time, or in none of the schedules within a bound.

    from lab.race import explore, replay, Random, PCT   # threads
    from lab.race import tasks                          # asyncio: tasks.explore, tasks.replay

Real threads run one at a time. Before each step a strategy says who goes on, so a whole run is a
string of letters, and the same string is the same run. The default strategy tries all schedules
without preemptions, then all with one, then two (CHESS: Musuvathi and Qadeer, PLDI 2007).

`complete=True` means: every schedule of these workers, from this setup, with at most so many
preemptions was run, and `check` held after each; none deadlocked, raised or ran on for more than
`max_steps`. A preemption takes the turn from a thread that could go on; to wait, to sleep and to
end cost none. Under `step="op"`, what is left out of that is what no thread can tell apart: a
switch before a bytecode that touches only the thread's own stack and local variables.

It does not mean:

- anything about more preemptions, other workers, other input, or code that did not run;
- under `step="line"`, anything about a switch inside a statement (`n += 1` is one step), and for
  `tasks`, about anything but the order at each `await`;
- anything about a switch inside a call into C, or inside library code between two lock
  operations, or inside code that has no file, such as a dataclass's methods: each is one step.
  Finalizers and weak references run where the last reference goes;
- anything about another memory model: steps take effect one after the other, for all threads at
  once, as under the GIL;
- that a time-out is long enough: with `timers="race"` it may end early, at the cost of a
  preemption, and the earliest always first; with `timers="last"` only when nobody can go on;
- that a loop was left to spin: one that comes round three times in a turn with nothing visible
  changed, or two hundred times, gives way to the others, and to stay costs a preemption. Daemon
  threads that wait or sleep when all others have ended are cut off.

What it controls: `threading.Lock`, `RLock` and `Thread` (and its subclasses), hence Condition,
Event, Semaphore, Barrier, Timer, `queue.Queue`, `SimpleQueue` and ThreadPoolExecutor; `time.sleep`
and the clocks of `time`, which are virtual; the functions of `random` and `uuid.uuid4`, which say
the same in every schedule. Also under names that the program's modules had bound before, and as
`field(default_factory=Lock)` of their dataclasses. What it does not control (a lock made before
`setup`, a lock's maker kept elsewhere, a socket, another process) it names in `Uncontrolled` after
a few seconds. `datetime.now()` reads the real clock, which differs from `time.time()` and from
schedule to schedule: what only keeps the answer is explored all the same, and what takes another
way for it is refused as `Diverged`. One exploration at a time per process.

How it hangs together: `threads` and `tasks` are the two ways in, and `search` runs schedule after
schedule for both, as `strategies` say. `execution` is one schedule, which `scheduling` and `gates`
make of threads, `loop` of tasks. `stops` and `statements` say where a thread can be stopped,
`standins` what it finds in place of locks and clocks, `traces` how it is told.
"""

from lab.race.strategies import PCT, Random, Strategy
from lab.race.threads import explore, outcomes, replay
from lab.race.traces import (
    Deadlock,
    Diverged,
    EndlessLoop,
    Failure,
    NoVerdictError,
    Result,
    Step,
    Trace,
    Uncontrolled,
)

__all__ = [
    "PCT",
    "Deadlock",
    "Diverged",
    "EndlessLoop",
    "Failure",
    "NoVerdictError",
    "Random",
    "Result",
    "Step",
    "Strategy",
    "Trace",
    "Uncontrolled",
    "explore",
    "outcomes",
    "replay",
    "tasks",
]
