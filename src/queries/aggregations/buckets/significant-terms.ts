import { unsupported } from '../../../lib/elasticsearch-errors.ts';
import type { Kind } from '../aggregation.ts';
import { countBuckets } from '../bucket-limit.ts';
import { keyValues } from '../field-values.ts';
import { keyCodec } from '../key-codec.ts';
import { planChildren } from '../plan-children.ts';
import { applyPipelines, readChildren } from '../read-children.ts';
import { asNumber, countIn, type Row } from '../row.ts';
import { parseIncludeExclude } from './include-exclude.ts';
import { termKeys } from './terms.ts';

/** Terms that are common in the level and rare in the index. Only the commonest are compared with the background. */
const maxCandidates = 1000;

type Counts = Readonly<{ foreground: number; foregroundTotal: number; background: number; backgroundTotal: number }>;

const heuristics: Readonly<Record<string, (counts: Counts) => number>> = {
  /** Absolute times relative change of the share of documents. */
  jlh: ({ foreground, foregroundTotal, background, backgroundTotal }) => {
    const inside = foreground / foregroundTotal;
    const outside = background / backgroundTotal;
    return inside <= outside ? 0 : (inside - outside) * (inside / outside);
  },
  percentage: ({ foreground, background }) => foreground / background,
};

export const significantTerms: Kind = {
  type: 'significant_terms',
  children: 'allowed',
  parse(params) {
    const field = params.field();
    const size = params.integer('size', 10, 1);
    const minDocCount = params.integer('min_doc_count', 3, 1);
    const filter = parseIncludeExclude(params);
    const backgroundFilter = params.get('background_filter');
    const format = params.string('format');
    const foreign = ['mutual_information', 'chi_square', 'gnd', 'script_heuristic', 'p_value'].find(
      (name) => params.get(name) !== undefined,
    );
    if (foreign !== undefined) throw unsupported(`[significant_terms] supports the scores [jlh] and [percentage], not [${foreign}]`);
    const score = heuristics[params.get('percentage') === undefined ? 'jlh' : 'percentage'] as (counts: Counts) => number;
    params.ignore('jlh', 'shard_size', 'shard_min_doc_count', 'execution_hint', 'script');
    return async (level, children) => {
      const total = level.documentCount();
      const values = keyValues(level.context.fields, field);
      if (values === undefined) {
        return { typedName: 'umsigterms', read: (row) => ({ doc_count: countIn(row, total), bg_count: 0, buckets: [] }) };
      }
      const codec = keyCodec(values, format);
      const { spec } = termKeys(values, filter);
      const group = level.groupBy([{ ...spec, codec }]);
      const inside = level.below(group);
      const count = inside.documentCount();
      const planned = await planChildren(inside, children);
      group.having.push(`${count} >= ${minDocCount}`);
      group.order = [`${count} DESC`];
      group.limit = maxCandidates;
      const key = `o_${group.columns[0]?.alias}`;
      const background = new Map<unknown, number>();
      let backgroundTotal = 0;
      level.request.afterScans.push(async () => {
        const { fromAll, condition, select } = level.context;
        const where = backgroundFilter === undefined ? '1' : condition(backgroundFilter);
        const terms = [...new Set(group.allRows().map((row) => row.values[key]))];
        const keep = terms.length === 0 ? '0' : `k IN (${terms.map(codec.literal).join(', ')})`;
        const source = `SELECT ${spec.sql} AS ${spec.explode ? 'a' : 'k'}, (${where}) AS w FROM ${fromAll}`;
        const exploded = spec.explode ? `SELECT arrayJoin(a) AS k, w FROM (${source})` : source;
        const [rows, all] = await Promise.all([
          select(`SELECT ${codec.output('k')} AS key, count() AS c FROM (${exploded}) WHERE w AND ${keep} GROUP BY k`),
          select(`SELECT countIf(w) AS c FROM (SELECT (${where}) AS w FROM ${fromAll})`),
        ]);
        for (const row of rows) background.set(row.key, asNumber(row.c) ?? 0);
        backgroundTotal = asNumber(all[0]?.c) ?? 0;
      });
      return {
        typedName: values.kind === 'string' ? 'sigsterms' : 'siglterms',
        read: (row) => {
          const foregroundTotal = countIn(row, total);
          const scored = (inner: Row) => {
            const foreground = countIn(inner, count);
            const known = Math.max(foreground, background.get(inner.values[key]) ?? 0);
            return { inner, foreground, known, score: score({ foreground, foregroundTotal, background: known, backgroundTotal }) };
          };
          const best = group
            .rowsIn(row)
            .map(scored)
            .filter((one) => one.score > 0)
            .sort((left, right) => right.score - left.score)
            .slice(0, size);
          countBuckets(level, best.length);
          const buckets = best.map((one) => ({
            ...codec.print(one.inner.values[key]),
            doc_count: one.foreground,
            score: one.score,
            bg_count: one.known,
            ...readChildren(children, planned, one.inner),
          }));
          return { doc_count: foregroundTotal, bg_count: backgroundTotal, buckets: applyPipelines(children, buckets) };
        },
      };
    };
  },
};
