import { describe, expect, it } from 'vitest';
import type { Waiver } from '../../../src/blueprint/types.ts';
import { waiversOf } from '../../../src/checks/waivers.ts';
import type { Verdict, VerdictStatus } from '../../../src/core/report.ts';

const line = (number: number) => ({ file: 'shop.yaml', line: number, column: 5 });
const waiver = (part: Partial<Waiver>): Waiver => ({ check: 'STR-01', reason: 'known', origin: line(7), ...part });
const verdict = (status: VerdictStatus, part: Partial<Verdict> = {}): Verdict => ({
  id: 'STR-01', group: 'STR', claim: 'c', severity: 'high', source: 's', subject: 'kong orders.list', status, evidence: [], ...part,
});
const TODAY = '2026-11-29';
const judged = (waivers: readonly Waiver[], ...verdicts: readonly Verdict[]) => verdicts.map((one) => waiversOf({ waivers }, TODAY).judge(one));

describe('a waiver', () => {
  it('bears a failure and a crash of its check, and says why', () => {
    const all = judged([waiver({ until: TODAY })], verdict('failed', { why: 'got 200' }), verdict('crashed'), verdict('failed', { id: 'STR-02' }));
    expect(all.map(({ status, waiver: borne, why }) => [status, borne, why])).toEqual([
      ['waived', { was: 'failed', reason: 'known', until: TODAY, origin: line(7) }, 'got 200'],
      ['waived', { was: 'crashed', reason: 'known', until: TODAY, origin: line(7) }, undefined],
      ['failed', undefined, undefined],
    ]);
  });

  it.each(['passed', 'skipped', 'inconclusive'] as const)('takes nothing from what is %s', (status) => {
    expect(judged([waiver({})], verdict(status))).toEqual([verdict(status)]);
  });

  it('is of what it names alone', () => {
    const all = judged([waiver({ on: 'kong orders.*' })], verdict('failed'), verdict('failed', { subject: 'aws orders.list' }));
    expect(all.map(({ status }) => status)).toEqual(['waived', 'failed']);
  });

  it('whose day is over bears nothing, and is told; another one that holds does', () => {
    const expired = waiver({ until: '2026-11-28' });
    expect(judged([expired], verdict('failed', { why: 'got 200' }), verdict('crashed')).map(({ status, why }) => [status, why])).toEqual([
      ['failed', 'got 200; its waiver expired on 2026-11-28 (line 7)'],
      ['crashed', 'crashed; its waiver expired on 2026-11-28 (line 7)'],
    ]);
    expect(judged([expired, waiver({ origin: line(9) })], verdict('failed')).map(({ status }) => status)).toEqual(['waived']);
  });
});

describe('a waiver that waives nothing', () => {
  const told = (one: Waiver, ...verdicts: readonly Verdict[]): readonly string[] => waiversOf({ waivers: [one] }, TODAY).unneeded(verdicts);

  it('is told where its check passes', () => {
    expect(told(waiver({}), verdict('passed'), verdict('skipped', { subject: 'kong orders.read' }))).toEqual(['the waiver of STR-01 is not needed: the check passes  shop.yaml:7']);
    expect(told(waiver({ on: 'kong *' }), verdict('passed'), verdict('failed', { subject: 'aws orders.list' }))).toEqual(['the waiver of STR-01 on "kong *" is not needed: the check passes  shop.yaml:7']);
  });

  it('is told where nothing is called as it says', () => {
    expect(told(waiver({ on: 'kong parcels.*' }), verdict('failed'))).toEqual(['the waiver of STR-01 on "kong parcels.*" waives nothing: the check is tried on nothing of that name  shop.yaml:7']);
  });

  it('is not told of where it waives, or nothing was shown', () => {
    for (const verdicts of [[verdict('waived'), verdict('passed')], [verdict('skipped')], [verdict('inconclusive'), verdict('passed')], [], [verdict('passed', { id: 'STR-02' })]])
      expect(told(waiver({}), ...verdicts)).toEqual([]);
  });
});
