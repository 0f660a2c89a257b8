import { createHash } from 'node:crypto';
import { createRecorder, type Recorder, type Recording } from './recorder.ts';
import type { Session } from './session.ts';

/** The conversations that go through one proxy. */
export type HttpSessions = Readonly<{
  /** `key`: what tells sessions apart on the wire (`Mcp-Session-Id`, or the query of the legacy transport); it is never recorded. */
  of: (key: string | undefined) => Recorder;
  end: (key: string) => void;
  endAll: () => void;
}>;

/** The session that was silent for longest ends when there are more. */
const maxSessions = 1000;

/** The key lets in whoever has it, so only its hash is told; the SDK makes the same one of it. */
function sessionOf(session: Session, key: string): Session {
  const hash = createHash('sha256').update(key).digest('hex');
  return { ...session, id: `${session.id}-${hash.slice(0, 8)}`, conversation: hash.slice(0, 16) };
}

export function createHttpSessions(recording: Recording, session: Session): HttpSessions {
  const stateless = createRecorder(recording, session);
  const recorders = new Map<string, Recorder>();
  const end = (key: string) => {
    recorders.get(key)?.finish('abandoned', 'the session ended');
    recorders.delete(key);
  };

  return {
    of(key) {
      if (key === undefined) return stateless;
      const recorder = recorders.get(key) ?? createRecorder(recording, sessionOf(session, key));
      recorders.delete(key);
      recorders.set(key, recorder);
      if (recorders.size > maxSessions) end(recorders.keys().next().value as string);
      return recorder;
    },
    end,
    endAll() {
      for (const key of [...recorders.keys()]) end(key);
      stateless.finish('abandoned', 'the proxy ended');
    },
  };
}
