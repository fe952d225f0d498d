import { describe, expect, it } from 'vitest';
import { Problem } from '../../../src/core/problem.ts';
import type { Report, Verdict } from '../../../src/core/report.ts';
import type { Change } from '../../../src/core/resource.ts';
import { fieldDiff } from '../../../src/report/field-diff.ts';
import { makeStyle } from '../../../src/report/style.ts';
import { summaryOf } from '../../../src/report/summary.ts';
import { renderText } from '../../../src/report/text.ts';
import { recorded } from './recorded.ts';
import { reports } from './reports.ts';

const origin = { file: 'shop.yaml', line: 2, column: 3 };
const text = (report: Report): string => renderText(report, makeStyle(false), () => undefined);
const planOf = (changes: readonly Change[], services: readonly string[] = []): Report => ({
  command: 'plan',
  plan: { name: 'shop', waves: [changes], removals: [], orphans: [], dangers: [], accepted: [], unseen: [] },
  topology: { name: 'shop', clusters: services.map((id) => ({ id: `service ${id}`, title: id, nodes: [] })), edges: [] },
  problems: [],
});
const created = (address: string, effect?: Change['effect']): Change => {
  const [kind = '', ...id] = address.split('/');
  return { action: 'create', desired: { kind, id: id.join('/'), spec: {}, after: [], origin }, ...(effect && { effect }) };
};

it('what was left undone is named once, whether its message names it or not', () => {
  const skipped = (message: string) => ({ address: 'keycloak.role/shop/admin', action: 'delete', outcome: 'skipped' as const, milliseconds: 0, problem: new Problem('APPLY_SKIPPED', message) });
  const shown = text({ command: 'destroy', applied: [skipped('keycloak.role/shop/admin: keycloak.role/shop/support was not done'), skipped('interrupted')], problems: [] });
  expect(shown.split('\n').filter((line) => line.startsWith('skipped'))).toEqual(['skipped keycloak.role/shop/admin: keycloak.role/shop/support was not done', 'skipped keycloak.role/shop/admin: interrupted']);
});

describe('a plan at the terminal', () => {
  it('is by service, with the most dangerous group and change last', () => {
    const report = planOf([created('kong.route/shop.orders.list', 'opens'), created('keycloak.realm/shop'), created('kong.route/shop.invoices.list'), created('kong.plugin/shop.orders.guard', 'weakens')], ['orders', 'invoices']);
    expect(text(report).split('\n').map((line) => line.replace(/ {2}shop.yaml.*/, ''))).toEqual([
      'shop: of no single service',
      '+ create keycloak.realm/shop',
      '',
      'invoices',
      '+ create kong.route/shop.invoices.list',
      '',
      'orders',
      '+ create kong.plugin/shop.orders.guard',
      '+ create kong.route/shop.orders.list',
      '',
      '4 create',
    ]);
  });

  it('tells of a kind twenty and a count, the most dangerous among the twenty', () => {
    const many = Array.from({ length: 50 }, (_, at) => created(`kong.route/shop.orders.r${at}`, at === 0 ? 'opens' : undefined));
    const lines = text(planOf(many)).split('\n');
    expect(lines.filter((line) => line.startsWith('+ '))).toHaveLength(20);
    expect(lines.filter((line) => line.startsWith('+ ')).at(-1)).toContain('shop.orders.r0 ');
    expect(lines.slice(20)).toEqual(['… and 30 more create kong.route; --json has them all', '', '50 create']);
  });

  it('leaves nothing out of what opens a door or gives something away, when it tells of what is live', () => {
    const many = Array.from({ length: 60 }, (_, at) => created(`kong.plugin/shop.orders.p${at}`, at < 30 ? 'opens' : 'differs'));
    const lines = text({ ...planOf(many), command: 'drift' }).split('\n');
    expect(lines.filter((line) => line.includes('[opens]'))).toHaveLength(30);
    expect(lines.filter((line) => line.includes('[differs]'))).toHaveLength(20);
    expect(lines).toContain('… and 10 more missing kong.plugin; --json has them all');
    const dangers = Array.from({ length: 60 }, (_, at): Change => ({ action: 'danger', danger: { kind: 'kong.route', id: `stranger-${at}`, effect: at < 30 ? 'opens' : 'differs', what: 'it is there', hint: 'accept it', origin } }));
    const told = text({ ...planOf(dangers), command: 'drift' });
    expect(told.match(/stranger-/g)).toHaveLength(50);
    for (let at = 0; at < 30; at += 1) expect(told).toContain(`kong.route/stranger-${at} `);
  });
});

