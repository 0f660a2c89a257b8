import { elasticsearchError, illegalArgument } from '../../../lib/elasticsearch-errors.ts';
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../../../lib/json/json-text.ts';
import { readBoolean, readNames } from '../../../queries/search/read-json.ts';
import { type Search, type SearchInput, tookSince } from '../../../queries/search/search.ts';
import type { Call } from '../call.ts';
import { errorItem } from '../describe-error.ts';
import type { Routes } from '../frame.ts';
import { readOptions } from '../read-options.ts';

/** As many searches of one request as run at a time; the engine's readers are the real limit. */
const sideBySide = 4;
const maxSearches = 1000;

/** `_msearch`. */
export function addMultiSearch(routes: Routes, search: Search): void {
  routes.on(['GET', 'POST'], ['/_msearch', '/:index/_msearch'], async (call) => {
    const started = performance.now();
    const inputs = readSearches(call);
    const answers: string[] = new Array(inputs.length);
    let next = 0;
    const work = async () => {
      for (let at = next++; at < inputs.length; at = next++) answers[at] = await answerOne(search, inputs[at] as SearchInput);
    };
    await Promise.all(Array.from({ length: Math.min(sideBySide, inputs.length) }, work));
    return { serialised: `{"took":${tookSince(started)},"responses":[${answers.join(',')}]}` };
  });
}

async function answerOne(search: Search, input: SearchInput): Promise<string> {
  try {
    const text = await search.search(input);
    return `${text.slice(0, -1)},"status":200}`;
  } catch (error) {
    input.signal?.throwIfAborted();
    const { status, error: described } = errorItem(error);
    const { type, reason, ...more } = described;
    return JSON.stringify({ error: { root_cause: [{ type, reason }], type, reason, ...more }, status });
  }
}

/** Pairs of lines: a header, which may be empty, and a body. */
function readSearches(call: Call): readonly SearchInput[] {
  const lines = call.body
    .toString('utf8')
    .split('\n')
    .map((line) => line.trim());
  if (lines.at(-1) === '') lines.pop();
  if (lines.length === 0) throw elasticsearchError('action_request_validation_exception', 'Validation Failed: 1: no requests added;');
  if (lines.length % 2 !== 0)
    throw illegalArgument('The msearch request must be terminated by a newline [\\n]: the last search has no body');
  if (lines.length / 2 > maxSearches)
    throw illegalArgument(`[_msearch] takes at most ${maxSearches} searches, but has ${lines.length / 2}`);
  return Array.from({ length: lines.length / 2 }, (_, at) => ({
    ...readHeader(call, parseLine(lines[2 * at] as string)),
    body: parseLine(lines[2 * at + 1] as string),
    typedKeys: call.flag('typed_keys'),
    totalAsInteger: call.flag('rest_total_hits_as_int'),
    signal: call.signal,
  }));
}

function parseLine(line: string): JsonObject {
  const value: JsonValue = line === '' ? {} : parseJson(line);
  if (!isJsonObject(value)) throw illegalArgument('a line of [_msearch] must be a JSON object');
  return value;
}

function readHeader(call: Call, header: JsonObject): Pick<SearchInput, 'index' | 'readOptions'> {
  const { index, ignore_unavailable: unavailable, allow_no_indices: none, expand_wildcards: wildcards } = header;
  const names = index === undefined || index === null ? call.param('index') : readNames(index, 'index').join(',');
  return {
    index: names === '' ? undefined : names,
    readOptions: {
      ...readOptions(call),
      ...(unavailable === undefined || unavailable === null ? {} : { ignoreUnavailable: readBoolean(unavailable, 'ignore_unavailable') }),
      ...(none === undefined || none === null ? {} : { allowNoIndices: readBoolean(none, 'allow_no_indices') }),
      ...(wildcards === undefined || wildcards === null ? {} : { expandWildcards: readNames(wildcards, 'expand_wildcards').join(',') }),
    },
  };
}
