import type { Query } from '../query.ts';

/** A query as one readable line, for tables in tests: `[+must ~should -mustNot]`, `field:text`, `field:range(gte=1)`. */
export function shortForm(query: Query): string {
  switch (query.kind) {
    case 'all':
    case 'none':
      return query.kind;
    case 'bool': {
      const of = (sign: string, queries: readonly Query[]) => queries.map((inner) => sign + shortForm(inner));
      const parts = [...of('+', query.must), ...of('#', query.filter), ...of('~', query.should), ...of('-', query.mustNot)];
      return `[${parts.join(' ')}]${query.minimumShouldMatch === undefined ? '' : `@${query.minimumShouldMatch}`}`;
    }
    case 'term':
      return `${query.field}=${query.value}${query.caseInsensitive ? '(i)' : ''}`;
    case 'terms':
      return `${query.field}=(${query.values.join('|')})`;
    case 'range': {
      const bounds = (['gt', 'gte', 'lt', 'lte'] as const).flatMap((name) => (query[name] === undefined ? [] : [`${name}=${query[name]}`]));
      return `${query.field}:range(${bounds.join(' ')})`;
    }
    case 'match':
      return `${query.field}:${query.text}${query.operator === 'and' ? '(and)' : ''}${query.prefixLast ? '...' : ''}`;
    case 'phrase':
      return `${query.field}:"${query.text}"~${query.slop}${query.prefix ? '...' : ''}`;
    case 'prefix':
    case 'wildcard':
    case 'regexp':
      return `${query.field}:${query.kind}(${query.value})`;
    case 'fuzzy':
      return `${query.field}:${query.value}~${typeof query.fuzziness.edits === 'number' ? query.fuzziness.edits : 'auto'}`;
    case 'exists':
      return `exists(${query.field})`;
    case 'ids':
      return `ids(${query.values.join(' ')})`;
  }
}
