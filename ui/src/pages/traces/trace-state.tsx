import type { TraceState } from './trace-api.ts';
import styles from './traces.module.css';

type TraceStateProps = Readonly<{
  state: TraceState;
  success: boolean;
  errors?: number;
  /** All that began has ended: it only counts as running because late spans may still come. */
  isEnded?: boolean;
}>;

/** How a trace stands, by mark, word and colour. */
export function TraceStateMark({ state, success, errors, isEnded = false }: TraceStateProps) {
  const failed = success
    ? ''
    : errors === undefined || errors === 0
      ? 'failed'
      : errors === 1
        ? '1 error'
        : `${errors.toLocaleString('en')} errors`;
  return (
    <>
      {!success && (
        <span className={styles.state} data-state="failed">
          ✕ {failed}
        </span>
      )}
      {state === 'running' && (
        <span
          className={styles.state}
          data-state="running"
          title="Operations have not ended, or the last came in a moment ago, so that more may follow."
        >
          ◌ {isEnded ? 'just ended' : 'running'}
        </span>
      )}
      {state === 'abandoned' && (
        <span className={styles.state} data-state="abandoned" title="Nothing came in for long, and operations have not ended.">
          ▲ abandoned
        </span>
      )}
      {state === 'complete' && success && (
        <span className={styles.state} data-state="ok">
          ✓ ok
        </span>
      )}
    </>
  );
}
