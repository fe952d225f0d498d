import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { reasonsOf } from '../../src/core/plan.ts';
import { exitCodeOf } from '../../src/core/report.ts';
import type { Report } from '../../src/core/report.ts';
import { packBundle, unpackBundle } from '../../src/providers/opa/archive.ts';
import { newKeys, startFleet } from './opa-fleet.ts';
import type { Fleet } from './opa-fleet.ts';
import { eventually } from '../eventually.ts';

let fleet: Fleet;
beforeEach(async () => {
  fleet = await startFleet();
});
afterEach(() => fleet.stop());

/** Takes effect and compiles everywhere. */
const CHANGED = '\nallow if input.token.sub == "nobody"\n';

const revisionIn = (report: Report): string => {
  const change = report.plan?.waves.flat()[0];
  return change && 'desired' in change ? String(change.desired.spec.revision) : '';
};
const differencesIn = (report: Report): readonly string[] => (report.plan?.waves.flat() ?? []).flatMap((change) => reasonsOf(change).map(({ path }) => path));
const codesIn = ({ problems }: Report): readonly string[] => problems.map(({ code }) => code);
const revisions = (urls: readonly string[]): Promise<readonly (string | undefined)[]> =>
  Promise.all(urls.map(async (url) => (await fleet.statusOf(url)).active_revision));
const until = (done: () => Promise<boolean>): Promise<void> => eventually('the bundles', done);

describe.each(['ES256', 'RS256'] as const)('two OPA servers and a service that take bundles signed by %s', (algorithm) => {
  it('have the same revision when apply ends, and nothing is left to do', async () => {
    const keys = newKeys(algorithm);
    const [servers, service] = [[await fleet.opa(keys), await fleet.opa(keys)], await fleet.service(keys)];
    const order = { servers, service, keys };
    const first = await fleet.apply(order);
    expect(first.problems).toEqual([]);
    expect(exitCodeOf(first)).toBe(0);
    expect(await revisions(servers)).toEqual([revisionIn(first), revisionIn(first)]);
    expect(await (await fetch(service)).json()).toMatchObject({ ready: true, revision: revisionIn(first) });
    expect(readdirSync(fleet.store).toSorted()).toEqual(['shop-service.last-good.tar.gz', 'shop-service.tar.gz', 'shop.last-good.tar.gz', 'shop.tar.gz']);
    const second = await fleet.apply(order);
    expect([second.applied, second.requests?.opa?.writes, exitCodeOf(second)]).toEqual([[], 0, 0]);
  });

  it('keep what they have when an unsigned or a changed bundle is put into the store, and the plan shows it', async () => {
    const keys = newKeys(algorithm);
    const [servers, service] = [[await fleet.opa(keys), await fleet.opa(keys)], await fleet.service(keys)];
    const order = { servers, service, keys };
    const revision = revisionIn(await fleet.apply(order));
    const files = async (name: string) => ({ ...(await unpackBundle(readFileSync(join(fleet.store, name)))) });
    const { '.signatures.json': _none, ...unsigned } = await files('shop.tar.gz');
    const changes = [
      ['shop.tar.gz', unsigned, /missing \.signatures\.json/, ['signature']],
      ['shop.tar.gz', { ...(await files('shop.tar.gz')), 'authz.rego': 'package shop.authz\n\nallow := true\n' }, /digest mismatch/, ['revision', 'files.authz.rego', 'signature']],
    ] as const;
    for (const [name, content, told, differences] of changes) {
      writeFileSync(join(fleet.store, name), await packBundle(content));
      await until(async () => (await Promise.all(servers.map(fleet.statusOf))).every(({ message = '' }) => told.test(message)));
      expect(await revisions(servers)).toEqual([revision, revision]);
      expect(differencesIn(await fleet.plan(order))).toEqual(expect.arrayContaining([...differences]));
    }
    const { '.signatures.json': _no, ...module } = await files('shop-service.tar.gz');
    writeFileSync(join(fleet.store, 'shop-service.tar.gz'), await packBundle(module));
    await until(async () => JSON.stringify(await (await fetch(service)).json()).includes('BUNDLE_SIGNATURE_INVALID'));
    expect(await (await fetch(service)).json()).toMatchObject({ ready: true, revision });
    expect(differencesIn(await fleet.plan(order))).toContain('module');
    expect((await fleet.apply(order)).problems).toEqual([]);
    expect(differencesIn(await fleet.plan(order))).toEqual([]);
  });
});

