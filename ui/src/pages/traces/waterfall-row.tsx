import { memo } from 'react';
import { formatCount, formatDuration } from '../../format/quantities.ts';
import { seriesColour } from '../../format/series-colour.ts';
import { lengthOf, operationOf, type SpanTable } from './span-table.ts';
import { barOf, type TimeWindow } from './time-window.ts';
import type { WaitKind } from './trace-api.ts';
import { waitNames, waitOrder } from './wait-split.ts';
import styles from './waterfall.module.css';

export const rowHeight = 26;

/** Deeper calls than this are told by a number, not by more room. */
const deepestIndent = 16;

/** Deeper there is room for the name alone. */
const deepestService = 12;

export type WaterfallRowProps = Readonly<{
  table: SpanTable;
  kinds: Uint8Array;
  window: TimeWindow;
  id: string;
  /** Position of a span, or `-1 - group`. */
  row: number;
  index: number;
  depth: number;
  isOpen: boolean | undefined;
  isActive: boolean;
  isFound: boolean;
  onToggle: (row: number) => void;
  onOpen: (row: number, index: number) => void;
}>;

/** One operation, or a group of repeated ones: name, length, bar. */
export const WaterfallRow = memo(function WaterfallRow(props: WaterfallRowProps) {
  const { table, kinds, window, id, row, index, depth, isOpen, isActive, isFound, onToggle, onOpen } = props;
  const shown = row < 0 ? groupRow(table, kinds, -1 - row) : spanRow(table, kinds, row);
  const bar = barOf(window, shown.start, shown.end);
  return (
    <div
      id={id}
      role="row"
      tabIndex={-1}
      aria-level={depth + 1}
      aria-rowindex={index + 2}
      aria-expanded={isOpen}
      aria-selected={isActive}
      className={`${styles.row} ${styles.columns}`}
      style={{ transform: `translateY(${index * rowHeight}px)` }}
      data-active={isActive}
      data-found={isFound}
      onClick={() => onOpen(row, index)}
    >
      <div role="gridcell" tabIndex={-1} className={styles.name} style={{ paddingLeft: 4 + Math.min(depth, deepestIndent) * 12 }}>
        {isOpen === undefined ? (
          <span className={styles.leaf} />
        ) : (
          <button
            type="button"
            tabIndex={-1}
            className={styles.fold}
            aria-label={isOpen ? 'Close' : 'Open'}
            onClick={(event) => {
              event.stopPropagation();
              onToggle(row);
            }}
          >
            {isOpen ? '▾' : '▸'}
          </button>
        )}
        <span className={styles.dot} style={{ background: seriesColour(shown.service) }} />
        {shown.failed > 0 && (
          <span className={styles.bad} title={shown.failedTitle}>
            ✕<span className="visually-hidden">{shown.failedTitle}</span>
          </span>
        )}
        {shown.repeated !== undefined && <span className={styles.count}>× {shown.repeated.toLocaleString('en')}</span>}
        <b title={shown.name}>{depth > deepestIndent ? `${depth}: ${shown.name}` : shown.name}</b>
        {depth <= deepestService && <i>{shown.service}</i>}
      </div>
      <div role="gridcell" tabIndex={-1} className={styles.took} title={`${shown.millis} ms`}>
        {shown.repeated === undefined ? formatDuration(shown.millis) : `${formatDuration(shown.millis)} avg`}
      </div>
      <div role="gridcell" tabIndex={-1} className={styles.time}>
        {bar !== undefined && (
          <div
            className={`${styles.bar} ${styles[shown.work] ?? ''}`}
            data-open={shown.isOpen}
            data-failed={row >= 0 && shown.failed > 0}
            title={`${shown.service} ${shown.name} · ${formatDuration(shown.millis)} · ${waitNames[shown.work]}`}
            style={{ left: `${bar.left}%`, width: `${bar.width}%`, backgroundColor: seriesColour(shown.service) }}
          />
        )}
        {shown.message !== '' && bar !== undefined && (
          <span className={styles.error} title={shown.message} style={besideBar(bar)}>
            {shown.message}
          </span>
        )}
      </div>
    </div>
  );
});

/** Behind the bar, else before it, else upon it. */
function besideBar({ left, width }: Readonly<{ left: number; width: number }>) {
  const right = left + width;
  if (right <= 65) return { left: `calc(${right}% + 8px)`, maxWidth: `calc(${100 - right}% - 12px)` };
  if (left >= 35) return { right: `calc(${100 - left}% + 8px)`, maxWidth: `calc(${left}% - 12px)` };
  return { left: `calc(${left}% + 12px)`, maxWidth: `calc(${width}% - 24px)` };
}

type Shown = Readonly<{
  service: string;
  name: string;
  work: WaitKind;
  start: number;
  end: number;
  millis: number;
  isOpen: boolean;
  failed: number;
  failedTitle: string;
  message: string;
  repeated?: number;
}>;

function spanRow(table: SpanTable, kinds: Uint8Array, at: number): Shown {
  const { service, name } = operationOf(table, at);
  const message = table.messages.get(at);
  return {
    service: service === '' ? 'unknown agent' : service,
    name: name === '' ? 'unnamed' : name,
    work: waitOrder[kinds[at] as number] as WaitKind,
    start: table.start[at] as number,
    end: table.end[at] as number,
    millis: lengthOf(table, at) / 1e6,
    isOpen: table.open[at] === 1,
    failed: message === undefined ? 0 : 1,
    failedTitle: 'Failed',
    message: message ?? '',
  };
}

function groupRow(table: SpanTable, kinds: Uint8Array, at: number): Shown {
  const group = table.groups[at] as SpanTable['groups'][number];
  const failing = group.failed === 0 ? undefined : group.members.find((member) => table.messages.has(member));
  const count = group.members.length;
  return {
    service: group.operation.service,
    name: group.operation.name,
    work: waitOrder[kinds[group.members[0] as number] as number] as WaitKind,
    start: group.first,
    end: group.last,
    millis: group.total / count / 1e6,
    isOpen: false,
    failed: group.failed,
    failedTitle: `${formatCount(group.failed)} of ${formatCount(count)} failed`,
    message:
      group.failed === 0 ? '' : `${group.failed} failed${failing === undefined ? ' below' : `, such as: ${table.messages.get(failing)}`}`,
    repeated: count,
  };
}
