// Recorded races: <race-player> shows one, <race-game> lets the reader decide who goes on.
// Both take the place of a table that says the same to those without scripts, and both read what
// they show from the page: see lab/book/schedule.py.
(() => {
  "use strict";
  if (customElements.get("race-player")) return;

  const ENDED = "ended";
  let figures = 0;

  // An element with attributes and children; an attribute that is null is left out.
  const make = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes))
      if (value !== null) element.setAttribute(name, value);
    element.append(...children);
    return element;
  };

  const button = (label, act, attributes = {}) => {
    const element = make("button", { type: "button", class: "race-button", ...attributes }, label);
    element.addEventListener("click", act);
    return element;
  };

  const capital = (words) => words.charAt(0).toUpperCase() + words.slice(1);
  const counted = (number, what) => `${number.toLocaleString("en-US")} ${what}${number === 1 ? "" : "s"}`;

  // What the player and the game have in common: the source of each thread, and the shared values.
  class Race extends HTMLElement {
    connectedCallback() {
      if (this.race) return; // moved, not new
      this.race = JSON.parse(this.querySelector("script").textContent);
      this.source = this.querySelector("template").content;
      this.number = ++figures;
      const table = this.querySelector(".race-steps"); // stays, for paper
      const title = this.querySelector(".race-title");
      const note = this.querySelector(".race-note");
      title.id = `race-${this.number}`;
      this.setAttribute("role", "group");
      this.setAttribute("aria-labelledby", title.id);
      this.live = make("p", { class: "race-live", role: "status" });
      this.values = make("dl", { class: "race-values" });
      this.threads = this.race.threads.map((name, thread) => this.makeThread(name, thread));
      const columns = make("div", { class: "race-threads" }, ...this.threads.map((t) => t.column));
      const stage = make("div", { class: "race-stage" }, ...this.makeTop(), this.live, this.values, columns);
      this.replaceChildren(title, stage, ...(table ? [table] : []), note);
      this.addEventListener("keydown", (event) => this.onKey(event));
      this.begin();
    }

    makeThread(name, thread) {
      const state = make("span", { class: "race-state" });
      const functions = make("div", {});
      for (const each of this.source.children)
        if (this.visits(thread, Number(each.dataset.function))) functions.append(each.cloneNode(true));
      const head = make("p", { class: "race-name" }, make("strong", {}, name), state);
      const column = make("div", { class: `race-thread thread-${thread}` }, head, functions);
      column.setAttribute("role", "group");
      column.setAttribute("aria-label", name);
      return { name, column, state, functions };
    }

    // Whether a thread is ever in a function: only those are shown in its column.
    visits(thread, number) {
      return this.race.states.some((state) =>
        this.pathOf(state, thread).some((place) => place[0] === number));
    }

    // The calls a thread is in, the outermost first: [function, line, and maybe columns].
    pathOf(state, thread) {
      return this.race.paths[state.at[thread]] ?? [];
    }

    placeOf(state, thread) {
      return this.pathOf(state, thread).at(-1);
    }

    // The words of the line, or the part of it, at a place.
    textAt(place) {
      const line = this.lineIn(this.source, place);
      const parts = [...line.querySelectorAll("mark")];
      return (parts.length ? parts : [line]).map((part) => part.textContent).join("").trim();
    }

    lineIn(root, [number, line, first, last]) {
      const part = first === undefined ? ":not([data-part])" : `[data-part="${first}-${last}"]`;
      return root.querySelector(`[data-function="${number}"] [data-line="${line}"]${part}`);
    }

    // Show a state, and what is different in it from the one before.
    show(state, before, mover) {
      this.threads.forEach((thread, number) => {
        this.showLines(thread, this.pathOf(state, number));
        thread.state.textContent = this.inWords(state, number);
        thread.column.classList.toggle("moved", number === mover);
        thread.column.classList.toggle("waits", Boolean(state.waits?.[number]));
      });
      this.values.replaceChildren(...this.race.values.map((name, i) =>
        this.makeValue(name, state.shared[i], before?.shared[i])));
    }

    showLines(thread, path) {
      for (const line of thread.functions.querySelectorAll(".line")) {
        line.classList.remove("next", "inside");
        line.removeAttribute("aria-current");
        line.hidden = "part" in line.dataset;
      }
      path.forEach((place, depth) => {
        const line = this.lineIn(thread.functions, place);
        const innermost = depth === path.length - 1;
        if (line.dataset.part) this.lineIn(thread.functions, place.slice(0, 2)).hidden = true;
        line.hidden = false;
        line.classList.add(innermost ? "next" : "inside");
        if (innermost) line.setAttribute("aria-current", "step");
      });
      const here = path.at(-1)?.[0];
      for (const each of thread.functions.children)
        each.classList.toggle("current", Number(each.dataset.function) === here);
    }

    inWords(state, thread) {
      const came = state.came_of?.[thread];
      if (state.at[thread] === ENDED) return came && came !== "done" ? `ended: ${came}` : "has ended";
      if (state.waits?.[thread]) return `waits ${state.waits[thread]}`;
      const place = this.placeOf(state, thread);
      return place ? `next: line ${place[1]}` : "is elsewhere";
    }

    makeValue(name, now, before) {
      const changed = before !== undefined && before !== now;
      const value = make("dd", {}, now);
      if (changed) value.prepend(make("s", {}, before), " → ");
      return make("div", changed ? { class: "changed" } : {}, make("dt", {}, name), value);
    }

    changes(state, before) {
      return this.race.values
        .map((name, i) => [name, before.shared[i], state.shared[i]])
        .filter(([, old, now]) => old !== now)
        .map(([name, old, now]) => `${name}: ${old} → ${now}.`);
    }

    // What one move did, in a sentence.
    moveInWords(state, before, thread) {
      const name = this.race.threads[thread];
      const place = this.placeOf(before, thread);
      const what = place.length > 2 ? "a part of line" : "line";
      const words = [`${name} ran ${what} ${place[1]}, “${this.textAt(place)}”.`];
      if (state.waits?.[thread]) words.push(`${capital(name)} waits ${state.waits[thread]}.`);
      words.push(...this.changes(state, before));
      const came = state.came_of?.[thread];
      if (state.at[thread] === ENDED && came && came !== "done") words.push(`${capital(name)} ended with ${came}.`);
      return words.join(" ");
    }

    say(words, mood = "") {
      this.live.textContent = capital(words);
      this.live.dataset.mood = mood;
    }

    // Keys are for the figure that has the focus, and not with Ctrl or Alt.
    onKey(event) {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const act = this.keys()[event.key];
      if (!act || event.target.matches("input")) return; // the slider has its own
      event.preventDefault();
      event.stopPropagation();
      act();
    }
  }

  // A recorded race, one step after the other.
  class Player extends Race {
    makeTop() {
      const last = this.race.moves.length;
      this.slider = make("input", { type: "range", min: 0, max: last, value: 0, "aria-label": "Step" });
      this.slider.addEventListener("input", () => this.goTo(Number(this.slider.value)));
      this.back = button("Back", () => this.goTo(this.at - 1));
      this.forward = button("Step", () => this.goTo(this.at + 1), { class: "race-button first" });
      const controls = make("div", { class: "race-controls" },
        button("Start", () => this.goTo(0)), this.back, this.forward,
        button("End", () => this.goTo(last)), this.slider);
      return [controls];
    }

    keys() {
      return {
        ArrowRight: () => this.goTo(this.at + 1),
        ArrowLeft: () => this.goTo(this.at - 1),
        Home: () => this.goTo(0),
        End: () => this.goTo(this.race.moves.length),
      };
    }

    begin() {
      this.goTo(0);
    }

    goTo(step) {
      const { moves, states } = this.race;
      this.at = Math.max(0, Math.min(moves.length, step));
      const mover = this.at ? moves.charCodeAt(this.at - 1) - 65 : null;
      const [state, before] = [states[this.at], states[this.at - 1]];
      this.show(state, before, mover);
      this.slider.value = this.at;
      this.slider.setAttribute("aria-valuetext", `${this.at} of ${moves.length}`);
      this.back.setAttribute("aria-disabled", this.at === 0);
      this.forward.setAttribute("aria-disabled", this.at === moves.length);
      if (!before) return this.say(`Before the first of ${counted(moves.length, "step")}. Press Step, or the arrow keys.`);
      const words = `Step ${this.at} of ${moves.length}: ${this.moveInWords(state, before, mover)}`;
      if (this.at < moves.length) return this.say(words);
      return this.say(`${words} In the end ${this.race.harm}.`, "wrong");
    }
  }

  // You are the scheduler: every state of the real program, and two buttons.
  class Game extends Race {
    makeTop() {
      const { harm, threads } = this.race;
      this.tried = 0;
      this.hinted = 0;
      this.goal = make("p", { class: "race-goal" },
        `You are the scheduler. Say who runs the next line, and see to it that ${harm}.`);
      this.turns = threads.map((name, thread) => {
        const next = make("span", { class: "race-next" });
        const turn = button("", () => this.run(thread), { class: `race-button race-turn thread-${thread}` });
        turn.append(make("span", {}, make("kbd", { "aria-hidden": "true" }, thread + 1), ` Run ${name}`), next);
        return { turn, next };
      });
      this.undo = button("Undo", () => this.takeBack());
      this.finish = button("Let it finish", () => this.runOn());
      const more = make("div", { class: "race-controls" }, this.undo,
        button("Start over", () => this.begin()), this.finish, button("Hint", () => this.hint()));
      return [this.goal, make("div", { class: "race-turns" }, ...this.turns.map((t) => t.turn)), more];
    }

    keys() {
      const keys = { Backspace: () => this.takeBack() };
      this.race.threads.forEach((_, thread) => (keys[thread + 1] = () => this.run(thread)));
      return keys;
    }

    // Where the reader has been, as numbers of states, and who moved in between.
    begin() {
      this.past = [0];
      this.moves = "";
      this.draw();
      this.say(`Nobody has run a line yet. Choose with the buttons, or with the keys 1 and 2.`);
    }

    get state() {
      return this.race.states[this.past.at(-1)];
    }

    canRun(thread) {
      return String.fromCharCode(65 + thread) in (this.state.next ?? {});
    }

    run(thread) {
      if (!this.canRun(thread)) return this.say(this.whyNot(thread), "note");
      this.step(thread);
      this.draw();
      return this.tell();
    }

    step(thread) {
      const letter = String.fromCharCode(65 + thread);
      this.past.push(this.state.next[letter]);
      this.moves += letter;
      if (!this.state.next) this.tried += 1;
    }

    whyNot(thread) {
      const [name, waits] = [this.race.threads[thread], this.state.waits?.[thread]];
      if (!this.state.next) return "It is over. Undo, or start over.";
      return waits ? `${name} cannot go on: it waits ${waits}.` : `${name} has ended.`;
    }

    takeBack() {
      if (!this.moves) return this.say("There is nothing to undo.", "note");
      this.past.pop();
      this.moves = this.moves.slice(0, -1);
      this.draw();
      if (!this.moves) return this.say("Back at the beginning.");
      return this.say(`One line back. Last, ${this.lastInWords()}`);
    }

    // Without interruptions: whoever ran last goes on as long as it can.
    runOn() {
      while (this.state.next) {
        const last = this.moves.charCodeAt(this.moves.length - 1) - 65;
        this.step(this.moves && this.canRun(last) ? last : this.race.threads.findIndex((_, t) => this.canRun(t)));
      }
      this.draw();
      this.tell();
    }

    draw() {
      const before = this.race.states[this.past.at(-2)];
      const mover = this.moves ? this.moves.charCodeAt(this.moves.length - 1) - 65 : null;
      this.show(this.state, before, mover);
      this.turns.forEach(({ turn, next }, thread) => {
        const place = this.placeOf(this.state, thread);
        turn.setAttribute("aria-disabled", !this.canRun(thread));
        next.textContent = this.canRun(thread) ? `${place[1]} ${this.textAt(place)}` : this.inWords(this.state, thread);
      });
      this.undo.setAttribute("aria-disabled", !this.moves);
      this.finish.setAttribute("aria-disabled", !this.state.next);
    }

    lastInWords() {
      const mover = this.moves.charCodeAt(this.moves.length - 1) - 65;
      return this.moveInWords(this.state, this.race.states[this.past.at(-2)], mover);
    }

    tell() {
      if (this.state.next) return this.say(this.lastInWords());
      const [ways, wrong] = this.race.ways;
      const harm = this.race.harm;
      if (this.state.error)
        return this.say(`You did it: ${harm}, with ${counted(this.interruptions(), "interruption")}. ${this.rarity()}`, "won");
      if (wrong) return this.say(`All went well this time. Undo some lines, or start over.`, "well");
      if (this.tried < 3) return this.say(`All went well. Try again: see to it that ${harm}.`, "well");
      return this.say(`You cannot: in none of the ${ways.toLocaleString("en-US")} ways to schedule this ${harm}.`, "well");
    }

    rarity() {
      const [once, wrong] = this.race.interrupted_once;
      const [ways, all] = this.race.ways.map((number) => number.toLocaleString("en-US"));
      return `That is one of ${all} ways among ${ways}. It takes one interruption, and of the ${once} ways with one it is ${wrong}: so it hardly ever happens, until it does.`;
    }

    // How often somebody lost the turn who could have gone on.
    interruptions() {
      let count = 0;
      for (let i = 1; i < this.moves.length; i += 1) {
        const able = this.race.states[this.past[i]].next;
        if (this.moves[i] !== this.moves[i - 1] && this.moves[i - 1] in able) count += 1;
      }
      return count;
    }

    // First what the page's author says, one after the other; then the next move.
    hint() {
      const { hints, harm, threads, ways } = this.race;
      if (this.hinted < hints.length) return this.say(`Hint: ${hints[this.hinted++]}`, "note");
      if (!ways[1]) return this.say("Hint: look who holds the lock while a job is checked and changed.", "note");
      if (!this.state.next) return this.say("It is over. Undo, or start over.", "note");
      const letter = this.towardsHarm();
      if (!letter) return this.say(`From here it goes well, whatever you do. Undo some lines.`, "note");
      return this.say(`Hint: run ${threads[letter.charCodeAt(0) - 65]} next, so that ${harm}.`, "note");
    }

    // The first move of a way with the fewest interruptions that goes wrong, if there is one.
    towardsHarm() {
      const queue = [[this.past.at(-1), this.moves.slice(-1), "", 0]];
      const seen = new Set();
      while (queue.length) {
        queue.sort((a, b) => a[3] - b[3]);
        const [number, last, first, cost] = queue.shift();
        const { next = {}, error } = this.race.states[number];
        if (error) return first;
        if (seen.has(number + last)) continue;
        seen.add(number + last);
        for (const [letter, after] of Object.entries(next)) {
          const preempts = last && letter !== last && last in next;
          queue.push([after, letter, first || letter, cost + (preempts ? 1 : 0)]);
        }
      }
      return "";
    }
  }

  customElements.define("race-player", Player);
  customElements.define("race-game", Game);
})();