describe('when one does not follow', () => {
  it('an OPA that refuses is named with its own words, and the others get the last good bundle back', async () => {
    const keys = newKeys('ES256');
    const [sound, other] = [await fleet.opa(keys), await fleet.opa(newKeys('ES256'))];
    const good = revisionIn(await fleet.apply({ servers: [sound], keys }));
    const report = await fleet.apply({ servers: [sound, other], keys, addition: CHANGED });
    expect([codesIn(report), exitCodeOf(report)]).toEqual([['OPA_BUNDLE_REJECTED'], 1]);
    expect(report.problems[0]?.message).toMatch(new RegExp(`^OPA at ${other} refuses the bundle: .*(verif|signature)`));
    expect(report.problems[0]?.hint).toMatch(/^the last good bundle is back in place; /);
    expect(await revisions([sound, other])).toEqual([good, undefined]);
    expect(differencesIn(await fleet.plan({ servers: [sound], keys }))).toEqual([]);
  });

  it('an OPA that does not fetch it is named after the time given, with what it has', async () => {
    const [sound, deaf] = [await fleet.opa(undefined), await fleet.opa(undefined, 'elsewhere')];
    const good = revisionIn(await fleet.apply({ servers: [sound] }));
    const report = await fleet.apply({ servers: [sound, deaf], addition: CHANGED, wait: '5s' });
    expect([codesIn(report), exitCodeOf(report)]).toEqual([['OPA_NOT_IN_FORCE'], 1]);
    expect(report.problems[0]?.message).toMatch(new RegExp(`is not in force everywhere after 5 s: OPA at ${deaf} has no bundle`));
    expect(await revisions([sound])).toEqual([good]);
  });

  it('a service that refuses is named with its own words, and the servers get the last good bundle back', async () => {
    const keys = newKeys('RS256');
    const servers = [await fleet.opa(keys), await fleet.opa(keys)];
    const good = revisionIn(await fleet.apply({ servers, keys }));
    const report = await fleet.apply({ servers, keys, service: await fleet.service(newKeys('RS256')), addition: CHANGED, wait: '5s' });
    expect([codesIn(report), exitCodeOf(report)]).toEqual([['OPA_BUNDLE_REJECTED'], 1]);
    expect(report.problems[0]?.message).toMatch(/^the service orders refuses the bundle: the signature does not hold/);
    expect(await revisions(servers)).toEqual([good, good]);
  });

  it('a first bundle that is refused is taken away again', async () => {
    const [keys, server] = [newKeys('ES256'), await fleet.opa(newKeys('ES256'))];
    const report = await fleet.apply({ servers: [server], keys });
    expect([codesIn(report), exitCodeOf(report)]).toEqual([['OPA_BUNDLE_REJECTED'], 1]);
    expect(report.problems[0]?.hint).toMatch(/^it is no longer published, and there was none before it; /);
    expect(readdirSync(fleet.store)).toEqual([]);
  });

  it('an OPA that is away stops apply before anything is written', async () => {
    const server = await fleet.opa(undefined);
    const report = await fleet.apply({ servers: [server, 'http://127.0.0.1:9'] });
    expect([codesIn(report), exitCodeOf(report)]).toEqual([['TARGET_UNREACHABLE'], 3]);
    expect(readdirSync(fleet.store)).toEqual([]);
  });
});

describe('another key', () => {
  it('takes over without a moment without policy where both are declared, and nowhere else', async () => {
    const [old, next] = [newKeys('ES256'), newKeys('ES256')];
    const both = await fleet.opa(old, 'shop', ({ bundles, keys }) => {
      // Without a fixed key id the signature names its key.
      bundles.shop = { ...bundles.shop, signing: {} };
      keys.next = { algorithm: 'ES256', key: next.publicKey };
    });
    const first = revisionIn(await fleet.apply({ servers: [both], keys: old }));
    const second = await fleet.apply({ servers: [both], keys: next, keyId: 'next' });
    expect(second.problems).toEqual([]);
    expect(await revisions([both])).toEqual([first]);
    const stranger = await fleet.apply({ servers: [both], keys: newKeys('ES256'), keyId: 'stranger', addition: CHANGED });
    expect(codesIn(stranger)).toEqual(['OPA_BUNDLE_REJECTED']);
    expect(await revisions([both])).toEqual([first]);
    const told = (await (await fetch(`${both}/v1/config`)).json()) as { result: { bundles: Record<string, unknown>; keys: unknown } };
    expect(told.result).toMatchObject({ bundles: { shop: { signing: {} } }, keys: { prod: { algorithm: 'ES256' }, next: { algorithm: 'ES256' } } });
    const { '.signatures.json': _none, ...unsigned } = (await unpackBundle(readFileSync(join(fleet.store, 'shop.tar.gz')))) ?? {};
    writeFileSync(join(fleet.store, 'shop.tar.gz'), await packBundle(unsigned));
    await until(async () => /missing \.signatures\.json/.test((await fleet.statusOf(both)).message ?? ''));
    expect(await revisions([both])).toEqual([first]);
  });
});
