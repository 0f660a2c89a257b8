import { describe, expect, it } from 'vitest';
import { mergeUpdate } from './merge-update.ts';

describe('mergeUpdate', () => {
  it.each([
    ['{"doc":{"b":2}}', '{"a":1}', '{"a":1,"b":2}'],
    ['{"doc":{"a":{"y":2}}}', '{"a":{"x":1}}', '{"a":{"x":1,"y":2}}'],
    ['{"doc":{"a":[1]}}', '{"a":{"x":1}}', '{"a":[1]}'],
    ['{"doc":{"a":null}}', '{"a":{"x":1}}', '{"a":null}'],
    ['{"doc":{"__proto__":{"x":1}}}', '{"a":1}', '{"a":1,"__proto__":{"x":1}}'],
    ['{"doc":{"n":1.0}}', '{"big":12345678901234567890123}', '{"big":12345678901234567890123,"n":1.0}'],
    ['{"doc":{"a":1},"upsert":{"u":1}}', undefined, '{"u":1}'],
    ['{"doc":{"a":1},"doc_as_upsert":true}', undefined, '{"a":1}'],
    ['{"doc":{"a":1},"detect_noop":false}', '{"a":1}', '{"a":1}'],
  ])('%s over %s is %s', (request, stored, source) => {
    expect(mergeUpdate(request, stored)).toEqual({ source });
  });

  it.each([
    ['{"doc":{"a":1}}', '{"a":1}'],
    ['{"doc":{}}', '{"a":1}'],
    ['{"upsert":{"a":2}}', '{"a":1}'],
  ])('%s over %s changes nothing', (request, stored) => {
    expect(mergeUpdate(request, stored)).toEqual({ source: undefined });
  });

  it.each([
    ['{"doc":{"a":1}}', undefined, 'document_missing_exception'],
    ['{"script":{"source":"x"}}', '{}', 'illegal_argument_exception'],
    ['{"what":1}', '{}', 'x_content_parse_exception'],
    ['{"doc":7}', '{}', 'x_content_parse_exception'],
    ['[]', '{}', 'x_content_parse_exception'],
    ['{"doc":', '{}', 'x_content_parse_exception'],
    ['{}', '{}', 'action_request_validation_exception'],
    [`{"doc":${'{"a":'.repeat(2000)}1${'}'.repeat(2000)}}`, '{}', 'x_content_parse_exception'],
  ])('%.40s over %s is refused', (request, stored, type) => {
    expect(mergeUpdate(request, stored)).toMatchObject({ type });
  });
});
