import { describe, expect, it } from 'vitest';
import { Problem, unreachable } from '../../../src/core/problem.ts';
import { exitCodeOf } from '../../../src/core/report.ts';
import type { Report, Verdict } from '../../../src/core/report.ts';
import { createMask } from '../../../src/core/mask.ts';
import { Secret } from '../../../src/core/secret.ts';
import { formats } from '../../../src/report/index.ts';
import type { FormatName } from '../../../src/report/index.ts';
import { makeStyle } from '../../../src/report/style.ts';

const origin = { file: 'shop.yaml', line: 2, column: 3 };
const verdict = (part: Partial<Verdict>): Verdict => ({
  id: 'SIG-03',
  group: 'SIG',
  claim: 'changed claims are refused',
  severity: 'critical',
  source: 'RFC 7515 section 5.2',
  subject: 'kong orders.list',
  status: 'passed',
  evidence: [],
  origin,
  ...part,
});
const render = async (format: FormatName, report: Report): Promise<string> =>
  (await formats[format]())(report, { style: makeStyle(false), readLines: () => ['name: shop', '  list: x', 'end'] });
const report = (part: Partial<Report>): Report => ({ command: 'verify', problems: [], ...part });
const failing = report({
  negative: true,
  verdicts: [
    verdict({}),
    verdict({ id: 'SIG-04', status: 'failed', why: 'expected 401, got 200', evidence: [{ request: 'GET /orders with <script>', status: 200, upstreamCalls: 1 }] }),
    verdict({ id: 'TIM-01', group: 'TIM', status: 'skipped', why: 'issuer-key' }),
  ],
});

describe('exitCodeOf', () => {
  it('is 0 when done, 1 when not, 2 when the answer is no, 3 when a target is out of reach', () => {
    expect(exitCodeOf(report({}))).toBe(0);
    expect(exitCodeOf(report({ problems: [new Problem('KONG_STORE', 'x')] }))).toBe(1);
    expect(exitCodeOf(report({ applied: [{ address: 'a', action: 'create', outcome: 'skipped', milliseconds: 0 }] }))).toBe(1);
    expect(exitCodeOf(failing)).toBe(2);
    expect(exitCodeOf(report({ problems: [new Problem('KONG_STORE', 'x'), unreachable('kong', 'http://x', new Error('refused'))] }))).toBe(3);
  });

  it('is 1, not 3, when a target goes away after something was written: something is known, and done', () => {
    const away = unreachable('kong', 'http://x', new Error('refused'));
    const result = (outcome: 'done' | 'failed') => ({ address: 'a', action: 'create', outcome, milliseconds: 0 });
    expect(exitCodeOf(report({ problems: [away], applied: [result('done'), result('failed')] }))).toBe(1);
    expect(exitCodeOf(report({ problems: [away], applied: [result('failed')] }))).toBe(3);
  });
});

describe('what a plan means for people', () => {
  const cell = { who: 'sam', gateway: 'kong', route: 'orders.place', request: 'POST /orders', origin };
  const plan = { name: 'shop', waves: [], removals: [], orphans: [], dangers: [], accepted: [], unseen: [] };
  const changed = report({ command: 'plan', plan, access: { first: false, changes: [{ ...cell, change: 'opens' }, { ...cell, change: 'closes', who: 'ada' }] } });

  it('is told cell by cell, with the line, and counted', async () => {
    expect(await render('text', changed)).toBe(
      [
        'no changes',
        '',
        'opens  kong orders.place (POST /orders) for sam  shop.yaml:2:3',
        'closes kong orders.place (POST /orders) for ada  shop.yaml:2:3',
        'access: 1 cell opens, 1 closes',
      ].join('\n'),
    );
    expect(await render('markdown', changed)).toContain('| **opens** | sam | kong orders.place | `POST /orders` | shop.yaml:2:3 |');
    expect(await render('html', changed)).toContain('<span class="badge bad"><span aria-hidden="true">✗</span> opens</span>');
    expect(JSON.parse(await render('json', changed))).toMatchObject({ access: changed.access });
  });
  it('is red where a cell opens', async () => {
    const painted = (await formats.text())(changed, { style: makeStyle(true), readLines: () => [] });
    expect(painted).toContain(makeStyle(true).bad('opens  kong orders.place (POST /orders) for sam'));
  });
  it('is one line when nothing was there before', async () => {
    const first = report({ command: 'plan', plan, access: { first: true, changes: [{ ...cell, change: 'opens' }], note: 'no opa was found' } });
    expect(await render('text', first)).toBe(
      'no changes\n\naccess: 1 cell opens, for the first time; authctl matrix shows them\nno opa was found',
    );
  });
});

describe('a limit', () => {
  const limited = report({ limits: [{ what: 'storage localStorage: scripts can read it', hint: 'choose another', origin }] });
  it.each([
    ['text', 'limit storage localStorage: scripts can read it  shop.yaml:2:3\n    choose another'],
    ['json', '"what": "storage localStorage: scripts can read it"'],
    ['markdown', '- limit `shop.yaml:2:3` storage localStorage: scripts can read it (choose another)'],
    ['html', '<dt>Next</dt><dd>choose another</dd><dt>Blueprint</dt><dd><code>shop.yaml:2:3</code></dd>'],
    ['github', '::notice file=shop.yaml,line=2,col=3,title=limit::storage localStorage: scripts can read it; choose another'],
  ] as const)('stands in %s with its line, and makes no exit code', async (format, words) => {
    expect(await render(format, limited)).toContain(words);
    expect(exitCodeOf(limited)).toBe(0);
  });
});

