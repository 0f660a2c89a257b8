import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { authorizationOf } from './credentials.ts';

export type Answer = Readonly<{ status: number; body: string; retryAfterMillis: number | undefined }>;

/** Answers longer than this say nothing that is needed. */
const maxAnswerBytes = 1_048_576;

const httpAgent = new HttpAgent({ keepAlive: true, maxSockets: 2 });
const httpsAgent = new HttpsAgent({ keepAlive: true, maxSockets: 2 });

/** Sends `body`. `holdsProcess`: whether the process may not end before the answer. Rejects when there is no answer in time. */
export function post(base: URL, path: string, type: string, body: string, timeoutMillis: number, holdsProcess: boolean): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const bytes = Buffer.from(body);
    const secure = base.protocol === 'https:';
    const authorization = authorizationOf(base);
    const sent = (secure ? httpsRequest : httpRequest)(
      {
        hostname: base.hostname.replace(/^\[|\]$/g, ''),
        port: base.port,
        path: `${base.pathname.replace(/\/$/, '')}${path}`,
        method: 'POST',
        agent: secure ? httpsAgent : httpAgent,
        headers: { 'content-type': type, 'content-length': bytes.length, ...(authorization === undefined ? {} : { authorization }) },
      },
      (answer) => {
        const chunks: Buffer[] = [];
        let length = 0;
        answer.on('data', (chunk: Buffer) => {
          length += chunk.length;
          if (length <= maxAnswerBytes) chunks.push(chunk);
        });
        answer.on('error', fail);
        answer.on('end', () => {
          clearTimeout(timer);
          const seconds = Number(answer.headers['retry-after']);
          const retryAfterMillis = Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : undefined;
          resolve({
            status: answer.statusCode ?? 0,
            body: length > maxAnswerBytes ? '' : Buffer.concat(chunks).toString(),
            retryAfterMillis,
          });
        });
      },
    );
    const fail = (error: Error) => {
      clearTimeout(timer);
      reject(error);
    };
    // A timeout of the whole exchange: one of the socket would be prolonged by each byte of a slow answer.
    const timer = setTimeout(() => sent.destroy(new Error('the collector does not answer')), timeoutMillis);
    if (!holdsProcess) {
      timer.unref();
      sent.on('socket', (socket) => socket.unref());
    } else {
      sent.on('socket', (socket) => socket.ref());
    }
    sent.on('error', fail);
    sent.end(bytes);
  });
}
