import { levelColour } from '../format/series-colour.ts';
import styles from './level-badge.module.css';

const shapes: Readonly<Record<string, string>> = {
  'var(--fatal)': '◆',
  'var(--error)': '●',
  'var(--warning)': '▲',
  'var(--info)': '○',
  'var(--debug)': '·',
};

const shortName = (level: string): string => {
  const name = level.toUpperCase();
  return name === 'WARNING' ? 'WARN' : name === 'CRITICAL' ? 'CRIT' : name.slice(0, 5);
};

/** A level by its letter, shape and colour, so that no one of them is needed to tell it. */
export function LevelBadge({ level }: Readonly<{ level: string }>) {
  const colour = levelColour(level);
  return (
    <span className={styles.badge} style={{ color: colour }} title={level}>
      <span aria-hidden="true">{shapes[colour]}</span> {level === '' ? '–' : shortName(level)}
    </span>
  );
}
