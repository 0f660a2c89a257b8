import { useRef, useState } from 'react';
import { Heading } from 'react-aria-components';
import { download } from '../../api/download.ts';
import controls from '../../components/controls.module.css';
import { ModalDialog } from '../../components/modal-dialog.tsx';
import { ErrorNote } from '../../components/state-view.tsx';
import type { Interval } from '../../state/time-range.ts';
import { useSearch } from '../../state/use-search.ts';
import { useTimeRange } from '../../state/use-time-range.ts';
import { type ExportFormat, type ExportProgress, exportCommand, exportRows, mostExported } from './export-rows.ts';
import styles from './menus.module.css';
import { useColumns } from './use-columns.ts';

/** All that match, as a file. */
export function ExportDialog({ index }: Readonly<{ index: string }>) {
  const { interval } = useTimeRange();
  // The time as it was when the dialog opened: its parts belong together.
  const [asked, setAsked] = useState<Interval | undefined>();
  return (
    <>
      <button type="button" className={controls.button} onClick={() => setAsked(interval)}>
        Export
      </button>
      <ModalDialog isOpen={asked !== undefined} onClose={() => setAsked(undefined)} size="wide">
        {asked !== undefined && (
          <div className={styles.wide}>
            <ExportForm index={index} interval={asked} close={() => setAsked(undefined)} />
          </div>
        )}
      </ModalDialog>
    </>
  );
}

type Running = Readonly<{ state: 'idle' | 'running' | 'done' | 'cancelled' }> & Partial<ExportProgress> & Readonly<{ error?: unknown }>;

function ExportForm({ index, interval, close }: Readonly<{ index: string; interval: Interval; close: () => void }>) {
  const { search } = useSearch();
  const { columns } = useColumns();
  const [format, setFormat] = useState<ExportFormat>('ndjson');
  const [running, setRunning] = useState<Running>({ state: 'idle' });
  const stop = useRef<AbortController>(undefined);
  const command = exportCommand({ index, search, interval }, window.location.origin);
  const start = async () => {
    const controller = new AbortController();
    stop.current = controller;
    setRunning({ state: 'running' });
    try {
      const progress = (now: ExportProgress) => setRunning({ state: 'running', ...now });
      const blob = await exportRows({ index, search, interval, format, columns }, progress, controller.signal);
      download(`logs-${new Date(interval.endMillis).toISOString().slice(0, 19).replaceAll(':', '')}.${format}`, blob.type, [blob]);
      setRunning((before) => ({ ...before, state: 'done' }));
    } catch (error) {
      setRunning(controller.signal.aborted ? { state: 'cancelled' } : { state: 'idle', error });
    }
  };
  const { state, done = 0, total = 0, error } = running;
  const wanted = Math.min(total, mostExported);
  return (
    <>
      <Heading slot="title">Export</Heading>
      <fieldset className={styles.choices} disabled={state === 'running'}>
        <legend className="visually-hidden">Form</legend>
        <label>
          <input type="radio" name="format" checked={format === 'ndjson'} onChange={() => setFormat('ndjson')} /> NDJSON: whole records, a
          line of JSON each
        </label>
        <label>
          <input type="radio" name="format" checked={format === 'csv'} onChange={() => setFormat('csv')} /> CSV: the columns of the table (
          {columns.join(', ')})
        </label>
      </fieldset>
      <p className={styles.note}>
        All records of the time that match, newest first, at most {mostExported.toLocaleString('en')}. In CSV, text that a spreadsheet would
        take for a formula gets an apostrophe in front. For more, or byte for byte, copy this command:
      </p>
      <div className={styles.command}>
        <code>{command}</code>
        <button type="button" className={controls.button} onClick={() => void navigator.clipboard.writeText(command)}>
          Copy
        </button>
      </div>
      {error !== undefined && <ErrorNote error={error} />}
      {(state === 'running' || state === 'done') && (
        <div className={styles.progress}>
          <progress max={wanted || 1} value={done} aria-label="Progress of the export" />
          <span role="status">
            {state === 'done' ? 'Saved' : 'Fetched'} {done.toLocaleString('en')} of {total.toLocaleString('en')} records
            {total > mostExported ? `; the file ends at ${mostExported.toLocaleString('en')}` : ''}
          </span>
        </div>
      )}
      {state === 'cancelled' && <p role="status">Cancelled. Nothing was saved.</p>}
      <div className={styles.foot}>
        {state === 'running' ? (
          <button type="button" className={controls.button} onClick={() => stop.current?.abort()}>
            Cancel
          </button>
        ) : (
          <>
            <button type="button" className={controls.primary} onClick={() => void start()}>
              {state === 'done' ? 'Export again' : 'Export'}
            </button>
            <button type="button" className={controls.button} onClick={close}>
              Close
            </button>
          </>
        )}
      </div>
    </>
  );
}
