import { Button, Dialog, DialogTrigger, Popover } from 'react-aria-components';
import controls from '../../components/controls.module.css';
import floating from '../../components/floating.module.css';
import { useFields } from '../../state/fields.ts';
import { useUrlState } from '../../state/use-url-state.ts';
import { AddField } from './add-field.tsx';
import { defaultColumns } from './log-record.ts';
import styles from './menus.module.css';
import { useColumns } from './use-columns.ts';

/** Which columns the table has, and in which order. */
export function ColumnsMenu() {
  const { columns, setColumns, addColumn } = useColumns();
  const [wrap, setWrap] = useUrlState('wrap');
  const names = ['_index', ...useFields().map(({ name }) => name)].filter((name) => !name.endsWith('.keyword') && !columns.includes(name));
  const move = (at: number, by: number) => {
    const name = columns[at] as string;
    setColumns(columns.toSpliced(at, 1).toSpliced(at + by, 0, name));
  };
  return (
    <DialogTrigger>
      <Button className={controls.button}>Columns</Button>
      <Popover className={floating.popover} placement="bottom end">
        <Dialog className={styles.dialog} aria-label="Columns">
          <ol className={styles.items}>
            {columns.map((name, at) => (
              <li key={name}>
                <span className={styles.name}>{name}</span>
                <button type="button" aria-label={`Move ${name} to the left`} disabled={at === 0} onClick={() => move(at, -1)}>
                  ↑
                </button>
                <button
                  type="button"
                  aria-label={`Move ${name} to the right`}
                  disabled={at === columns.length - 1}
                  onClick={() => move(at, 1)}
                >
                  ↓
                </button>
                <button
                  type="button"
                  aria-label={`Remove ${name}`}
                  disabled={columns.length === 1}
                  onClick={() => setColumns(columns.filter((one) => one !== name))}
                >
                  ✕
                </button>
              </li>
            ))}
          </ol>
          <AddField names={names} label="Add a column" onAdd={addColumn} />
          <div className={styles.foot}>
            <label>
              <input type="checkbox" checked={wrap === '1'} onChange={(event) => setWrap(event.target.checked ? '1' : '')} /> Whole
              messages, over several lines
            </label>
            <button type="button" className={controls.link} onClick={() => setColumns(defaultColumns)}>
              As at the start
            </button>
          </div>
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}
