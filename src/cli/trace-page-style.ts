/** Colours keep a contrast of at least 4.5 to 1 with what is behind them, in both schemes. */
export const tracePageStyle = `
:root { color-scheme: light dark; --back: #fcfcfd; --text: #1b1f27; --soft: #525b6b; --line: #d5dae2; --row: #eef1f5; --link: #0a55b8; --bad: #b3261e; --wait: #7a5200; }
@media (prefers-color-scheme: dark) {
  :root { --back: #14171c; --text: #e5e8ee; --soft: #a5aebc; --line: #363d48; --row: #1f242c; --link: #84b9ff; --bad: #ff8a80; --wait: #e8b64c; }
}
* { box-sizing: border-box; }
html, body { height: 100%; margin: 0; }
body { display: flex; flex-direction: column; background: var(--back); color: var(--text); font: 0.875rem/1.45 system-ui, sans-serif; }
header { padding: 0.75rem 1rem; border-bottom: 1px solid var(--line); }
h1 { margin: 0; font-size: 1.1rem; overflow-wrap: anywhere; }
header p { margin: 0.2rem 0 0.5rem; color: var(--soft); }
header .bad { color: var(--bad); }
.tools { display: flex; flex-wrap: wrap; gap: 0.5rem; align-items: center; }
input, button { font: inherit; color: inherit; background: var(--back); border: 1px solid var(--soft); border-radius: 4px; padding: 0.2rem 0.5rem; }
input { min-width: min(24rem, 100%); }
:focus-visible { outline: 2px solid var(--link); outline-offset: -2px; }
main { flex: 1; display: flex; min-height: 0; }
#left { flex: 1; display: flex; flex-direction: column; min-width: 0; min-height: 0; }
#scale { display: flex; overflow: hidden; scrollbar-gutter: stable; border-bottom: 1px solid var(--line); color: var(--soft); }
#scale > span:first-child, .row > .name { width: 45%; flex: none; }
#ticks { position: relative; flex: 1; height: 1.5rem; overflow: hidden; }
#ticks span { position: absolute; padding-left: 3px; border-left: 1px solid var(--line); white-space: nowrap; }
#rows { flex: 1; overflow: hidden auto; scrollbar-gutter: stable; position: relative; }
.row { position: absolute; left: 0; right: 0; height: 24px; display: flex; align-items: center; cursor: default; }
.row:hover, .row.on { background: var(--row); }
.row.on { box-shadow: inset 3px 0 var(--link); }
.row.dim { opacity: 0.45; }
.name { overflow: hidden; white-space: nowrap; text-overflow: ellipsis; padding-right: 0.5rem; }
.name .fold { display: inline-block; width: 1.1rem; text-align: center; color: var(--soft); cursor: pointer; }
.name .service { color: var(--soft); }
.bad .title, .bad .time { color: var(--bad); font-weight: 600; }
.wait .title, .wait .time { color: var(--wait); }
.track { position: relative; flex: 1; height: 100%; overflow: hidden; }
.bar { position: absolute; top: 6px; height: 12px; min-width: 2px; border-radius: 2px; }
.bad .bar { outline: 2px solid var(--bad); }
.time { position: absolute; top: 2px; padding: 0 4px; white-space: nowrap; }
#details { width: 36%; border-left: 1px solid var(--line); overflow: auto; padding: 0.75rem 1rem; }
#details[hidden] { display: none; }
#details h2 { margin: 0 0 0.5rem; font-size: 1rem; overflow-wrap: anywhere; }
#details h3 { margin: 0.9rem 0 0.2rem; font-size: 0.875rem; }
dl { display: grid; grid-template-columns: minmax(6rem, max-content) 1fr; gap: 0.1rem 0.75rem; margin: 0; }
dt { color: var(--soft); overflow-wrap: anywhere; }
dd { margin: 0; overflow-wrap: anywhere; white-space: pre-wrap; font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: 0.8125rem; }
noscript pre { padding: 1rem; white-space: pre; overflow: auto; }
@media (max-width: 50rem) { main { flex-direction: column; } #details { width: auto; max-height: 45%; border-left: 0; border-top: 1px solid var(--line); } }
`;
