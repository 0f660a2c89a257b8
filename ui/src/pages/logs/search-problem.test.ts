import { describe, expect, it } from 'vitest';
import { ApiError } from '../../api/http.ts';
import { luceneProblem, searchProblem } from './search-problem.ts';

describe('luceneProblem', () => {
  it.each([
    ['level:ERROR AND (', 16, 'not closed'],
    ['(a OR b', 0, 'not closed'],
    ['a) b', 1, 'closes nothing'],
    ['msg:"abc', 4, 'quote'],
    ['a AND', 2, 'After AND'],
    ['OR a', 0, 'Before OR'],
    ['a AND OR b', 6, 'Between AND and OR'],
    ['(a AND) b', 3, 'After AND'],
    ['ms:[1 TO', 3, 'not closed'],
    ['(a]', 0, 'not closed by )'],
    ['level:', 5, 'After the colon'],
    [':x', 0, 'Before the colon'],
    ['a AND ()', 6, 'nothing between'],
  ])('finds what is wrong with %j', (text, at, words) => {
    const problem = luceneProblem(text);
    expect([problem?.at, problem?.text]).toEqual([at, expect.stringContaining(words)]);
  });

  it.each(['a AND b', 'ms:[1 TO 5}', '"a ( b"', 'a\\(b', 'NOT a', 'a AND NOT (b OR c)', '', 'path:"/tmp/[x"', '[a TO OR]'])(
    'finds nothing wrong with %j',
    (text) => {
      expect(luceneProblem(text)).toBeUndefined();
    },
  );
});

describe('searchProblem', () => {
  const search = (text: string, language: 'lucene' | 'kql' = 'lucene') => ({ text, language });
  it('reads the column that the server names', () => {
    const error = new ApiError(400, 'parsing_exception', 'Cannot parse KQL at column 15: expected [)] but found the end');
    expect(searchProblem(error, search('level : (ERROR', 'kql'))).toEqual({ text: 'Expected [)] but found the end.', at: 15 });
  });
  it('leaves other errors alone', () => {
    expect(searchProblem(new ApiError(400, 'x', 'Result window is too large'), search('a'))).toBeUndefined();
    expect(searchProblem(new ApiError(503, 'x', 'Failed to parse query [a]'), search('a'))).toBeUndefined();
    expect(searchProblem(new Error('x'), search('a'))).toBeUndefined();
  });
  it('says so when it knows no more', () => {
    const error = new ApiError(400, 'query_shard_exception', 'Failed to parse query [a^^]');
    expect(searchProblem(error, search('a^^'))).toEqual({ text: 'This cannot be read as a Lucene query.', at: undefined });
  });
});
