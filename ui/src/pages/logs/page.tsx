import { useCallback, useState } from 'react';
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components';
import controls from '../../components/controls.module.css';
import tabs from '../../components/tabs.module.css';
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

/** Records of all agents and servers: over time, by their values, and line by line. */
export function Page() {
  const [index, setIndex] = useUrlState('index', '*');
  const [tab, setTab] = useUrlState('tab', 'lines');
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
        <Tabs className={styles.main} selectedKey={tab} onSelectionChange={(key) => setTab(String(key))}>
          <div className={styles.bar}>
            <button type="button" className={styles.facetButton} aria-expanded={isNarrowOpen} onClick={() => setNarrowOpen(!isNarrowOpen)}>
              Facets
            </button>
            <TabList className={tabs.list} aria-label="Views">
              <Tab id="lines" className={tabs.tab}>
                Lines
              </Tab>
              <Tab id="patterns" className={tabs.tab}>
                Patterns
              </Tab>
              <Tab id="fields" className={tabs.tab}>
                Fields
              </Tab>
            </TabList>
            <div className={styles.tools}>
              <button type="button" className={controls.button} aria-pressed={isLive} onClick={() => setLive(isLive ? '' : '1')}>
                Live
              </button>
              <ColumnsMenu />
              <SavedSearches />
              <ExportDialog index={index} />
            </div>
          </div>
          <TabPanel id="lines" className={styles.panel}>
            {isLive ? <LiveLines index={index} /> : <LinesView index={index} />}
          </TabPanel>
          <TabPanel id="patterns" className={styles.panel}>
            <PatternsView index={index} />
          </TabPanel>
          <TabPanel id="fields" className={styles.panel}>
            <FieldsView index={index} />
          </TabPanel>
        </Tabs>
      </div>
    </div>
  );
}
