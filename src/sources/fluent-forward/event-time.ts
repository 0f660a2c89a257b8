import type { HeaderReader } from './msgpack-header.ts';

/** A moment: seconds since 1970 UTC, and nanoseconds from 0 to 999,999,999 after it. */
export type EventTime = Readonly<{ seconds: number; nanoseconds: number }>;

/** 0001-01-01 and 9999-12-31, the years that RFC 3339 can write and ClickHouse and clients can read. */
const minSeconds = -62_135_596_800;
const maxSeconds = 253_402_300_799;

function normalised(seconds: number, nanoseconds: number): EventTime | undefined {
  const carry = Math.floor(nanoseconds / 1e9);
  const whole = seconds + carry;
  if (!(whole >= minSeconds && whole <= maxSeconds)) return undefined;
  return { seconds: whole, nanoseconds: nanoseconds - carry * 1e9 };
}

/** The value of a MessagePack integer: exact as a number within 2^53, as a bigint beyond. */
export function readInteger(bytes: Buffer, header: HeaderReader): number | bigint {
  const { body, size } = header;
  const first = bytes[body - 1] as number;
  if (size === 0) return first < 0x80 ? first : first - 0x100;
  const signed = first >= 0xd0;
  if (size < 8) return signed ? bytes.readIntBE(body, size) : bytes.readUIntBE(body, size);
  const value = signed ? bytes.readBigInt64BE(body) : bytes.readBigUInt64BE(body);
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

export function readFloat(bytes: Buffer, header: HeaderReader): number {
  return header.size === 4 ? bytes.readFloatBE(header.body) : bytes.readDoubleBE(header.body);
}

/** Forward protocol v1, "EventTime ext format": type 0, 4 bytes of seconds and 4 of nanoseconds. */
export function readFluentTime(bytes: Buffer, header: HeaderReader): EventTime | undefined {
  if (header.kind !== 'ext' || header.extType !== 0 || header.size !== 8) return undefined;
  return normalised(bytes.readUInt32BE(header.body), bytes.readUInt32BE(header.body + 4));
}

/** MessagePack's own timestamp: ext type -1 of 4, 8 or 12 bytes. */
export function readMessagePackTime(bytes: Buffer, header: HeaderReader): EventTime | undefined {
  if (header.kind !== 'ext' || header.extType !== -1) return undefined;
  const { body, size } = header;
  if (size === 4) return normalised(bytes.readUInt32BE(body), 0);
  if (size === 8) {
    const value = bytes.readBigUInt64BE(body);
    return normalised(Number(value & 0x3_ffff_ffffn), Number(value >> 34n));
  }
  if (size === 12) return normalised(Number(bytes.readBigInt64BE(body + 4)), bytes.readUInt32BE(body));
  return undefined;
}

/** Fluent Bit marks the start and the end of a group of records with -1 and -2 for the seconds; as unsigned, the year 2106. */
const groupMarkSeconds = 0xffff_fffe;

/**
 * The time of an event whose header was read. Undefined when the value is no time or one that no calendar has, and for 0,
 * which Fluentd sends for "unknown": the caller then takes the time of receipt.
 */
export function readEventTime(bytes: Buffer, header: HeaderReader): EventTime | undefined {
  let time: EventTime | undefined;
  if (header.kind === 'integer') time = normalised(Number(readInteger(bytes, header)), 0);
  else if (header.kind === 'float') {
    const value = readFloat(bytes, header);
    const seconds = Math.floor(value);
    time = normalised(seconds, Math.round((value - seconds) * 1e9));
  } else {
    time = readFluentTime(bytes, header) ?? readMessagePackTime(bytes, header);
    if (header.extType === 0 && time && time.seconds >= groupMarkSeconds) return undefined;
  }
  return time?.seconds === 0 ? undefined : time;
}

export function eventTimeOfMillis(millis: number): EventTime {
  const seconds = Math.floor(millis / 1000);
  return { seconds, nanoseconds: (millis - seconds * 1000) * 1e6 };
}

let lastSeconds = Number.NaN;
let lastPrefix = '';

/** RFC 3339 in UTC with nine digits after the point, for example `2026-11-20T10:00:00.123456789Z`. */
export function formatEventTime(time: EventTime): string {
  if (time.seconds !== lastSeconds) {
    lastSeconds = time.seconds;
    lastPrefix = new Date(time.seconds * 1000).toISOString().slice(0, 19);
  }
  return `${lastPrefix}.${String(time.nanoseconds).padStart(9, '0')}Z`;
}
