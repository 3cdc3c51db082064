// One slide at a time, by the keyboard. A second window (`s`) shows what to say and follows.
(() => {
  "use strict";
  const root = document.documentElement;
  const slides = [...document.querySelectorAll(".slide")];
  const place = document.getElementById("place");
  const keys = document.querySelector("dialog");
  let at = 0;
  let typed = "";
  let other = window.opener;

  const show = (number, { tell = true } = {}) => {
    at = Math.max(0, Math.min(slides.length - 1, number));
    slides.forEach((slide, n) => slide.classList.toggle("current", n === at));
    place.textContent = `${at + 1} of ${slides.length}`;
    history.replaceState(null, "", `#${at + 1}`);
    slides[at].focus({ preventScroll: true });
    slides[at].scrollTop = 0;
    if (tell) other?.postMessage({ slide: at }, "*");
  };

  // As large as fits, and never so small that the last row cannot read it.
  const fit = () => {
    const main = document.querySelector("main");
    main.classList.add("measured");
    for (const slide of slides) {
      const face = slide.querySelector(".face");
      for (let size = 1.3; size >= 0.55; size -= 0.05) {
        face.style.setProperty("--fit", size.toFixed(2));
        if (slide.scrollHeight <= slide.clientHeight) break;
      }
    }
    main.classList.remove("measured");
  };

  const setNotes = (on) => {
    root.classList.toggle("with-notes", on);
    document.querySelector("[data-do=notes]").setAttribute("aria-pressed", on);
  };
  const setDark = (on) => { root.dataset.mdColorScheme = on ? "slate" : "default"; };
  const isDark = () => root.dataset.mdColorScheme === "slate";
  const grow = (by) => {
    const now = Number(root.style.getPropertyValue("--larger") || 1);
    root.style.setProperty("--larger", Math.max(0.6, Math.min(2, now + by)).toFixed(1));
  };

  const actions = {
    next: () => show(at + 1),
    before: () => show(at - 1),
    first: () => show(0),
    last: () => show(slides.length - 1),
    notes: () => setNotes(!root.classList.contains("with-notes")),
    speaker: () => { other = window.open(location.href, "notes", "width=1000,height=800"); },
    dark: () => setDark(!isDark()),
    larger: () => grow(0.1),
    smaller: () => grow(-0.1),
    full: () => (document.fullscreenElement ? document.exitFullscreen() : root.requestFullscreen()),
    keys: () => keys.showModal(),
    go: () => { if (typed) show(Number(typed) - 1); },
  };
  const byKey = {
    ArrowRight: "next", ArrowDown: "next", PageDown: "next", " ": "next",
    ArrowLeft: "before", ArrowUp: "before", PageUp: "before",
    Home: "first", End: "last", Enter: "go",
    n: "notes", s: "speaker", d: "dark", f: "full", "?": "keys",
    "+": "larger", "-": "smaller",
  };

  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || keys.open) return;
    if (event.target.closest("button, a, summary") && [" ", "Enter"].includes(event.key)) return;
    if (/^\d$/.test(event.key)) {
      typed += event.key;
      return;
    }
    const name = event.key === " " && event.shiftKey ? "before" : byKey[event.key];
    // A slide with more than the screen holds is scrolled before it is left.
    if (name && !(event.key.startsWith("Arrow") && scrolls(event.key))) {
      event.preventDefault();
      actions[name]();
    }
    typed = "";
  });

  const scrolls = (key) => {
    if (!["ArrowDown", "ArrowUp"].includes(key)) return false;
    const box = root.classList.contains("with-notes") ? document.scrollingElement : slides[at];
    const room = box.scrollHeight - box.clientHeight;
    return key === "ArrowDown" ? box.scrollTop < room - 1 : box.scrollTop > 1;
  };

  for (const button of document.querySelectorAll("[data-do]"))
    button.addEventListener("click", () => actions[button.dataset.do]());
  addEventListener("hashchange", () => show(Number(location.hash.slice(1)) - 1));
  addEventListener("message", (event) => {
    if (!Number.isInteger(event.data?.slide)) return;
    other = event.source;
    show(event.data.slide, { tell: false });
  });

  root.classList.add("js");
  setDark(matchMedia("(prefers-color-scheme: dark)").matches);
  if (window.opener && window.name === "notes") setNotes(true);
  show((Number(location.hash.slice(1)) || 1) - 1, { tell: false });
  document.fonts.ready.then(fit);
})();
