import { describe, expect, it } from 'vitest';
import { Problem } from '../../../src/core/problem.ts';
import type { FieldDiff, Step } from '../../../src/core/resource.ts';
import { severityOf } from '../../../src/core/severity.ts';
import { any, flag, map, number, record, text } from '../../../src/core/spec.ts';
import { held, wanted } from './build.ts';

const plugin = { enabled: flag({ access: 'off does nothing' }), config: map(any(), { access: 'what it demands' }) };
const thing = { size: number(), shape: record({ corners: number({ access: 'how many' }), name: text() }), parts: map(record({ open: flag({ access: 'to all' }), label: text() })), config: map(any()) };
const severity = (step: Step) => severityOf(step, (kind) => ({ plugin, thing })[kind]);
const update = (kind: string, ...paths: readonly string[]): Step => {
  const because = paths.map((path): FieldDiff => ({ path, before: 1, after: 2 }));
  return { action: 'update', desired: wanted(kind, 'x'), live: held(kind, 'x'), because };
};

describe('the severity of a difference', () => {
  it.each([
    ['thing', ['size'], 'differs'],
    ['thing', ['size', 'shape.corners'], 'weakens'],
    ['thing', ['shape.name'], 'differs'],
    ['thing', ['parts.left.open'], 'weakens'],
    ['thing', ['parts.left.label', 'config.x', 'unheard.of'], 'differs'],
    ['plugin', ['config.anything.below'], 'weakens'],
    ['thing', ['parts'], 'differs'],
    ['thing', ['parts.left'], 'differs'],
    ['thing', ['shape'], 'differs'],
    ['thing', ['size.open'], 'differs'],
    ['unknown', ['enabled'], 'differs'],
  ] as const)('of %s %j is %s, by what its fields decide', (kind, paths, effect) => expect(severity(update(kind, ...paths))).toBe(effect));

  it('of what is missing is that somebody is locked out, or that a guard is gone', () => {
    expect(severity({ action: 'create', desired: wanted('thing', 'x') })).toBe('breaks');
    expect(severity({ action: 'create', desired: wanted('plugin', 'x') })).toBe('weakens');
    expect(severityOf({ action: 'create', desired: wanted('bare', 'x') }, () => ({}))).toBe('breaks');
    const { origin } = wanted('thing', 'x');
    const deferred = { kind: 'plugin', id: 'x', after: [], origin, needs: { provider: 'keycloak', output: 'keys' }, expand: () => [] };
    expect(severity({ action: 'deferred', deferred })).toBe('breaks');
    expect(severity({ action: 'blocked', live: held('thing', 'x'), problem: new Problem('PLAN_DEPENDENTS', 'x') })).toBe('differs');
    expect(severity({ action: 'blocked', deferred, problem: new Problem('PLAN_NO_VALUE', 'x') })).toBe('breaks');
    expect(severity({ action: 'blocked', desired: wanted('thing', 'x'), live: held('thing', 'x'), problem: new Problem('PLAN_BLOCKED', 'x') })).toBe('breaks');
  });

  it('is what its fields say that a change or an absence does, the worst of them first', () => {
    const door = { size: number(), kind: text({ missing: (stated) => (stated === 'lock' ? 'opens' : undefined) }), to: map(text(), { access: 'where', changed: ({ live, stated, inside }) => (inside === 'url' && live !== stated ? 'exposes' : undefined) }) };
    const judged = (...paths: readonly string[]) => severityOf(update('door', ...paths), () => door);
    expect(judged('to.url')).toBe('exposes');
    expect(judged('size', 'to.name', 'to.url')).toBe('exposes');
    expect(judged('to.name')).toBe('weakens');
    const gone = (kind: string) => severityOf({ action: 'create', desired: { ...wanted('door', 'x'), spec: { kind, size: 1 } } }, () => door);
    expect(gone('lock')).toBe('opens');
    expect(gone('bell')).toBe('breaks');
  });

  it('is none of what is as it should be, and that of a danger is its own', () => {
    expect(severity({ action: 'keep', desired: wanted('thing', 'x') })).toBeUndefined();
    expect(severity({ action: 'orphan', live: held('thing', 'x') })).toBe('differs');
    const { origin } = wanted('thing', 'x');
    expect(severity({ action: 'danger', danger: { kind: 'thing', id: 'x', effect: 'exposes', what: 'w', hint: 'h', origin } })).toBe('exposes');
  });
});
