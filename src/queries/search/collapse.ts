import { illegalArgument, parsingError } from '../../lib/elasticsearch-errors.ts';
import type { JsonObject, JsonValue } from '../../lib/json/json-text.ts';
import { asList, readInteger, readObject, readString } from './read-json.ts';

export type InnerHits = Readonly<{ name: string; from: number; size: number; body: JsonObject }>;

/** One hit per value of a field; `inner` asks for further hits of each value. */
export type Collapse = Readonly<{ field: string; inner: readonly InnerHits[] }>;

const maxInnerResultWindow = 100;

export function parseCollapse(json: JsonValue | undefined): Collapse | undefined {
  const body = readObject(json, 'collapse');
  if (!body || Object.keys(body).length === 0) return undefined;
  const field = readString(body.field, 'collapse.field');
  if (field === undefined) throw parsingError('[collapse] needs a [field]');
  const inner = asList(body.inner_hits).map((item) => {
    const options = readObject(item, 'inner_hits') ?? {};
    const [from, size] = [readInteger(options.from, 'from', 0), readInteger(options.size, 'size', 3)];
    if (from + size > maxInnerResultWindow) {
      throw illegalArgument(
        `Inner result window is too large, the inner hit definition's from + size must be less than or equal to: [${maxInnerResultWindow}] but was [${from + size}].`,
      );
    }
    return { name: readString(options.name, 'inner_hits.name') ?? field, from, size, body: options };
  });
  return { field, inner };
}
