import { ByteCache } from '../../lib/byte-cache.ts';
import { type ByteSource, isTextAt, sourceOf } from '../../lib/byte-words.ts';
import { escapedText } from '../../model/signal-lines.ts';
import { quoted } from './attribute-text.ts';

/** The fields that have a meaning of their own; 0 is any other. */
export const slot = {
  trace_id: 1,
  span_id: 2,
  parent_span: 3,
  event_type: 4,
  operation: 5,
  function_name: 6,
  timestamp: 7,
  start_time: 8,
  end_time: 9,
  duration_ms: 10,
  success: 11,
  error_message: 12,
  error: 13,
  agent_name: 14,
  agent_id: 15,
  ip_address: 16,
  agent_ip: 17,
  runtime: 18,
  capability: 19,
  target_agent: 20,
  llm_model: 21,
  llm_provider: 22,
  llm_input_tokens: 23,
  llm_output_tokens: 24,
  llm_total_tokens: 25,
  request_bytes: 26,
  response_bytes: 27,
} as const;

export type KnownField = keyof typeof slot;

export const slotCount = 28;

/**
 * A field by its name. `attribute`: the name as a member of a JSON object, with a comma before it. `entry`: the last that had the field.
 * `next`: the field that came behind it there.
 */
export type EntryField = {
  readonly slot: number;
  readonly name: ByteSource;
  readonly attribute: ByteSource;
  entry: number;
  next: EntryField | undefined;
};

const slots: ReadonlyMap<string, number> = new Map(Object.entries(slot));
const maxFields = 2000;
const maxNameBytes = 100;

/** The same object for the same name, unless names are many or long. */
const fields = new ByteCache<EntryField>(maxFields, maxNameBytes, (name) => ({
  slot: slots.get(name) ?? 0,
  name: sourceOf(name),
  attribute: sourceOf(escapedText(`,${quoted(name)}:`)),
  entry: 0,
  next: undefined,
}));

/** What is before the first field of every entry. */
const beginning: EntryField = { slot: 0, name: sourceOf(''), attribute: sourceOf(''), entry: 0, next: undefined };

/** `before`: the field before it in the entry. Fields of one sender come in one order: to see that a name is the expected one is less than to look for it. */
export function entryField(source: ByteSource, start: number, end: number, before: EntryField = beginning): EntryField {
  const expected = before.next;
  if (expected !== undefined && isTextAt(expected.name, source, start, end)) return expected;
  const field = fields.get(source, start, end);
  before.next = field;
  return field;
}
