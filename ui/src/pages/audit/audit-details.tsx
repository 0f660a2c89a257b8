import type { AuditRecord } from '../../api/audit.ts';
import controls from '../../components/controls.module.css';
import styles from './audit.module.css';

/** One record whole: its details and its place in the chain. */
export function AuditDetails({ record, onTrace }: Readonly<{ record: AuditRecord; onTrace: (traceId: string) => void }>) {
  const traceId = record.details.trace_id;
  return (
    <div className={styles.details}>
      <dl>
        {Object.entries(record.details).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd className="mono">{typeof value === 'object' ? JSON.stringify(value) : String(value)}</dd>
          </div>
        ))}
        <div>
          <dt>SHA-256</dt>
          <dd className="mono">{record.hash}</dd>
        </div>
        <div>
          <dt>of the record before</dt>
          <dd className="mono">{record.prev}</dd>
        </div>
      </dl>
      {typeof traceId === 'string' && traceId !== '' && (
        <button type="button" className={controls.button} onClick={() => onTrace(traceId)}>
          Show the trace
        </button>
      )}
    </div>
  );
}
