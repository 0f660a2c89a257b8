import { useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useNow } from '../../state/refresh.tsx';
import { type SessionMessage, sessionMessages } from './session-messages.ts';
import { sessionLines } from './sessions-api.ts';

/** The messages of a session as far as they were fetched. */
export function useSession(id: string) {
  const nowMillis = useNow();
  const asked = useInfiniteQuery({
    queryKey: ['session', id],
    initialPageParam: undefined as readonly unknown[] | undefined,
    queryFn: ({ pageParam, signal }) => sessionLines(id, pageParam, signal),
    getNextPageParam: (page) => page.after,
  });
  const { data } = asked;
  const messages = useMemo<readonly SessionMessage[] | undefined>(
    () => data && sessionMessages(data.pages.flatMap(({ lines }) => lines)),
    [data],
  );
  return { asked, messages, total: data?.pages[0]?.total ?? 0, nowMillis };
}
