import { useEffect, useId, useState } from 'react';
import { noPicks, type Picks, parsePicks, printPicks, typedDuration } from './picks.ts';
import styles from './search-page.module.css';
import { useTagValues } from './traceql-field.tsx';

/** The questions that are asked most, without TraceQL; they write it. */
export function TracePickers({ query, onSubmit }: Readonly<{ query: string; onSubmit: (query: string) => void }>) {
  const agents = useTagValues('resource.service.name');
  const operations = useTagValues('name');
  const picks = parsePicks(query);
  const pick = (some: Partial<Picks>) => onSubmit(printPicks({ ...(picks ?? noPicks), ...some }));
  const shown = picks ?? noPicks;
  const texts = (values: typeof agents.data) => (values ?? []).map(({ value }) => String(value));
  return (
    <div className={styles.pickers}>
      <Choice label="Agent" any="any" value={shown.agent} values={texts(agents.data)} onChoose={(agent) => pick({ agent })} />
      <Choice
        label="Operation"
        any="any"
        value={shown.operation}
        values={texts(operations.data)}
        onChoose={(operation) => pick({ operation })}
      />
      <Choice
        label="with a failing"
        any="–"
        value={shown.inside}
        values={['*', ...texts(operations.data)]}
        onChoose={(inside) => pick({ inside })}
      />
      <TypedDuration value={shown.atLeast} onType={(atLeast) => pick({ atLeast })} />
      <label className={styles.picker}>
        <input
          type="checkbox"
          className={styles.check}
          checked={shown.failed}
          onChange={(event) => pick({ failed: event.target.checked })}
        />
        Failed only
      </label>
      {picks === undefined && <span className={styles.custom}>The query says more than these; choosing replaces it.</span>}
    </div>
  );
}

type ChoiceProps = Readonly<{ label: string; any: string; value: string; values: readonly string[]; onChoose: (value: string) => void }>;

function Choice({ label, any, value, values, onChoose }: ChoiceProps) {
  const all = value === '' || values.includes(value) ? values : [value, ...values];
  return (
    <label className={styles.picker}>
      {label}
      <select className={styles.choice} value={value} onChange={(event) => onChoose(event.target.value)}>
        <option value="">{any}</option>
        {all.map((one) => (
          <option key={one} value={one}>
            {one === '*' ? 'operation' : one}
          </option>
        ))}
      </select>
    </label>
  );
}

function TypedDuration({ value, onType }: Readonly<{ value: string; onType: (value: string) => void }>) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const id = useId();
  const isWrong = text.trim() !== '' && typedDuration(text) === undefined;
  const submit = () => {
    const duration = text.trim() === '' ? '' : typedDuration(text);
    if (duration !== undefined && duration !== value) onType(duration);
  };
  return (
    <label className={styles.picker} htmlFor={id}>
      At least
      <input
        id={id}
        className={styles.duration}
        value={text}
        placeholder="500ms"
        aria-invalid={isWrong}
        title={isWrong ? 'A duration: 500ms, 1.5s, 2m' : undefined}
        onChange={(event) => setText(event.target.value)}
        onBlur={submit}
        onKeyDown={(event) => event.key === 'Enter' && submit()}
      />
    </label>
  );
}
