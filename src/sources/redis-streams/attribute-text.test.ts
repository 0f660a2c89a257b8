import { describe, expect, it } from 'vitest';
import { sourceOf } from '../../lib/byte-words.ts';
import { writeAttribute } from './attribute-text.ts';
import { LineWriter } from './line-writer.ts';

/** What the engine reads from the line. */
function attributeText(value: string): string {
  const source = sourceOf(value);
  const line = new LineWriter();
  writeAttribute(source, 0, source.bytes.length, line);
  return line.bytes.toString().replaceAll('\\\\', '\\');
}

describe('writeAttribute', () => {
  it.each([
    ['12', '12'],
    ['-7', '-7'],
    ['0.5', '0.5'],
    ['007', '"007"'],
    ['1.0', '"1.0"'],
    ['1e5', '"1e5"'],
    ['-0', '"-0"'],
    ['12345678901234567890', '"12345678901234567890"'],
    ['true', 'true'],
    ['True', '"True"'],
    ['null', 'null'],
    ['Infinity', '"Infinity"'],
    ['-', '"-"'],
    ['', '""'],
    ['["a", {"b": 1}]', '["a",{"b":1}]'],
    ['["\\u00e9"]', '["é"]'],
    ['["\\ud800"]', '"[\\"\\\\ud800\\"]"'],
    ['[1234567890123456789]', '"[1234567890123456789]"'],
    ['[not json', '"[not json"'],
    ['['.repeat(70) + ']'.repeat(70), JSON.stringify('['.repeat(70) + ']'.repeat(70))],
    ['\ud800 half', '"\ufffd half"'],
    ['tab\t "quoted" \\ \u0000', '"tab\\t \\"quoted\\" \\\\ \\u0000"'],
  ])('keeps the value %j as %s', (value, literal) => {
    expect(attributeText(value)).toBe(literal);
  });

  it('forgets what it knew when there is too much of it', () => {
    for (let at = 0; at < 3000; at++) expect(attributeText(`[${at}, 1]`)).toBe(`[${at},1]`);
    expect(attributeText('[0, 1]')).toBe('[0,1]');
  });
});
