// Names, for those who listen to a page, of what the theme leaves unnamed.
(() => {
  "use strict";
  const name = (selector, label) => {
    for (const [index, element] of document.querySelectorAll(`${selector}:not([aria-label])`).entries())
      element.setAttribute("aria-label", label(index + 1));
  };
  const nameAll = () => {
    name(".md-search[role=dialog]", () => "Search");
    name(".md-code__nav", (number) => `Code block ${number}`);
  };
  // The theme adds some of these long after the page is there.
  new MutationObserver(nameAll).observe(document.documentElement, { childList: true, subtree: true });
  nameAll();
})();
