import fc from 'fast-check';
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Report, Verdict } from '../../../src/core/report.ts';
import { renderHtml } from '../../../src/report/html/index.ts';
import { html } from '../../../src/report/html/markup.ts';
import { renderSvg } from '../../../src/report/topology/picture.ts';
import { reports } from './reports.ts';
import { draws } from '../../properties.ts';

const origin = { file: 'shop.yaml', line: 10, column: 3 };

/** A report in which a text stands wherever a name of somebody else can come to stand. */
const named = (text: string): Report => {
  const verdict: Verdict = { id: 'AZ-06', group: 'AZ', claim: 'c', severity: 'high', source: 's', subject: text, status: 'failed', why: text, hint: text, evidence: [{ request: text, status: 200, answer: text }], origin: { ...origin, file: text }, cell: { gateway: 'kong', route: text, request: text, who: text, allowed: false } };
  const desired = { kind: 'kong.route', id: text, spec: {}, after: [], origin };
  const live = { kind: 'kong.route', id: text, spec: {}, owner: 'shop' };
  const node = (id: string, part: 'person' | 'gateway' | 'route') => ({ id, part, shape: 'box' as const, lines: [text, text] });
  return {
    command: 'drift',
    blueprint: text,
    about: { at: '2026-11-29T12:00:03.000Z', by: text, host: text, authctl: '0.1.0', file: text, overlay: text, targets: [{ name: 'kong', title: 'Kong', address: text, version: text }] },
    topology: {
      name: text,
      clusters: [{ id: 'callers', title: 'Callers', nodes: [node(`who ${text}`, 'person'), node('target kong', 'gateway')] }, { id: `service ${text}`, title: text, nodes: [node(`route ${text}`, 'route')] }],
      edges: [{ from: `who ${text}`, to: 'target kong', label: text }],
    },
    plan: {
      name: text,
      waves: [[{ action: 'update', desired, live, because: [{ path: text, before: [text], after: `${text}\n${text}` }], does: text, changed: { at: text, by: text } }]],
      removals: [{ action: 'delete', live }],
      orphans: [{ action: 'orphan', live, why: text }],
      dangers: [{ action: 'danger', danger: { kind: 'kong.route', id: text, effect: 'opens', what: text, hint: text, origin } }],
      accepted: [],
      unseen: [{ target: 'kong', what: text, why: text }],
    },
    access: { first: false, changes: [{ change: 'closes', who: text, gateway: 'kong', route: text, request: text, origin, by: [text] }], gains: [{ who: text, gateway: 'kong', request: text, reaches: text, by: text, origin }], unknown: [text], note: text, },
    verdicts: [verdict, { ...verdict, id: 'X-02', status: 'skipped' }, { ...verdict, id: 'X-03', status: 'passed', limit: text }, { ...verdict, id: 'X-04', status: 'waived', waiver: { was: 'failed', reason: text, origin } }],
    limits: [{ what: text, hint: text, origin }],
    notes: [text],
    problems: [],
  };
};

/** The page's tags and attributes, without what stands between them and in them. */
const skeleton = (page: string): string => page.replaceAll(/>[^<]*/g, '>').replaceAll(/"[^"]*"/g, '""');

const HOSTILE = fc.string({
  maxLength: 24,
  unit: fc.constantFrom('<script>', '</script>', '</style>', '<img src=x onerror=a>', '"', "'", '&', '&lt;', '<', '>', '`', '${', '-->', '<!--', ']]>', ' onload=', 'javascript:', '\u202e', '\u2066', '\u0000', '\u001b', '\n', '\r', '=', '/', 'a', 'é', '😀'),
});

