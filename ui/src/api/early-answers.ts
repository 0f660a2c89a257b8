/** What the server answered, read to its end. */
export type Answer = Readonly<{ ok: boolean; status: number; text: string }>;

/** A question in full: two with the same members have the same answer. */
export type Question = Readonly<{ method: string; path: string; body?: string }>;

const nameOf = ({ method, path, body = '' }: Question) => `${method} ${path} ${body}`;

const asked = new Map<string, Promise<Answer>>();

export async function ask({ method, path, body }: Question, signal?: AbortSignal): Promise<Answer> {
  const response = await fetch(path, {
    method,
    ...(body === undefined ? {} : { body }),
    ...(method === 'GET' ? {} : { headers: { 'content-type': 'application/json' } }),
    ...(signal === undefined ? {} : { signal }),
  });
  return { ok: response.ok, status: response.status, text: await response.text() };
}

/** Asks before the program that needs the answer is there: while it is loaded and starts, the server works already. */
export function askEarly(question: Question): void {
  asked.set(nameOf(question), ask(question));
}

/** The answer to a question that was asked early, to the first who asks the same; undefined if it was not. */
export function takeEarly(question: Question): Promise<Answer> | undefined {
  const answer = asked.get(nameOf(question));
  asked.delete(nameOf(question));
  return answer;
}
