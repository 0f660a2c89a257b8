import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../lib/json/json-text.ts';
import { createFields } from '../fields/create-fields.ts';
import { parseQuery } from '../filter/parse-query.ts';
import { valuesOf } from './document-values.ts';
import { createHighlighter } from './highlight.ts';
import { type Highlight, parseHighlight } from './highlight-request.ts';

const docTypes = new Map([
  ['note', ['String']],
  ['tags', ['Array(Nullable(String))']],
]);
const fields = createFields({ columns: new Set(['msg', 'level']), docTypes, members: new Map() }, []);
const document = { message: 'The quick brown fox. Quick foxes jump.', note: 'quickly done', tags: ['fox', 'dog'], level: 'ERROR', n: 5 };

const mark = (query: JsonObject, highlight: JsonObject) =>
  createHighlighter(parseHighlight(highlight) as Highlight, parseQuery(query), fields)(valuesOf(document));

describe('highlighting', () => {
  it.each<[JsonObject, JsonObject, Record<string, string[]>]>([
    [{ match: { msg: 'QUICK' } }, { fields: { msg: {} } }, { msg: ['The <em>quick</em> brown fox. <em>Quick</em> foxes jump.'] }],
    [{ match: { message: 'fox' } }, { fields: { 'mess*': {} } }, { message: ['The quick brown <em>fox</em>. Quick foxes jump.'] }],
    [
      { match_phrase: { msg: 'quick brown' } },
      { fields: { msg: { number_of_fragments: 0 } } },
      { msg: ['The <em>quick</em> <em>brown</em> fox. Quick foxes jump.'] },
    ],
    [
      { query_string: { query: 'fox* AND NOT dog' } },
      { fields: { '*': {} }, pre_tags: ['['], post_tags: [']'] },
      { message: ['The quick brown [fox]. Quick [foxes] jump.'], tags: ['[fox]'] },
    ],
    [{ term: { level: 'ERROR' } }, { fields: { level: {}, note: {} } }, { level: ['<em>ERROR</em>'] }],
    [{ match: { msg: 'dog' } }, { fields: { tags: {} } }, {}],
    [{ match: { msg: 'dog' } }, { fields: { tags: { require_field_match: false } } }, { tags: ['<em>dog</em>'] }],
    [{ match: { msg: 'dog' } }, { fields: { note: { no_match_size: 5 } } }, { note: ['quick'] }],
    [{ match_all: {} }, { fields: { note: { highlight_query: { prefix: { note: 'qui' } } } } }, { note: ['<em>quickly</em> done'] }],
    [{ fuzzy: { note: 'dome' } }, { fields: { note: {} } }, { note: ['quickly <em>done</em>'] }],
    [{ match: { msg: 'jump' } }, { fields: { msg: { fragment_size: 10, number_of_fragments: 1 } } }, { msg: ['foxes <em>jump</em>.'] }],
  ])('%j with %j', (query, highlight, expected) => {
    expect(mark(query, highlight)).toEqual(expected);
  });

  it('takes long texts and hostile patterns in short time', () => {
    const values = valuesOf({ message: 'a'.repeat(200_000), note: 'ab '.repeat(50_000) });
    const request = parseHighlight({ fields: { '*': {} } }) as Highlight;
    const wildcard = parseQuery({ wildcard: { note: `${'*a'.repeat(30)}b` } });
    expect(() => createHighlighter(request, wildcard, fields)(values)).not.toThrow();
  });
});
