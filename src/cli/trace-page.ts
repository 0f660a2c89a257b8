import { createHash } from 'node:crypto';
import { formatNanos } from '../lib/format-nanos.ts';
import { version } from '../lib/version.ts';
import type { Attributes, Span, Trace } from '../model/trace.ts';
import { attributeText } from '../queries/trace-forms/span-attributes.ts';
import { clockSkew } from '../queries/traces/clock-skew.ts';
import { traceTree, walkTree } from '../queries/traces/trace-tree.ts';
import { tracePageScript } from './trace-page-script.ts';
import { tracePageStyle } from './trace-page-style.ts';
import { instantOf, traceHead, traceLines } from './trace-text.ts';

type Pairs = readonly (readonly [string, string])[];
type Row = readonly [
  depth: number,
  name: string,
  service: string,
  start: number,
  took: number | null,
  state: number,
  details: readonly (readonly [string, Pairs])[],
];

/**
 * A page about one trace that needs nothing but itself: it opens from a disk without a network, loads nothing and sends nothing, which
 * its content policy makes sure of. The trace stands in it as JSON; without scripts the tree is shown as text.
 */
export function* tracePage(trace: Trace): Generator<string> {
  const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  // Colours and positions of rows are set by the script as properties, which need no permission.
  const policy = `default-src 'none'; script-src ${hash(tracePageScript)}; style-src ${hash(tracePageStyle)}; base-uri 'none'; form-action 'none'`;
  const title = escapeHtml(shorten(trace.traceId));
  const failed = trace.spans.filter(({ status }) => status === 'error').length;
  yield `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escapeHtml(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>Trace ${title}</title>
<style>${tracePageStyle}</style>
</head>
<body>
<header>
<h1>Trace ${title}</h1>
<p>${instantOf(trace.startNanos)} · ${formatNanos(trace.durationNanos)} · ${trace.spans.length} spans · ${escapeHtml(shorten(trace.services.join(', ')))} · ${trace.state}${
    failed === 0 ? '' : ` · <span class="bad">${failed} failed</span>`
  }</p>
<div class="tools">
<input id="search" type="search" placeholder="Search names, agents, attributes (press /)" aria-label="Search spans">
<span id="found" role="status"></span>
<button id="next-error" type="button"${failed === 0 ? ' disabled' : ''}>Next error</button>
<button id="fold-all" type="button">Fold / unfold</button>
<button id="whole" type="button" title="A double click on a span shows only its time.">Whole trace</button>
</div>
</header>
<main>
<div id="left">
<div id="scale"><span></span><div id="ticks"></div></div>
<div id="rows" role="tree" aria-label="Spans" tabindex="0"></div>
</div>
<aside id="details" aria-label="Span" hidden></aside>
</main>
<noscript><pre>`;
  yield escapeHtml(traceHead(trace, plain));
  for (const line of traceLines(trace, plain)) yield escapeHtml(line);
  yield `</pre></noscript>
<script type="application/json" id="trace">{"from":0,"to":${micros(trace.durationNanos)},"rows":[`;
  let first = true;
  for (const row of rowsOf(trace)) {
    yield `${first ? '' : ',\n'}${scriptJson(row)}`;
    first = false;
  }
  yield `]}</script>
<script>${tracePageScript}</script>
<!-- meshscope ${escapeHtml(version())} -->
</body>
</html>
`;
}

const plain = (_style: unknown, text: string) => text;
const micros = (nanos: bigint) => Number(nanos) / 1000;
const shorten = (text: string) => (text.length > 300 ? `${text.slice(0, 300)}…` : text);

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escapeHtml = (text: string): string => text.toWellFormed().replace(/[&<>"']/g, (char) => entities[char] as string);

/** No `<` of the trace may end the element (`</script>`) or begin a comment in it (`<!--`). */
const scriptJson = (value: unknown): string => JSON.stringify(value).replaceAll('<', '\\u003c');

function* rowsOf(trace: Trace): Generator<Row> {
  const shifts = clockSkew(trace);
  for (const { at, depth } of walkTree(traceTree(trace))) {
    const span = trace.spans[at] as Span;
    const shift = shifts[at] ?? 0n;
    const took = span.durationNanos === undefined ? null : micros(span.durationNanos);
    yield [
      depth,
      shorten(span.name),
      shorten(span.service),
      micros(span.startNanos + shift - trace.startNanos),
      took,
      stateOf(span),
      detailsOf(span, shift),
    ];
  }
}

/** 0: done, 1: failed, 2: running, 3: never ended. */
const stateOf = ({ status, state }: Span): number => (status === 'error' ? 1 : state === 'ended' ? 0 : state === 'open' ? 2 : 3);

function detailsOf(span: Span, shift: bigint): [string, Pairs][] {
  const facts: [string, string | number | undefined][] = [
    ['agent', span.service],
    ['instance', span.instance],
    ['address', span.address],
    ['start', instantOf(span.startNanos)],
    ['duration', span.durationNanos === undefined ? undefined : formatNanos(span.durationNanos)],
    ['clock moved by', shift === 0n ? undefined : formatNanos(shift)],
    ['status', span.status],
    ['error', span.statusMessage],
    ['kind', span.kind],
    ['runtime', span.runtime],
    ['capability', span.capability],
    ['target', span.target],
    ['model', span.model],
    ['provider', span.provider],
    ['input tokens', span.inputTokens],
    ['output tokens', span.outputTokens],
    ['total tokens', span.totalTokens],
    ['request bytes', span.requestBytes],
    ['response bytes', span.responseBytes],
    ['span id', span.spanId],
    ['parent id', span.parentId],
    ['caller', span.orphan ? 'missing' : undefined],
    ['reported', span.duplicates > 0 ? `${span.duplicates + 1} times` : undefined],
  ];
  const known = facts.flatMap(([key, value]): [string, string][] => (value === undefined || value === '' ? [] : [[key, valueText(value)]]));
  return (
    [
      ['Span', known],
      ['Attributes', pairsOf(span.attributes)],
      ['Resource', pairsOf(span.resource)],
      ['Scope', pairsOf(span.scope)],
      ...span.events.map((event, at): [string, Pairs] => [`Event ${at + 1}`, pairsOf(event)]),
      ...span.links.map((link, at): [string, Pairs] => [`Link ${at + 1}`, pairsOf(link)]),
    ] as [string, Pairs][]
  ).filter(([, pairs]) => pairs.length > 0);
}

/** Longer values would make the page unusable; the server has them. */
const maxValueLength = 20_000;

function valueText(value: unknown): string {
  const text = attributeText(value);
  return text.length > maxValueLength ? `${text.slice(0, maxValueLength)}… (${text.length} characters)` : text;
}

const pairsOf = (attributes: Attributes): [string, string][] => Object.entries(attributes).map(([key, value]) => [key, valueText(value)]);
