// The worker pool of steps/step11_worker_pool, once more: worker/channel.py, worker/pool.py and
// entity/backoff.py, with the event loop below them. It does the same at the same moments, and in
// the same order: tests/book/test_pool_simulation.py runs both and compares.
//
// Here is no clock and no chance: the same settings are the same run, and it is over in a moment.
(() => {
  "use strict";
  if (globalThis.pyqueuePool) return;

  // ---- asyncio: as much of it as the pool uses. `yield*` is its await.

  class Future {
    constructor(loop) {
      this.loop = loop;
      this.isDone = false;
      this.waiting = [];
    }

    setResult() {
      this.isDone = true;
      for (const step of this.waiting) this.loop.callSoon(step);
    }
  }

  // An event loop on which nobody waits for real: when all tasks wait, its clock leaps.
  class Loop {
    constructor() {
      this.now = 0;
      this.ready = [];
      this.alarms = new Alarms();
    }

    callSoon(callback) {
      this.ready.push(callback);
    }

    callLater(seconds, callback) {
      this.alarms.push(this.now + seconds, callback);
    }

    createTask(coroutine) {
      const step = () => {
        const { done, value } = coroutine.next();
        if (done) return;
        if (value) value.waiting.push(step);
        else this.callSoon(step);
      };
      this.callSoon(step);
    }

    *sleep(seconds) {
      if (seconds <= 0) return yield; // lets the others get on
      const future = new Future(this);
      this.callLater(seconds, () => future.setResult());
      yield future;
    }

    // Everything that happens before a moment, in seconds.
    runUntil(end) {
      for (;;) {
        if (!this.ready.length) {
          if (!this.alarms.length || this.alarms.earliest >= end) return;
          this.now = this.alarms.earliest;
        }
        while (this.alarms.length && this.alarms.earliest <= this.now) this.ready.push(this.alarms.pop());
        // Not what these callbacks bring about: that has its turn after other alarms of this moment.
        for (const callback of this.ready.splice(0)) callback();
      }
    }
  }

  // Callbacks by the time at which they are due; those of one moment in the order they were set.
  class Alarms {
    constructor() {
      this.heap = [];
      this.count = 0;
    }

    get length() {
      return this.heap.length;
    }

    get earliest() {
      return this.heap[0].when;
    }

    push(when, callback) {
      const { heap } = this;
      let at = heap.push({ when, number: this.count++, callback }) - 1;
      for (let parent; at && this.isBefore(at, (parent = (at - 1) >> 1)); at = parent) this.swap(at, parent);
    }

    pop() {
      const { heap } = this;
      this.swap(0, heap.length - 1);
      const { callback } = heap.pop();
      for (let at = 0, child; (child = this.firstChild(at)) && this.isBefore(child, at); at = child) this.swap(at, child);
      return callback;
    }

    // The earlier of an entry's two children, or 0 if it has none.
    firstChild(at) {
      const child = 2 * at + 1;
      if (child >= this.heap.length) return 0;
      return child + 1 < this.heap.length && this.isBefore(child + 1, child) ? child + 1 : child;
    }

    isBefore(a, b) {
      const [one, other] = [this.heap[a], this.heap[b]];
      return one.when < other.when || (one.when === other.when && one.number < other.number);
    }

    swap(a, b) {
      [this.heap[a], this.heap[b]] = [this.heap[b], this.heap[a]];
    }
  }

  class Semaphore {
    constructor(loop, value) {
      this.loop = loop;
      this.value = value;
      this.waiters = [];
    }

    *acquire() {
      if (this.value && !this.waiters.length) {
        this.value -= 1;
        return;
      }
      const future = new Future(this.loop);
      this.waiters.push(future);
      yield future;
      this.waiters.splice(this.waiters.indexOf(future), 1);
      if (this.value) this.wakeUpNext();
    }

    release() {
      this.value += 1;
      this.wakeUpNext();
    }

    wakeUpNext() {
      const future = this.waiters.find((waiter) => !waiter.isDone);
      if (!future) return;
      this.value -= 1; // the place is handed over: nobody can come in between
      future.setResult();
    }
  }

  class Queue {
    constructor(loop) {
      this.loop = loop;
      this.items = [];
      this.getters = [];
    }

    putNowait(item) {
      this.items.push(item);
      this.getters.shift()?.setResult();
    }

    *get() {
      while (!this.items.length) {
        const getter = new Future(this.loop);
        this.getters.push(getter);
        yield getter;
      }
      return this.items.shift();
    }
  }

  // ---- worker/channel.py

  // The jobs that wait for a worker. New ones need a place to wait in; retries need none.
  class Channel {
    constructor(loop, places) {
      this.loop = loop;
      this.places = new Semaphore(loop, places);
      this.tickets = new Queue(loop);
    }

    *takePlace() {
      yield* this.places.acquire();
    }

    putNew(job) {
      this.tickets.putNowait({ job, hasPlace: true });
    }

    put(job) {
      this.tickets.putNowait({ job, hasPlace: false });
    }

    putLater(job, seconds) {
      this.loop.callLater(seconds, () => this.put(job));
    }

    *get() {
      const ticket = yield* this.tickets.get();
      if (ticket.hasPlace) this.places.release();
      return ticket.job;
    }
  }

  // ---- entity/backoff.py

  const BASE = 1;
  const CEILING = 60;

  const longestBackoff = (attempts) => Math.min(CEILING, BASE * 2 ** (attempts - 1));
  const backoff = (attempts, random) => random() * longestBackoff(attempts);

  // ---- worker/pool.py

  // What is said of a job is said to `log`: see `simulate`.
  class WorkerPool {
    constructor(loop, load, settings, log, inARow) {
      this.loop = loop;
      this.load = load;
      this.inARow = inARow;
      this.workerCount = settings.workers;
      this.maxRetry = settings.max_retry;
      this.holdsWorker = settings.retry === "holds";
      this.channel = new Channel(loop, settings.buffer);
      this.log = log;
    }

    start() {
      for (let worker = 0; worker < this.workerCount; worker += 1) this.loop.createTask(this.work(worker));
    }

    *submit(job) {
      this.log("comes", job);
      yield* this.channel.takePlace();
      this.log("enters", job);
      this.channel.putNew(job);
    }

    *work(worker) {
      for (let turn = 1; ; turn += 1) {
        yield* this.process(yield* this.channel.get(), worker);
        if (turn % this.inARow === 0) yield; // lets the others get on
      }
    }

    *process(job, worker) {
      while (yield* this.fails(job, worker)) {
        if (job.attempts >= this.maxRetry) return this.log("fails", job);
        const seconds = backoff(job.attempts, () => this.load.jitter(job));
        this.log("retries", job, this.loop.now + seconds);
        if (!this.holdsWorker) return this.channel.putLater(job, seconds); // the worker does something else
        yield* this.loop.sleep(seconds); // step 10: the worker waits along
      }
      return this.log("completes", job);
    }

    // One run of the job's handler.
    *fails(job, worker) {
      job.attempts += 1;
      this.log("begins", job, worker);
      const fails = this.load.fails(job, this.loop.now);
      yield* this.loop.sleep(this.load.seconds(job));
      return fails;
    }
  }

  // ---- The load: who comes when, how long each run takes, which ones fail. lab/book/load.py says
  // the same, with its reasons.

  const SECOND = 1024; // ticks
  const UNUSUAL = 10;
  const BATCH = 1 << 20;
  const [GAP, LENGTH, FAILURE, JITTER] = [0, 1, 2, 3];

  class Load {
    constructor(settings) {
      this.settings = settings;
      this.start = mixed(settings.seed);
    }

    // The jobs of so many seconds, in the order in which they come.
    jobs() {
      const { rate, batch, seconds } = this.settings;
      const comes = [];
      let ticks = 0;
      for (let key = 0; ; key += 1) {
        ticks += this.ticks(1 / rate, key, 0, GAP);
        if (ticks >= seconds * SECOND) break;
        comes.push([ticks / SECOND, key]);
      }
      for (let each = 0; each < batch; each += 1) comes.push([UNUSUAL, BATCH + each]);
      comes.sort((one, other) => one[0] - other[0] || one[1] - other[1]);
      return comes.map(([at, key], number) => ({ number, at, key, attempts: 0 }));
    }

    seconds(job) {
      return this.ticks(this.settings.takes, job.key, job.attempts, LENGTH) / SECOND;
    }

    fails(job, now) {
      const { fails, away } = this.settings;
      if (UNUSUAL <= now && now < UNUSUAL + away) return true;
      return this.chance(job.key, job.attempts, FAILURE) * 100 < fails;
    }

    jitter(job) {
      const { backoff: kind } = this.settings;
      if (kind === "none") return 0;
      if (kind === "doubling") return 1;
      return Math.floor(this.chance(job.key, job.attempts, JITTER) * SECOND) / SECOND;
    }

    ticks(mean, key, attempt, use) {
      return Math.max(1, Math.ceil(-Math.log(1 - this.chance(key, attempt, use)) * mean * SECOND));
    }

    chance(key, attempt, use) {
      const index = (key * 32 + attempt) * 4 + use;
      return mixed((this.start + Math.imul(index, 0x9e3779b9)) >>> 0) / 2 ** 32;
    }
  }

  const mixed = (bits) => {
    let z = bits;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  };

  // ---- A run

  // What happens in so many seconds: [second, what, job's number, attempt, and the worker's number
  // where a run begins, or the second at which a retry is due]. After so many jobs in a row a worker
  // lets others get on, even if it need not wait.
  const simulate = (settings, inARow = 1) => {
    const loop = new Loop();
    const log = [];
    const load = new Load(settings);
    const note = (what, job, more = null) => log.push([loop.now, what, job.number, job.attempts, more]);
    const pool = new WorkerPool(loop, load, settings, note, inARow);
    const callers = function* () {
      for (const job of load.jobs()) {
        if (job.at > loop.now) yield* loop.sleep(job.at - loop.now);
        loop.createTask(pool.submit(job));
      }
    };
    pool.start();
    loop.createTask(callers());
    loop.runUntil(settings.seconds);
    return log;
  };

  globalThis.pyqueuePool = { simulate, longestBackoff };
})();
