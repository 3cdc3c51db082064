"""How the report looks: the colors of the book, and what every system has of fonts."""

STYLE = """
:root {
  --paper: #fffdfa; --ink: #24211c; --muted: #5f594e; --line: #e2dbce; --box: #f7f3ec;
  --accent: #9c3a0c;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --paper: #16181d; --ink: #e6e3dc; --muted: #aaa59b; --line: #343841; --box: #1e2128;
    --accent: #ffab7a;
  }
}
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, "Segoe UI", Roboto, sans-serif;
}
main { max-width: 62rem; margin: 0 auto; padding: 1.5rem; }
h1 { font-size: 1.9rem; margin: 0 0 .5rem; }
h2 { font-size: 1.3rem; margin: 2.2rem 0 .5rem; }
a { color: var(--accent); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1.2rem; }
caption { text-align: left; font-weight: 600; padding: .4rem 0; }
th, td { text-align: left; vertical-align: top; padding: .35rem .7rem .35rem 0;
  border-bottom: 1px solid var(--line); font-weight: normal; overflow-wrap: anywhere; }
thead th, thead td { border-bottom-width: 2px; }
thead th { color: var(--muted); white-space: nowrap; }
th[scope=row] { min-width: 8rem; }
.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.bar { width: 8rem; min-width: 5rem; }
.track { display: block; height: .7rem; margin-top: .4rem; background: var(--box);
  border: 1px solid var(--line); }
.track span { display: block; height: 100%; background: var(--accent); }
.guess { color: var(--muted); }
@media print {
  body { font-size: 10pt; }
  main { max-width: none; padding: 0; }
  .scroll { overflow: visible; }
  tr { break-inside: avoid; }
  thead { display: table-header-group; }
  h2 { break-after: avoid; }
  .track, .track span { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
"""
