import { useId } from 'react';
import { useFields } from '../../../state/fields.ts';
import styles from '../dashboards.module.css';

type ControlProps<Value> = Readonly<{ label: string; value: Value; onChange: (value: Value) => void }>;

export const TextInput = ({ label, value, onChange }: ControlProps<string>) => (
  <label>
    {label}
    <input className={styles.field} value={value} onChange={(event) => onChange(event.target.value)} />
  </label>
);

export const NumberInput = ({ label, value, onChange }: ControlProps<number>) => (
  <label>
    {label}
    <input type="number" className={styles.field} value={value} onChange={(event) => onChange(Number(event.target.value))} />
  </label>
);

export const Select = ({
  label,
  value,
  options,
  onChange,
}: ControlProps<string> & Readonly<{ options: Readonly<Record<string, string>> }>) => (
  <label>
    {label}
    <select className={styles.field} value={value} onChange={(event) => onChange(event.target.value)}>
      {Object.entries(options).map(([id, title]) => (
        <option key={id} value={id}>
          {title}
        </option>
      ))}
    </select>
  </label>
);

/** The name of a field, with those that there are offered. */
export function FieldInput({ label, value, onChange }: ControlProps<string>) {
  const id = useId();
  const fields = useFields();
  return (
    <label>
      {label}
      <input className={styles.field} value={value} list={id} onChange={(event) => onChange(event.target.value)} />
      <datalist id={id}>
        {fields.slice(0, 500).map(({ name, type }) => (
          <option key={name} value={name}>
            {type}
          </option>
        ))}
      </datalist>
    </label>
  );
}
