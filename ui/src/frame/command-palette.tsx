import { useState } from 'react';
import { Autocomplete, Input, Menu, MenuItem, SearchField, useFilter } from 'react-aria-components';
import { useLocation, useSearch } from 'wouter';
import floating from '../components/floating.module.css';
import { ModalDialog } from '../components/modal-dialog.tsx';
import { useDrawer } from '../drawer/use-drawer.ts';
import { pages } from '../pages.ts';
import { setTheme, useTheme } from '../state/theme.ts';
import { useTimeRange } from '../state/use-time-range.ts';
import styles from './frame.module.css';
import { pageLink } from './page-link.ts';
import { parseTypedTime } from './typed-time.ts';

type Command = Readonly<{ id: string; title: string; run: () => void }>;

/** Everything by name: pages, times as they are typed, traces and sessions by their ids. */
export function CommandPalette({ isOpen, onClose }: Readonly<{ isOpen: boolean; onClose: () => void }>) {
  const [typed, setTyped] = useState('');
  const { contains } = useFilter({ sensitivity: 'base' });
  const commands = useCommands(typed);
  return (
    <ModalDialog isOpen={isOpen} onClose={onClose} label="Commands">
      <Autocomplete inputValue={typed} onInputChange={setTyped} filter={contains}>
        <SearchField aria-label="Command" autoFocus>
          <Input className={styles.input} placeholder="A page, a time (yesterday 9-10), a trace id …" />
        </SearchField>
        <Menu
          className={floating.menu}
          aria-label="Commands"
          items={commands}
          onAction={(key) => {
            commands.find(({ id }) => id === key)?.run();
            setTyped('');
            onClose();
          }}
        >
          {({ id, title }) => (
            <MenuItem id={id} className={floating.item} textValue={id === 'typed' ? typed : title}>
              {title}
            </MenuItem>
          )}
        </Menu>
      </Autocomplete>
    </ModalDialog>
  );
}

function useCommands(typed: string): readonly Command[] {
  const [, navigate] = useLocation();
  const search = useSearch();
  const theme = useTheme();
  const { setRange } = useTimeRange();
  const { open } = useDrawer();
  const range = parseTypedTime(typed, Date.now());
  const id = /^[0-9a-f-]{16,36}$/i.test(typed.trim()) ? typed.trim() : undefined;
  return [
    ...(range === undefined ? [] : [{ id: 'typed', title: `Time: ${typed}`, run: () => setRange(range) }]),
    ...(id === undefined ? [] : [{ id: 'typed', title: `Trace ${id}`, run: () => open({ kind: 'trace', id }) }]),
    ...pages.map(({ path, title }) => ({ id: path, title: `Go to ${title}`, run: () => navigate(pageLink(`/${path}`, search)) })),
    {
      id: 'errors',
      title: 'Go to errors of the last hour',
      run: () => navigate(pageLink('/logs', search, { q: 'level:ERROR', from: 'now-1h', to: 'now' })),
    },
    { id: 'failing', title: 'Go to failing traces', run: () => navigate(pageLink('/traces', search, { tq: '{ status = error }' })) },
    {
      id: 'theme',
      title: theme === 'dark' ? 'Use the light theme' : 'Use the dark theme',
      run: () => setTheme(theme === 'dark' ? 'light' : 'dark'),
    },
    { id: 'link', title: 'Copy a link to this page', run: () => void navigator.clipboard.writeText(window.location.href) },
  ];
}
