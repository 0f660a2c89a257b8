import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { Heading } from 'react-aria-components';
import { postJson } from '../../api/http.ts';
import controls from '../../components/controls.module.css';
import { ModalDialog } from '../../components/modal-dialog.tsx';
import { ErrorNote } from '../../components/state-view.tsx';
import { formatDuration } from '../../format/quantities.ts';
import { recordedMessage, type SessionMessage } from './session-messages.ts';
import styles from './sessions.module.css';

type Replayed = Readonly<{ took_ms: number; result?: unknown; error?: Readonly<{ code: number; message: string }> }>;

const replayable = new Set(['tools/call', 'prompts/get', 'resources/read']);

/** Sends a recorded request to a server of one's choice. Asks first: calls may change things. */
export function ReplayCall({ message }: Readonly<{ message: SessionMessage }>) {
  const [isOpen, setOpen] = useState(false);
  const close = () => setOpen(false);
  if (!replayable.has(message.method)) return null;
  return (
    <>
      <button type="button" className={controls.button} onClick={() => setOpen(true)}>
        Replay …
      </button>
      <ModalDialog isOpen={isOpen} onClose={close} size="wide">
        <ReplayForm message={message} close={close} />
      </ModalDialog>
    </>
  );
}

function ReplayForm({ message, close }: Readonly<{ message: SessionMessage; close: () => void }>) {
  const { params } = recordedMessage(message, undefined) as { params: unknown };
  const [url, setUrl] = useState('http://127.0.0.1:3000/mcp');
  const [text, setText] = useState(JSON.stringify(params, undefined, 2));
  const replay = useMutation({
    mutationFn: async () => postJson<Replayed>('/api/replay', { url, method: message.method, params: JSON.parse(text) as unknown }),
  });
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        replay.mutate();
      }}
    >
      <Heading slot="title">Replay {message.label}</Heading>
      <p>
        This sends the request below to a server, as a client of its own. A call may change things there: look at what is sent. Contents
        were recorded redacted unless the recorder was told otherwise.
      </p>
      <label>
        Server (Streamable HTTP or HTTP+SSE)
        <input type="url" required value={url} onChange={(event) => setUrl(event.target.value)} />
      </label>
      <label>
        Parameters of {message.method}
        <textarea rows={10} value={text} spellCheck={false} onChange={(event) => setText(event.target.value)} />
      </label>
      <p className={styles.actions}>
        <button type="submit" className={controls.button} disabled={replay.isPending}>
          {replay.isPending ? 'Waiting for the answer …' : 'Send it'}
        </button>
        <button type="button" className={controls.button} onClick={close}>
          Close
        </button>
      </p>
      {replay.error !== null && <ErrorNote error={replay.error} />}
      {replay.data !== undefined && (
        <div role="status">
          <p>
            Answered in {formatDuration(replay.data.took_ms)}
            {replay.data.error === undefined ? '' : ', with an error'}
          </p>
          <pre>{JSON.stringify(replay.data.error ?? replay.data.result, undefined, 2)}</pre>
        </div>
      )}
    </form>
  );
}
