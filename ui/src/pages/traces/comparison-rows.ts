import type { Comparison } from './trace-api.ts';

export type Change = 'only left' | 'only right' | 'now fails' | 'now succeeds' | 'slower' | 'faster' | 'same';

export type ComparedRow = Readonly<{
  key: string;
  change: Change;
  service: string;
  name: string;
  /** Milliseconds, right minus left; undefined where one side is missing or has not ended. */
  moved: number | undefined;
  leftSpan: string | undefined;
  rightSpan: string | undefined;
}>;

/** What changed first: outcomes, what is on one side only, then by how much longer or shorter it took. */
const rank: Readonly<Record<Change, number>> = {
  'now fails': 0,
  'now succeeds': 1,
  'only left': 2,
  'only right': 2,
  slower: 3,
  faster: 3,
  same: 4,
};

/** Changes smaller than this, in milliseconds, are the noise of clocks. */
const noise = 0.05;

export function comparisonRows({ matched, added, removed }: Comparison): readonly ComparedRow[] {
  const rows: ComparedRow[] = matched.map(({ left, right, right_status, status_changed, duration_change_nanos }, at) => {
    const moved = duration_change_nanos === null ? undefined : Number(duration_change_nanos) / 1e6;
    return {
      key: `m${at}`,
      change: status_changed
        ? right_status === 'error'
          ? 'now fails'
          : 'now succeeds'
        : moved === undefined || Math.abs(moved) < noise
          ? 'same'
          : moved > 0
            ? 'slower'
            : 'faster',
      service: left.service || right.service,
      name: left.name || right.name,
      moved,
      leftSpan: left.span_id,
      rightSpan: right.span_id,
    };
  });
  const lone = (named: Comparison['added'][number], side: 'left' | 'right', at: number): ComparedRow => ({
    key: `${side} ${at}`,
    change: side === 'left' ? 'only left' : 'only right',
    service: named.service,
    name: named.name,
    moved: undefined,
    leftSpan: side === 'left' ? named.span_id : undefined,
    rightSpan: side === 'right' ? named.span_id : undefined,
  });
  return [...rows, ...removed.map((named, at) => lone(named, 'left', at)), ...added.map((named, at) => lone(named, 'right', at))].sort(
    (one, other) => rank[one.change] - rank[other.change] || Math.abs(other.moved ?? 0) - Math.abs(one.moved ?? 0),
  );
}
