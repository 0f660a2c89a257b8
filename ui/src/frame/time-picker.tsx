import { useState } from 'react';
import { Button, Dialog, DialogTrigger, FieldError, Form, Input, Label, Popover, Text, TextField } from 'react-aria-components';
import floating from '../components/floating.module.css';
import { formatExactTime, formatTime } from '../format/times.ts';
import { useNow } from '../state/refresh.tsx';
import type { TimeRange } from '../state/time-range.ts';
import { useTimeRange } from '../state/use-time-range.ts';
import { useZone } from '../state/zone.ts';
import styles from './frame.module.css';
import { parseTypedTime } from './typed-time.ts';

const common: readonly (readonly [string, TimeRange])[] = [
  ['Last 5 minutes', { from: 'now-5m', to: 'now' }],
  ['Last 15 minutes', { from: 'now-15m', to: 'now' }],
  ['Last 1 hour', { from: 'now-1h', to: 'now' }],
  ['Last 3 hours', { from: 'now-3h', to: 'now' }],
  ['Last 12 hours', { from: 'now-12h', to: 'now' }],
  ['Last 24 hours', { from: 'now-24h', to: 'now' }],
  ['Last 7 days', { from: 'now-7d', to: 'now' }],
  ['Last 30 days', { from: 'now-30d', to: 'now' }],
  ['Today', { from: 'now/d', to: 'now' }],
];

const unitNames: Readonly<Record<string, string>> = { s: 'second', m: 'minute', h: 'hour', d: 'day', w: 'week' };

function rangeLabel(range: TimeRange, zone: string | undefined, nowMillis: number): string {
  const known = common.find(([, { from, to }]) => from === range.from && to === range.to);
  if (known !== undefined) return known[0];
  const [, count, unit] = /^now-(\d+)([smhdw])$/.exec(range.from) ?? [];
  if (count !== undefined && range.to === 'now') return `Last ${count} ${unitNames[unit as string]}${count === '1' ? '' : 's'}`;
  const shown = (text: string) => {
    const millis = Date.parse(text);
    return Number.isNaN(millis) ? text : formatTime(millis, zone, nowMillis).replace(/(?::00)?\.000$/, '');
  };
  return `${shown(range.from)} – ${shown(range.to)}`;
}

/** The time that all pages look at: chosen, typed, or brushed in a chart. */
export function TimePicker() {
  const { range, interval, setRange } = useTimeRange();
  const [zone] = useZone();
  const now = useNow();
  return (
    <DialogTrigger>
      <Button className={styles.control} id="time-picker" aria-keyshortcuts="t">
        <span title={`${formatExactTime(interval.startMillis, zone)} – ${formatExactTime(interval.endMillis, zone)}`}>
          {rangeLabel(range, zone, now)}
        </span>
        <span aria-hidden="true"> ▾</span>
      </Button>
      <Popover className={floating.popover} placement="bottom end">
        <Dialog className={styles.dialog} aria-label="Time">
          {({ close }) => (
            <TimeChoices
              current={range}
              onChoose={(chosen) => {
                setRange(chosen);
                close();
              }}
            />
          )}
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}

function TimeChoices({ current, onChoose }: Readonly<{ current: TimeRange; onChoose: (range: TimeRange) => void }>) {
  const [typed, setTyped] = useState('');
  const [isWrong, setWrong] = useState(false);
  const [zone, setZone] = useZone();
  const type = (text: string) => {
    setTyped(text);
    setWrong(false);
  };
  const submit = () => {
    const range = parseTypedTime(typed, Date.now());
    setWrong(range === undefined);
    if (range !== undefined) onChoose(range);
  };
  return (
    <>
      <Form
        validationBehavior="aria"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <TextField value={typed} onChange={type} isInvalid={isWrong} autoFocus className={styles.field}>
          <Label>Time</Label>
          <Input placeholder="last 3h, yesterday 9-10, 2026-01-31 14:00 to 15:00" className={styles.input} />
          <Text slot="description" className={styles.hint}>
            Typed as one says it, or chosen below. In a chart, draw over the part to look at.
          </Text>
          <FieldError className={styles.wrong}>
            This is not understood. Try “last 3h”, “today”, “yesterday 9-10” or “2026-01-31 14:00 to 2026-01-31 15:00”.
          </FieldError>
        </TextField>
      </Form>
      <div className={styles.choices}>
        {common.map(([label, range]) => (
          <Button
            key={label}
            className={styles.choice}
            aria-current={range.from === current.from && range.to === current.to}
            onPress={() => onChoose(range)}
          >
            {label}
          </Button>
        ))}
      </div>
      <label className={styles.zone}>
        Time zone{' '}
        <select value={zone ?? ''} onChange={(event) => setZone(event.target.value)}>
          <option value="">{Intl.DateTimeFormat().resolvedOptions().timeZone} (this browser)</option>
          <option value="UTC">UTC</option>
          {Intl.supportedValuesOf('timeZone').map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
    </>
  );
}
