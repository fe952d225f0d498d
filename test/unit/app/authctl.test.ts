import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createAuthctl, exitCodeOf } from 'authctl';
import type { AuthctlEvent, AuthctlOptions } from 'authctl';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Problem } from '../../../src/core/problem.ts';
import { blueprint, nobody, startTargets } from './targets.ts';

/** The use cases, and what was told meanwhile. */
const open = (options: Partial<AuthctlOptions> = {}) => {
  const events: AuthctlEvent[] = [];
  return { events, authctl: createAuthctl({ env: nobody, localStack: false, ...options, events: (event) => events.push(event) }) };
};
const directory = (): string => {
  const made = mkdtempSync(join(tmpdir(), 'authctl-app-'));
  onTestFinished(() => { rmSync(made, { recursive: true }); });
  return made;
};

describe('validate', () => {
  it('counts what the blueprint asks for', async () => {
    const { authctl, events } = open();
    const report = await authctl.validate(blueprint);
    expect(report).toMatchObject({ command: 'validate', blueprint: 'tickets', problems: [], data: { objects: expect.any(Number) as number, targets: 2, policyJudged: true } });
    expect(exitCodeOf(report)).toBe(0);
    expect(events).toEqual([
      { type: 'run.started', useCase: 'validate' },
      { type: 'blueprint.loaded', blueprint: 'tickets', file: blueprint },
      { type: 'run.finished', useCase: 'validate', exitCode: 0, problems: 0, milliseconds: expect.any(Number) as number },
    ]);
  });

  it('answers with what a person can fix, and throws nothing', async () => {
    const { authctl, events } = open({ cwd: resolve('blueprints') });
    const report = await authctl.validate('broken.yaml');
    expect(report.problems.map(({ code }) => code)).toContain('BLUEPRINT_SECRET_LITERAL');
    expect([report.data, exitCodeOf(report)]).toEqual([undefined, 1]);
    expect(events.at(-1)).toMatchObject({ type: 'run.finished', exitCode: 1, problems: report.problems.length });
  });

  it('needs no secret, and names those that are not there, whether a variable or a file', async () => {
    const { authctl } = open({ env: {} });
    const report = await authctl.validate(blueprint);
    expect([report.problems, exitCodeOf(report)]).toEqual([[], 0]);
    expect(report.notes?.at(-1)).toMatch(/^not set here, .*\$\{KEYCLOAK_CLIENT_SECRET\}, \$\{LEDGER_SECRET\}/);
    const file = join(directory(), 'opaque.yaml');
    writeFileSync(file, readFileSync(blueprint, 'utf8').replace('${LEDGER_SECRET}', '${file:ledger.secret}'));
    expect((await authctl.validate(file)).notes?.at(-1)).toContain('${file:ledger.secret}');
    expect((await open().authctl.validate(blueprint)).notes).toBeUndefined();
  });

  it('is as strict as ever about what is no secret, and about what contacts a target', async () => {
    const file = join(directory(), 'opaque.yaml');
    writeFileSync(file, readFileSync(blueprint, 'utf8').replace('name: tickets', 'name: "${NAME_OF_IT}"'));
    expect((await open().authctl.validate(file)).problems).toMatchObject([{ code: 'BLUEPRINT_VARIABLE_MISSING' }]);
    expect((await open({ env: {} }).authctl.plan(blueprint)).problems.map(({ code }) => code)).toContain('BLUEPRINT_VARIABLE_MISSING');
  });

  it('reads the environment that it is given, and no other', async () => {
    process.env['LEDGER_SECRET'] = 'secret-of-this-process';
    onTestFinished(() => { delete process.env['LEDGER_SECRET']; });
    const { LEDGER_SECRET: _, ...env } = nobody;
    expect((await open({ env }).authctl.validate(blueprint)).notes).toEqual([expect.stringContaining('${LEDGER_SECRET}')]);
    expect((await open({ env }).authctl.plan(blueprint)).problems).toMatchObject([{ code: 'BLUEPRINT_VARIABLE_MISSING' }]);
  });

  it('begins relative paths where it is told to', async () => {
    const { authctl } = open({ cwd: resolve('blueprints') });
    expect((await authctl.validate('opaque.yaml')).problems).toEqual([]);
    expect((await authctl.validate(blueprint)).problems).toMatchObject([{ code: 'BLUEPRINT_UNREADABLE' }]);
  });

  it('says why a file cannot be read, in words', async () => {
    const { authctl } = open();
    const told = await Promise.all(['nowhere.yaml', 'blueprints'].map(async (path) => (await authctl.validate(path)).problems[0]?.message));
    expect(told).toEqual(['"nowhere.yaml" is not there', '"blueprints" is a directory']);
  });
});

