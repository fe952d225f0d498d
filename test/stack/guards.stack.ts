import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cellOf, cellsOf, measure, setups } from '../../scripts/guards.js';
import type { Evidence, Verdict, VerdictStatus } from '../../src/core/report.ts';
import { stackEnv } from './authctl.ts';

const TELLING = ['CLM-01', 'CLM-04', 'SIG-03', 'STR-10', 'TIM-01'];

/** What docs/guards.md says of jwt alone, by check id: the third column. */
const published = (): Record<string, string | undefined> => {
  const page = readFileSync(new URL('../../docs/guards.md', import.meta.url), 'utf8');
  const rows = page.split('\n').map((line) => line.slice(2, -2).split(' | '));
  return Object.fromEntries(TELLING.map((id) => [id, rows.find(([first]) => first === id)?.[2]]));
};

const verdict = (status: VerdictStatus, evidence: readonly Evidence[], why?: string): Verdict => ({
  id: 'CLM-01',
  group: 'CLM',
  claim: 'a claim',
  severity: 'high',
  source: 'RFC 9068 section 4',
  subject: 'kong orders.list',
  status,
  evidence,
  ...(why !== undefined && { why }),
});
const answer = (status: number, upstreamCalls = 0): Evidence => ({ request: 'GET /orders with a bad token', status, upstreamCalls });

describe('the page of what the guards add', () => {
  it('says of jwt alone what a run finds', async () => {
    const verdicts = await measure({ blueprint: 'blueprints/sso.yaml', name: 'shop', env: stackEnv(), setup: setups.jwt, only: TELLING });
    const found = cellsOf(verdicts, 'shop');
    const cells = Object.fromEntries(TELLING.map((id) => [id, found.get(id)?.cell]));
    expect(cells).toEqual(published());
    expect(cells).toEqual({
      'CLM-01': '**lets through**',
      'CLM-04': '**lets through**',
      'SIG-03': 'refuses',
      'STR-10': '**crashes**',
      'TIM-01': 'refuses',
    });
  });

  it('shows the worst of all subjects, and never takes silence for a refusal', () => {
    const refused = verdict('passed', [answer(401)]);
    expect([
      cellOf([refused, refused]),
      cellOf([refused, verdict('failed', [answer(200, 1)])]),
      cellOf([refused, verdict('failed', [answer(401, 1)])]),
      cellOf([refused, verdict('failed', [answer(403), answer(500)])]),
      cellOf([refused, verdict('failed', [answer(403)])]),
      cellOf([refused, verdict('inconclusive', [], 'a good token got 502')]),
      cellOf([refused, verdict('skipped', [], 'upstream')]),
      cellOf([verdict('skipped', [], 'upstream')]),
    ]).toEqual([
      'refuses',
      '**lets through** on 1 of 2',
      '**lets through** on 1 of 2',
      '**crashes** on 1 of 2',
      'refuses* on 1 of 2',
      'not judged on 1 of 2 (a good token got 502)',
      'refuses',
      'not judged (upstream)',
    ]);
  });
});
