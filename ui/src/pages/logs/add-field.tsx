import { useState } from 'react';
import { ComboBox, Input, Label, ListBox, ListBoxItem, Popover } from 'react-aria-components';
import styles from './facets.module.css';

/** Chooses one of many names by typing part of it. */
export function AddField({ names, label, onAdd }: Readonly<{ names: readonly string[]; label: string; onAdd: (name: string) => void }>) {
  const [typed, setTyped] = useState('');
  const shown = names.filter((name) => name.toLowerCase().includes(typed.toLowerCase())).slice(0, 50);
  return (
    <ComboBox
      className={styles.add}
      inputValue={typed}
      onInputChange={setTyped}
      selectedKey={null}
      menuTrigger="focus"
      items={shown.map((name) => ({ id: name }))}
      onSelectionChange={(key) => {
        if (key === null) return;
        onAdd(String(key));
        setTyped('');
      }}
    >
      <Label className="visually-hidden">{label}</Label>
      <Input placeholder={`${label} …`} className={styles.input} />
      <Popover className={styles.popover}>
        <ListBox<{ id: string }> className={styles.list}>{({ id }) => <ListBoxItem className={styles.option}>{id}</ListBoxItem>}</ListBox>
      </Popover>
    </ComboBox>
  );
}
