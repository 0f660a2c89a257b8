import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { getJson } from '../api/http.ts';
import { useNow } from './refresh.tsx';

export type ServerStatus = Readonly<{
  version: string;
  started: string;
  data_folder: string;
  needs_credentials: boolean;
  listeners: readonly Readonly<{ name: string; address: string; protocol: string; problem?: string }>[];
  journal: Readonly<{ bytes: number; max_bytes: number }>;
  store: Readonly<{ rows: number; bytes: number; partitions: number }>;
  disk: Readonly<{ free: number; budget: number }>;
  sources: Readonly<Record<string, Readonly<{ received: number; accepted: number; rejected: number; dead_lettered: number }>>>;
}>;

/** What the server says of itself, asked again at each refresh. */
export function useServerStatus() {
  const nowMillis = useNow();
  return useQuery({
    queryKey: ['status', nowMillis],
    placeholderData: keepPreviousData,
    gcTime: 60_000,
    queryFn: async ({ signal }) => ({ atMillis: Date.now(), status: await getJson<ServerStatus>('/api/status', {}, signal) }),
  });
}
