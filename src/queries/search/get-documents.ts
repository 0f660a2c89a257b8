import { illegalArgument } from '../../lib/elasticsearch-errors.ts';
import { sqlString } from '../../lib/sql-text.ts';
import { parseAutomaticId } from '../../model/journal-line.ts';
import { idParts, idText } from '../../store/logs/id-expression.ts';
import { sourceParts, sourceText } from '../../store/logs/source-parts.ts';
import { sequenceExpression, versionExpression } from '../fields/meta-fields.ts';
import type { Search } from './search.ts';

export type DocumentName = Readonly<{ index: string; id: string }>;

export type FoundDocument = DocumentName &
  Readonly<{
    version: string;
    sequence: string;
    /** JSON text. */
    source: string;
  }>;

/** An explicit id may look like an automatic one, so both are looked for. */
function idCondition(id: string): string {
  const place = parseAutomaticId(id);
  const explicit = `_id = ${sqlString(id)}`;
  return place ? `(${explicit} OR (_id = '' AND _segment = ${place.segment} AND _row = ${place.row}))` : explicit;
}

const documentKey = ({ index, id }: DocumentName) => `${index}\u0000${id}`;

/** Documents of one statement; longer lists are cut, so that a statement keeps a moderate size. */
const batchSize = 500;

/** Reads documents of concrete indices by id, the newest version of each, those acknowledged before the call included. */
export async function getDocuments(
  search: Search,
  names: readonly DocumentName[],
  options: Readonly<{ realtime: boolean; signal?: AbortSignal | undefined }>,
): Promise<(name: DocumentName) => FoundDocument | undefined> {
  if (options.realtime) await Promise.all(names.map(({ index, id }) => search.ports.refreshIfPending(index, id)));
  const found = new Map<string, FoundDocument>();
  const different = [...new Map(names.map((name) => [documentKey(name), name])).values()];
  for (let at = 0; at < different.length; at += batchSize) {
    const wanted = different.slice(at, at + batchSize).map((name) => `(_index = ${sqlString(name.index)} AND ${idCondition(name.id)})`);
    const rows = await search.select(
      `SELECT _index AS h_index, ${idParts} AS h_id, ${versionExpression} AS h_version, ${sequenceExpression} AS h_sequence,
${sourceParts()} AS h_source FROM logs WHERE ${wanted.join(' OR ')} ORDER BY _segment, _row`,
      { signal: options.signal },
    );
    for (const row of rows) {
      const document = {
        index: String(row.h_index),
        id: idText(row.h_id),
        version: String(row.h_version),
        sequence: String(row.h_sequence),
        source: sourceText(row.h_source),
      };
      found.set(documentKey(document), document);
    }
  }
  return (name) => found.get(documentKey(name));
}

/** The concrete index of a read of one document. Throws 404 for a missing one, and 400 for a name of several. */
export function singleIndex(search: Search, expression: string): string {
  const targets = search.resolve({ index: expression, readOptions: { allowNoIndices: false } });
  if (targets.length === 1) return (targets[0] as { index: string }).index;
  throw severalIndices(
    expression,
    targets.map(({ index }) => index),
  );
}

function severalIndices(name: string, indices: readonly string[]): Error {
  return illegalArgument(
    `alias [${name}] has more than one index associated with it [${indices.join(', ')}], can't execute a single index op`,
  );
}
