import { useRef, useState } from 'react';
import { Button, Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
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
      <Button className={styles.button} onPress={() => setAsked(interval)}>
        Export
      </Button>
      <ModalOverlay
        className={styles.overlay}
        isOpen={asked !== undefined}
        onOpenChange={(isOpen) => isOpen || setAsked(undefined)}
        isDismissable
      >
        <Modal className={styles.modal}>
          <Dialog className={styles.wide}>
            {asked !== undefined && <ExportForm index={index} interval={asked} close={() => setAsked(undefined)} />}
          </Dialog>
        </Modal>
      </ModalOverlay>
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
      download(blob, `logs-${new Date(interval.endMillis).toISOString().slice(0, 19).replaceAll(':', '')}.${format}`);
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
        <button type="button" onClick={() => void navigator.clipboard.writeText(command)}>
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
          <button type="button" className={styles.button} onClick={() => stop.current?.abort()}>
            Cancel
          </button>
        ) : (
          <>
            <button type="button" className={styles.primary} onClick={() => void start()}>
              {state === 'done' ? 'Export again' : 'Export'}
            </button>
            <button type="button" className={styles.button} onClick={close}>
              Close
            </button>
          </>
        )}
      </div>
    </>
  );
}

function download(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
