import { expect, it } from 'vitest';
import { comparable, readPage, withoutStill } from '../../pages/page.ts';

const PAGE = ['# A page', '', '```console', '$ first', 'one', 'two', '$ second \\', '>   --long', '```', '', '```sh', '$ not run', '```', '```console', '$ third', 'three', '```', ''].join('\n');

it('reads commands with their lines and outputs, of console blocks alone', () => {
  expect(readPage(PAGE).steps).toEqual([
    { line: 4, command: 'first', output: ['one', 'two'] },
    { line: 7, command: 'second \\\n  --long', output: [] },
    { line: 15, command: 'third', output: ['three'] },
  ]);
});

it('is written anew with other outputs, and with its own it is what it was', () => {
  const { steps, rewrite } = readPage(PAGE);
  expect(rewrite(steps.map(({ output }) => output))).toBe(PAGE);
  expect(rewrite([['1'], ['2', '22'], []])).toContain('$ first\n1\n$ second \\\n>   --long\n2\n22\n```\n');
});

it('compares what a run says, and neither how long it took, nor where, nor in which order it ended', () => {
  const one = ['done create kong.route/shop 11 ms', 'at http://127.0.0.1:4711', '', '✓ find OPA 1.22.0, /usr/bin/opa, 0.1 s'];
  const other = ['✓ find OPA 1.22.0, /root/.cache/opa, 1.3 s', 'at http://127.0.0.1:81', 'done create kong.route/shop 7 ms'];
  expect(comparable(one)).toEqual(comparable(other));
  expect(comparable(['29 create'])).not.toEqual(comparable(['30 create']));
});

it('takes one key id for another, whatever it begins and ends with', () => {
  const key = 'qKnHWthM3pYfG6ECt61QnjhtV_q0tXtPZNbEYZXc';
  const lines = ['_a', '-a', 'a-', '--', 'ab'].map((ends) => `gives rsa-generated (kid ${ends[0] ?? ''}${key}z${ends[1] ?? ''}) up, jwt_secrets ${ends[1] ?? ''}${key}z${ends[0] ?? ''}: a key`);
  expect(comparable(lines)).toEqual(['gives rsa-generated (kid KEY) up, jwt_secrets KEY: a key']);
  expect(comparable([`-${key}zab`])).toEqual([`-${key}zab`]);
});

it('takes no part of the name of a key or a run for a time', () => {
  const names = ['3s-HWthM3pYfG6ECt61QnjhtV_q0tXtPZNbEYZXc_a9', 'qKnHWthM3pYfG6ECt61-7ms-tV_q0tXtPZNbEYZXc_a', 'qKnHWthM3pYfG6ECt61QnjhtV_q0tXtPZNbEYZXc-9s'];
  for (const name of names) expect(comparable([`(kid ${name})`])).toEqual(['(kid KEY)']);
  for (const run of ['20261130T053457.743Z-og3s', '20261130T053457.743Z-12ms', '20261130T053457.743Z-ogc2']) expect(comparable([`${run}  done`, `history ${run})`])).toEqual(['RUN  done', 'history RUN)']);
  expect(comparable(['in 0.778 s', 'in 12 ms', '(24.9s)', 'within 5 s.'])).toEqual(['(N s)', 'in N ms', 'in N s', 'within N s.']);
});

it('shows what a slow machine prints as a fast one does', () => {
  expect(withoutStill(['✓ start OPA 1.4 s', '… start Keycloak: 10 s', '… start Keycloak, find OPA: 20 s', '… waiting for alice', '✓ start Keycloak 24.9 s'])).toEqual(['✓ start OPA 1.4 s', '… waiting for alice', '✓ start Keycloak 24.9 s']);
});

it('lets the catalogue of checks grow, and no check fail', () => {
  const now = ['POS: 11 checks on 4 subjects in 907 ms', '✓ POS     9 checks, 13 verdicts, 2 skipped', '  cookie: PRE-03 COO-05', 'checks: 168 passed, 0 failed, 0 crashed, 0 inconclusive, 93 skipped'];
  const grown = ['POS: 12 checks on 4 subjects in 8 ms', 'MTL: 2 checks on 1 subjects in 8 ms', '✓ POS    10 checks, 15 verdicts', '✓ MTL     2 checks, 2 verdicts', '  cookie: PRE-03', 'checks: 171 passed, 0 failed, 0 crashed, 0 inconclusive, 92 skipped'];
  expect(comparable(grown)).toEqual(comparable(now));
  expect(comparable([...grown.slice(0, -1), 'checks: 170 passed, 1 failed, 0 crashed, 0 inconclusive, 92 skipped'])).not.toEqual(comparable(now));
  expect(comparable([...grown, '✗ POS     1 checks, 1 verdicts, 1 failed'])).not.toEqual(comparable(now));
});
