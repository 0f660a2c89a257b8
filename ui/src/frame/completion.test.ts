import { describe, expect, it } from 'vitest';
import { complete, typingAt } from './completion.ts';

describe('completion', () => {
  it.each([
    ['', { what: 'field', start: 0, text: '' }],
    ['lev', { what: 'field', start: 0, text: 'lev' }],
    ['level:', { what: 'value', start: 6, text: '', field: 'level' }],
    ['level: ER', { what: 'value', start: 7, text: 'ER', field: 'level' }],
    ['level:ERROR AND (age', { what: 'field', start: 17, text: 'age' }],
    ['NOT agent.name:"re', { what: 'value', start: 15, text: 're', field: 'agent.name' }],
    ['-agent.name:re', { what: 'value', start: 12, text: 're', field: 'agent.name' }],
    ['with\\ space:x', { what: 'value', start: 12, text: 'x', field: 'with space' }],
  ])('of %j', (query, typing) => {
    expect(typingAt(query, query.length)).toEqual(typing);
  });

  it.each(['"an open phrase', 'level:"ERROR"'])('leaves %j alone', (query) => {
    expect(typingAt(query, query.length)).toBeUndefined();
  });

  it.each([
    ['lev', 3, 'level', 'level:', 6],
    ['lev AND x', 3, 'level', 'level: AND x', 6],
    ['level:E', 7, 'ERROR', 'level:ERROR ', 12],
    ['agent.name:', 11, 'two words', 'agent.name:"two words" ', 23],
    ['level:ERR AND x', 9, 'ERROR', 'level:ERROR AND x', 12],
  ])('of %j at %i with %j', (query, cursor, chosen, after, place) => {
    const typing = typingAt(query, cursor);
    if (typing === undefined) throw new Error('nothing to complete');
    expect(complete(query, cursor, typing, chosen)).toEqual({ query: after, cursor: place });
  });
});
