import { useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { Link, useLocation, useSearch } from 'wouter';
import controls from '../../components/controls.module.css';
import { ErrorNote } from '../../components/state-view.tsx';
import { pageLink } from '../../frame/page-link.ts';
import { openingState } from './dashboard-list.tsx';
import styles from './dashboards.module.css';
import { importDashboards } from './model/import-dashboards.ts';
import type { ImportedDashboard, PanelReport } from './model/kibana-dashboard.ts';
import { kindTitles } from './model/panel.ts';
import { newId, saveDashboard, savedKey, useSavedDashboards } from './saved-dashboards.ts';

/** Dashboards of a file or a pasted text: first what becomes of each panel, then they are saved. */
export function ImportPage() {
  const search = useSearch();
  const [text, setText] = useState('');
  const { dashboards, lost } = useMemo(() => (text.trim() === '' ? { dashboards: [], lost: [] } : importDashboards(text)), [text]);
  return (
    <div className={styles.import}>
      <header className={styles.head}>
        <Link href={pageLink('/dashboards', search)}>Dashboards</Link>
        <h1>Import</h1>
      </header>
      <p className={styles.description}>
        Exports of Kibana (NDJSON or JSON), dashboards in the form of MCP Mesh's logging page, and what meshscope exports. Nothing is saved
        before you have seen what becomes of each panel.
      </p>
      <div className={styles.given}>
        <label>
          File{' '}
          <input
            type="file"
            accept=".json,.ndjson,.txt,application/json"
            onChange={(event) => void event.target.files?.[0]?.text().then(setText)}
          />
        </label>
        <label>
          or text
          <textarea
            rows={6}
            className={`mono ${styles.text}`}
            spellCheck={false}
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        </label>
      </div>
      {lost.length > 0 && (
        <ul className={styles.lost} aria-label="Left behind">
          {lost.map((sentence) => (
            <li key={sentence}>{sentence}</li>
          ))}
        </ul>
      )}
      {dashboards
        .map((imported, at) => ({ imported, key: `${at} ${imported.id}` }))
        .map(({ imported, key }) => (
          <ImportedReport key={key} imported={imported} />
        ))}
    </div>
  );
}

function ImportedReport({ imported }: Readonly<{ imported: ImportedDashboard }>) {
  const { dashboard, panels, lost, id } = imported;
  const search = useSearch();
  const [, navigate] = useLocation();
  const client = useQueryClient();
  const saved = useSavedDashboards();
  const [error, setError] = useState<unknown>();
  const sameId = saved.data?.find((one) => one.id === id);
  const translated = panels.filter(({ isTranslated }) => isTranslated).length;
  const save = async (target: string) => {
    try {
      const made = await saveDashboard(target, dashboard, sameId?.id === target ? sameId.updated : undefined);
      client.setQueryData([savedKey, made.id], made);
      void client.invalidateQueries({ queryKey: [savedKey], exact: true });
      navigate(pageLink(`/dashboards/saved/${made.id}`, search, openingState(dashboard)));
    } catch (problem) {
      setError(problem);
    }
  };
  const free = /^[\w-]{1,64}$/.test(id) && sameId === undefined ? id : newId(dashboard.title);
  return (
    <section className={styles.report} aria-label={dashboard.title}>
      <header className={styles.head}>
        <h2>{dashboard.title}</h2>
        <span className={styles.description}>
          {translated} of {panels.length} panels translated
        </span>
        <span className={styles.actions}>
          {sameId !== undefined && (
            <button type="button" className={controls.button} onClick={() => void save(id)}>
              Replace the saved one
            </button>
          )}
          <button type="button" className={controls.primary} disabled={saved.isPending} onClick={() => void save(free)}>
            {sameId === undefined ? 'Save' : 'Save as another'}
          </button>
        </span>
      </header>
      {error !== undefined && <ErrorNote error={error} />}
      {lost.map((sentence) => (
        <p key={sentence} className={styles.notTaken}>
          {sentence}
        </p>
      ))}
      <ol className={styles.panels}>
        {panels
          .map((report, at) => ({ report, key: `${at} ${report.title}` }))
          .map(({ report, key }) => (
            <PanelEntry key={key} report={report} />
          ))}
      </ol>
    </section>
  );
}

function PanelEntry({ report: { title, from, to, isTranslated, translated, lost } }: Readonly<{ report: PanelReport }>) {
  return (
    <li>
      <h3>
        {title || '(no title)'}{' '}
        <span className={isTranslated ? styles.description : styles.notTaken}>
          {from} → {to === undefined ? 'not translated; a text keeps its place' : kindTitles[to].toLowerCase()}
        </span>
      </h3>
      {translated.length > 0 && <p>{translated.join(' ')}</p>}
      {lost.length === 0 ? (
        <p className={styles.description}>Everything was translated.</p>
      ) : (
        <ul aria-label={`Not translated of ${title}`}>
          {lost.map((sentence) => (
            <li key={sentence} className={styles.notTaken}>
              {sentence}
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}
