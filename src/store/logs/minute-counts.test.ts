import { describe, expect, it } from 'vitest';
import { minuteCounts } from './minute-counts.ts';

describe('columns that an expression reads', () => {
  it.each([
    ["level = 'ERROR'", true],
    ["(agent_name = 'a' AND NOT (level IN ('x', 'y')))", true],
    ["_index = 'it\\'s msg' AND exception_type != ''", true],
    ["hasToken(lowerUTF8(level), 'msg')", true],
    [`${minuteCounts.minuteStart} * 2`, true],
    [`${minuteCounts.between(1n, 2n)} AND service_name LIKE 'a%'`, true],
    ["msg = 'level'", false],
    ["level = 'ERROR' AND _segment <= 5", false],
    ['timestamp > 5', false],
    [minuteCounts.rowMillis, false],
    ['doc.level.:String', false],
    ['`level`', false],
    ['arrayExists(level -> level, x)', false],
    ["level = 'a' OR level_key = 'b'", false],
    ["level = '' /* ' */ AND msg = ' '", false],
    ['(SELECT level)', false],
    ['Level', false],
  ])('%s: %s', (sql, expected) => {
    expect(minuteCounts.covers(sql)).toBe(expected);
  });
});
