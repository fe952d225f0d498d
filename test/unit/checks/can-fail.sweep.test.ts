import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { checks } from '../../../src/checks/catalogue.ts';
import type { Verdict } from '../../../src/core/report.ts';
import { EXAMPLES, loadExample } from './worlds/examples.ts';
import { planted } from './worlds/planted.ts';
import { runAll } from './worlds/runs.ts';
import { issuerDown } from './worlds/sins.ts';
import { createWorld } from './worlds/world.ts';

type Judged = readonly Pick<Verdict, 'id' | 'status'>[];

/**
 * Checks that no world here makes fail: the test that does, which names the check beside what it expects. A new check needs no line here when
 * one of the worlds makes it fail, else a row in `worlds/planted.ts`, else a line here.
 */
const seenToFail: Readonly<Record<string, string>> = {};

/** Checks and groups about nothing that a world is wrong in, which so hold there. Any other that does cannot fail. */
const WITHOUT_ISSUER = `POS-07 POS-10 HDR-02 PRE-26 COO-11 AWS-03 AZ-01 AZ-02 AZ-06 AZ-11 AZ-12 AZ-13 AZ-15 AZ-18 AZ-23 IDP-02 IDP-47 IDP-48
  KONG-01 KONG-02 KONG-03 KONG-04 KONG-06 RCH-08 RCH-09 AWS-20 AWS-21 OPQ-07 OPQ-14 OPQ-17 ERR-06 ERR-07 ERR-11`;
const HOLDS: Readonly<Record<string, string>> = {
  // A good request passes; of the matrix the cells that are allowed; what is published is not changed; it answers, and soon; sessions are as they should be.
  'open': `POS-01 POS-02 POS-03 POS-04 POS-11 POS-07 POS-09 PRE-12 PRE-25 JWT-02 OPQ-13 OPQ-15 ERR-09 AZ-06 AZ-07 AZ-17 HDR-05
    AWS-16 AZ-18 AZ-23 KEY-11 KEY-12 IDP-10 IDP-22 ERR-06 ERR-07 ERR-11 SES-08 SES-14 SES-15 SES-20 SES-21 SES-26 RCH-06 RCH-08 RCH-09 AWS-20 AWS-21 IDP-47 IDP-48 ISS-06`,
  // The issuer is not shut, there would be nobody to refuse; and the claims about how a refusal looks.
  'shut': 'RCH-08 RCH-09 AWS-20 AWS-21 IDP KEY-11 KEY-12 SES-27 AZ-11 AZ-23 ERR-02 ERR-04 ERR-05 ERR-06 ERR-07 ERR-10 ERR-11',
  // A refusal of everybody is one of the default administrator, and of whoever would register a client.
  'no issuer, 401': `${WITHOUT_ISSUER} IDP-15 IDP-20`,
  'no issuer, 404': `${WITHOUT_ISSUER} IDP-15`,
  'no issuer, 500': WITHOUT_ISSUER,
};

const idsOf = (verdicts: Judged, ...statuses: readonly string[]): readonly string[] =>
  [...new Set(verdicts.filter(({ status }) => statuses.includes(status)).map(({ id }) => id))];
const seen = new Map<string, string>();
const see = (ids: readonly string[], where: string): void => {
  for (const id of ids) if (!seen.has(id)) seen.set(id, where);
};
const passed = new Set<string>();
const holding = new Map<string, Set<string>>();
const isOf = (id: string, group: string): boolean => id === group || id.startsWith(`${group}-`);
const words = (text = ''): readonly string[] => text.split(/\s+/);
/** Checks that pass in a world and should not. */
const held = (world: string, verdicts: Judged): readonly string[] => {
  const found = idsOf(verdicts, 'passed');
  holding.set(world, new Set([...(holding.get(world) ?? []), ...found]));
  return found.filter((id) => !words(HOLDS[world]).some((excused) => isOf(id, excused)));
};

describe.each(EXAMPLES)('on blueprints/%s.yaml', (example) => {
  it('every check passes in the right world, or is skipped by name', async () => {
    const verdicts = await runAll(example, 'right');
    expect(verdicts.filter(({ status }) => status !== 'passed' && status !== 'skipped').map(({ id, subject, why }) => [id, subject, why])).toEqual([]);
    for (const id of idsOf(verdicts, 'passed')) passed.add(id);
  });

  it('no claim of a refusal holds where everything is let through', async () => {
    const verdicts = await runAll(example, 'open');
    see(idsOf(verdicts, 'failed', 'crashed'), 'open');
    expect(held('open', verdicts)).toEqual([]);
  });

  it('no claim that something passes holds where everything is refused', async () => {
    const verdicts = await runAll(example, 'shut');
    see(idsOf(verdicts, 'failed', 'crashed'), 'shut');
    expect(held('shut', verdicts)).toEqual([]);
  });

  it.each([401, 404, 500])('no claim about the issuer holds when it answers %s to everything', async (status) => {
    const verdicts = await createWorld(await loadExample(example), issuerDown(status)).verify();
    expect(held(`no issuer, ${status}`, verdicts)).toEqual([]);
  });
});

// Each of them has a route of every kind that the others have.
describe.each(['sso', 'session', 'opaque', 'storefront'] as const)('on blueprints/%s.yaml, whose refusals', (example) => {
  it.each(['crashing', 'talking'] as const)('are %s, this is seen', async (name) => {
    see(idsOf(await runAll(example, name), 'failed', 'crashed'), name);
  });
});

describe('a planted sin is named', () => {
  it.each(planted)('$name', async ({ name, example, sin, named }) => {
    const chosen = checks.filter(({ id }) => named.includes(id));
    const verdicts = await createWorld(await loadExample(example), sin).verify(chosen);
    // Checks run side by side: which of them is over first is no part of it.
    expect(idsOf(verdicts, 'failed', 'crashed').toSorted()).toEqual(named.toSorted());
    see(named, `planted: ${name}`);
  });
});

describe('the catalogue', () => {
  it('has no check that nothing was seen to make fail', () => {
    const ids = checks.map(({ id }) => id);
    expect(ids.filter((id) => !seen.has(id) && !(id in seenToFail))).toEqual([]);
    expect(Object.keys(seenToFail).filter((id) => seen.has(id) || !ids.includes(id))).toEqual([]);
  });

  it.each(Object.keys(HOLDS))('is excused from failing (%s) for nothing that fails', (world) => {
    expect(words(HOLDS[world]).filter((excused) => ![...(holding.get(world) ?? [])].some((id) => isOf(id, excused)))).toEqual([]);
  });

  it('has no check that is never judged to hold', () => {
    expect(checks.map(({ id }) => id).filter((id) => !passed.has(id) && !(id in seenToFail))).toEqual([]);
  });

  it.each(Object.entries(seenToFail))('%s is expected to fail in %s', (id, file) => {
    const text = readFileSync(file, 'utf8');
    expect(text).toMatch(new RegExp(`\\['${id}'\\]|'${id}'[^\\n]*\\](,|\\))`));
    expect(text).toContain('expect(');
  });

  afterAll(() => {
    const count = new Map<string, number>();
    for (const where of seen.values()) {
      const world = where.split(':')[0]!;
      count.set(world, (count.get(world) ?? 0) + 1);
    }
    const told = [...count].map(([world, many]) => `${many} by ${world}`).join(', ');
    process.stdout.write(`${checks.length} checks; first seen to fail: ${told}, ${Object.keys(seenToFail).length} elsewhere\n`);
  });
});
