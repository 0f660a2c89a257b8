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

/** A field by its name. `attribute`: the name as a member of a JSON object, with a comma before it. `entry`: the last that had the field. */
export type EntryField = { readonly slot: number; readonly attribute: string; entry: number };

const createField = (name: string, at: number): EntryField => ({ slot: at, attribute: `,${quoted(name)}:`, entry: 0 });

const fields = new Map<string, EntryField>(Object.entries(slot).map(([name, at]) => [name, createField(name, at)]));
const known = [...fields];
const maxFields = 2000;
const maxNameLength = 100;

/** The same object for the same name, unless names are many or long. */
export function entryField(name: string): EntryField {
  const found = fields.get(name);
  if (found !== undefined) return found;
  const field = createField(name, 0);
  if (name.length > maxNameLength) return field;
  if (fields.size >= maxFields) {
    fields.clear();
    for (const [key, value] of known) fields.set(key, value);
  }
  // A copy: the name is part of what was read from the socket, and would keep all of it in memory.
  fields.set(Buffer.from(name).toString(), field);
  return field;
}
