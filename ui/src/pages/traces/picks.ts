/** What the pickers above a search of traces say. Empty text: anything. */
export type Picks = Readonly<{
  agent: string;
  operation: string;
  failed: boolean;
  /** A duration as TraceQL writes it. */
  atLeast: string;
  /** A failing operation within: its name, `*` for any, empty for none asked. */
  inside: string;
}>;

export const noPicks: Picks = { agent: '', operation: '', failed: false, atLeast: '', inside: '' };

const quoted = (text: string) => JSON.stringify(text);

/** 500ms, 1.5s, 2m; a bare number is milliseconds. `undefined` for anything else. */
export function typedDuration(text: string): string | undefined {
  const found = /^(\d+(?:\.\d+)?)\s*(ns|us|µs|ms|s|m|h)?$/.exec(text.trim());
  return found === null ? undefined : `${found[1]}${found[2] === 'µs' ? 'us' : (found[2] ?? 'ms')}`;
}

/** The picks in TraceQL; empty when nothing is picked. */
export function printPicks({ agent, operation, failed, atLeast, inside }: Picks): string {
  const conditions = [
    ...(agent === '' ? [] : [`resource.service.name = ${quoted(agent)}`]),
    ...(operation === '' ? [] : [`name = ${quoted(operation)}`]),
    ...(failed ? ['status = error'] : []),
    ...(atLeast === '' ? [] : [`traceDuration >= ${atLeast}`]),
  ].join(' && ');
  if (inside !== '') {
    const name = inside === '*' ? '' : `name = ${quoted(inside)} && `;
    return `{ ${conditions === '' ? 'true' : conditions} } >> { ${name}status = error }`;
  }
  return conditions === '' ? '' : `{ ${conditions} }`;
}

const text = String.raw`"((?:[^"\\]|\\.)*)"`;
const outer = new RegExp(
  `^(?:true|(?:resource\\.service\\.name = ${text})?(?: ?&& )?(?:name = ${text})?(?: ?&& )?(status = error)?(?: ?&& )?(?:traceDuration >= (\\S+))?)$`,
);
const inner = new RegExp(`^(?:name = ${text} && )?status = error$`);

const unquoted = (escaped: string | undefined): string => {
  try {
    return JSON.parse(`"${escaped ?? ''}"`) as string;
  } catch {
    return '';
  }
};

/** The picks that a query is made of; `undefined` when it says more than pickers can. */
export function parsePicks(query: string): Picks | undefined {
  const trimmed = query.trim().replace(/^\{\s*\}$/, '');
  if (trimmed === '') return noPicks;
  const sets = /^\{ (.*?) \}(?: >> \{ (.*?) \})?$/.exec(trimmed);
  const found = sets === null ? null : outer.exec(sets[1] as string);
  if (sets === null || found === null) return undefined;
  const within = sets[2] === undefined ? undefined : inner.exec(sets[2]);
  if (within === null) return undefined;
  const picks: Picks = {
    agent: unquoted(found[1]),
    operation: unquoted(found[2]),
    failed: found[3] !== undefined,
    atLeast: found[4] ?? '',
    inside: within === undefined ? '' : within[1] === undefined ? '*' : unquoted(within[1]),
  };
  return printPicks(picks) === trimmed ? picks : undefined;
}

/** A query with one more condition on the same span: what a click on a difference adds. */
export function withCondition(query: string, condition: string): string {
  const trimmed = query.trim();
  if (trimmed === '' || /^\{\s*(?:true)?\s*\}$/.test(trimmed)) return `{ ${condition} }`;
  return withFilter(`{ ${condition} }`, trimmed);
}

/** Traces that a query finds and that have a span of the filter too. The steps of the query stay where they are. */
export function withFilter(filter: string, query: string): string {
  const trimmed = query.trim();
  if (filter === '') return trimmed;
  if (trimmed === '') return filter;
  const end = pipeAt(trimmed);
  const spans = trimmed.slice(0, end).trim();
  const steps = trimmed.slice(end);
  return `${filter} && ${/^\{[^{}]*\}$/.test(spans) ? spans : `(${spans})`}${steps === '' ? '' : ` ${steps}`}`;
}

/** Where the first step after `|` begins; the length when there is none. */
function pipeAt(query: string): number {
  for (const { 0: token, index } of query.matchAll(/"(?:[^"\\]|\\.)*"|`[^`]*`|\|\||\|/g)) if (token === '|') return index;
  return query.length;
}
