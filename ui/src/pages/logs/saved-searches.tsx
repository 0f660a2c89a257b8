import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { Button, Dialog, DialogTrigger, Popover } from 'react-aria-components';
import { useSearchParams } from 'wouter';
import { ApiError, deleteJson, getJson, putJson } from '../../api/http.ts';
import controls from '../../components/controls.module.css';
import floating from '../../components/floating.module.css';
import { ErrorNote } from '../../components/state-view.tsx';
import { formatAgo } from '../../format/times.ts';
import { useNow } from '../../state/refresh.tsx';
import { useSetUrlState } from '../../state/use-url-state.ts';
import { useZone } from '../../state/zone.ts';
import styles from './menus.module.css';
import { idOf, stateToSave, stateToSet } from './saved-state.ts';

type Item = Readonly<{ id: string; title: string; updated: string; content: Readonly<Record<string, unknown>> }>;

const path = '/api/saved/search';
const key = ['saved searches'];

/** Searches that people keep on the server, for all who use it. */
export function SavedSearches() {
  return (
    <DialogTrigger>
      <Button className={controls.button}>Saved</Button>
      <Popover className={floating.popover} placement="bottom end">
        <Dialog className={styles.dialog} aria-label="Saved searches">
          {({ close }) => <SavedList close={close} />}
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}

function SavedList({ close }: Readonly<{ close: () => void }>) {
  const [parameters] = useSearchParams();
  const set = useSetUrlState();
  const [zone] = useZone();
  const nowMillis = useNow();
  const client = useQueryClient();
  const [title, setTitle] = useState('');
  const list = useQuery({
    queryKey: key,
    staleTime: 0,
    queryFn: async ({ signal }) => (await getJson<{ items: readonly Item[] }>(path, {}, signal)).items,
  });
  const onSuccess = () => client.invalidateQueries({ queryKey: key });
  const save = useMutation({
    mutationFn: ({ id, name }: { id: string; name: string }) => putJson(`${path}/${id}`, { title: name, content: stateToSave(parameters) }),
    onSuccess,
  });
  const remove = useMutation({ mutationFn: (id: string) => deleteJson(`${path}/${encodeURIComponent(id)}`), onSuccess });
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    const name = title.trim();
    if (name === '') return;
    const same = list.data?.find((one) => one.title === name);
    save.mutate({ id: same?.id ?? idOf(name, Date.now().toString(36)), name });
    setTitle('');
  };
  const error = list.error ?? save.error ?? remove.error;
  const isMissing = error instanceof ApiError && error.status === 404 && list.error !== null;
  return (
    <>
      {isMissing ? (
        <p className={styles.note}>This server cannot keep searches: it is older than the page.</p>
      ) : (
        error !== null && <ErrorNote error={error} />
      )}
      {list.data?.length === 0 && (
        <p className={styles.note}>None yet. A saved search keeps the search, the time as it was said, columns and facets.</p>
      )}
      <ul className={styles.items}>
        {list.data?.map((item) => (
          <li key={item.id}>
            <button
              type="button"
              className={styles.choice}
              title={printed(item.content)}
              onClick={() => {
                set(stateToSet(item.content));
                close();
              }}
            >
              <span className={styles.name}>{item.title}</span>
              <span className={styles.note}>{formatAgo(Date.parse(item.updated), zone, nowMillis)}</span>
            </button>
            <button type="button" aria-label={`Remove ${item.title}`} title="Remove" onClick={() => remove.mutate(item.id)}>
              ✕
            </button>
          </li>
        ))}
      </ul>
      <form className={styles.form} onSubmit={onSubmit}>
        <input
          aria-label="Name of this search"
          placeholder="Name of this search"
          value={title}
          maxLength={200}
          onChange={(event) => setTitle(event.target.value)}
        />
        <button type="submit" className={controls.button} disabled={title.trim() === '' || save.isPending}>
          Save
        </button>
      </form>
    </>
  );
}

const printed = (content: Readonly<Record<string, unknown>>): string =>
  typeof content.q === 'string' && content.q !== '' ? content.q : 'everything';
