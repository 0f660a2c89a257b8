import { useCallback, useId, useState } from 'react';
import controls from '../../components/controls.module.css';
import { shownTab, TabList, TabPanel } from '../../components/tabs.tsx';
import { useSearch } from '../../state/use-search.ts';
import { useUrlState } from '../../state/use-url-state.ts';
import { ColumnsMenu } from './columns-menu.tsx';
import { anyOfText, toggledCondition } from './conditions.ts';
import { ExportDialog } from './export-dialog.tsx';
import { Facets } from './facets.tsx';
import { FieldsView } from './fields-view.tsx';
import { IndexSelect } from './index-select.tsx';
import { LinesView } from './lines-view.tsx';
import { LiveLines } from './live-lines.tsx';
import { LogHistogram } from './log-histogram.tsx';
import styles from './logs.module.css';
import { PatternsView } from './patterns-view.tsx';
import { SavedSearches } from './saved-searches.tsx';

const views = [
  { id: 'lines', title: 'Lines' },
  { id: 'patterns', title: 'Patterns' },
  { id: 'fields', title: 'Fields' },
];

/** Records of all agents and servers: over time, by their values, and line by line. */
export function Page() {
  const [index, setIndex] = useUrlState('index', '*');
  const [tab, setTab] = useUrlState('tab', 'lines');
  const view = shownTab(views, tab);
  const base = useId();
  const [live, setLive] = useUrlState('live');
  const isLive = live === '1';
  const { search, setSearch } = useSearch();
  const [isNarrowOpen, setNarrowOpen] = useState(false);
  const onLevel = useCallback(
    (spellings: readonly string[]) => setSearch({ ...search, text: toggledCondition(search, anyOfText(search, 'level', spellings)) }),
    [search, setSearch],
  );
  return (
    <div className={styles.logs}>
      <h1 className="visually-hidden">Logs</h1>
      <LogHistogram index={index} search={search} onLevel={onLevel} />
      <div className={styles.below}>
        <aside className={styles.side} aria-label="Facets" data-open={isNarrowOpen}>
          <IndexSelect index={index} onIndex={setIndex} />
          <Facets index={index} />
        </aside>
        <div className={styles.main}>
          <div className={styles.bar}>
            <button type="button" className={styles.facetButton} aria-expanded={isNarrowOpen} onClick={() => setNarrowOpen(!isNarrowOpen)}>
              Facets
            </button>
            <TabList base={base} label="Views" tabs={views} selected={view} onSelect={setTab} />
            <div className={styles.tools}>
              <button type="button" className={controls.button} aria-pressed={isLive} onClick={() => setLive(isLive ? '' : '1')}>
                Live
              </button>
              <ColumnsMenu />
              <SavedSearches />
              <ExportDialog index={index} />
            </div>
          </div>
          <TabPanel key={view} base={base} id={view} className={styles.panel}>
            {view === 'patterns' ? (
              <PatternsView index={index} />
            ) : view === 'fields' ? (
              <FieldsView index={index} />
            ) : isLive ? (
              <LiveLines index={index} />
            ) : (
              <LinesView index={index} />
            )}
          </TabPanel>
        </div>
      </div>
    </div>
  );
}
