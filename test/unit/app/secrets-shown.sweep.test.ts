import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthctl } from 'authctl';
import { expect, it, onTestFinished } from 'vitest';
import { formats } from '../../../src/report/index.ts';
import type { FormatName } from '../../../src/report/index.ts';
import { blueprint, startTargets } from './targets.ts';

const RAW = `
raw:
  keycloak:
    clients:
      ledger:
        attributes: { hmac_key: "\${FIRST}" }
        protocolMappers:
          partner: { protocolMapper: oidc-hardcoded-claim-mapper, config: { claim.name: api_key, claim.value: "\${SECOND}", jsonType.label: String, access.token.claim: "true" } }
  kong:
    entities:
      plugins:
        tickets.log: { name: http-log, config: { http_endpoint: "\${FOURTH}", headers: { x-functions-key: "\${THIRD}" } } }
`;
const values = (word: string) => ({ FIRST: `${word}-first-secret`, SECOND: `${word}-second-secret`, THIRD: `${word}-third-secret`, FOURTH: `https://logs.example/${word}-fourth-secret` });

const textsIn = (directory: string): readonly string[] =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' }).flatMap((name) => (statSync(join(directory, name)).isFile() ? [readFileSync(join(directory, name), 'utf8')] : []));

it('what was referred to is in no report, no saved plan, no note of a run: neither the value that is there nor the one that is to be', async () => {
  const env = await startTargets();
  const directory = mkdtempSync(join(tmpdir(), 'authctl-shown-'));
  onTestFinished(() => { rmSync(directory, { recursive: true, force: true }); });
  const file = join(directory, 'tickets.yaml');
  writeFileSync(file, `${readFileSync(blueprint, 'utf8')}${RAW}`);
  const events: unknown[] = [];
  const open = (word: string) => createAuthctl({ env: { ...env, ...values(word) }, localStack: false, cwd: directory, events: (event) => void events.push(event) });

  const [before, after] = [open('old'), open('new')];
  const applied = await before.apply(file, { approve: true });
  expect(applied.problems).toEqual([]);
  expect((await before.drift(file)).plan?.dangers).toEqual([]);

  const saved = join(directory, 'next.plan');
  const planned = await after.plan(file, { out: saved });
  expect(planned.problems).toEqual([]);
  const told = planned.plan?.waves.flat().flatMap((change) => ('because' in change ? change.because.map(({ path }) => path) : []));
  expect(told?.toSorted()).toEqual(['attributes.hmac_key', 'config.headers.x-functions-key', 'config.http_endpoint', 'mappers.partner.config.claim.value']);
  const drifted = await after.drift(file);
  const fixed = await after.apply(file, { approve: true });
  expect(fixed.problems).toEqual([]);
  expect((await after.drift(file)).plan?.waves.flat().filter(({ action }) => action !== 'keep')).toEqual([]);

  const shown: string[] = [JSON.stringify(events)];
  for (const report of [applied, planned, drifted, fixed])
    for (const name of Object.keys(formats) as FormatName[]) shown.push(await after.format(report, name));
  // The texts of the blueprint are part of them, and name the variables alone.
  for (const text of [...shown, ...textsIn(directory), ...textsIn(env['AUTHCTL_STATE_DIR'] ?? '')]) expect(text).not.toMatch(/(old|new)-(first|second|third|fourth)-secret/);
});
