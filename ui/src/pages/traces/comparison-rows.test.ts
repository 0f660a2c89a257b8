import { describe, expect, it } from 'vitest';
import { comparisonRows } from './comparison-rows.ts';

const named = (name: string) => ({ span_id: name, service: 's', name });
const pair = (name: string, nanos: string | null, right_status = '', status_changed = false) => ({
  left: named(name),
  right: named(name),
  left_status: '',
  right_status,
  status_changed,
  duration_change_nanos: nanos,
});

describe('comparisonRows', () => {
  it('puts outcomes first, then lone calls, then the largest changes', () => {
    const rows = comparisonRows({
      left: 'l',
      right: 'r',
      duration_change_nanos: '0',
      matched: [
        pair('same', '100'),
        pair('open', null),
        pair('slower', '2000000'),
        pair('faster', '-9000000'),
        pair('fails', '1', 'error', true),
        pair('heals', '1', 'ok', true),
      ],
      added: [named('new')],
      removed: [named('gone')],
    });
    expect(rows.map(({ name, change }) => `${name}: ${change}`)).toEqual([
      'fails: now fails',
      'heals: now succeeds',
      'gone: only left',
      'new: only right',
      'faster: faster',
      'slower: slower',
      'same: same',
      'open: same',
    ]);
    expect(rows[2]).toMatchObject({ leftSpan: 'gone', rightSpan: undefined });
  });
});
