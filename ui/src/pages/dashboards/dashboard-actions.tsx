import { useState } from 'react';
import { Button, Dialog, DialogTrigger, Heading, Menu, MenuItem, MenuTrigger, Modal, ModalOverlay, Popover } from 'react-aria-components';
import { download } from '../../api/download.ts';
import { ErrorNote } from '../../components/state-view.tsx';
import styles from './dashboards.module.css';
import { exportKibana } from './model/kibana-export.ts';
import type { Dashboard } from './model/panel.ts';
import { printDashboard } from './model/read-dashboard.ts';

type DashboardActionsProps = Readonly<{ dashboard: Dashboard; id: string; onCopy: () => void; onRemove?: () => Promise<void> }>;

/** What can be done with a dashboard beside looking at it and changing it. */
export function DashboardActions({ dashboard, id, onCopy, onRemove }: DashboardActionsProps) {
  const [asks, setAsks] = useState(false);
  const run: Readonly<Record<string, () => void>> = {
    copy: onCopy,
    kibana: () => download(`${id}.ndjson`, 'application/x-ndjson', [exportKibana(id, dashboard)]),
    json: () => download(`${id}.json`, 'application/json', [`${JSON.stringify(printDashboard(dashboard), undefined, 2)}\n`]),
    remove: () => setAsks(true),
  };
  return (
    <>
      <MenuTrigger>
        <Button className={styles.button}>Copy and export ▾</Button>
        <Popover className={styles.popover} placement="bottom end">
          <Menu className={styles.menu} aria-label="Copy and export" onAction={(key) => run[String(key)]?.()}>
            <MenuItem id="copy" className={styles.item}>
              Save a copy
            </MenuItem>
            <MenuItem id="kibana" className={styles.item}>
              Export for Kibana (NDJSON)
            </MenuItem>
            <MenuItem id="json" className={styles.item}>
              Export as JSON
            </MenuItem>
            {onRemove !== undefined && (
              <MenuItem id="remove" className={styles.item}>
                Delete …
              </MenuItem>
            )}
          </Menu>
        </Popover>
      </MenuTrigger>
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
    <DialogTrigger isOpen={isOpen} onOpenChange={(open) => !open && onClose()}>
      <ModalOverlay className={styles.overlay} isDismissable>
        <Modal className={styles.modal}>
          <Dialog role="alertdialog">
            <Heading slot="title">Delete “{title}”?</Heading>
            <p>It is gone for everyone, and cannot be brought back.</p>
            {error !== undefined && <ErrorNote error={error} />}
            <p className={styles.actions}>
              <button type="button" onClick={onClose}>
                Keep it
              </button>
              <button type="button" className={styles.primary} onClick={() => void onRemove().catch(setError)}>
                Delete
              </button>
            </p>
          </Dialog>
        </Modal>
      </ModalOverlay>
    </DialogTrigger>
  );
}
