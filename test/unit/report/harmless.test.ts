import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Problem } from '../../../src/core/problem.ts';
import type { Report, Verdict } from '../../../src/core/report.ts';
import { formats } from '../../../src/report/index.ts';
import type { FormatName } from '../../../src/report/index.ts';
import { makeStyle } from '../../../src/report/style.ts';
import { draws } from '../../properties.ts';

const origin = { file: 'shop.yaml', line: 10, column: 3 };

/** Every place of a report where a server's own text can come to stand. */
const saying = (text: string): Report => {
  const verdict: Verdict = { id: 'X-01', group: 'X', claim: 'c', severity: 'high', source: 's', subject: text, status: 'failed', why: text, hint: text, evidence: [{ request: text, status: 200, answer: text }], origin };
  const live = { kind: 'kong.route', id: text, spec: {}, owner: 'shop' };
  const desired = { kind: 'kong.route', id: text, spec: {}, after: [], origin };
  return {
    command: 'drift',
    plan: {
      name: 'shop',
      waves: [[{ action: 'update', desired, live, because: [{ path: text, before: text, after: text }] }]],
      removals: [{ action: 'delete', live }],
      orphans: [],
      dangers: [{ action: 'danger', danger: { kind: 'kong.route', id: text, effect: 'opens', what: text, hint: text, origin } }],
      accepted: [],
      unseen: [{ target: 'kong', what: text, why: text }],
    },
    access: { first: false, changes: [{ change: 'closes', who: text, gateway: 'kong', route: text, request: text, origin }] },
    verdicts: [verdict, { ...verdict, id: 'X-02', status: 'skipped' }],
    problems: [new Problem('KONG_REFUSED', text, { at: origin, hint: text, expected: text })],
  };
};
const render = async (format: FormatName, report: Report): Promise<string> => (await formats[format]())(report, { style: makeStyle(false), readLines: () => undefined });
const shown: readonly FormatName[] = ['text', 'github', 'markdown', 'html', 'junit', 'sarif'];

describe('text of a server', () => {
  it.each(shown)('does nothing in %s: no control, no change of direction, no line of its own', async (format) => {
    const calm = await render(format, saying('calm'));
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: fc.constantFrom('\u001b[31m', '\u009b', '\u202e', '\u2066', '\u200b', '\u2028', '\r', '\n', '\0', 'a', ':', '#') }), async (text) => {
        const rendered = await render(format, saying(`x${text}`));
        expect(rendered.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
        expect(rendered.split('\n')).toHaveLength(calm.split('\n').length);
      }),
      { numRuns: draws(60) },
    );
  });

  it.each(['text', 'markdown'] as const)('is no command to a workflow in %s', async (format) => {
    for (const hostile of ['n\n::error file=a::x', '::error::x', '##[error]x', '  ::set-output name=a::b']) {
      const rendered = await render(format, saying(hostile));
      expect(rendered.split('\n').filter((line) => line.trimStart().startsWith('::'))).toEqual([]);
      if (format === 'text') expect(rendered).not.toContain('##[');
    }
  });

  it('is no link in sarif, whose plain messages have some', async () => {
    expect(await render('sarif', saying('[sign in](https://evil.example)'))).not.toContain('](');
  });

  it('is the text of its annotation alone in the format github', async () => {
    const lines = (await render('github', saying('n\n::error file=a::x'))).split('\n');
    expect(lines.filter((line) => !/^::(error|warning|notice) [^:]*::/.test(line))).toEqual([]);
    expect(lines).toHaveLength((await render('github', saying('n'))).split('\n').length);
  });

  it('loads no picture and calls nobody in markdown', async () => {
    const rendered = await render('markdown', saying('![i](http://evil.example/p.png) @team <img src=x> `code` [l](http://evil.example)'));
    // What stands between backquotes is not read as mark-up.
    const outside = rendered.replaceAll(/`[^`\n]*`/g, '');
    expect(outside).not.toMatch(/(?<!\\)!\[|(?<!\\)\]\(|@team|<img/);
    expect(outside).toContain('@<!-- -->team');
  });

  it('is in json as it was', async () => {
    const text = 'n\n\u001b[31m';
    expect(JSON.parse(await render('json', saying(text)))).toMatchObject({ problems: [{ message: text }] });
  });
});
