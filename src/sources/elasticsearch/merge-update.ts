import { isJsonObject, type JsonObject, JsonTextError, type JsonValue, parseJson, stringifyJson } from '../../lib/json/json-text.ts';

/**
 * The body of an update: `doc` is merged into the stored document, object by object; `upsert` or `doc_as_upsert` says what
 * to store when there is none. Scripts are refused. `stored` is JSON text, undefined without a document; in the answer
 * `source` is undefined when nothing would change.
 */
export type Merge = Readonly<{ source: string | undefined }> | Readonly<{ refusal: string; type: string }>;

const known: ReadonlySet<string> = new Set([
  'doc',
  'upsert',
  'doc_as_upsert',
  'detect_noop',
  '_source',
  'script',
  'scripted_upsert',
  'lang',
  'params',
]);

export function mergeUpdate(request: string, stored: string | undefined): Merge {
  let body: JsonValue;
  try {
    body = parseJson(request, { keepNumberText: true });
  } catch (error) {
    if (error instanceof JsonTextError)
      return { refusal: `failed to parse the update: ${error.message}`, type: 'x_content_parse_exception' };
    throw error;
  }
  if (!isJsonObject(body)) return { refusal: 'an update must be an object', type: 'x_content_parse_exception' };
  const unknown = Object.keys(body).find((name) => !known.has(name));
  if (unknown !== undefined) return { refusal: `[UpdateRequest] unknown field [${unknown}]`, type: 'x_content_parse_exception' };
  if (body.script !== undefined)
    return { refusal: 'scripts are not supported: send the changed fields as [doc]', type: 'illegal_argument_exception' };
  const doc = body.doc;
  if (doc !== undefined && !isJsonObject(doc)) return { refusal: '[doc] must be an object', type: 'x_content_parse_exception' };
  if (stored === undefined) {
    const first = isJsonObject(body.upsert) ? body.upsert : body.doc_as_upsert === true ? doc : undefined;
    return first === undefined ? { refusal: 'document missing', type: 'document_missing_exception' } : { source: stringifyJson(first) };
  }
  if (doc === undefined) {
    return body.upsert === undefined
      ? { refusal: 'Validation Failed: 1: script or doc is missing;', type: 'action_request_validation_exception' }
      : { source: undefined };
  }
  const before = parseJson(stored, { keepNumberText: true }) as JsonObject;
  const after = merge(before, doc);
  const text = stringifyJson(after);
  return { source: body.detect_noop !== false && text === stringifyJson(before) ? undefined : text };
}

function merge(target: JsonObject, changes: JsonObject): JsonObject {
  const merged: Record<string, JsonValue> = Object.assign(Object.create(null), target);
  for (const [name, value] of Object.entries(changes)) {
    const before = merged[name];
    merged[name] = isJsonObject(value) && before !== undefined && isJsonObject(before) ? merge(before, value) : value;
  }
  return merged;
}
