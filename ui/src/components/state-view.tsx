import type { ReactNode } from 'react';
import { ApiError } from '../api/http.ts';
import styles from './state-view.module.css';

/** What TanStack Query knows; `partial` is the server's own word that something is missing. */
type Asked<Data> = Readonly<{ data: Data | undefined; error: unknown; isPending: boolean; isFetching: boolean; refetch: () => unknown }>;

type StateViewProps<Data> = Readonly<{
  query: Asked<Data>;
  /** Height in pixels that the answer will take, so that nothing jumps. */
  height?: number;
  isEmpty?: (data: Data) => boolean;
  /** Plain words: "No errors in this hour". */
  empty?: ReactNode;
  children: (data: Data) => ReactNode;
}>;

/** The states of a question: waiting, failed (the last answer stays on the screen), empty, answered. */
export function StateView<Data>({ query, height = 96, isEmpty, empty = 'Nothing here.', children }: StateViewProps<Data>) {
  const { data, error, isPending } = query;
  if (data === undefined && isPending) return <div className={styles.skeleton} style={{ height }} role="status" aria-label="Loading" />;
  return (
    <>
      {error != null && <ErrorNote error={error} retry={() => query.refetch()} />}
      {data !== undefined && (isEmpty?.(data) ? <div className={styles.empty}>{empty}</div> : children(data))}
    </>
  );
}

export function ErrorNote({ error, retry }: Readonly<{ error: unknown; retry?: () => void }>) {
  const message = error instanceof Error ? error.message : String(error);
  const detail = error instanceof ApiError && error.status > 0 ? `${error.status} ${error.code}` : undefined;
  return (
    <div role="alert" className={styles.error}>
      <span>{message}</span>
      {detail !== undefined && <code>{detail}</code>}
      {retry !== undefined && (
        <button type="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}
