import { Button, Menu, MenuItem, MenuTrigger, Popover, Separator } from 'react-aria-components';
import { absoluteRange } from '../state/time-range.ts';
import { searchQuery, useSearch } from '../state/use-search.ts';
import { useTimeRange } from '../state/use-time-range.ts';
import styles from './frame.module.css';

/** Language of the search, and the page as something to give away. */
export function SearchMenu() {
  const { search, setSearch } = useSearch();
  const { interval } = useTimeRange();
  const query = () => JSON.stringify({ query: searchQuery(search, interval), sort: [{ timestamp: 'desc' }], size: 100 }, undefined, 2);
  const copies: Readonly<Record<string, () => string>> = {
    link: () => {
      const url = new URL(window.location.href);
      for (const [name, value] of Object.entries(absoluteRange(interval))) url.searchParams.set(name, value);
      url.searchParams.delete('refresh');
      return url.href;
    },
    curl: () =>
      `curl -s -H 'Content-Type: application/json' ${window.location.origin}/elasticsearch/_search -d '${query().replaceAll("'", `'\\''`)}'`,
    query,
  };
  const onAction = (key: React.Key) => {
    const copy = copies[String(key)];
    if (copy !== undefined) void navigator.clipboard.writeText(copy());
    else setSearch({ ...search, language: key === 'kql' ? 'kql' : 'lucene' });
  };
  return (
    <MenuTrigger>
      <Button className={styles.language} aria-label={`Search in ${search.language === 'kql' ? 'KQL' : 'Lucene'}; language and copies`}>
        {search.language === 'kql' ? 'KQL' : 'Lucene'} ▾
      </Button>
      <Popover className={styles.popover} placement="bottom end">
        <Menu className={styles.menu} onAction={onAction}>
          <MenuItem id="lucene" className={styles.item}>
            Lucene query string
          </MenuItem>
          <MenuItem id="kql" className={styles.item}>
            KQL
          </MenuItem>
          <Separator className={styles.separator} />
          <MenuItem id="link" className={styles.item}>
            Copy link (with this very time)
          </MenuItem>
          <MenuItem id="curl" className={styles.item}>
            Copy as curl
          </MenuItem>
          <MenuItem id="query" className={styles.item}>
            Copy as Elasticsearch query
          </MenuItem>
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
