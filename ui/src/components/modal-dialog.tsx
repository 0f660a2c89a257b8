import type { ReactNode } from 'react';
import { Dialog, Modal, ModalOverlay } from 'react-aria-components';
import styles from './floating.module.css';

type ModalDialogProps = Readonly<{
  isOpen: boolean;
  onClose: () => void;
  children: ReactNode;
  /** Where no heading in the slot `title` says what it is. */
  label?: string;
  role?: 'dialog' | 'alertdialog';
  size?: 'usual' | 'wide';
}>;

/** What asks something before the page goes on. Escape and a click beside it close. */
export function ModalDialog({ isOpen, onClose, children, label, role = 'dialog', size = 'usual' }: ModalDialogProps) {
  return (
    <ModalOverlay className={styles.overlay} isOpen={isOpen} onOpenChange={(open) => open || onClose()} isDismissable>
      <Modal className={styles.modal} data-size={size}>
        <Dialog role={role} aria-label={label} className={styles.dialog}>
          {children}
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
