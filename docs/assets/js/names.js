// Names, for those who listen to a page, of what the theme leaves unnamed; and a place in the
// keyboard's order for what scrolls.
(() => {
  "use strict";
  const name = (selector, label) => {
    for (const element of document.querySelectorAll(`${selector}:not([aria-label])`))
      element.setAttribute("aria-label", label());
  };
  let blocks = 0;
  let tables = 0;
  const nameAll = () => {
    name(".md-search[role=dialog]", () => "Search");
    name(".md-code__nav", () => `Code block ${++blocks}`);
    for (const wrap of document.querySelectorAll(".md-typeset__scrollwrap:not([tabindex])")) {
      wrap.tabIndex = 0;
      wrap.setAttribute("role", "region");
      tables += 1; // two regions of a page may not have the same name
      wrap.setAttribute("aria-label", wrap.querySelector("caption")?.textContent ?? `Table ${tables}`);
    }
  };
  // The theme adds some of these long after the page is there.
  new MutationObserver(nameAll).observe(document.documentElement, { childList: true, subtree: true });
  nameAll();
})();
