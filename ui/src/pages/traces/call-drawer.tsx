import { useQuery } from '@tanstack/react-query';
import { Link, useSearch as useQueryString } from 'wouter';
import { CopyMenu } from '../../components/copy-menu.tsx';
import { FieldMenu } from '../../components/field-menu.tsx';
import { LevelBadge } from '../../components/level-badge.tsx';
import { StateView } from '../../components/state-view.tsx';
import { useDrawer } from '../../drawer/use-drawer.ts';
import { formatDuration } from '../../format/quantities.ts';
import { formatExactTime, formatTime } from '../../format/times.ts';
import { pageLink } from '../../frame/page-link.ts';
import { useNow } from '../../state/refresh.tsx';
import { useZone } from '../../state/zone.ts';
import styles from './call-drawer.module.css';
import { fieldText, payloadNames, payloadText } from './payload-text.ts';
import { type FullSpan, millisOf, readSpans } from './trace-api.ts';
import { useTraceLogs } from './trace-logs.ts';
import controls from './traces.module.css';

/** One operation with everything that is known of it. `id`: `<trace id>/<span id>`. */
export function CallDrawer({ id }: Readonly<{ id: string }>) {
  const border = id.lastIndexOf('/');
  const trace = id.slice(0, border);
  const span = id.slice(border + 1);
  const asked = useQuery({ queryKey: ['span', trace, span], queryFn: ({ signal }) => readSpans(trace, span, signal) });
  return (
    <StateView query={asked} height={300}>
      {(spans) => spans.map((one) => <Call key={`${one.kind} ${one.service} ${one.name} ${one.start_nanos}`} trace={trace} span={one} />)}
    </StateView>
  );
}

function Call({ trace, span }: Readonly<{ trace: string; span: FullSpan }>) {
  const now = useNow();
  const [zone] = useZone();
  const { push } = useDrawer();
  const queryString = useQueryString();
  const started = millisOf(span.start_nanos);
  const payloads = payloadNames.flatMap(([name, title]) => (name in span.attributes ? [{ title, value: span.attributes[name] }] : []));
  const hidden = new Set(payloadNames.map(([name]) => name));
  const session = span.attributes['mcp.session.id'];
  const known: Readonly<Record<string, unknown>> = {
    'span id': span.span_id,
    'caller (span id)': span.parent_span_id,
    ...Object.fromEntries(members.flatMap((name) => (span[name] ? [[name.replaceAll('_', ' '), span[name]]] : []))),
  };
  return (
    <article className={styles.call}>
      <div>
        <h2>
          {span.name || 'unnamed'} <span>{span.service}</span>
        </h2>
        <p className={controls.facts}>
          <span title={`${span.duration_nanos} ns`}>
            took <b>{span.duration_nanos === null ? 'not known: it has not ended' : formatDuration(millisOf(span.duration_nanos))}</b>
          </span>
          <time dateTime={new Date(started).toISOString()} title={formatExactTime(started, zone)}>
            at <b>{formatTime(started, zone, now)}</b>
          </time>
          {span.kind !== '' && (
            <span>
              kind <b>{span.kind}</b>
            </span>
          )}
          {span.duplicates > 0 && <span title="Further messages that said the same">sent {span.duplicates + 1} times</span>}
        </p>
      </div>
      {span.status === 'error' && (
        <p className={styles.error} role="note">
          ✕ {span.status_message || 'Failed, without saying why.'}
        </p>
      )}
      <p className={controls.facts}>
        <Link className={controls.button} href={pageLink(`/traces/${encodeURIComponent(trace)}`, queryString)}>
          Whole trace
        </Link>
        {typeof session === 'string' && (
          <button type="button" className={controls.button} onClick={() => push({ kind: 'session', id: session })}>
            Session
          </button>
        )}
        <CopyMenu
          copies={{
            json: () => JSON.stringify(span, undefined, 2),
            'span id': () => span.span_id,
            curl: () => `curl -s ${location.origin}/api/traces/${encodeURIComponent(trace)}/spans/${encodeURIComponent(span.span_id)}`,
          }}
        />
      </p>
      {payloads.map(({ title, value }) => (
        <section key={title}>
          <h3>{title}</h3>
          <textarea className={styles.payload} readOnly aria-label={title} value={payloadText(value)} />
        </section>
      ))}
      <CallLogs trace={trace} span={span} />
      <Events events={span.events} startMillis={started} />
      <Links links={span.links} />
      <Fields title="Attributes" values={span.attributes} hidden={hidden} />
      <Fields title="Resource" values={span.resource} />
      <Fields title="Span" values={known} isPlain />
      <Fields title="Instrumentation" values={span.scope} isPlain />
    </article>
  );
}