describe('a blueprint that is loaded', () => {
  it('serves several use cases', async () => {
    const { authctl } = open();
    const loaded = await authctl.load(blueprint);
    expect((await authctl.validate(loaded)).data).toEqual((await authctl.validate(blueprint)).data);
    expect((await authctl.graph(loaded)).text).toBe((await authctl.graph(blueprint)).text);
  });

  it('needs no secrets for what contacts nothing', async () => {
    const { authctl } = open({ env: {} });
    await expect(authctl.load(blueprint)).rejects.toMatchObject({ problems: expect.any(Array) as unknown });
    expect((await authctl.graph(await authctl.load(blueprint, { offline: true }), { language: 'dot' })).text).toMatch(/^digraph/);
  });
});

describe('plan, apply and drift', () => {
  it('say what would be made, make it when told to, and find nothing more to do', async () => {
    const env = await startTargets();
    const { authctl, events } = open({ env });
    const planned = await authctl.plan(blueprint, { exitCode: true });
    expect([planned.problems, exitCodeOf(planned)]).toEqual([[], 2]);
    expect(events.filter(({ type }) => type === 'read.finished')).toMatchObject([{ outcome: 'done' }, { outcome: 'done' }]);

    const asked: number[] = [];
    const refused = await authctl.apply(blueprint, { approve: ({ plan }) => asked.push(plan.waves.flat().length) < 0 });
    expect([refused.applied, exitCodeOf(refused)]).toEqual([undefined, 2]);
    expect(asked).toEqual([planned.plan?.waves.flat().length]);
    expect(events.some(({ type }) => type === 'write.started')).toBe(false);

    const applied = await authctl.apply(blueprint, { approve: true });
    expect([applied.problems, exitCodeOf(applied)]).toEqual([[], 0]);
    const written = events.flatMap((event) => (event.type === 'write.finished' ? [event.address] : []));
    expect(written.toSorted()).toEqual(applied.applied?.map(({ address }) => address).toSorted());
    expect((await authctl.drift(blueprint)).negative).toBe(false);

    const destroyed = await authctl.destroy(blueprint, { approve: ({ blueprint: name }) => name === 'tickets' });
    expect([destroyed.command, destroyed.problems, exitCodeOf(destroyed)]).toEqual(['destroy', [], 0]);
    expect((await authctl.drift(blueprint)).negative).toBe(true);
  });

  it('begin nothing once they are interrupted', async () => {
    const { authctl } = open({ env: await startTargets(), signal: AbortSignal.abort() });
    const { applied } = await authctl.apply(blueprint, { approve: true });
    expect(new Set(applied?.map(({ outcome }) => outcome))).toEqual(new Set(['skipped']));
  });

  it('tell a target out of reach by its exit code', async () => {
    const { authctl, events } = open();
    expect(exitCodeOf(await authctl.plan(blueprint))).toBe(3);
    expect(events).toContainEqual(expect.objectContaining({ type: 'read.finished', outcome: 'failed' }));
  });
});

describe('verify', () => {
  it.each([
    [{ rate: 0 }, 'CLI_BAD_RATE'],
    [{ rate: Number.NaN }, 'CLI_BAD_RATE'],
    [{ budget: 0 }, 'CLI_BAD_BUDGET'],
    [{ budget: 1.5 }, 'CLI_BAD_BUDGET'],
    [{ only: ['SGI-03'] }, 'CLI_UNKNOWN_CHECK'],
  ])('refuses %j', async (request, code) => {
    expect((await open().authctl.verify(blueprint, request)).problems).toMatchObject([{ code }]);
  });
});

