import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Delivered } from './records.ts';
import type { Session } from './session.ts';

/** Where records go: `MESHSCOPE_URL`, else the default port of this machine. */
export const defaultCollectorUrl = 'http://127.0.0.1:8000';

export type Collector = Readonly<{
  /** Resolves to whether the collector has taken everything. Never rejects. */
  send: (records: readonly Delivered[], timeoutMillis: number) => Promise<boolean>;
}>;

export type CollectorOptions = Readonly<{ url: string; index: string; session: Session; version: string }>;

export function createCollector({ url, index, session, version }: CollectorOptions): Collector {
  const base = new URL(url);
  const resource = {
    attributes: Object.entries({
      'service.name': session.server,
      'service.instance.id': session.id,
      'host.name': session.host,
      'process.pid': session.pid,
    }).map(([key, value]) => ({ key, value: typeof value === 'number' ? { intValue: String(value) } : { stringValue: value } })),
  };

  return {
    async send(records, timeoutMillis) {
      const logs = records.flatMap((record) => ('log' in record ? [record.log] : []));
      const spans = records.flatMap((record) => ('span' in record ? [record.span] : []));
      try {
        if (spans.length > 0) {
          const body = { resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'meshscope.recorder', version }, spans }] }] };
          if (!isTaken(await post(base, '/v1/traces', 'application/json', JSON.stringify(body), timeoutMillis))) return false;
        }
        if (logs.length > 0) {
          const lines = logs.map((log) => `{"create":{}}\n${JSON.stringify(log)}\n`).join('');
          if (!isTaken(await post(base, `/${index}/_bulk`, 'application/x-ndjson', lines, timeoutMillis))) return false;
        }
        return true;
      } catch {
        return false;
      }
    },
  };
}

/** What the collector refuses for good would be refused for ever. */
const isTaken = (status: number) => status < 400 || (status !== 401 && status !== 403 && status !== 429 && status < 500);

function post(base: URL, path: string, type: string, body: string, timeoutMillis: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const bytes = Buffer.from(body);
    const credentials =
      base.username === ''
        ? {}
        : {
            authorization: `Basic ${Buffer.from(`${decodeURIComponent(base.username)}:${decodeURIComponent(base.password)}`).toString('base64')}`,
          };
    const sent = (base.protocol === 'https:' ? httpsRequest : httpRequest)(
      {
        hostname: base.hostname.replace(/^\[|\]$/g, ''),
        port: base.port,
        path: `${base.pathname.replace(/\/$/, '')}${path}`,
        method: 'POST',
        headers: { 'content-type': type, 'content-length': bytes.length, ...credentials },
        timeout: timeoutMillis,
      },
      (answer) => {
        answer.resume();
        answer.on('end', () => resolve(answer.statusCode ?? 0));
      },
    );
    sent.on('timeout', () => sent.destroy(new Error('the collector does not answer')));
    sent.on('error', reject);
    sent.end(bytes);
  });
}
