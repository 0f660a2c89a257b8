import { describe, expect, it } from 'vitest';
import { parseQuery } from './parse-query.ts';
import { shortForm } from './testing/short-form.ts';

const deep = (levels: number): unknown => {
  let query: unknown = { match_all: {} };
  for (let level = 0; level < levels; level += 1) query = { bool: { must: query } };
  return query;
};

describe('parseQuery', () => {
  it.each<[unknown, string]>([
    [undefined, 'all'],
    [{ match_all: {} }, 'all'],
    [{ match_all: { boost: 2, _name: 'x' } }, 'all'],
    [{ match_none: {} }, 'none'],
    [{ term: { level: 'ERROR' } }, 'level=ERROR'],
    [{ term: { level: { value: 'error', case_insensitive: true, boost: 2 } } }, 'level=error(i)'],
    [{ term: { count: 9007199254740993n } }, 'count=9007199254740993'],
    [{ terms: { level: ['ERROR', 'WARN'], boost: 1 } }, 'level=(ERROR|WARN)'],
    [{ range: { timestamp: { gte: 'now-24h', lt: 'now', format: 'x', time_zone: '+01:00' } } }, 'timestamp:range(gte=now-24h lt=now)'],
    [{ range: { count: { from: 1, to: 5, include_upper: false } } }, 'count:range(gte=1 lt=5)'],
    [{ range: { count: { gte: null, lte: 3, relation: 'WITHIN' } } }, 'count:range(lte=3)'],
    [{ exists: { field: 'request.method' } }, 'exists(request.method)'],
    [{ prefix: { a: 'b' } }, 'a:prefix(b)'],
    [{ prefix: { a: { value: 'b', rewrite: 'x' } } }, 'a:prefix(b)'],
    [{ wildcard: { a: 'b*' } }, 'a:wildcard(b*)'],
    [{ wildcard: { a: { wildcard: 'b*' } } }, 'a:wildcard(b*)'],
    [{ regexp: { a: { value: 'b.*', flags: 'ALL' } } }, 'a:regexp(b.*)'],
    [{ fuzzy: { a: 'word' } }, 'a:word~auto'],
    [{ fuzzy: { a: { value: 'word', fuzziness: 1 } } }, 'a:word~1'],
    [{ ids: { values: ['1', 2] } }, 'ids(1 2)'],
    [{ match: { msg: 'a b' } }, 'msg:a b'],
    [{ match: { msg: { query: 'a b', operator: 'AND' } } }, 'msg:a b(and)'],
    [{ match_bool_prefix: { msg: 'a b' } }, 'msg:a b...'],
    [{ match_phrase: { msg: 'a b' } }, 'msg:"a b"~0'],
    [{ match_phrase: { msg: { query: 'a b', slop: 2 } } }, 'msg:"a b"~2'],
    [{ match_phrase_prefix: { msg: 'a b' } }, 'msg:"a b"~0...'],
    [{ multi_match: { query: 'x', fields: ['a^3', 'b.*'] } }, '[~a:x ~b.*:x]'],
    [{ multi_match: { query: 'x y', type: 'phrase', fields: 'a' } }, 'a:"x y"~0'],
    [{ multi_match: { query: 'x y', type: 'bool_prefix', fields: ['a', 'b'] } }, '[~a:x y... ~b:x y...]'],
    [{ multi_match: { query: 'x y', type: 'cross_fields', operator: 'and', fields: ['a', 'b'] } }, '[+[~a:x ~b:x] +[~a:y ~b:y]]'],
    [{ multi_match: { query: 'x' } }, '*:x'],
    [{ bool: {} }, 'all'],
    [{ bool: { must: { term: { a: 1 } }, filter: [{ term: { b: 2 } }], must_not: { term: { c: 3 } } } }, '[+a=1 #b=2 -c=3]'],
    [{ bool: { should: [{ term: { a: 1 } }, { term: { b: 2 } }], minimum_should_match: '75%' } }, '[~a=1 ~b=2]@75%'],
    [{ constant_score: { filter: { term: { a: 1 } }, boost: 3 } }, 'a=1'],
    [{ boosting: { positive: { term: { a: 1 } }, negative: { term: { b: 1 } }, negative_boost: 0.5 } }, 'a=1'],
    [{ dis_max: { queries: [{ term: { a: 1 } }, { term: { b: 2 } }], tie_breaker: 0.3 } }, '[~a=1 ~b=2]'],
    [{ nested: { path: 'a', query: { term: { 'a.b': 1 } } } }, 'a.b=1'],
    [{ query_string: { query: 'level:ERROR AND x', analyze_wildcard: true } }, '[+level:ERROR +*:x]'],
    [{ query_string: { query: 'x', default_field: 'msg' } }, 'msg:x'],
    [{ query_string: { query: 'a:b', escape: true } }, '*:a:b'],
    [{ simple_query_string: { query: '"a b" +c', fields: ['msg'] } }, '[+msg:"a b"~0 +msg:c]'],
    [{ kql: { query: 'level: ERROR and x' } }, '[+level:ERROR +*:x]'],
    [deep(29), 'all'],
  ])('%o', (json, expected) => {
    expect(shortForm(parseQuery(json)).replace(/^(\[\+)+all\]+$/, 'all')).toBe(expected);
  });

  it.each<[unknown, string, string]>([
    [{ foo: {} }, 'parsing_exception', 'unknown query [foo]'],
    [{ constructor: {} }, 'parsing_exception', 'unknown query [constructor]'],
    [JSON.parse('{"__proto__": {}}'), 'parsing_exception', 'unknown query [__proto__]'],
    [{}, 'illegal_argument_exception', 'query malformed, empty clause found'],
    ['x', 'parsing_exception', 'query malformed'],
    [null, 'parsing_exception', 'query malformed'],
    [[], 'parsing_exception', 'query malformed'],
    [{ term: { a: 1 }, match: { b: 1 } }, 'parsing_exception', '[term] malformed query, expected [END_OBJECT] but found [FIELD_NAME]'],
    [{ term: { a: 1, b: 2 } }, 'parsing_exception', "[term] query doesn't support multiple fields, found [a] and [b]"],
    [{ term: { a: [1] } }, 'parsing_exception', '[term] query malformed'],
    [{ term: { a: { value: 1, bost: 2 } } }, 'parsing_exception', '[term] query does not support [bost]'],
    [{ term: { a: {} } }, 'parsing_exception', '[term] requires [value]'],
    [{ terms: { a: 'x' } }, 'parsing_exception', '[terms] query requires an array'],
    [{ terms: { a: { index: 'i', id: '1', path: 'p' } } }, 'illegal_argument_exception', 'lookup'],
    [{ terms: { a: [[1]] } }, 'parsing_exception', '[terms] query: the values'],
    [{ terms_set: { a: {} } }, 'illegal_argument_exception', 'query [terms_set] is not supported'],
    [{ range: { a: 5 } }, 'parsing_exception', '[range] query malformed'],
    [{ bool: { must: [{ foo: {} }] } }, 'parsing_exception', 'unknown query [foo]'],
    [{ bool: { musst: {} } }, 'parsing_exception', '[bool] query does not support [musst]'],
    [{ match: { a: { query: 'x', operator: 'xor' } } }, 'parsing_exception', '[match] [operator] must be one of or, and'],
    [{ match: { a: { query: 'x', analyzer: 'german' } } }, 'parsing_exception', '[analyzer] must be one of standard'],
    [{ match: { a: { query: 'x', fuzziness: 'much' } } }, 'parse_exception', 'fuzziness'],
    [{ match_phrase: { a: { query: 'x', slop: -1 } } }, 'illegal_argument_exception', '[slop]'],
    [{ nested: { path: 'a', query: { match_all: {} }, inner_hits: {} } }, 'illegal_argument_exception', '[inner_hits]'],
    [{ exists: {} }, 'parsing_exception', '[exists] must be provided with a [field]'],
    [{ query_string: { query: 'foo(' } }, 'query_shard_exception', 'Failed to parse query [foo(]'],
    [{ query_string: { query: 'x', type: 'phrase' } }, 'parsing_exception', '[type]'],
    [deep(30), 'illegal_argument_exception', 'nested depth'],
    [{ bool: { should: Array.from({ length: 1025 }, () => ({ match_all: {} })) } }, 'too_many_clauses', 'maxClauseCount is set to 1024'],
    [{ query_string: { query: `${'a OR '.repeat(2000)}b` } }, 'too_many_clauses', 'maxClauseCount is set to 1024'],
    [{ kql: { query: `${'a or '.repeat(2000)}b` } }, 'too_many_clauses', 'maxClauseCount is set to 1024'],
  ])('refuses %o', (json, type, message) => {
    expect(() => parseQuery(json)).toThrow(expect.objectContaining({ type, status: 400, message: expect.stringContaining(message) }));
  });

  it('refuses deep nesting without using the stack', () => {
    expect(() => parseQuery(deep(50_000))).toThrow('nested depth');
  });
});
