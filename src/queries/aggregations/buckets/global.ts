import { elasticsearchError } from '../../../lib/elasticsearch-errors.ts';
import type { Kind, Result } from '../aggregation.ts';
import { runOver } from '../run-aggregations.ts';

/** All documents of the indices, whatever the query: a scan of its own. */
export const global: Kind = {
  type: 'global',
  children: 'allowed',
  parse() {
    return (level, children) => {
      if (level.group !== undefined || level.condition !== undefined) {
        throw elasticsearchError(
          'aggregation_execution_exception',
          'Aggregator cannot have a parent aggregation. [global] aggregations can only be defined at the top level',
        );
      }
      let answers: Record<string, Result> = {};
      let documents = 0;
      level.request.besideScans.push(async () => {
        ({ answers, documents } = await runOver(children, level.context, level.context.fromAll));
      });
      return { typedName: 'global', read: () => ({ doc_count: documents, ...answers }) };
    };
  },
};
