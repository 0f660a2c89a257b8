import { useState } from 'react';
import controls from '../../../components/controls.module.css';
import styles from '../dashboards.module.css';

type JsonFieldProps = Readonly<{ label: string; value: unknown; onApply: (value: unknown) => void }>;

/** What is behind, as JSON that can be changed. */
export function JsonField({ label, value, onApply }: JsonFieldProps) {
  const [text, setText] = useState<string | undefined>();
  const [problem, setProblem] = useState('');
  const printed = JSON.stringify(value, undefined, 2);
  const apply = () => {
    try {
      onApply(JSON.parse(text ?? printed));
      setText(undefined);
      setProblem('');
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <details>
      <summary>{label}</summary>
      <textarea
        rows={12}
        className={`mono ${styles.text}`}
        aria-label={label}
        spellCheck={false}
        value={text ?? printed}
        onChange={(event) => setText(event.target.value)}
      />
      {problem !== '' && (
        <p role="alert" className={styles.wrong}>
          {problem}
        </p>
      )}
      <button type="button" className={controls.button} onClick={apply} disabled={text === undefined}>
        Apply
      </button>
    </details>
  );
}