describe('matrix and explain', () => {
  it('say who passes where, as a text, as verdicts, or as data alone', async () => {
    const { authctl } = open({ env: {} });
    const report = await authctl.matrix(blueprint);
    expect([report.negative, report.verdicts]).toEqual([false, undefined]);
    expect(report.text).toContain('tickets.read');
    expect(report.data?.cells.find(({ route, who }) => route === 'plan' && who === 'vera')).toMatchObject({ passes: false, expected: false });
    const judged = await authctl.matrix(blueprint, { as: 'verdicts', policy: false });
    expect([judged.text, judged.verdicts?.length]).toEqual([undefined, report.data?.cells.filter((cell) => cell.judged).length]);
    expect(await authctl.matrix(blueprint, { as: 'data' })).not.toHaveProperty('text');
  });

  it('tell of a thing what it is, and of what is none that it is none', async () => {
    const { authctl } = open({ env: {} });
    expect((await authctl.explain(blueprint, 'tickets.read')).text).toMatch(/^tickets\.read: GET \/tickets/);
    const loaded = await authctl.load(blueprint, { offline: true });
    expect((await authctl.explain(loaded)).text).toBe((await authctl.explain(blueprint)).text);
    expect((await authctl.explain(blueprint, 'nothing')).problems).toMatchObject([{ code: 'EXPLAIN_UNKNOWN' }]);
  });
});

describe('init and render', () => {
  it('write a blueprint where they are told to, and what apply would make of it', async () => {
    const cwd = directory();
    const { authctl } = open({ cwd });
    const report = await authctl.init('mine.yaml', { name: 'mine' });
    expect(report.data?.written[0]).toBe(join(cwd, 'mine.yaml'));
    expect(readFileSync(join(cwd, 'mine.yaml'), 'utf8')).toContain('name: mine');
    expect((await authctl.render('mine.yaml', { target: 'kong-declarative' })).text).toContain('_format_version');
    expect((await authctl.init('mine.yaml')).problems).toMatchObject([{ code: 'INIT_EXISTS' }]);
  });
});

describe('a local stack', () => {
  it('that does not run is down, and its directory is the one that is named', async () => {
    const stackDirectory = join(directory(), 'none');
    const { authctl } = open({ stackDirectory });
    expect(await authctl.stack.status()).toMatchObject({ data: { state: 'stopped', servers: [] }, negative: true });
    expect((await authctl.stack.down()).data).toEqual({ stopped: false });
    expect((await authctl.stack.up(blueprint, { only: ['nothing' as 'kong'] })).problems).toMatchObject([{ code: 'STACK_UNKNOWN_PART' }]);
  });
});

it('is documented: docs/api.md has every function', () => {
  const page = readFileSync('docs/api.md', 'utf8');
  const { stack, ...functions } = open().authctl;
  const names = [...Object.keys(functions), ...Object.keys(stack).map((name) => `stack.${name}`)];
  expect(names.filter((name) => !page.includes(`\`${name}(`))).toEqual([]);
});

describe('a report', () => {
  it('shows no secret of which a format writes some characters in another way', async () => {
    const secret = 'qzx&<*_"`|%@\'kvj';
    const { authctl } = open({ env: { ...nobody, LEDGER_SECRET: secret } });
    await authctl.load(blueprint);
    const said = `it is ${secret}, and nobody may know`;
    const verdict = { id: 'CLM-01', group: 'claims', claim: said, severity: 'high', source: 'RFC 9068', subject: 'kong', status: 'failed', why: said, hint: said, evidence: [{ request: said, answer: said }] } as const;
    const report = { command: 'verify', problems: [new Problem('CLI_OUTPUT', said, { hint: said })], verdicts: [verdict], notes: [said], text: said };
    for (const format of ['text', 'json', 'junit', 'sarif', 'github', 'markdown', 'html'] as const) {
      const shown = await authctl.format(report, format);
      expect(shown).toMatch(/it is \\?\[secret\\?\], and nobody may know/);
      expect(shown).not.toMatch(/qzx|kvj/);
    }
  });

  it('is a text in every format, without the secrets of what was loaded', async () => {
    const { authctl } = open();
    await authctl.load(blueprint);
    const report = { command: 'plan', problems: [], text: `it is ${nobody.LEDGER_SECRET}` };
    for (const format of ['text', 'json', 'junit', 'sarif', 'github', 'markdown', 'html'] as const)
      expect(await authctl.format(report, format)).not.toContain(nobody.LEDGER_SECRET);
    expect(authctl.mask(report.text)).toBe('it is [secret]');
    await expect(authctl.format(report, 'xml' as 'json')).rejects.toMatchObject({ code: 'CLI_UNKNOWN_FORMAT' });
  });
});
