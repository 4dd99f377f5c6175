"""How the pages look: for a phone first, light or dark as the reader has it."""

STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #57606a; --line: #d0d7de;
  --paper: #ffffff; --card: #f6f8fa; --good: #116329; --good-paper: #dafbe1; --bad: #a40e26;
  --bad-paper: #ffebe9; --blue: #0550ae; --warn: #7d4e00; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9da7b3; --line: #3d444d;
  --paper: #0d1117; --card: #161b22; --good: #56d364; --good-paper: #12261e; --bad: #ff7b72;
  --bad-paper: #2d1417; --blue: #79c0ff; --warn: #e3b341; } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
.banner { padding: .6rem 1rem; border-bottom: 1px solid var(--line); font-weight: 700; }
main { max-width: 46rem; margin: 0 auto; padding: 1rem 1rem 3rem; overflow-wrap: anywhere; }
h1 { font-size: 1.45rem; line-height: 1.25; margin: .5rem 0; }
h2 { font-size: 1.1rem; margin: 1.8rem 0 .5rem; }
p, ol, ul, dl { margin: .5rem 0; }
ol, ul { padding-left: 1.4rem; }
li { margin: .35rem 0; }
.lead { font-size: 1.1rem; }
.quiet, .hint { color: var(--soft); font-size: .925rem; }
.said { white-space: pre-wrap; }
dl.facts { display: grid; grid-template-columns: auto 1fr; gap: .35rem 1rem;
  background: var(--card); border: 1px solid var(--line); border-radius: .5rem;
  padding: .8rem 1rem; margin: 1rem 0; }
dt { color: var(--soft); }
dd { margin: 0; }
.LOW, .green { color: var(--good); font-weight: 600; }
.MEDIUM { color: var(--warn); font-weight: 600; }
.HIGH, .red { color: var(--bad); font-weight: 600; }
.box { border: 1px solid currentColor; border-radius: .5rem; padding: .2rem 1rem .5rem; }
.box h2 { margin-top: .6rem; }
.box.good { background: var(--good-paper); border-color: var(--good); }
.box.bad { background: var(--bad-paper); border-color: var(--bad); }
code, pre { font: .85rem/1.45 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
pre { overflow-x: auto; background: var(--card); border: 1px solid var(--line);
  border-radius: .5rem; padding: .7rem; margin: .5rem 0; overflow-wrap: normal; tab-size: 4; }
pre .in { color: var(--good); }
pre .out { color: var(--bad); }
pre .at { color: var(--blue); }
details { border: 1px solid var(--line); border-radius: .5rem; padding: .5rem .8rem;
  margin: .6rem 0; }
summary { cursor: pointer; font-weight: 600; }
a { color: var(--blue); }
form { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: 1rem;
  margin-top: 1.8rem; }
form h2 { margin-top: 0; }
label { display: block; font-weight: 600; }
textarea { width: 100%; min-height: 5.5rem; margin: .4rem 0 .8rem; padding: .6rem; font: inherit;
  color: inherit; background: var(--paper); border: 1px solid var(--line); border-radius: .4rem; }
.buttons { display: grid; gap: .6rem; }
button { font: inherit; font-weight: 600; padding: .75rem 1rem; border-radius: .4rem;
  cursor: pointer; border: 1px solid var(--line); background: var(--paper);
  color: var(--ink); min-height: 3rem; }
button.yes { background: #1a7f37; border-color: #1a7f37; color: #ffffff; }
button.no { border-color: var(--bad); color: var(--bad); }
button.only { border-style: dashed; font-weight: 400; }
:focus-visible { outline: 3px solid var(--blue); outline-offset: 2px; }
@media (min-width: 40rem) { .buttons { grid-template-columns: repeat(3, 1fr); }
  button.only { grid-column: 1 / -1; } main { padding-top: 1.5rem; } }
"""
