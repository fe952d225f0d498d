import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import KcAdminClient from '@keycloak/keycloak-admin-client';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { saboteur } from '../../scripts/sabotage.js';
import { loadBlueprint } from '../../src/blueprint/index.ts';
import { realNetwork } from '../../src/checks/kit/network.ts';
import { createTokens } from '../../src/checks/kit/tokens.ts';
import type { Verdict } from '../../src/core/report.ts';
import { eventually } from '../eventually.ts';
import { authctlWith } from './authctl.ts';

const BLUEPRINT = 'blueprints/opaque.yaml';
/** The secret of somebody's one-time passwords, which the example does not ask for. */
const OTTO_OTP = 'JBSWY3DPEHPK3PXP'.repeat(2);
const dir = mkdtempSync(join(tmpdir(), 'authctl-opaque-'));
// A stack of its own: other services stand behind this blueprint.
const authctl = (...args: readonly string[]) => authctlWith({ AUTHCTL_STACK_DIR: join(dir, 'stack'), OTTO_OTP }, ...args);
const stackEnv = (): Record<string, string> =>
  (JSON.parse(readFileSync(join(dir, 'stack', 'stack.json'), 'utf8')) as { env: Record<string, string> }).env;
const byHand = () => saboteur(stackEnv(), 'tickets');

const succeed = async (...args: readonly string[]): Promise<string> => {
  const { exitCode, stdout, stderr } = await authctl(...args);
  if (exitCode !== 0) throw new Error(`authctl ${args.join(' ')} ended with ${exitCode}:\n${stdout}${stderr}`);
  return stdout;
};
const verify = async (only: string, blueprint = BLUEPRINT) => {
  const { exitCode, stdout } = await authctl('verify', blueprint, '--only', only, '--json');
  const { verdicts } = JSON.parse(stdout) as { verdicts: readonly Verdict[] };
  const idsOf = (...wanted: readonly string[]): readonly string[] => [
    ...new Set(verdicts.filter(({ status }) => wanted.includes(status)).map(({ id }) => id)),
  ].toSorted();
  return { exitCode, verdicts, passed: idsOf('passed'), not: idsOf('failed', 'crashed', 'inconclusive'), skipped: idsOf('skipped') };
};

interface Plugin {
  readonly instance_name: string;
}
const phantom = ({ instance_name: name }: Plugin): boolean => name === 'tickets.events.phantom';

/** What the realm offers to the gateway's client. */
const setAsking = async (attributes: Readonly<Record<string, string>>): Promise<void> => {
  const env = stackEnv();
  const admin = new KcAdminClient({ baseUrl: env.KEYCLOAK_URL ?? '', realmName: 'master' });
  await admin.auth({ grantType: 'client_credentials', clientId: 'authctl', clientSecret: env.KEYCLOAK_CLIENT_SECRET ?? '' });
  admin.setConfig({ realmName: 'tickets' });
  const [client] = await admin.clients.find({ clientId: 'gateway' });
  await admin.clients.update({ id: client?.id ?? '' }, { ...client, attributes: { ...client?.attributes, ...attributes } });
};

afterAll(async () => {
  await succeed('stack', 'down').finally(() => rmSync(dir, { recursive: true, force: true }));
});