const members = [
  'instance',
  'address',
  'runtime',
  'capability',
  'target',
  'model',
  'provider',
  'input_tokens',
  'output_tokens',
  'total_tokens',
  'request_bytes',
  'response_bytes',
  'trace_state',
] as const;

type FieldsProps = Readonly<{ title: string; values: Readonly<Record<string, unknown>>; hidden?: ReadonlySet<string>; isPlain?: boolean }>;

function Fields({ title, values, hidden, isPlain = false }: FieldsProps) {
  const shown = Object.entries(values).filter(([name, value]) => hidden?.has(name) !== true && value !== '' && value != null);
  if (shown.length === 0) return null;
  return (
    <section>
      <h3>{title}</h3>
      <dl className={styles.table}>
        {shown
          .sort(([one], [other]) => one.localeCompare(other))
          .map(([name, value]) => (
            <div key={name} style={{ display: 'contents' }}>
              <dt>{name}</dt>
              <dd>
                {isPlain ? (
                  fieldText(value)
                ) : (
                  <FieldMenu field={name} value={fieldText(value)}>
                    {fieldText(value)}
                  </FieldMenu>
                )}
              </dd>
            </div>
          ))}
      </dl>
    </section>
  );
}

function CallLogs({ trace, span }: Readonly<{ trace: string; span: FullSpan }>) {
  const logs = useTraceLogs(trace, span.span_id, span.state === 'open');
  const { push } = useDrawer();
  const started = millisOf(span.start_nanos);
  return (
    <section>
      <h3>Logs</h3>
      <StateView query={logs} height={48} isEmpty={(all) => all.length === 0} empty="No logs name this call.">
        {(all) => (
          <ul className={styles.lines}>
            {all.slice(0, shownLogs).map((log) => (
              <li key={log.id}>
                <span className={`${styles.after} ${controls.mono}`}>{formatDuration(Math.max(0, log.millis - started))}</span>
                <LevelBadge level={log.level} />
                <button type="button" onClick={() => push({ kind: 'log', id: log.id })}>
                  {log.message}
                </button>
              </li>
            ))}
            {all.length > shownLogs && <li>and {(all.length - shownLogs).toLocaleString('en')} more</li>}
          </ul>
        )}
      </StateView>
    </section>
  );
}

const shownLogs = 100;

function Events({ events, startMillis }: Readonly<{ events: FullSpan['events']; startMillis: number }>) {
  if (events.length === 0) return null;
  return (
    <section>
      <h3>Events</h3>
      {events.map((event) => {
        const { name, timeUnixNano, ...rest } = event;
        const millis = Number(timeUnixNano) / 1e6;
        return (
          <div key={JSON.stringify(event)}>
            <span className={controls.mono}>{Number.isFinite(millis) ? `+${formatDuration(Math.max(0, millis - startMillis))} ` : ''}</span>
            <b>{String(name ?? 'event')}</b>
            <Fields title="" values={(rest.attributes as Readonly<Record<string, unknown>> | undefined) ?? rest} isPlain />
          </div>
        );
      })}
    </section>
  );
}

function Links({ links }: Readonly<{ links: FullSpan['links'] }>) {
  const { push } = useDrawer();
  if (links.length === 0) return null;
  return (
    <section>
      <h3>Links</h3>
      <ul className={styles.lines}>
        {links.map((link) => {
          const trace = String(link.traceId ?? link.trace_id ?? '');
          return (
            <li key={JSON.stringify(link)}>
              <button type="button" onClick={() => push({ kind: 'trace', id: trace })}>
                trace <code>{trace}</code>
              </button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
