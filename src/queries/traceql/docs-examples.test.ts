import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { intrinsics } from './intrinsics.ts';
import { knownAttributeNames } from './mesh-names.ts';
import { parseTraceQl } from './parse-traceql.ts';

const page = readFileSync(new URL('../../../docs/query/traces.md', import.meta.url), 'utf8');

it('reads every query of its page', () => {
  const queries = [...page.matchAll(/`(\{.*?[^\\])`(?=[,) |])/g)].map(([, text]) => (text as string).replaceAll('\\|', '|'));
  expect(queries.length).toBeGreaterThanOrEqual(18);
  for (const query of queries) expect(() => parseTraceQl(query), query).not.toThrow();
});

it('has every name on its page', () => {
  const names = [...Object.values(intrinsics).flatMap(({ scoped }) => scoped ?? []), ...knownAttributeNames('any')];
  expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});
