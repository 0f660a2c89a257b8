import { Heading } from 'react-aria-components';
import { ModalDialog } from '../components/modal-dialog.tsx';
import { pages } from '../pages.ts';
import styles from './frame.module.css';

const general: readonly (readonly [string, string])[] = [
  ['/', 'Search'],
  ['t', 'Time'],
  ['r', 'Refresh now'],
  ['Ctrl K', 'Commands'],
  ['j k', 'Next and previous row'],
  ['Enter', 'Open the row'],
  ['[ ]', 'Previous and next row behind the drawer'],
  ['Esc', 'Close, or back one step in the drawer'],
  ['x c', 'Select rows, compare two (traces)'],
  ['← ↑ → ↓', 'Cells of a heatmap; branches of a trace'],
  ['+ - 0', 'Zoom a trace in, out, and whole'],
  ['?', 'This sheet'],
];

export function ShortcutSheet({ isOpen, onClose }: Readonly<{ isOpen: boolean; onClose: () => void }>) {
  return (
    <ModalDialog isOpen={isOpen} onClose={onClose}>
      <Heading slot="title">Keyboard</Heading>
      <dl className={styles.shortcuts}>
        {[...general, ...pages.map(({ key, title }) => [`g ${key}`, title] as const)].map(([keys, what]) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <p className={styles.about}>
        meshscope is free software (Apache License 2.0). This page has <a href="/ui/third-party-notices.txt">libraries of others</a> in it.
      </p>
    </ModalDialog>
  );
}
