// <pool-simulator>: the worker pool of pool.js, with everything to set that there is, and what comes
// of it. A run is over before it is shown; what moves is only the second that is looked at. So
// whoever changes a setting sees at once what would have been.
// It takes the place of a picture and a table that say the same to those without scripts, and reads
// what can be set from the page: see lab/book/simulator.
(() => {
  "use strict";
  if (customElements.get("pool-simulator")) return;

  const { simulate } = globalThis.pyqueuePool;
  const SVG = "http://www.w3.org/2000/svg";
  const SPEEDS = [1, 5, 20];
  const DOTS = 40; // more than this are counted instead of drawn
  let simulators = 0;

  // An element with attributes and children; an attribute that is null is left out.
  const build = (element, attributes, children) => {
    for (const [name, value] of Object.entries(attributes))
      if (value !== null) element.setAttribute(name, value);
    element.append(...children);
    return element;
  };
  const make = (tag, attributes = {}, ...children) => build(document.createElement(tag), attributes, children);
  const draw = (tag, attributes = {}, ...children) => build(document.createElementNS(SVG, tag), attributes, children);

  const button = (label, act, attributes = {}) => {
    const element = make("button", { type: "button", class: "simulator-button", ...attributes }, label);
    element.addEventListener("click", act);
    return element;
  };

  const counted = (number, what) => `${number.toLocaleString("en-US")} ${what}${number === 1 ? "" : "s"}`;
  const inSeconds = (span) => (span === undefined ? "none" : `${span.toFixed(span < 10 ? 2 : 1)} s`);

  // ---- What the events of a run come to: see lab/book/simulator/history.py.

  // A moment for each event, and for each retry that comes back to the buffer.
  const historyOf = (log, { workers, retry }) => {
    const holds = retry === "holds";
    const back = holds ? [] : log.flatMap(([, what, job, attempt, due], number) =>
      (what === "retries" ? [{ due, number, job, attempt }] : []));
    back.sort((one, other) => one.due - other.due || one.number - other.number);
    let now = { at: 0, event: null, door: 0, buffer: 0, work: 0, later: 0, held: 0, back: 0,
      completed: 0, failed: 0, workers: Array(workers).fill(null) };
    const moments = [now];
    const places = new Map();
    const workerOf = new Map();
    const move = (at, event, job, place) => {
      now = { ...now, at, event };
      const before = places.get(job);
      if (before) now[before] -= 1;
      now[place] += 1;
      places.set(job, place === "completed" || place === "failed" ? undefined : place);
      moments.push(now);
    };
    const atWork = (job, state) => {
      now.workers = now.workers.slice();
      now.workers[workerOf.get(job)] = state;
    };
    let next = 0;
    const comeBack = (until, number) => {
      for (let each; (each = back[next]) && each.due <= until && each.number < number; next += 1)
        move(each.due, [each.due, "returns", each.job, each.attempt], each.job, "back");
    };
    const placeAfter = { comes: "door", enters: "buffer", begins: "work", completes: "completed",
      fails: "failed", retries: holds ? "held" : "later" };
    log.forEach((event, number) => {
      const [at, what, job, attempt, more] = event;
      comeBack(at, number);
      move(at, event, job, placeAfter[what]);
      if (what === "begins") workerOf.set(job, more);
      if (what === "begins") atWork(job, { job, attempt, held: false });
      else if (what === "retries" && holds) atWork(job, { job, attempt, held: true });
      else if (workerOf.has(job) && what !== "comes" && what !== "enters") atWork(job, null);
    });
    return { moments, finish: (end) => (comeBack(end, Infinity), moments) };
  };

  // Of each job that has ended: when, and how long it took, from the door and from inside.
  const endsOf = (log) => {
    const [came, entered] = [new Map(), new Map()];
    const ends = [];
    for (const [at, what, job] of log) {
      if (what === "comes") came.set(job, at);
      else if (what === "enters") entered.set(job, at);
      else if (what === "completes" || what === "fails")
        ends.push({ at, span: at - came.get(job), inside: at - entered.get(job), fails: what === "fails" });
    }
    return ends;
  };

  // The shortest span that so many percent do not exceed.
  const percentile = (spans, percent) =>
    [...spans].sort((one, other) => one - other)[Math.ceil((percent * spans.length) / 100) - 1];

  class Run {
    constructor(settings) {
      this.settings = settings;
      const log = simulate(settings);
      this.moments = historyOf(log, settings).finish(settings.seconds);
      this.ends = endsOf(log);
    }

    // How many moments have come at this second, the beginning included.
    countAt(second) {
      let [low, high] = [1, this.moments.length];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (this.moments[middle].at <= second) low = middle + 1;
        else high = middle;
      }
      return low;
    }

    most(place) {
      return this.moments.reduce((most, moment) => Math.max(most, moment[place]), 0);
    }

    // What became of the jobs, until a second.
    outcome(second = Infinity) {
      const ends = this.ends.filter((end) => end.at <= second);
      const count = second === Infinity ? this.moments.length : this.countAt(second);
      const now = this.moments[count - 1];
      const door = this.moments.slice(0, count).reduce((most, moment) => Math.max(most, moment.door), 0);
      return {
        completed: now.completed,
        failed: now.failed,
        unfinished: now.door + now.buffer + now.work + now.later + now.held + now.back,
        door,
        median: percentile(ends.map((end) => end.span), 50),
        most: percentile(ends.map((end) => end.span), 95),
        inside: percentile(ends.map((end) => end.inside), 95),
      };
    }
  }

  // ---- The picture

  const LEFT = 38;
  const RIGHT = 10;
  const PANELS = { waiting: 150, workers: 80, spans: 130 };
  const HEAD = 36; // above each panel, for its name and what is in it
  const FOOT = 36;

  class Chart {
    constructor() {
      this.root = draw("svg", { role: "img", class: "simulator-chart" });
      this.cover = draw("rect", { class: "cover", y: 0 });
      this.hand = draw("line", { class: "hand", y1: HEAD });
    }

    // All of a run.
    show(run, width) {
      this.width = width;
      this.seconds = run.settings.seconds;
      this.height = Object.values(PANELS).reduce((sum, each) => sum + each + HEAD, FOOT);
      this.root.setAttribute("viewBox", `0 0 ${width} ${this.height}`);
      this.root.setAttribute("aria-label", this.inWords(run));
      this.steps = this.sampled(run);
      const [first, second, third] = [HEAD, 2 * HEAD + PANELS.waiting, 3 * HEAD + PANELS.waiting + PANELS.workers];
      this.root.replaceChildren(
        this.outage(run.settings),
        ...this.waiting(run, first), ...this.workers(run, second), ...this.spans(run, third),
        this.cover, ...this.axis(), this.hand,
      );
      this.root.append(...this.root.querySelectorAll("text")); // over the cover
      this.hand.setAttribute("y2", this.height - FOOT);
      this.cover.setAttribute("height", this.height - FOOT + 1);
    }

    // Look at this second: what comes later is pale.
    lookAt(second) {
      const x = this.x(second);
      this.cover.setAttribute("x", x);
      this.cover.setAttribute("width", Math.max(0, this.x(this.seconds) + RIGHT - x));
      this.hand.setAttribute("x1", x);
      this.hand.setAttribute("x2", x);
    }

    x(second) {
      return LEFT + (second / this.seconds) * (this.width - LEFT - RIGHT);
    }

    // For each pixel, the most that there were of everything.
    sampled({ moments }) {
      const columns = Math.ceil(this.width - LEFT - RIGHT);
      const steps = [];
      let at = 0;
      for (let column = 0; column <= columns; column += 1) {
        const until = (column / columns) * this.seconds;
        const step = { at: until, door: 0, inside: 0, later: 0, held: 0, atWork: 0 };
        const take = (moment) => {
          step.door = Math.max(step.door, moment.door);
          step.inside = Math.max(step.inside, moment.buffer + moment.back);
          step.later = Math.max(step.later, moment.later);
          step.held = Math.max(step.held, moment.held);
          step.atWork = Math.max(step.atWork, moment.work + moment.held);
        };
        take(moments[at]);
        while (at + 1 < moments.length && moments[at + 1].at <= until) take(moments[(at += 1)]);
        steps.push(step);
      }
      return steps;
    }

    waiting(run, top) {
      const most = this.steps.reduce((high, step) => Math.max(high, step.door, step.inside, step.later), run.settings.buffer);
      const y = this.scale(most * 1.05, top, PANELS.waiting);
      const { buffer } = run.settings;
      return [
        ...this.frame("Jobs that wait", { later: "for a retry", inside: "in the buffer", door: "at the door" }, y, this.ticks(most), top),
        this.line("limit", [[0, buffer], [this.seconds, buffer]], y),
        ...["later", "inside", "door"].map((name) => this.line(name, this.steps.map((step) => [step.at, step[name]]), y)),
        draw("text", { class: "limit", x: this.width - RIGHT, y: y(buffer) - 4, "text-anchor": "end" }, "places"),
      ];
    }

    workers(run, top) {
      const { workers } = run.settings;
      const y = this.scale(workers, top, PANELS.workers);
      const area = (name) => this.area(name, this.steps.map((step) => [step.at, step[name]]), y);
      return [...this.frame("Workers", { atWork: "at work", held: "held by a retry" }, y, [0, workers], top), area("atWork"), area("held")];
    }

    spans({ ends }, top) {
      const most = Math.max(1, ...ends.map((end) => end.span));
      const y = this.scale(most * 1.05, top, PANELS.spans);
      const dots = (name, of) =>
        draw("path", { class: `dots ${name}`, d: ends.filter((end) => of(end) !== null).map((end) => `M${this.x(end.at).toFixed(1)},${y(of(end)).toFixed(1)}h0`).join("") });
      const crosses = ends.filter((end) => end.fails).map((end) => {
        const [x, height] = [this.x(end.at), y(end.span)];
        return `M${(x - 3).toFixed(1)},${(height - 3).toFixed(1)}l6,6m0,-6l-6,6`;
      });
      return [
        ...this.frame("Seconds to the end", { failed: "× failed", part: "from the buffer", whole: "from submit" }, y, this.ticks(most), top),
        dots("whole", (end) => (end.fails ? null : end.span)),
        dots("part", (end) => (end.fails || end.inside === end.span ? null : end.inside)),
        draw("path", { class: "failed", d: crosses.join("") }),
      ];
    }

    frame(name, legend, y, ticks, top) {
      const words = Object.entries(legend).map(([look, text]) => draw("tspan", { class: look, dx: 10 }, text));
      return [
        draw("text", { class: "name", x: 0, y: top - 14 }, name),
        draw("text", { class: "legend", x: this.width - RIGHT, y: top - 14, "text-anchor": "end" }, ...words),
        ...ticks.flatMap((tick) => [
          draw("line", { class: "grid", x1: LEFT, x2: this.width - RIGHT, y1: y(tick), y2: y(tick) }),
          draw("text", { class: "tick", x: LEFT - 6, y: y(tick) + 4, "text-anchor": "end" }, tick),
        ]),
      ];
    }

    axis() {
      const floor = this.height - FOOT;
      const every = this.width < 500 ? 20 : 10;
      const seconds = Array.from({ length: Math.floor(this.seconds / every) + 1 }, (_, n) => n * every);
      return [
        ...seconds.map((second) => draw("text", { class: "tick", x: this.x(second), y: floor + 16, "text-anchor": second ? (second === this.seconds ? "end" : "middle") : "start" }, second)),
        draw("text", { class: "tick", x: this.width - RIGHT, y: floor + 31, "text-anchor": "end" }, "seconds since the start"),
      ];
    }

    outage({ away }) {
      const [from, to] = [this.x(10), this.x(Math.min(this.seconds, 10 + away))];
      return draw("rect", { class: "away", x: from, width: to - from, y: HEAD, height: this.height - FOOT - HEAD });
    }

    scale(most, top, height) {
      return (value) => top + height - (value / most) * height;
    }

    // About four round numbers, from 0 up to the most.
    ticks(most) {
      const power = 10 ** Math.floor(Math.log10(most / 3));
      const step = [1, 2, 5, 10].map((each) => each * power).find((each) => most / each <= 4);
      return Array.from({ length: Math.floor(most / step) + 1 }, (_, n) => Number((n * step).toPrecision(6)));
    }

    points(pairs, y) {
      return pairs.map(([second, value]) => `${this.x(second).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
    }

    line(name, pairs, y) {
      return draw("polyline", { class: `line ${name}`, points: this.points(pairs, y) });
    }

    area(name, pairs, y) {
      return draw("polygon", { class: `area ${name}`, points: this.points([[0, 0], ...pairs, [this.seconds, 0]], y) });
    }

    inWords(run) {
      const { completed, failed, unfinished, median, most } = run.outcome();
      return `What the numbers below say, over ${run.settings.seconds} seconds. At most ${run.most("door")} jobs wait at the door, ` +
        `${run.most("buffer")} in places of the buffer, and ${run.most("later")} for their retry. In the end ${completed} are completed, ` +
        `${failed} failed and ${unfinished} unfinished; half took ${inSeconds(median)} or less, 95 % ${inSeconds(most)} or less.`;
    }
  }

  // ---- The element

  class Simulator extends HTMLElement {
    connectedCallback() {
      if (this.data) return; // moved, not new
      this.data = JSON.parse(this.querySelector("script").textContent);
      this.number = ++simulators;
      const title = this.querySelector(".simulator-title");
      const still = this.querySelector(".simulator-still"); // stays, for paper
      title.id = `simulator-${this.number}`;
      this.setAttribute("role", "group");
      this.setAttribute("aria-labelledby", title.id);
      this.live = make("p", { class: "simulator-live", role: "status" });
      this.chart = new Chart();
      const picture = make("div", { class: "simulator-picture" }, this.chart.root);
      const stage = make("div", { class: "simulator-stage" },
        this.makePresets(), this.makeTransport(), this.live, this.makeScene(), picture,
        this.makeControls(), this.makeTable());
      this.replaceChildren(title, stage, still);
      this.addEventListener("keydown", (event) => this.onKey(event));
      this.begin(this.data.settings);
      new ResizeObserver(() => this.onSize(picture.clientWidth)).observe(picture);
    }

    disconnectedCallback() {
      this.pause();
    }

    // -- what can be set

    makePresets() {
      this.look = make("p", { class: "simulator-look" });
      this.presets = this.data.presets.map((preset) => {
        const choose = button(preset.title, () => this.begin(preset.settings), { "aria-pressed": "false" });
        return { ...preset, choose };
      });
      const row = make("div", { class: "simulator-presets", role: "group", "aria-label": "Situations" }, ...this.presets.map((each) => each.choose));
      return make("div", {}, row, this.look);
    }

    makeControls() {
      this.controls = new Map();
      this.sum = make("p", { class: "simulator-sum" });
      const fields = this.data.controls.map((control) => (control.words ? this.makeChoice(control) : this.makeRange(control)));
      return make("div", {}, make("div", { class: "simulator-controls" }, ...fields), this.sum);
    }

    makeRange({ name, label, unit, low, high, step }) {
      const id = `simulator-${this.number}-${name}`;
      const input = make("input", { type: "range", id, min: low, max: high, step });
      const value = make("strong", { "aria-hidden": "true" }); // the slider says it
      const show = (number) => {
        input.value = number;
        value.textContent = `${number} ${unit}`.trim();
        input.setAttribute("aria-valuetext", value.textContent);
      };
      input.addEventListener("input", () => this.set(name, Number(input.value)));
      this.controls.set(name, show);
      return make("div", { class: "simulator-field" }, make("label", { for: id }, label), value, input);
    }

    makeChoice({ name, label, words }) {
      const id = `simulator-${this.number}-${name}`;
      const options = Object.entries(words).map(([value, text]) => make("option", { value }, text));
      const select = make("select", { id }, ...options);
      select.addEventListener("change", () => this.set(name, select.value));
      this.controls.set(name, (value) => (select.value = value));
      return make("div", { class: "simulator-field choice" }, make("label", { for: id }, label), select);
    }

    begin(settings) {
      this.pause();
      this.settings = { ...settings };
      this.bufferFollows = settings.buffer === 2 * settings.workers;
      this.second = settings.seconds;
      this.compute();
    }

    set(name, value) {
      this.settings[name] = value;
      if (name === "buffer") this.bufferFollows = false;
      if (name === "workers" && this.bufferFollows) this.settings.buffer = 2 * value;
      // However many changes come before the next picture, it is computed once.
      this.due ??= requestAnimationFrame(() => this.compute());
    }

    compute() {
      if (this.due) cancelAnimationFrame(this.due);
      this.due = null;
      const { settings } = this;
      for (const [name, show] of this.controls) show(settings[name]);
      const same = (preset) => Object.keys(settings).every((name) => preset.settings[name] === settings[name]);
      for (const preset of this.presets) preset.choose.setAttribute("aria-pressed", same(preset));
      this.look.textContent = this.presets.find(same)?.look ?? this.look.textContent;
      this.run = new Run({ ...settings });
      this.other = new Run({ ...settings, retry: settings.retry === "holds" ? "none" : "holds" });
      this.sum.textContent = this.loadInWords();
      this.count = this.run.countAt(this.second);
      this.makePlaces();
      if (this.chart.width) this.chart.show(this.run, this.chart.width);
      this.draw();
      if (!this.timer) this.tell();
    }

    // What comes in, and what can be done.
    loadInWords() {
      const { rate, workers, takes, fails, max_retry: runs } = this.settings;
      const share = fails / 100;
      const each = share === 1 ? runs : (1 - share ** runs) / (1 - share);
      const [asked, able] = [rate * each, workers / takes];
      const retries = fails ? `, retries included` : "";
      return `${counted(workers, "worker")} can do ${able.toFixed(1)} runs per second, and ${asked.toFixed(1)} are asked for${retries}: ${Math.round((100 * asked) / able)} %.`;
    }

    // -- which second is looked at

    makeTransport() {
      this.slider = make("input", { type: "range", min: 0, max: this.data.settings.seconds, step: 0.25, "aria-label": "Second" });
      this.slider.addEventListener("input", () => {
        this.pause();
        this.goTo(Number(this.slider.value));
      });
      this.runs = button("Run", () => (this.timer ? this.stop() : this.play()), { class: "simulator-button first" });
      this.back = button("Back", () => this.step(-1));
      this.forward = button("Step", () => this.step(1));
      const speed = make("select", { "aria-label": "Speed" }, ...SPEEDS.map((each) => make("option", { value: each }, `${each} ×`)));
      speed.value = this.speed = SPEEDS[1];
      speed.addEventListener("change", () => (this.speed = Number(speed.value)));
      this.clock = make("strong", { class: "simulator-clock", "aria-hidden": "true" });
      return make("div", { class: "simulator-transport" }, this.runs, this.back, this.forward, speed, this.slider, this.clock);
    }

    onKey(event) {
      if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, select")) return;
      const act = {
        ArrowRight: () => this.step(1),
        ArrowLeft: () => this.step(-1),
        Home: () => (this.pause(), this.goTo(0)),
        End: () => (this.pause(), this.goTo(this.settings.seconds)),
      }[event.key];
      if (!act) return;
      event.preventDefault();
      event.stopPropagation();
      act();
    }

    play() {
      if (this.second >= this.settings.seconds) this.second = 0;
      this.runs.textContent = "Pause";
      this.say(`It runs, ${this.speed} times as fast as it would.`);
      let last = performance.now();
      // Who wants less motion gets a new picture twice in a second.
      const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
      const wait = (then) => (still ? setTimeout(() => then(performance.now()), 500) : requestAnimationFrame(then));
      const go = (now) => {
        this.second = Math.min(this.settings.seconds, this.second + (this.speed * Math.max(0, now - last)) / 1000);
        last = now;
        this.count = this.run.countAt(this.second);
        this.draw();
        if (this.second >= this.settings.seconds) return this.stop();
        return (this.timer = wait(go));
      };
      this.cancel = (timer) => (still ? clearTimeout(timer) : cancelAnimationFrame(timer));
      this.timer = wait(go);
    }

    // Pause, and say where.
    stop() {
      this.pause();
      this.tell();
    }

    pause() {
      if (this.timer) this.cancel(this.timer);
      this.timer = null;
      this.runs.textContent = "Run";
    }

    goTo(second) {
      this.second = second;
      this.count = this.run.countAt(second);
      this.draw();
      this.tell();
    }

    // To the next thing that happens, or the one before.
    step(by) {
      this.pause();
      const { moments } = this.run;
      this.count = Math.max(1, Math.min(moments.length, this.count + by));
      this.second = moments[this.count - 1].at;
      this.draw();
      this.say(this.eventInWords(moments[this.count - 1]));
    }

    // -- what there is to see

    makeScene() {
      const box = (name, label) => {
        const number = make("strong", {});
        const dots = make("div", { class: "simulator-dots", "aria-hidden": "true" });
        const element = make("div", { class: `simulator-box ${name}` }, make("p", {}, make("span", {}, label), number), dots);
        return [name, { element, number, dots }];
      };
      this.boxes = new Map([
        box("door", "At the door"), box("inside", "In the buffer"), box("workers", "Workers"),
        box("later", "Retries that wait"), box("ended", "Ended"),
      ]);
      return make("div", { class: "simulator-scene" }, ...[...this.boxes.values()].map((each) => each.element));
    }

    // As many places and workers as there are.
    makePlaces() {
      const cells = (count) => Array.from({ length: count }, () => make("i", {}));
      this.workers = cells(this.settings.workers);
      this.places = cells(this.settings.buffer);
      this.boxes.get("workers").dots.replaceChildren(...this.workers);
      this.returned = make("b", {});
      this.boxes.get("inside").dots.replaceChildren(...this.places, this.returned);
    }

    draw() {
      const now = this.run.moments[this.count - 1];
      this.drawScene(now);
      if (this.chart.width) this.chart.lookAt(this.second);
      this.drawTable();
      this.slider.value = this.second;
      this.clock.textContent = `${this.second.toFixed(2)} s`;
      this.slider.setAttribute("aria-valuetext", this.clock.textContent);
      this.back.setAttribute("aria-disabled", this.count === 1);
      this.forward.setAttribute("aria-disabled", this.count === this.run.moments.length);
    }

    drawScene(now) {
      const write = (name, text) => (this.boxes.get(name).number.textContent = text);
      const { workers, buffer } = this.settings;
      write("door", now.door);
      write("inside", `${now.buffer} of ${buffer} places${now.back ? `, and ${now.back} back` : ""}`);
      write("workers", `${now.work} of ${workers} at work${now.held ? `, ${now.held} held` : ""}`);
      write("later", now.later + now.held);
      write("ended", `${now.completed} well, ${now.failed} failed`);
      this.drawDots("door", now.door);
      this.drawDots("later", now.later);
      this.places.forEach((place, number) => (place.className = number < now.buffer ? "taken" : ""));
      this.returned.textContent = now.back ? `+${now.back}` : "";
      now.workers.forEach((at, number) => {
        this.workers[number].className = at ? (at.held ? "held" : "taken") : "";
        this.workers[number].textContent = at ? at.job + 1 : "";
      });
    }

    drawDots(name, count) {
      const { dots } = this.boxes.get(name);
      const drawn = Math.min(count, DOTS);
      while (dots.querySelectorAll("i").length > drawn) dots.querySelector("i").remove();
      while (dots.querySelectorAll("i").length < drawn) dots.prepend(make("i", { class: "taken" }));
      let rest = dots.querySelector("b");
      if (!rest) dots.append((rest = make("b", {})));
      rest.textContent = count > drawn ? `+${count - drawn}` : "";
    }

    makeTable() {
      const rows = { completed: "completed", failed: "failed", unfinished: "not finished", door: "most at the door",
        median: "half took at most", most: "95 % took at most", inside: "95 % once inside" };
      this.cells = Object.fromEntries(Object.keys(rows).map((name) => [name, [make("td"), make("td")]]));
      this.columns = [make("th", { scope: "col" }), make("th", { scope: "col" })];
      this.caption = make("caption", {});
      const body = Object.entries(rows).map(([name, text]) => make("tr", {}, make("th", { scope: "row" }, text), ...this.cells[name]));
      return make("table", { class: "figures simulator-figures" }, this.caption,
        make("thead", {}, make("tr", {}, make("td", {}), ...this.columns)), make("tbody", {}, ...body));
    }

    drawTable() {
      const words = { none: "a retry holds no worker", holds: "a retry holds its worker" };
      this.caption.textContent = `The same jobs under both policies, until second ${this.second.toFixed(1)}`;
      [this.run, this.other].forEach((run, column) => {
        const outcome = run.outcome(this.second);
        this.columns[column].textContent = words[run.settings.retry];
        for (const [name, cells] of Object.entries(this.cells))
          cells[column].textContent = ["median", "most", "inside"].includes(name) ? inSeconds(outcome[name]) : outcome[name].toLocaleString("en-US");
      });
    }

    onSize(width) {
      if (!width || Math.round(width) === this.chart.width) return;
      this.chart.show(this.run, Math.round(width));
      this.chart.lookAt(this.second);
    }

    // -- in words

    tell() {
      const now = this.run.moments[this.count - 1];
      const { completed, failed, median, most } = this.run.outcome(this.second);
      const ended = completed + failed;
      const where = [[now.door, "at the door"], [now.buffer + now.back, "in the buffer"], [now.work, "at work"],
        [now.held, "in a worker that waits for a retry"], [now.later, "waiting for a retry"]]
        .filter(([count]) => count).map(([count, place]) => `${count} ${place}`);
      const words = [`At second ${this.second.toFixed(1)}: ${counted(ended, "job")} ended${failed ? `, ${failed} of them failed` : ""}.`];
      if (where.length) words.push(`Still there: ${where.join(", ")}.`);
      if (ended) words.push(`Half took ${inSeconds(median)} or less, 95 % ${inSeconds(most)} or less.`);
      this.say(words.join(" "));
    }

    eventInWords({ at, event }) {
      if (!event) return "Before anything happens.";
      const [, what, number, attempt, more] = event;
      const job = `Job ${number + 1}`;
      const words = {
        comes: () => `${job} comes to the door.`,
        enters: () => `${job} has a place in the buffer.`,
        begins: () => `Worker ${more + 1} begins run ${attempt} of job ${number + 1}.`,
        completes: () => `${job} is completed, in run ${attempt}.`,
        fails: () => `${job} has failed in run ${attempt}, its last.`,
        retries: () => `${job} has failed in run ${attempt}, and is to run again in ${inSeconds(more - at)}.`,
        returns: () => `${job} is back, for its run ${attempt + 1}. It needs no place.`,
      };
      return `Second ${at.toFixed(2)}: ${words[what]()}`;
    }

    say(words) {
      this.live.textContent = words;
    }
  }

  customElements.define("pool-simulator", Simulator);
})();
