import { AppError } from '../../lib/errors.ts';
import { isJsonObject, type JsonObject, type JsonValue, parseJson, stringifyJson } from '../../lib/json/json-text.ts';

export type Asked = Readonly<{ status: number; text: string }>;

/**
 * One request of meshscope's own HTTP API. All that the tools know comes through it, so they are the same in the server and in a process
 * beside it. `body` is JSON text. Rejects with AppError `no_server` when nobody answers. MUST mark the request with `askerName`.
 */
export type Ask = (method: 'GET' | 'POST', path: string, body: string | undefined, signal: AbortSignal) => Promise<Asked>;

/** `User-Agent` of every request of the tools, by which our own traffic is told from that of others. */
export const askerName = 'meshscope-mcp';

/** An answer of a server that runs wild, or the whole of a giant trace: parsing it would hold up everything else. In UTF-16 units. */
const maxAnswerLength = 32 * 1024 ** 2;

/** Asks and reads. Throws AppError with the server's own reason when the answer is not 2xx. */
export async function askJson(
  ask: Ask,
  signal: AbortSignal,
  method: 'GET' | 'POST',
  path: string,
  body?: Readonly<Record<string, unknown>>,
): Promise<JsonObject> {
  const { status, text } = await ask(method, path, body === undefined ? undefined : stringifyJson(body), signal);
  if (text.length > maxAnswerLength) {
    throw new AppError('too_large', `The answer has ${Math.round(text.length / 1024 ** 2)} MiB, which is too much to be looked at here.`);
  }
  const answer = readObject(text);
  if (status < 200 || status > 299) throw refusal(status, answer);
  if (answer === undefined) throw new AppError('bad_request', 'The answer is no JSON object. Is this address a meshscope?');
  return answer;
}

function readObject(text: string): JsonObject | undefined {
  try {
    const value = parseJson(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    // Whoever sends something else is no meshscope; the caller says so.
    return undefined;
  }
}

/** The reason in Elasticsearch's form or in ours. */
function refusal(status: number, answer: JsonObject | undefined): AppError {
  const error = answer?.error;
  const cause = isJsonObject(error) && Array.isArray(error.root_cause) ? (error.root_cause as readonly JsonValue[])[0] : undefined;
  if (status === 401) {
    const how = 'give `meshscope mcp` --user NAME:PASSWORD, or requests to /mcp the header Authorization';
    return new AppError('unauthorized', `meshscope wants credentials: ${how}.`);
  }
  const reasons = [isJsonObject(cause) ? cause.reason : undefined, ...(isJsonObject(error) ? [error.reason, error.message] : [error])];
  const reason = reasons.find((one) => typeof one === 'string') ?? `HTTP ${status}`;
  const code = status === 404 ? 'not_found' : status === 403 ? 'forbidden' : undefined;
  return new AppError(code ?? (status >= 500 ? 'store_failed' : 'bad_request'), String(reason).slice(0, 1000));
}

/** A part of an answer that may fail without the others: its value, or why there is none. */
export async function attempt<T>(asked: Promise<T>): Promise<Readonly<{ value: T }> | Readonly<{ reason: string; error: AppError }>> {
  try {
    return { value: await asked };
  } catch (error) {
    if (error instanceof AppError && error.code !== 'no_server') return { reason: error.message, error };
    throw error;
  }
}
