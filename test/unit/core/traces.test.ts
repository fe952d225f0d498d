import { describe, expect, it } from 'vitest';
import { createEngine } from '../../../src/core/engine.ts';
import { changesOf } from '../../../src/core/plan.ts';
import type { Provider } from '../../../src/core/provider.ts';
import type { Danger, Live } from '../../../src/core/resource.ts';
import { momentOf, momentWords } from '../../../src/core/traces.ts';
import { fakeProvider, held, wanted } from './build.ts';

const desired = [wanted('kong.service', 's', { host: 'x' }), wanted('kong.route', 'r')];
const at = '2026-11-29T12:00:03.000Z';
const around: Danger = { kind: 'kong.route', id: 'around', effect: 'opens', what: 'leads around', origin: wanted('x', 'y').origin, hint: 'delete it' };

const open = (live: readonly Live[], traces: NonNullable<Provider['traces']>, dangers: readonly Danger[] = []) => {
  const asked: (readonly string[])[] = [];
  const { provider } = fakeProvider('kong', [{ name: 'kong.service' }, { name: 'kong.route', after: ['kong.service'] }], live);
  const traced: Provider = { ...provider, reach: () => Promise.resolve({ dangers, unseen: [] }), traces: (found, all) => { asked.push(found); return traces(found, all); } };
  return { asked, engine: createEngine([traced], { name: 'shop', desired, deferred: [] }) };
};
const inPlace = [held('kong.service', 's', { host: 'x' }), held('kong.route', 'r')];
const moved = [held('kong.service', 's', { host: 'y' }), held('kong.route', 'r')];

describe('who and when', () => {
  it('is asked of what was found, whatever sort of finding it is, and stands with it', async () => {
    const changed = new Map([['kong.service/s', { at, by: 'user mallory' }], ['kong.route/around', { at }], ['kong.route/r', { at }]]);
    const { engine, asked } = open([...moved, held('kong.route', 'old')], () => Promise.resolve({ changed }), [around]);
    const report = await engine.drift({});
    expect(asked).toEqual([['kong.service/s', 'kong.route/old', 'kong.route/around']]);
    expect(report.plan && changesOf(report.plan).map(({ action, changed: trace }) => [action, trace])).toEqual([
      ['update', { at, by: 'user mallory' }],
      ['keep', undefined],
      ['orphan', undefined],
      ['danger', { at }],
    ]);
    expect([report.negative, report.notes]).toEqual([true, undefined]);
  });

  it('is asked by drift alone, and not of what is as it should be', async () => {
    const clean = open(inPlace, () => Promise.resolve({ changed: new Map() }));
    expect([(await clean.engine.drift({})).negative, clean.asked]).toEqual([false, []]);
    const planned = open(moved, () => Promise.resolve({ changed: new Map() }));
    await planned.engine.plan({});
    await planned.engine.drift({ traces: false });
    expect(planned.asked).toEqual([]);
  });

  it('changes no answer where it cannot be told: a server that fails is named in a note', async () => {
    const { engine } = open(moved, () => Promise.reject(new Error('broken\u001b[2J')));
    const report = await engine.drift({});
    expect([report.negative, report.problems, report.notes]).toEqual([true, [], ['who changed it is not known: kong could not be asked (broken\\u001b[2J)']]);
    const silent = open(moved, () => Promise.resolve({ changed: new Map(), untold: 'nobody notes it' }));
    expect((await silent.engine.drift({})).notes).toEqual(['nobody notes it']);
  });
});

it('takes for a moment what is one, and writes it to the second', () => {
  expect([1796040003000, 0, -1, Number.NaN, 1e300, '1796040003000', undefined].map(momentOf)).toEqual(['2026-11-30T12:00:03.000Z', ...Array<undefined>(6).fill(undefined)]);
  expect([momentWords(at), momentWords('2026-11-29T12:00:03Z')]).toEqual(Array<string>(2).fill('2026-11-29 12:00:03Z'));
});