describe('renderText', () => {
  it('names a failed check with its line, evidence and reason, and counts checks on the last line', async () => {
    const text = await render('text', failing);
    expect(text).toContain('failed SIG-04');
    expect(text).toContain('shop.yaml:2:3');
    expect(text).toContain('GET /orders with <script> -> 200, upstream saw 1 call');
    expect(text).toContain('issuer-key: TIM-01');
    expect(text.trimEnd().split('\n').at(-1)).toBe('checks: 1 passed, 1 failed, 0 crashed, 0 inconclusive, 1 skipped');
  });

  it('shows a problem with code, place, frame, expectation and next step', async () => {
    const problem = new Problem('BLUEPRINT_UNKNOWN_SCOPE', 'no such scope', { at: { ...origin, length: 4 }, expected: 'one of a, b', hint: 'did you mean "a"?' });
    expect(await render('text', report({ problems: [problem] }))).toBe(
      [
        'error BLUEPRINT_UNKNOWN_SCOPE  shop.yaml:2:3',
        '  no such scope',
        '    1 | name: shop',
        '  > 2 |   list: x',
        '      |   ^^^^',
        '    3 | end',
        '  expected: one of a, b',
        '  next: did you mean "a"?',
      ].join('\n'),
    );
  });
});

describe('the formats for machines', () => {
  it('json is one document with the exit code', async () => {
    const parsed = JSON.parse(await render('json', failing)) as { exitCode: number; verdicts: unknown[] };
    expect([parsed.exitCode, parsed.verdicts.length]).toEqual([2, 3]);
  });

  it('junit counts failures and skips and escapes what it quotes', async () => {
    const xml = await render('junit', failing);
    expect(xml).toContain('<testsuite name="SIG" tests="2" failures="1" errors="0" skipped="0">');
    expect(xml).toContain('<skipped message="issuer-key"/>');
    expect(xml).not.toContain('<script>');
  });

  it('sarif has a rule per check and a result per failure at the blueprint line', async () => {
    const { runs } = JSON.parse(await render('sarif', failing)) as {
      runs: [{ tool: { driver: { rules: { id: string }[] } }; results: { ruleId: string; locations: { physicalLocation: { region: { startLine: number } } }[] }[] }];
    };
    expect(runs[0].tool.driver.rules.map(({ id }) => id)).toEqual(['SIG-03', 'SIG-04', 'TIM-01']);
    expect(runs[0].results.map(({ ruleId, locations }) => [ruleId, locations[0]?.physicalLocation.region.startLine])).toEqual([['SIG-04', 2]]);
  });

  it('github annotates the line', async () => {
    expect(await render('github', failing)).toBe('::error file=shop.yaml,line=2,col=3,title=SIG-04::kong orders.list: changed claims are refused: failed, expected 401, got 200');
  });

  it('markdown has lines that a server\'s names stand in between fences', async () => {
    const told = await render('markdown', report({ command: 'inventory', text: 'kong.route/![a](https://evil.example/x)\n```\n<img src=x>' }));
    expect(told).toBe('# authctl inventory\n\n````\nkong.route/![a](https://evil.example/x)\n```\n<img src=x>\n````');
    expect(await render('markdown', report({ command: 'matrix', text: '| who |' }))).toBe('# authctl matrix\n\n| who |');
  });

  it('html and markdown escape hostile text', async () => {
    const page = await render('html', failing);
    expect(page).toContain('GET /orders with &lt;script&gt;');
    expect(page.match(/<script/g)).toHaveLength(1);
    expect(await render('markdown', failing)).toContain('| failed | SIG-04 |');
  });
});

describe('createMask', () => {
  it('takes every form of a known secret out of a text', () => {
    const mask = createMask();
    mask.add([new Secret('p"ss wörd/1')]);
    const text = `plain p"ss wörd/1, url ${encodeURIComponent('p"ss wörd/1')}, json ${JSON.stringify('p"ss wörd/1')}`;
    expect(mask.apply(text)).toBe('plain [secret], url [secret], json "[secret]"');
  });
});

describe('a run over a part', () => {
  const part = { since: 'the apply of 2026-11-29 02:00:14Z (authctl history 20261129T020011.408Z-k3f9)', verdicts: { left: 9, of: 10 }, checks: { left: ['IDP-01', 'IDP-02'], of: 3 }, subjects: { left: ['a', 'b', 'c', 'd', 'e', 'f', 'g'], of: 8 } };
  const words = 'a part alone, what the apply of 2026-11-29 02:00:14Z (authctl history 20261129T020011.408Z-k3f9) touched: 9 of 10 verdicts left out, 2 of 3 checks tried on nothing, 7 of 8 subjects not tried (a, b, c, d, e, f and 1 more)';
  const whole = report({ verdicts: [verdict({}), verdict({ id: 'IDP-01', status: 'skipped', why: `left out: ${part.since} touched nothing that it is about` })] });

  it.each(['text', 'json', 'junit', 'sarif', 'github', 'markdown', 'html', 'svg'] as const)('never looks like one over the whole, as %s', async (format) => {
    const told = await render(format, { ...whole, part });
    expect(told).not.toBe(await render(format, whole));
    expect(told.replaceAll('\\', '')).toContain({ text: words, json: '"part": {', junit: '<testsuites name="authctl verify, a part alone">', sarif: words, github: `::notice title=a part alone::${words}`, markdown: `**${words}**`, html: 'a part alone: the one check that was tried holds, 1 skipped; 9 of 10 verdicts left out', svg: '>a part alone, what the apply of 2026-11-29 02:00:14Z' }[format]);
  });

  it('has a category of its own in SARIF: what was not looked at is not mended', async () => {
    const { runs } = JSON.parse(await render('sarif', { ...whole, part })) as { runs: { automationDetails: unknown }[] };
    expect(runs.map(({ automationDetails }) => automationDetails)).toEqual([{ id: 'authctl verify, a part/' }]);
  });
});
