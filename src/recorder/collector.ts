import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { basicAuthorization, splitCredentials } from '../lib/url-credentials.ts';
import { objectOf } from './json-rpc.ts';
import type { WholeContent } from './records.ts';
import type { Session } from './session.ts';

/** What the first line of a spool file says. */
export type BatchHeader = Readonly<{
  index: string;
  version: string;
  session: Session;
  /** Origin of the collector that the records are meant for; older files have none. */
  to?: string;
}>;

const compress = promisify<string, Buffer>(gzip);

const marks = { log: 'L', span: 'S', audit: 'A', content: 'C' } as const;

/** A line of a spool file: what it is, and its JSON. */
export const spoolLine = (kind: keyof typeof marks, json: string): string => marks[kind] + json;

/** `later`: the collector is not there or has no room. Otherwise how many records it refused for good. */
export type SendResult = 'later' | number;

export type Collector = Readonly<{
  sendLogs: (header: BatchHeader, logs: readonly string[], timeoutMillis: number) => Promise<SendResult>;
  sendSpans: (header: BatchHeader, spans: readonly string[], timeoutMillis: number) => Promise<SendResult>;
  /** `metrics`: members of OTLP/JSON's list. Answers 1 when this collector will never take any. */
  sendMetrics: (header: BatchHeader, metrics: string, timeoutMillis: number) => Promise<SendResult>;
  /** A record that is sent again is stored once, by its number. */
  sendAudits: (audits: readonly string[], timeoutMillis: number) => Promise<SendResult>;
  /** A content that is sent again is stored once, by its hash. */
  sendContents: (contents: readonly string[], timeoutMillis: number) => Promise<SendResult>;
  close: () => void;
}>;

/** The lines of a spool file by what they are, each as JSON text. */
export function sortLines(lines: readonly string[]): Readonly<Record<'logs' | 'spans' | 'audits' | 'contents', readonly string[]>> {
  const of = (mark: string) => lines.filter((line) => line[0] === mark).map((line) => line.slice(1));
  return { logs: of(marks.log), spans: of(marks.span), audits: of(marks.audit), contents: of(marks.content) };
}

/** The server takes no more in one request: 1000 records, a megabyte. */
const maxAudits = 500;

/** Statuses that say that this content will never be taken. */
const refusesContent: ReadonlySet<number> = new Set([400, 413, 422]);

/** A collector that knows no spans, metrics or audit records (an older one, or another product's) took the logs of the same batch before. */
const knowsNoSignal: ReadonlySet<number> = new Set([404, 405, 501]);

/** `url` may hold a user name and a password. */
export function createCollector(url: string): Collector {
  const post = createPost(new URL(url));

  return {
    async sendLogs({ index }, logs, timeoutMillis) {
      if (logs.length === 0) return 0;
      const body = logs.map((log) => `{"create":{}}\n${log}\n`).join('');
      const path = `/${encodeURIComponent(index)}/_bulk?filter_path=errors,items.*.error`;
      const { status, text } = await post(path, 'application/x-ndjson', body, timeoutMillis);
      if (refusesContent.has(status)) return logs.length;
      return status >= 200 && status < 300 ? refusedItems(text) : 'later';
    },
    async sendSpans({ session, version }, spans, timeoutMillis) {
      if (spans.length === 0) return 0;
      const body = `{"resourceSpans":[{"resource":${resourceOf(session)},"scopeSpans":[{${scopeOf(version)},"spans":[${spans.join(',')}]}]}]}`;
      const { status } = await post('/v1/traces', 'application/json', body, timeoutMillis);
      if (refusesContent.has(status) || knowsNoSignal.has(status)) return spans.length;
      return status >= 200 && status < 300 ? 0 : 'later';
    },
    async sendMetrics({ session, version }, metrics, timeoutMillis) {
      const body = `{"resourceMetrics":[{"resource":${resourceOf(session)},"scopeMetrics":[{${scopeOf(version)},"metrics":[${metrics}]}]}]}`;
      const { status } = await post('/v1/metrics', 'application/json', body, timeoutMillis);
      if (refusesContent.has(status) || knowsNoSignal.has(status)) return 1;
      return status >= 200 && status < 300 ? 0 : 'later';
    },
    async sendAudits(audits, timeoutMillis) {
      let refused = 0;
      for (let at = 0; at < audits.length; at += maxAudits) {
        const result = await sendAuditList(audits.slice(at, at + maxAudits), timeoutMillis);
        if (result === 'later') return 'later';
        refused += result;
      }
      return refused;
    },
    async sendContents(contents, timeoutMillis) {
      let refused = 0;
      for (const content of contents) {
        const whole = readContent(content);
        if (whole === undefined) {
          refused++;
          continue;
        }
        const path = `/api/contents/${encodeURIComponent(whole.sha256)}`;
        const { status } = await post(path, 'application/json', await compress(whole.text), timeoutMillis, 'PUT');
        if (refusesContent.has(status) || knowsNoSignal.has(status)) refused++;
        else if (status < 200 || status >= 300) return 'later';
      }
      return refused;
    },
    close: () => post.close(),
  };

  /** One that is refused must not take others with it. */
  async function sendAuditList(audits: readonly string[], timeoutMillis: number): Promise<SendResult> {
    const { status, text } = await post('/api/audit', 'application/json', `{"records":[${audits.join(',')}]}`, timeoutMillis);
    if (status >= 200 && status < 300) return isAuditAnswer(text) ? 0 : audits.length;
    if (knowsNoSignal.has(status)) return audits.length;
    if (!refusesContent.has(status)) return 'later';
    if (audits.length === 1) return 1;
    const middle = Math.ceil(audits.length / 2);
    const first = await sendAuditList(audits.slice(0, middle), timeoutMillis);
    const second = first === 'later' ? first : await sendAuditList(audits.slice(middle), timeoutMillis);
    return first === 'later' || second === 'later' ? 'later' : first + second;
  }
}

