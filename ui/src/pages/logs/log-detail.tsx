import { useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { postJson } from '../../api/http.ts';
import controls from '../../components/controls.module.css';
import { CopyMenu } from '../../components/copy-menu.tsx';
import { FieldMenu } from '../../components/field-menu.tsx';
import { StateView } from '../../components/state-view.tsx';
import { TabList, TabPanel } from '../../components/tabs.tsx';
import { useDrawer } from '../../drawer/use-drawer.ts';
import styles from './log-detail.module.css';
import { type Hit, printValue, printValues, type SearchAnswer, searchPath } from './log-record.ts';
import { SurroundingLines } from './surrounding-lines.tsx';

type LogDetailProps = Readonly<{
  index: string;
  id: string;
  place: 'row' | 'drawer';
  onAddColumn?: (field: string) => void;
}>;

function useRecord(index: string, id: string) {
  return useQuery({
    queryKey: ['log record', index, id],
    staleTime: 300_000,
    queryFn: async ({ signal }): Promise<Hit | undefined> => {
      const body = {
        size: 1,
        query: { ids: { values: [id] } },
        fields: ['*'],
        sort: [{ timestamp: { order: 'desc', unmapped_type: 'date' } }, '_doc'],
      };
      return (await postJson<SearchAnswer>(searchPath(index), body, signal)).hits.hits[0];
    },
  });
}

const views = [
  { id: 'fields', title: 'Fields' },
  { id: 'json', title: 'JSON' },
  { id: 'around', title: 'Lines around it' },
];

/** All of one record: its fields, its JSON, and what its source said before and after. */
export function LogDetail({ index, id, place, onAddColumn }: LogDetailProps) {
  const query = useRecord(index, id);
  return (
    <div className={styles.detail} data-place={place}>
      <StateView query={{ ...query, data: query.isSuccess ? { hit: query.data } : undefined }} height={220}>
        {({ hit }) =>
          hit === undefined ? (
            <p className={styles.empty}>This record is no longer stored: it was deleted, or its time to be kept is over.</p>
          ) : (
            <Shown hit={hit} place={place} {...(onAddColumn === undefined ? {} : { onAddColumn })} />
          )
        }
      </StateView>
    </div>
  );
}

type ShownProps = Readonly<{ hit: Hit; place: 'row' | 'drawer'; onAddColumn?: (field: string) => void }>;

function Shown({ hit, place, onAddColumn }: ShownProps) {
  const { open, push } = useDrawer();
  const show = place === 'drawer' ? push : open;
  const trace = printValue(hit.fields?.['trace.trace_id']?.[0]);
  const session = printValue(hit.fields?.['mcp.session']?.[0]);
  const [view, setView] = useState('fields');
  const base = useId();
  const json = JSON.stringify(hit._source, undefined, 2) ?? '';
  const copies: Readonly<Record<string, () => string>> = {
    'JSON, indented': () => json,
    'JSON in one line': () => JSON.stringify(hit._source),
    message: () => printValues(hit.fields?.msg),
    link: () => {
      const url = new URL(window.location.href);
      url.searchParams.set('d', `log~${encodeURIComponent(`${hit._index}/${hit._id}`)}`);
      return url.href;
    },
    curl: () => `curl -s '${window.location.origin}/elasticsearch/${hit._index}/_doc/${encodeURIComponent(hit._id)}'`,
  };
  return (
    <div className={styles.tabs}>
      <div className={styles.head}>
        <TabList base={base} label="The record" tabs={views} selected={view} onSelect={setView} />
        <div className={styles.actions}>
          {trace !== '' && (
            <button type="button" className={controls.link} onClick={() => show({ kind: 'trace', id: trace })}>
              Its trace ›
            </button>
          )}
          {session !== '' && (
            <button type="button" className={controls.link} onClick={() => show({ kind: 'session', id: session })}>
              Its session ›
            </button>
          )}
          {place === 'row' && (
            <button type="button" className={controls.link} onClick={() => open({ kind: 'log', id: `${hit._index}/${hit._id}` })}>
              Beside the page ›
            </button>
          )}
          <CopyMenu copies={copies} />
        </div>
      </div>
      <TabPanel key={view} base={base} id={view} className={styles.panel}>
        {view === 'fields' && <FieldTable hit={hit} {...(onAddColumn === undefined ? {} : { onAddColumn })} />}
        {view === 'json' && <pre className={styles.json}>{json}</pre>}
        {view === 'around' && <SurroundingLines hit={hit} />}
      </TabPanel>
    </div>
  );
}

/** Beyond this, values are shown shortened until someone asks for the whole. */
const mostShown = 2000;

function FieldTable({ hit, onAddColumn }: Readonly<{ hit: Hit; onAddColumn?: (field: string) => void }>) {
  const rows: readonly (readonly [string, readonly unknown[]])[] = [
    ...Object.entries(hit.fields ?? {}).sort(([one], [other]) => rankOf(one) - rankOf(other) || one.localeCompare(other)),
    ['_index', [hit._index]],
    ['_id', [hit._id]],
  ];
  return (
    <table className={styles.fields}>
      <tbody>
        {rows.map(([name, values]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>
              {keyed(values).map(({ key, text }) => (
                <FieldValue key={key} name={name} text={text} {...(onAddColumn === undefined ? {} : { onAddColumn })} />
              ))}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The same value may be there twice: its place tells it apart. */
const keyed = (values: readonly unknown[]) => values.map((value, at) => ({ key: String(at), text: printValue(value) }));

function FieldValue({ name, text, onAddColumn }: Readonly<{ name: string; text: string; onAddColumn?: (field: string) => void }>) {
  const [isWhole, setWhole] = useState(false);
  const isLong = text.length > mostShown;
  return (
    <div className={styles.value}>
      <FieldMenu field={name} value={text} {...(onAddColumn === undefined ? {} : { onAddColumn })}>
        {isLong && !isWhole ? `${text.slice(0, mostShown)}…` : text === '' ? '(empty)' : text}
      </FieldMenu>
      {isLong && (
        <button type="button" className={styles.whole} onClick={() => setWhole(!isWhole)}>
          {isWhole ? 'Shorten' : `Show all ${text.length} characters`}
        </button>
      )}
    </div>
  );
}

const firstFields = ['timestamp', 'level', 'msg', 'exception.type', 'exception.message', 'error', 'agent.name', 'service.name', 'tool'];

const rankOf = (name: string): number => (firstFields.includes(name) ? firstFields.indexOf(name) : firstFields.length);
