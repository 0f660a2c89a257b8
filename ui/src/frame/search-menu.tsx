import { MenuButton } from '../components/menu-button.tsx';
import { type QueryLanguage, searchQuery } from '../state/search-query.ts';
import { absoluteRange } from '../state/time-range.ts';
import { useSearch } from '../state/use-search.ts';
import { useTimeRange } from '../state/use-time-range.ts';
import styles from './frame.module.css';

/** Language of the search, and the page as something to give away. */
export function SearchMenu() {
  const { search, setSearch } = useSearch();
  const { interval } = useTimeRange();
  const query = () => JSON.stringify({ query: searchQuery(search, interval), sort: [{ timestamp: 'desc' }], size: 100 }, undefined, 2);
  const link = () => {
    const url = new URL(window.location.href);
    for (const [name, value] of Object.entries(absoluteRange(interval))) url.searchParams.set(name, value);
    url.searchParams.delete('refresh');
    return url.href;
  };
  const curl = () =>
    `curl -s -H 'Content-Type: application/json' ${window.location.origin}/elasticsearch/_search -d '${query().replaceAll("'", `'\\''`)}'`;
  const speak = (language: QueryLanguage) => () => setSearch({ ...search, language });
  const copy = (make: () => string) => () => void navigator.clipboard.writeText(make());
  const name = search.language === 'kql' ? 'KQL' : 'Lucene';
  return (
    <MenuButton
      className={styles.language}
      label={`Search in ${name}; language and copies`}
      name="Search"
      placement="bottom end"
      actions={[
        { id: 'lucene', title: 'Lucene query string', run: speak('lucene') },
        { id: 'kql', title: 'KQL', run: speak('kql') },
        { id: 'link', title: 'Copy link (with this very time)', run: copy(link), startsGroup: true },
        { id: 'curl', title: 'Copy as curl', run: copy(curl) },
        { id: 'query', title: 'Copy as Elasticsearch query', run: copy(query) },
      ]}
    >
      {name} ▾
    </MenuButton>
  );
}
