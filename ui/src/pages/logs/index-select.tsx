import { useQuery } from '@tanstack/react-query';
import { getJson } from '../../api/http.ts';
import styles from './logs.module.css';

type CatIndex = Readonly<{ index: string }>;

/** `mcp-mesh-logs-2026.01.31` and `logs-000002` are parts of one thing. */
export const indexFamily = (index: string): string => index.replace(/-(?:\d{4}[.-]\d{2}[.-]\d{2}|\d{6})$/, '-*');

/** Which indices are searched; those of one name with dates are one choice. */
export function IndexSelect({ index, onIndex }: Readonly<{ index: string; onIndex: (index: string) => void }>) {
  const { data = [] } = useQuery({
    queryKey: ['indices'],
    staleTime: 60_000,
    queryFn: ({ signal }) => getJson<readonly CatIndex[]>('/elasticsearch/_cat/indices', { format: 'json', h: 'index' }, signal),
  });
  const families = [...new Set(data.filter((one) => !one.index.startsWith('.')).map((one) => indexFamily(one.index)))].sort();
  const choices = ['*', ...families, ...(index === '*' || families.includes(index) ? [] : [index])];
  return (
    <label className={styles.index}>
      <span>From</span>
      <select value={index} onChange={(event) => onIndex(event.target.value)}>
        {choices.map((choice) => (
          <option key={choice} value={choice}>
            {choice === '*' ? 'everything' : choice}
          </option>
        ))}
      </select>
    </label>
  );
}
