import { expect, it } from 'vitest';
import { csvLine } from './download.ts';

it('quotes what needs it, and lets no cell become a formula', () => {
  expect(csvLine(['plain', 'a,b', 'say "x"', 'two\nlines', '=SUM(A1)', ''])).toBe('plain,"a,b","say ""x""","two\nlines",\'=SUM(A1),\r\n');
});
