/** Contents as people read them: JSON indented, also when it came as text; and JSON within the texts of MCP's content blocks. */
export function payloadText(value: unknown): string {
  const parsed = typeof value === 'string' ? (parsedJson(value) ?? value) : value;
  return typeof parsed === 'string' ? parsed : JSON.stringify(parsed, undefined, 2);
}

function parsedJson(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The payloads of a call by what they are, in the order of reading; contents are kept only where recorders may. */
export const payloadNames: readonly (readonly [string, string])[] = [
  ['gen_ai.tool.call.arguments', 'Arguments'],
  ['gen_ai.tool.call.result', 'Result'],
  ['gen_ai.system_instructions', 'System instructions'],
  ['gen_ai.input.messages', 'Input messages'],
  ['gen_ai.output.messages', 'Output messages'],
];

/** Names and values as they are shown in a table of fields. */
export const fieldText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
