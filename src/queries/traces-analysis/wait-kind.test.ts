import { describe, expect, it } from 'vitest';
import { humanNanos, waitKind } from './wait-kind.ts';

const span = { attributes: {}, model: '', name: 'work', kind: 'internal' } as const;

describe('waitKind', () => {
  it.each([
    ['a model by its operation', { attributes: { 'gen_ai.operation.name': 'chat' } }, 'model'],
    ['a model by its name', { model: 'claude', kind: 'client' }, 'model'],
    ['an agent that says which model it uses', { model: 'claude', kind: 'server' }, 'own'],
    ['a tool that asks a model', { model: 'claude', kind: 'client', attributes: { 'gen_ai.operation.name': 'execute_tool' } }, 'tool'],
    ['sampling', { attributes: { 'mcp.method.name': 'sampling/createMessage' } }, 'model'],
    ['a tool', { attributes: { 'mcp.method.name': 'tools/call' } }, 'tool'],
    ['a person', { attributes: { 'mcp.method.name': 'elicitation/create' } }, 'human'],
    ['a pool', { name: 'acquire connection' }, 'queue'],
    ['a queue', { attributes: { 'messaging.operation.type': 'receive' } }, 'queue'],
    ['a name that only begins so', { name: 'waiters' }, 'own'],
    ['attributes of other types', { attributes: { 'mcp.method.name': 5, 'gen_ai.operation.name': ['chat'] } }, 'own'],
  ] as const)('tells %s', (_, members, kind) => {
    expect(waitKind({ ...span, ...members })).toBe(kind);
  });

  it.each([
    [4000.5, 4_000_500_000],
    ['12', 12_000_000],
    [-1, 0],
    ['NaN', 0],
    [undefined, 0],
    [{}, 0],
  ])('reads %s ms of a person', (value, nanos) => {
    expect(humanNanos({ attributes: { 'meshscope.human_ms': value } })).toBe(nanos);
  });

  it('reads nothing of an object that cannot be made a number', () => {
    const value: unknown = Object.create(null);
    expect([value, [value]].map((one) => humanNanos({ attributes: { 'meshscope.human_ms': one } }))).toEqual([0, 0]);
  });
});
