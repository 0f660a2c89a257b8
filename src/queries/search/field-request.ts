import { parsingError } from '../../lib/elasticsearch-errors.ts';
import { isJsonObject, type JsonValue } from '../../lib/json/json-text.ts';
import { asList, readString } from './read-json.ts';

/** One entry of `fields` or `docvalue_fields`: a name or a pattern, and how dates are printed. */
export type FieldRequest = Readonly<{ pattern: string; format: string | undefined }>;

export function parseFieldRequests(json: JsonValue | undefined, name: string): readonly FieldRequest[] {
  return asList(json).map((item) => {
    if (typeof item === 'string') return { pattern: item, format: undefined };
    const pattern = isJsonObject(item) ? readString(item.field, `${name}.field`) : undefined;
    if (pattern === undefined || !isJsonObject(item)) throw parsingError(`[${name}] must be an array of names or of objects with [field]`);
    return { pattern, format: readString(item.format, `${name}.format`) };
  });
}
