import { createHash } from 'node:crypto';

/** Colours keep a contrast of at least 4.5 to 1 with what is behind them, in both schemes. */
export const pageStyle = `
:root { color-scheme: light dark; --back: #fcfcfd; --text: #1b1f27; --soft: #525b6b; --line: #d5dae2; --code: #eef1f5; --link: #0a55b8; }
@media (prefers-color-scheme: dark) {
  :root { --back: #14171c; --text: #e5e8ee; --soft: #a5aebc; --line: #363d48; --code: #1f242c; --link: #84b9ff; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 56rem; padding: 2rem 1.25rem 4rem; background: var(--back); color: var(--text); font: 1rem/1.55 system-ui, sans-serif; }
h1 { margin: 0; font-size: 1.75rem; letter-spacing: -0.01em; }
h2 { margin: 2.25rem 0 0.75rem; padding-bottom: 0.3rem; border-bottom: 1px solid var(--line); font-size: 1.25rem; }
h3 { margin: 1.25rem 0 0.35rem; font-size: 1rem; }
p { margin: 0.35rem 0; }
header p, h3 + p { color: var(--soft); }
code { font: 0.875rem/1.5 ui-monospace, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
pre { margin: 0.35rem 0; padding: 0.75rem 1rem; border-radius: 6px; background: var(--code); white-space: pre-wrap; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: 0.4rem 1rem 0.4rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: baseline; }
thead th { color: var(--soft); font-weight: 500; font-size: 0.875rem; }
tbody th { font-weight: 600; }
ul { margin: 0; padding-left: 1.2rem; }
li { margin: 0.3rem 0; }
a { color: var(--link); }
a:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
`;

/** Nothing is loaded, run, sent or framed; only this style applies. */
export const contentPolicy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(pageStyle).digest('base64')}'; img-src data:; base-uri 'none'; form-action 'none'`;

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text for content and for quoted attributes. */
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (char) => entities[char] as string);
