import { useQuery } from '@tanstack/react-query';
import controls from '../../components/controls.module.css';
import { CopyMenu } from '../../components/copy-menu.tsx';
import { ErrorNote } from '../../components/state-view.tsx';
import { useDrawer } from '../../drawer/use-drawer.ts';
import { ReplayCall } from './replay-call.tsx';
import { recordedMessage, type SessionMessage } from './session-messages.ts';
import styles from './sessions.module.css';
import { recordedResult } from './sessions-api.ts';

/** The message as it was recorded, its trace, and the way to send it again. */
export function MessageDetail({ message }: Readonly<{ message: SessionMessage }>) {
  const { open } = useDrawer();
  const { trace_id: traceId = '', span_id: spanId = '' } = message.line.trace ?? {};
  const result = useQuery({
    queryKey: ['recorded result', traceId, spanId],
    enabled: message.kind === 'response' && traceId !== '' && spanId !== '',
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) => recordedResult(traceId, spanId, signal).then((value) => value ?? null),
  });
  const json = JSON.stringify(recordedMessage(message, result.data ?? undefined), undefined, 2);
  const stored = [message.line.mcp?.arguments, message.line.mcp?.result].filter((content) => content?.stored === true);
  return (
    <div className={styles.detail}>
      <p className={styles.actions}>
        {traceId !== '' && (
          <button
            type="button"
            className={controls.button}
            onClick={() => open(spanId === '' ? { kind: 'trace', id: traceId } : { kind: 'call', id: `${traceId}/${spanId}` })}
          >
            Show the call and its trace
          </button>
        )}
        {stored.map((content) => (
          <a key={content?.sha256} href={`/api/contents/${content?.sha256}`}>
            Whole content ({content?.bytes} bytes)
          </a>
        ))}
        <CopyMenu copies={{ 'JSON-RPC message': () => json, 'log record': () => JSON.stringify(message.line, undefined, 2) }} />
        {message.kind === 'request' && message.from === 'client' && <ReplayCall message={message} />}
      </p>
      {result.error !== null && <ErrorNote error={result.error} />}
      <pre>{json}</pre>
    </div>
  );
}