describe('opaque tokens on a running stack', () => {
  beforeAll(async () => {
    await succeed('stack', 'up', BLUEPRINT);
    await succeed('apply', BLUEPRINT, '--yes');
  });
  afterEach(() => succeed('apply', BLUEPRINT, '--yes'));

  it('has nothing to do after an apply', async () => {
    expect(await succeed('plan', BLUEPRINT, '--exit-code')).toContain('no changes');
  });

  it('passes every check about opaque tokens, and says how long a revocation went unseen', async () => {
    const { exitCode, passed, not, verdicts } = await verify('OPQ,HDR-06');
    expect([exitCode, passed, not]).toEqual([0, ['HDR-06', 'OPQ-01', 'OPQ-02', 'OPQ-06', 'OPQ-07', 'OPQ-08', 'OPQ-09', 'OPQ-10', 'OPQ-13', 'OPQ-14', 'OPQ-15', 'OPQ-16', 'OPQ-17'], []]);
    const told = verdicts.filter(({ id }) => id === 'OPQ-02').map(({ evidence }) => evidence.at(-1)?.answer ?? '');
    expect(told).toHaveLength(2);
    // The check itself fails where a request passes that began after that; how late a busy machine asks for the last time says nothing.
    for (const text of told) expect(text).toMatch(/^\d+\.\d s after the revocation; answers are kept 5 s$/);
  });

  it('lets a token in by header and by cookie, and the cookie writes for declared origins only', async () => {
    const { exitCode, passed, not } = await verify('POS-01,PRE-12,COO-05');
    expect([exitCode, passed, not]).toEqual([0, ['COO-05', 'POS-01', 'PRE-12'], []]);
  });

  it.each([
    ['token exchange, with the extension of introspection off', { exchange: true, extension: false }, [0, ['OPQ-15', 'POS-01'], []]],
    ['introspection, with token exchange off', { exchange: false, extension: true }, [0, ['POS-01'], []]],
    ['nothing: both are off, and nobody gets in', { exchange: false, extension: false }, [2, [], ['OPQ-15', 'POS-01']]],
  ] as const)('takes the JWT by %s', async (_, { exchange, extension }, expected) => {
    await setAsking({ 'standard.token.exchange.enabled': String(exchange), 'client.introspection.response.allow.jwt.claim.enabled': String(extension) });
    const { exitCode, passed, not, verdicts } = await verify('POS-01,OPQ-15');
    expect([exitCode, passed, not]).toEqual(expected);
    if (exitCode !== 0) expect(verdicts.find(({ id }) => id === 'POS-01')?.evidence[0]?.status).toBe(503);
  });

  it.each([
    ['the time of the sign-in, which the JWT of token exchange has', 'maxAge: 10m', 'exchange', ['OPQ-15', 'POS-01'], ['STP-01', 'STP-02', 'STP-03', 'STP-04', 'STP-05']],
    ['its level, too, which the JWT of introspection has', 'acr: one-time, maxAge: 10m', 'introspection', ['POS-01', 'STP-01', 'STP-05'], ['OPQ-15', 'STP-02', 'STP-03', 'STP-04']],
  ] as const)('judges by %s', async (_, demand, jwt, shown, unasked) => {
    const edits = [
      ['  roles:\n', '  levels: { password: { loa: 1, by: password }, one-time: { loa: 2, by: otp } }\n  roles:\n'],
      ['      health:', `      earnings: { match: "GET /events/{id}/earnings", scopes: [events:read], roles: [organiser], ${demand} }\n      health:`],
      ['events: [list, read, plan]', 'events: [list, read, plan, earnings]'],
      ['jwt: auto', `jwt: ${jwt}`],
      ['"${OTTO_PASSWORD}" }', '"${OTTO_PASSWORD}", otp: "${OTTO_OTP}" }'],
    ] as const;
    const blueprint = join(dir, `${jwt}.yaml`);
    writeFileSync(blueprint, edits.reduce((text, [from, to]) => {
      expect(text).toContain(from);
      return text.replace(from, to);
    }, readFileSync(BLUEPRINT, 'utf8')));
    await succeed('apply', blueprint, '--yes');
    const { exitCode, passed, not, skipped } = await verify('STP,POS-01,OPQ-15', blueprint);
    expect([exitCode, passed, not, skipped]).toEqual([0, [...shown], [], [...unasked]]);

    // One sign-in passes while it is new enough, and no longer: what is asked for is said.
    const loaded = await loadBlueprint(blueprint, { env: { ...stackEnv(), OTTO_OTP } });
    const network = realNetwork();
    onTestFinished(network.close);
    const { access } = await createTokens(loaded, network).persona('otto');
    const earnings = () => fetch(`${stackEnv().KONG_PROXY_URL ?? ''}/events/7/earnings`, { headers: { authorization: `Bearer ${access.reveal()}` } });
    expect((await earnings()).status).toBe(200);
    await byHand().patchPlugins(({ instance_name: name }: Plugin) => name === 'tickets.events.earnings.scope', { max_age: 1, leeway: 0 });
    await eventually('a sign-in that is too long ago', async () => {
      const { status, headers } = await earnings();
      return status === 401 && /insufficient_user_authentication.*max_age="1"/.test(headers.get('www-authenticate') ?? '');
    });
  });

  it('names a cache that keeps revoked tokens alive', async () => {
    await byHand().patchPlugins(phantom, { cache_ttl: 120 });
    const drift = await authctl('drift', BLUEPRINT);
    expect([drift.exitCode, drift.stdout.includes('kong.plugin/tickets.events.phantom')]).toEqual([2, true]);
    const { exitCode, not } = await verify('OPQ-02');
    expect([exitCode, not]).toEqual([2, ['OPQ-02']]);
  });

  it('lets nobody in without the plugin: the guard refuses a token that says nothing', async () => {
    await byHand().removePlugins(phantom);
    const { exitCode, verdicts } = await verify('POS-01');
    expect(exitCode).toBe(2);
    const behind = (service: string) =>
      [...new Set(verdicts.filter(({ subject }) => subject.startsWith(`kong ${service}.`)).map(({ status }) => status))];
    expect([behind('events'), behind('tickets')]).toEqual([['failed'], ['passed']]);
  });
});