/** Undefined for a line of a spool file that somebody has changed. */
function readContent(line: string): WholeContent | undefined {
  try {
    const { sha256, text } = objectOf(JSON.parse(line));
    return typeof sha256 === 'string' && typeof text === 'string' ? { sha256, text } : undefined;
  } catch {
    return undefined;
  }
}

function isAuditAnswer(text: string): boolean {
  try {
    return Array.isArray(objectOf(JSON.parse(text)).records);
  } catch {
    return false;
  }
}

/** Another program on the port may answer 200 to anything: it has taken records only if it says so. */
function refusedItems(text: string): SendResult {
  try {
    const answer = objectOf(JSON.parse(text));
    if (typeof answer.errors !== 'boolean') return 'later';
    return answer.errors && Array.isArray(answer.items) ? answer.items.length : 0;
  } catch {
    return 'later';
  }
}

const scopeOf = (version: string) => `"scope":{"name":"meshscope.recorder","version":${JSON.stringify(version)}}`;

const resourceOf = ({ server, id, host, pid }: Session) =>
  JSON.stringify({
    attributes: [
      { key: 'service.name', value: { stringValue: server } },
      { key: 'service.instance.id', value: { stringValue: id } },
      { key: 'host.name', value: { stringValue: host } },
      { key: 'process.pid', value: { intValue: String(pid) } },
    ],
  });

type Answer = Readonly<{ status: number; text: string }>;

/** More of an answer is not read. */
const maxAnswer = 1024 ** 2;

/** Requests over one kept connection. They never reject: status 0 is no answer. */
function createPost(base: URL) {
  const secure = base.protocol === 'https:';
  const agent = secure ? new HttpsAgent({ keepAlive: true, maxSockets: 1 }) : new HttpAgent({ keepAlive: true, maxSockets: 1 });
  const { user } = splitCredentials(base);
  const headers = user === undefined ? {} : { authorization: basicAuthorization(user) };

  /** A body of bytes is gzip. */
  const post = (path: string, type: string, body: string | Buffer, timeoutMillis: number, method: 'POST' | 'PUT' = 'POST') =>
    new Promise<Answer>((resolve) => {
      const bytes = typeof body === 'string' ? Buffer.from(body) : body;
      const encoding = typeof body === 'string' ? {} : { 'content-encoding': 'gzip' };
      const sent = (secure ? httpsRequest : httpRequest)({
        agent,
        hostname: base.hostname.replace(/^\[|\]$/g, ''),
        port: base.port,
        path: `${base.pathname.replace(/\/$/, '')}${path}`,
        method,
        headers: { ...headers, ...encoding, 'content-type': type, 'content-length': bytes.length },
      });
      const timer = setTimeout(() => sent.destroy(), timeoutMillis);
      const done = (answer: Answer) => {
        clearTimeout(timer);
        resolve(answer);
      };
      sent.on('response', (answer) => {
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', (part: string) => {
          if (text.length < maxAnswer) text += part;
        });
        answer.on('end', () => done({ status: answer.statusCode ?? 0, text }));
        answer.on('error', () => done({ status: 0, text: '' }));
      });
      sent.on('error', () => done({ status: 0, text: '' }));
      sent.on('close', () => done({ status: 0, text: '' }));
      sent.end(bytes);
    });
  return Object.assign(post, { close: () => agent.destroy() });
}
