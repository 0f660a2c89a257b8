import { membersOf, textOf } from './mcp-message.ts';

/** How a call ended; the words are those of meshscope's recorder. `input_required`: one round of a call that goes on. */
export type Outcome =
  | 'ok'
  | 'empty'
  | 'input_required'
  | 'tool_error'
  | 'rpc_error'
  | 'invalid_result'
  | 'cancelled'
  | 'timed_out'
  | 'abandoned'
  | 'transport';

/** `errorType` is OpenTelemetry's `error.type`; `code` the JSON-RPC code. */
export type Ending = Readonly<{
  outcome: Outcome;
  errorType?: string | undefined;
  code?: number | undefined;
  message?: string | undefined;
}>;

const maxMessage = 4096;

/** Codes that are the caller's mistake: no error of the span at the server's side (semantic-conventions-genai, mcp). */
const callersMistakes: ReadonlySet<number> = new Set([-32700, -32600, -32601, -32602, -32002]);

export const isFailure = ({ outcome }: Ending): boolean => outcome !== 'ok' && outcome !== 'empty' && outcome !== 'input_required';

export const isSpanError = (ending: Ending, role: 'client' | 'server'): boolean =>
  isFailure(ending) && !(role === 'server' && ending.code !== undefined && callersMistakes.has(ending.code));

export function endingOfResult(method: string, result: unknown): Ending {
  if (typeof result !== 'object' || result === null || Array.isArray(result)) {
    return { outcome: 'invalid_result', errorType: 'invalid_result', message: 'the result is not an object' };
  }
  const { resultType, isError, content, structuredContent } = membersOf(result);
  if (resultType === 'input_required') return { outcome: 'input_required' };
  if (method !== 'tools/call') return { outcome: 'ok' };
  if (isError === true) return { outcome: 'tool_error', errorType: 'tool_error', message: firstText(content) };
  return { outcome: Array.isArray(content) && content.length === 0 && structuredContent === undefined ? 'empty' : 'ok' };
}

export function endingOfError(error: unknown): Ending {
  const { code, message } = membersOf(error);
  const number = typeof code === 'number' ? code : undefined;
  return {
    outcome: 'rpc_error',
    errorType: number === undefined ? '_OTHER' : String(number),
    code: number,
    message: textOf(message)?.slice(0, maxMessage),
  };
}

/** `reason` is what the sender of `notifications/cancelled` says; both SDKs put the text of their timeout error there. */
export function endingOfCancel(reason: unknown): Ending {
  const text = reason instanceof Error ? `${reason.name} ${reason.message}` : (textOf(reason) ?? '');
  const isTimeout = /time[d-]? ?out/i.test(text);
  return isTimeout
    ? { outcome: 'timed_out', errorType: 'timeout', message: text.slice(0, maxMessage) }
    : { outcome: 'cancelled', errorType: 'cancelled', message: text.slice(0, maxMessage) || undefined };
}

function firstText(content: unknown): string | undefined {
  const parts = Array.isArray(content) ? content : [];
  return parts
    .map((part) => textOf(membersOf(part).text))
    .find((text) => text !== undefined)
    ?.slice(0, maxMessage);
}
