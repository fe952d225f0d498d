import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/core/report.ts';
import { Secret } from '../../src/core/secret.ts';
import { packBundle, textsOf } from '../../src/providers/opa/archive.ts';
import type { Files } from '../../src/providers/opa/archive.ts';
import { buildArchives } from '../../src/providers/opa/build.ts';
import { opaCommand } from '../../src/providers/opa/command.ts';
import { createSigner } from '../../src/providers/opa/sign.ts';
import { opaAtHand } from '../../src/stack/opa/find.ts';
import { eventually } from '../eventually.ts';
import { companyFiles, withExistingBundle } from '../existing-bundle.ts';
import { authctl, stackEnv } from './authctl.ts';
import { ownStack } from './own.ts';

const DECISION = 'company/http/authz/allow';
/** A service asks its policy about its public routes as well. */
const HEALTH: Files = { 'health.rego': 'package company.http.authz\n\nallow if {\n\tinput.request.method in {"GET", "HEAD"}\n\tinput.request.segments[1] == "health"\n}\n' };
const ALLOWS_ALL: Files = { 'authz.rego': 'package company.http.authz\n\nallow := true\n' };

const dir = mkdtempSync(join(tmpdir(), 'authctl-existing-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

type Env = Readonly<Record<string, string>>;

/** The publisher: somebody who writes archives into the store from which OPA fetches, and knows nothing of the blueprint. Ends when OPA has the revision. */
const publish = async (env: Env, name: string, archives: Readonly<Record<string, Files>>, revision: string): Promise<void> => {
  const store = (env.BUNDLE_STORE ?? '').replace(/^file:/, '');
  mkdirSync(store, { recursive: true });
  for (const [file, files] of Object.entries(archives)) writeFileSync(join(store, file), await packBundle(files));
  await eventually('OPA to take the bundle', async () => {
    const { result } = (await (await fetch(`${env.OPA_URL ?? ''}/v1/status`)).json()) as { result: { bundles?: Record<string, { active_revision?: string }> } };
    return result.bundles?.[name]?.active_revision === revision;
  });
};

const badOf = (text: string): readonly string[] =>
  ((JSON.parse(text) as Report).verdicts ?? []).filter(({ status }) => status !== 'passed' && status !== 'skipped').map(({ id, subject, why }) => `${id} ${subject}: ${why ?? ''}`);
const passedOf = (text: string): number => ((JSON.parse(text) as Report).verdicts ?? []).filter(({ status }) => status === 'passed').length;

describe('a bundle that somebody else publishes, asked by the gateway', () => {
  // OPA of the shared stack fetches what is called as the shop.
  afterAll(async () => {
    // What somebody else has published there is not taken over.
    rmSync(join((stackEnv().BUNDLE_STORE ?? '').replace(/^file:/, ''), 'shop.tar.gz'), { force: true });
    expect((await authctl('apply', 'blueprints/sso.yaml', '--yes')).exitCode).toBe(0);
  });
  const followed = 'blueprints/company.yaml';
  /** The same blueprint with a revision that it is pinned to. */
  const pinnedTo = (revision: string): string => {
    const file = join(dir, 'pinned.yaml');
    const text = readFileSync(followed, 'utf8');
    expect(text).toContain('\n    name: shop\n');
    writeFileSync(file, text.replace('\n    name: shop\n', `\n    name: shop\n    revision: ${revision}\n`));
    return file;
  };
  const run = async (...args: readonly string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await authctl(...args);
    return `${String(exitCode)} ${stdout}${stderr}`;
  };

  it('is followed: applied, in force, attacked, and worked out by what it really holds', async () => {
    await publish(stackEnv(), 'shop', { 'shop.tar.gz': companyFiles('r1') }, 'r1');
    const blueprint = followed;
    expect(await run('apply', blueprint, '--yes')).toMatch(/^0 [\s\S]*the policy is revision r1 of the bundle shop, which is followed/);
    expect(await run('drift', blueprint)).toMatch(/^0 /);
    expect(await run('matrix', blueprint)).toMatch(/^0 [\s\S]*the bundle shop, revision r1/);
    const { stdout } = await authctl('verify', blueprint, '--json', ...(process.env.AUTHCTL_DEMAND === 'whole' ? [] : ['--only', 'AZ-01,AZ-06,AZ-15']));
    expect([badOf(stdout), passedOf(stdout) > 20]).toEqual([[], true]);
  });

  it('is told when it moves: pinned by drift, which applies nothing then; followed by whom it lets in', async () => {
    await publish(stackEnv(), 'shop', { 'shop.tar.gz': companyFiles('r2', ALLOWS_ALL) }, 'r2');
    const pinned = pinnedTo('r1');
    expect(await run('drift', pinned)).toMatch(/^2 [\s\S]*opa\.bundle\/shop[\s\S]*revision: "r2", the blueprint says "r1"/);
    expect(await run('apply', pinned, '--yes')).toMatch(/^1 [\s\S]*OPA_BUNDLE_MOVED/);
    expect(await run('drift', followed)).toMatch(/^0 [\s\S]*revision r2 of the bundle shop, which is followed/);
    expect(await run('matrix', followed)).toMatch(/^2 /);
    expect(badOf((await authctl('verify', followed, '--only', 'AZ-06', '--json')).stdout)).toContainEqual(expect.stringMatching(/^AZ-06 /));
  });
});

describe.skipIf(process.env.AUTHCTL_DEMAND !== 'whole')('a signed bundle that somebody else publishes, asked by the gateway and by services', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const blueprint = join(dir, 'hybrid.yaml');
  const stack = ownStack(blueprint);
  afterAll(() => stack.down());
  const signer = createSigner({ key: new Secret(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()), algorithm: 'ES256', keyId: 'company' }, { file: blueprint, line: 1, column: 1 });
  const ended = stack.authctl;

  /** As a publisher builds them: the sources for OPA, the module for services, both signed. */
  const build = async (files: Files): Promise<Readonly<Record<string, Files>>> => {
    const opa = opaCommand((await opaAtHand()) ?? 'opa');
    const { server, service = {} } = await buildArchives({ bundle: { revision: '', files: textsOf(files) }, decisions: [DECISION], service: true, opa });
    return { 'company.tar.gz': await signer.sign(server), 'company-service.tar.gz': await signer.sign(service) };
  };

  it('is in force everywhere, and what is attacked holds', async () => {
    writeFileSync(join(dir, 'company.pem'), publicKey.export({ type: 'spki', format: 'pem' }).toString());
    const bundle = 'name: company, url: "${BUNDLE_URL}/company.tar.gz", module: "${BUNDLE_URL}/company-service.tar.gz", token: "${BUNDLE_READ_TOKEN}", revision: r1, keys: { company: { file: company.pem } }';
    writeFileSync(blueprint, withExistingBundle(bundle, 'hybrid').replace(/\n {2}aws:\n( {4}.*\n)+/, '\n').replaceAll('gateways: [kong, aws]', 'gateways: [kong]').replaceAll(/\n( +)audience: (orders|invoices)\n/g, (_, blank: string, id: string) => `\n${blank}audience: ${id}\n${blank}status: "\${${id.toUpperCase()}_STATUS_URL}"\n`));
    await stack.succeed('stack', 'up', blueprint);
    await publish(stack.env(), 'company', await build(companyFiles('r1', HEALTH)), 'r1');
    const applied = await ended('apply', blueprint, '--yes');
    expect(applied.exitCode, applied.stdout + applied.stderr).toBe(0);
    await eventually('nothing to differ', async () => (await ended('drift', blueprint)).exitCode === 0);
    const { stdout } = await ended('verify', blueprint, '--json');
    expect([badOf(stdout), passedOf(stdout) > 100]).toEqual([[], true]);
  });

  it('is not taken without its signature: OPA and services keep what they have, and nothing is judged by the other', async () => {
    const store = (stack.env().BUNDLE_STORE ?? '').replace(/^file:/, '');
    writeFileSync(join(store, 'company.tar.gz'), await packBundle(companyFiles('r1', ALLOWS_ALL)));
    const drift = await ended('drift', blueprint);
    expect([drift.exitCode, drift.stdout + drift.stderr]).toEqual([1, expect.stringContaining('OPA_BUNDLE_FOREIGN')]);
  });
});