describe('a page', () => {
  it('has the same mark-up whatever the names in it are', () => {
    const calm = { page: skeleton(renderHtml(named('calm'))), picture: skeleton(renderSvg(named('calm'))) };
    fc.assert(
      fc.property(HOSTILE, (text) => {
        // Two letters before it: one that begins as a service's name would make another option of the filter.
        const hostile = named(`calm${text}`);
        const page = renderHtml(hostile);
        expect(skeleton(page)).toBe(calm.page);
        expect(skeleton(renderSvg(hostile))).toBe(calm.picture);
        expect(page.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      }),
      { numRuns: draws(150) },
    );
  });

  it('lets its own style and script run and nothing else, and asks for nothing', () => {
    for (const report of Object.values(reports)) {
      const page = renderHtml(report);
      const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1]?.replaceAll('&#39;', "'") ?? '';
      const hashOf = (tag: string): string => createHash('sha256').update(new RegExp(`<${tag}>([^]*?)</${tag}>`).exec(page)?.[1] ?? '').digest('base64');
      expect(policy.split('; ')).toEqual(["default-src 'none'", `script-src 'sha256-${hashOf('script')}'`, `style-src 'sha256-${hashOf('style')}'`, "base-uri 'none'", "form-action 'none'"]);
      expect(page.match(/<(script|style)\b/g)).toHaveLength(2);
      expect(page.replaceAll(/<(script|style)>[^]*?<\/\1>/g, '')).not.toMatch(/<(link|img|iframe|object|embed|base)\b|\s(src|style|on\w+)=|url\(|@import/);
    }
  });

  it('has every id once, and every link leads to one', () => {
    for (const report of Object.values(reports)) {
      const page = renderHtml(report);
      const ids = [...page.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id);
      expect(new Set(ids).size).toBe(ids.length);
      for (const [, to] of page.matchAll(/href="#([^"]*)"/g)) expect(ids).toContain(to);
    }
  });

  it('stays below a megabyte, and says what it leaves out', () => {
    const verdict = (at: number, part: Partial<Verdict> = {}): Verdict => ({ id: `SIG-${String(at % 40).padStart(2, '0')}`, group: 'SIG', claim: 'a claim', severity: 'high', source: 's', subject: `kong service-${at % 60}.route-${at}`, status: 'passed', evidence: [{ request: `GET /a/rather/long/path/${at} with a token that has another audience`, status: 401, upstreamCalls: 0 }], ...part });
    const many = (count: number, part: Partial<Verdict> = {}): string => renderHtml({ command: 'verify', problems: [], verdicts: Array.from({ length: count }, (_, at) => verdict(at, part)) });
    const sizes = [100, 5_000, 13_000].map((count) => many(count));
    for (const page of sizes) expect(Buffer.byteLength(page)).toBeLessThan(1_000_000);
    expect(sizes.map((page) => /(Every claim|Evidence of what passed is left out|is only counted) /.exec(page)?.[1])).toEqual(['Every claim', 'Evidence of what passed is left out', 'is only counted']);
    const failing = many(13_000, { status: 'failed', why: 'expected 401, got 200' });
    expect(Buffer.byteLength(failing)).toBeLessThan(1_000_000);
    expect(failing).toContain('and 305 more of SIG-00');
  });

  it('colours a cell by whether it is right', () => {
    const page = renderHtml(reports['verify']!);
    const cells = [...page.matchAll(/<td class="(\w+)"><details><summary><span aria-hidden="true">(.)<\/span> (?:<span class="no">)?([^<]*)/g)].map(([, state, sign, words]) => [state, sign, words]);
    expect(cells).toEqual([
      ['good', '✓', 'passes 200'],
      ['bad', '✗', 'passes 299, must not'],
      ['good', '✓', 'refused 403'],
      ['bad', '✗', 'refused 199, must pass'],
      ['none', '–', 'not tried'],
    ]);
  });
});

describe('the mark-up of a page', () => {
  it('is escaped, unless it is mark-up already', () => {
    const inner = html`<b>${'<i>'}</b>`;
    expect(html`<p title="${'"'}">${['&', inner, undefined, 3]}</p>`.toString()).toBe('<p title="&quot;">&amp;<b>&lt;i&gt;</b>3</p>');
  });
});
