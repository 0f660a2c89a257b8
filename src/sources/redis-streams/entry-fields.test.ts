import { expect, it } from 'vitest';
import { type EntryField, entryField, slot } from './entry-fields.ts';
import { EntryTexts } from './entry-texts.ts';

const alike = [
  'x',
  'xyz',
  'agent_name',
  'agent_namx',
  'agent_names',
  'bgent_name',
  'agent_nam',
  'trace_id',
  'trace_ie',
  'grün',
  'gruen',
  '',
];

it('is known by its whole name, whichever field was expected', () => {
  const texts = EntryTexts.of(alike);
  const of = (at: number, before?: EntryField) => entryField(texts, texts.start(at), texts.end(at), before);
  const fields = alike.map((_, at) => of(at));
  expect(new Set(fields).size).toBe(alike.length);
  expect(fields.map((field) => field.slot)).toEqual(alike.map((name) => (Object.hasOwn(slot, name) ? slot[name as keyof typeof slot] : 0)));
  expect(fields.map(({ attribute }) => attribute.bytes.toString())).toEqual(alike.map((name) => `,"${name}":`));
  for (const before of fields) {
    for (const expected of fields) {
      before.next = expected;
      for (const [at, field] of fields.entries()) {
        expect(of(at, before)).toBe(field);
        expect(before.next).toBe(field);
        before.next = expected;
      }
    }
  }
});
