import { illegalArgument, parsingError, unsupported } from '../../lib/elasticsearch-errors.ts';
import { isJsonObject, type JsonValue } from '../../lib/json/json-text.ts';
import { asList, readString, shown } from './read-json.ts';

/** One key of `sort` as it was asked for. */
export type SortRequest = Readonly<{
  field: string;
  descending: boolean;
  /** `_first`, `_last` or the value that stands in. */
  missing: JsonValue;
  unmappedType: string | undefined;
  mode: string | undefined;
  format: string | undefined;
  numericType: string | undefined;
}>;

/**
 * `sort`: a name, `name:order`, an object, or an array of them. `_doc` goes to the end wherever it stands, since clients that
 * write the keys as one object cannot order them.
 */
export function parseSort(json: JsonValue | undefined): readonly SortRequest[] {
  const keys = asList(json).flatMap((part) => {
    if (typeof part === 'string') return [parseKey(part, {})];
    if (!isJsonObject(part)) throw parsingError('malformed sort format, within the sort array, an object, or an actual string are allowed');
    return Object.entries(part).map(([field, options]) => parseKey(field, options));
  });
  const isOrder = ({ field }: SortRequest) => isDocOrder(field);
  return [...keys.filter((key) => !isOrder(key)), ...keys.filter(isOrder).slice(0, 1)];
}

/** Names of the order in which documents arrived. */
export const isDocOrder = (field: string) => field === '_doc' || field === '_shard_doc';

function parseKey(field: string, json: JsonValue): SortRequest {
  if (field === '_script') throw unsupported('sort by [_script] is not supported by meshscope; store the value in a field');
  if (field === '_geo_distance') throw unsupported('sort by [_geo_distance] is not supported by meshscope');
  const options = typeof json === 'string' ? { order: json } : json;
  if (!isJsonObject(options)) throw parsingError(`malformed sort format for [${field}]`);
  const order = (readString(options.order, 'order') ?? (field === '_score' ? 'desc' : 'asc')).toLowerCase();
  if (order !== 'asc' && order !== 'desc') throw illegalArgument(`Unknown SortOrder [${shown(order)}]`);
  if (options.nested !== undefined || options.nested_path !== undefined) throw unsupported(`[nested] sort on [${field}] is not supported`);
  return {
    field,
    descending: order === 'desc',
    missing: options.missing ?? '_last',
    unmappedType: readString(options.unmapped_type, 'unmapped_type'),
    mode: readString(options.mode, 'mode')?.toLowerCase(),
    format: readString(options.format, 'format'),
    numericType: readString(options.numeric_type, 'numeric_type'),
  };
}
