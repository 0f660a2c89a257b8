import { useState } from 'react';
import { Heading } from 'react-aria-components';
import { download } from '../../api/download.ts';
import controls from '../../components/controls.module.css';
import { MenuButton } from '../../components/menu-button.tsx';
import { ModalDialog } from '../../components/modal-dialog.tsx';
import { ErrorNote } from '../../components/state-view.tsx';
import styles from './dashboards.module.css';
import { exportKibana } from './model/kibana-export.ts';
import type { Dashboard } from './model/panel.ts';
import { printDashboard } from './model/read-dashboard.ts';

type DashboardActionsProps = Readonly<{ dashboard: Dashboard; id: string; onCopy: () => void; onRemove?: () => Promise<void> }>;

/** What can be done with a dashboard beside looking at it and changing it. */
export function DashboardActions({ dashboard, id, onCopy, onRemove }: DashboardActionsProps) {
  const [asks, setAsks] = useState(false);
  return (
    <>
      <MenuButton
        className={controls.button}
        name="Copy and export"
        placement="bottom end"
        actions={[
          { id: 'copy', title: 'Save a copy', run: onCopy },
          {
            id: 'kibana',
            title: 'Export for Kibana (NDJSON)',
            run: () => download(`${id}.ndjson`, 'application/x-ndjson', [exportKibana(id, dashboard)]),
          },
          {
            id: 'json',
            title: 'Export as JSON',
            run: () => download(`${id}.json`, 'application/json', [`${JSON.stringify(printDashboard(dashboard), undefined, 2)}\n`]),
          },
          ...(onRemove === undefined ? [] : [{ id: 'remove', title: 'Delete …', run: () => setAsks(true) }]),
        ]}
      >
        Copy and export ▾
      </MenuButton>
      {onRemove !== undefined && <RemoveDialog title={dashboard.title} isOpen={asks} onClose={() => setAsks(false)} onRemove={onRemove} />}
    </>
  );
}

function RemoveDialog({
  title,
  isOpen,
  onClose,
  onRemove,
}: Readonly<{ title: string; isOpen: boolean; onClose: () => void; onRemove: () => Promise<void> }>) {
  const [error, setError] = useState<unknown>();
  return (
    <ModalDialog isOpen={isOpen} onClose={onClose} role="alertdialog">
      <Heading slot="title">Delete “{title}”?</Heading>
      <p>It is gone for everyone, and cannot be brought back.</p>
      {error !== undefined && <ErrorNote error={error} />}
      <p className={styles.choices}>
        <button type="button" className={controls.button} onClick={onClose}>
          Keep it
        </button>
        <button type="button" className={controls.primary} onClick={() => void onRemove().catch(setError)}>
          Delete
        </button>
      </p>
    </ModalDialog>
  );
}