describe('many of a kind', () => {
  it('are twenty and a count: problems by their code, verdicts by their check', () => {
    const problems = Array.from({ length: 3000 }, (_, at) => new Problem(at % 3 === 0 ? 'KONG_REFUSED' : 'KONG_STORE', `problem ${at}`));
    const told = text({ command: 'validate', problems });
    expect(told.split('\n').length).toBeLessThan(130);
    expect(told.split('\n').at(-1)).toBe('3000 problems');
    expect(told).toContain('… and 980 more KONG_REFUSED; --json has them all');
    expect(told).toContain('… and 1980 more KONG_STORE; --json has them all');
    const verdict: Verdict = { id: 'SIG-03', group: 'SIG', claim: 'c', severity: 'high', source: 's', subject: 'kong orders.list', status: 'failed', evidence: [] };
    const verdicts = text({ command: 'verify', problems: [], verdicts: Array.from({ length: 70 }, () => verdict) });
    expect(verdicts.match(/^failed SIG-03/gm)).toHaveLength(20);
    expect(verdicts).toContain('… and 50 more SIG-03; --json has them all');
  });
});

describe('what differs', () => {
  it('of a text is a unified diff with three lines around it, hunk by hunk', () => {
    const lines = Array.from({ length: 30 }, (_, at) => `line ${at + 1}`);
    const after = lines.with(2, 'another 3').toSpliced(20, 1).toSpliced(25, 0, 'new');
    const told = fieldDiff({ path: 'policy', before: `${lines.join('\n')}\n`, after: `${after.join('\n')}\n` }).map(({ sign, text: line }) => `${sign}${line}`);
    expect(told).toEqual([
      '@@ -1,6 +1,6 @@',
      ...[' line 1', ' line 2', '-line 3', '+another 3', ' line 4', ' line 5', ' line 6'],
      '@@ -18,12 +18,12 @@',
      ...[' line 18', ' line 19', ' line 20', '-line 21', ' line 22', ' line 23', ' line 24', ' line 25', ' line 26', '+new', ' line 27', ' line 28', ' line 29'],
    ]);
  });
  it('of a list is element by element, however often one is there; of its order both', () => {
    const told = (before: unknown, after: unknown) => fieldDiff({ path: 'x', before, after }).map(({ sign, text: line }) => `${sign}${line}`);
    expect(told(['a', 'b', 'b'], ['b', 'c'])).toEqual(['-"a"', '-"b"', '+"c"', '1 more element stays']);
    expect(told(['a', 'b'], ['b', 'a'])).toEqual(['-"a", "b"', '+"b", "a"']);
    expect(told(null, ['a'])).toEqual(['+["a"]']);
  });
});

describe('what a run comes to', () => {
  it.each([
    ['sso-good', 'good', undefined],
    ['sso-broken', 'bad', 'authctl drift blueprints/sso.yaml says what was changed'],
    ['sso-drift', 'bad', 'authctl apply blueprints/sso.yaml puts right what the blueprint states; the rest is to be taken away or accepted'],
  ] as const)('of %s is %s, and says what to do next in the last line', (name, state, next) => {
    const report = recorded(name);
    expect(summaryOf(report)).toMatchObject({ state, ...(next !== undefined && { next }) });
    if (next !== undefined) expect(text(report).split('\n').at(-1)).toBe(`next: ${next}`);
    else expect(text(report)).not.toContain('next: ');
  });
  it('is never good where nothing was proved or something is not known', () => {
    const of = (...statuses: readonly Verdict['status'][]): string =>
      summaryOf({ command: 'verify', problems: [], verdicts: statuses.map((status, at) => ({ id: `X-${at}`, group: 'X', claim: 'c', severity: 'low', source: 's', subject: 's', status, evidence: [] })) }).state;
    expect([of('skipped'), of('passed', 'inconclusive'), of('passed', 'skipped'), of('passed', 'failed'), of('waived')]).toEqual(['unknown', 'unknown', 'good', 'bad', 'unknown']);
    expect(summaryOf(reports['unlooked']!).state).toBe('good');
    expect(summaryOf({ ...reports['unlooked']!, command: 'drift' }).state).toBe('unknown');
  });
});
