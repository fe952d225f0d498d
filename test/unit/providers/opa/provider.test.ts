import { beforeEach, describe, expect, it } from 'vitest';
import { diffSpec } from '../../../../src/core/diff.ts';
import { Problem, unreachable } from '../../../../src/core/problem.ts';
import type { Desired } from '../../../../src/core/resource.ts';
import { packBundle } from '../../../../src/providers/opa/archive.ts';
import { buildBundle } from '../../../../src/providers/opa/bundle.ts';
import { createService } from '../../../../src/providers/opa/client.ts';
import { bundle } from '../../../../src/providers/opa/kinds/bundle.ts';
import type { OpaClient } from '../../../../src/providers/opa/kinds/bundle.ts';
import { opa as specs } from '../../../../src/providers/opa/specs/index.ts';
import type { BundleSpec } from '../../../../src/providers/opa/specs/index.ts';
import { URLS, world } from './fake-opa.ts';

const desiredOf = (rego: string): Desired<BundleSpec> => {
  const { revision, files } = buildBundle({ name: 'shop', policyFiles: { 'authz.rego': `package shop.authz\n${rego}` }, data: {} });
  return specs.bundle.desired(['shop'], {
    spec: { revision, files: { ...files }, active: Object.fromEntries(URLS.map((url) => [url, revision])) },
    origin: { file: 'shop.yaml', line: 1, column: 1 },
  });
};
const good = desiredOf('default allow := false');
const better = desiredOf('default allow := true');
const broken = desiredOf('syntax error');

let opa: OpaClient;
let state: ReturnType<typeof world>['state'];
beforeEach(() => ({ opa, state } = world()));

const differences = async (desired: Desired): Promise<string[]> => {
  const [live] = await bundle.list(opa);
  return live ? diffSpec(desired.spec, live.spec).map(({ path }) => path) : ['absent'];
};

describe('the bundle', () => {
  it('is absent before it is published, and in force when put returns', async () => {
    expect(await differences(good)).toEqual(['absent']);
    await bundle.put(opa, good, undefined);
    expect(state.active).toEqual(URLS.map(() => good.spec.revision));
    expect(await differences(good)).toEqual([]);
    expect((await bundle.list(opa))[0]?.owner).toBe('shop');
  });

  it('differs by file, revision and server when another one is wanted', async () => {
    await bundle.put(opa, good, undefined);
    expect(await differences(better)).toEqual(['revision', 'files..manifest', 'files.authz.rego', ...URLS.map((url) => `active.${url}`)]);
  });

  it('differs when a file was changed behind its manifest', async () => {
    await bundle.put(opa, good, undefined);
    state.stored.set('server', await packBundle({ ...(good.spec.files as Record<string, string>), 'extra.rego': 'package shop.extra' }));
    expect(await differences(good)).toEqual(['revision']);
  });

  it('differs when one server has something else in force', async () => {
    await bundle.put(opa, good, undefined);
    state.polling = false;
    state.active[1] = 'older';
    expect(await differences(good)).toEqual([`active.${String(URLS[1])}`]);
  });

  it('is not ours when another blueprint claims the archive', async () => {
    state.stored.set('server', await packBundle(buildBundle({ name: 'billing', policyFiles: {}, data: {} }).files as Record<string, string>));
    expect((await bundle.list(opa))[0]?.owner).toBe(undefined);
  });

  it('is not ours when the archive cannot be read', async () => {
    state.stored.set('server', Buffer.from('not an archive'));
    expect(await bundle.list(opa)).toMatchObject([{ owner: undefined, spec: { revision: null, files: {} } }]);
  });
});

describe('a bundle in which services or routes are called otherwise', () => {
  const route = (scope: string) => ({ method: 'GET', path: '/orders', scopes: [scope] });
  const shopOf = (services: object, rego = 'default allow := false'): Desired<BundleSpec> => {
    const { revision, files } = buildBundle({ name: 'shop', policyFiles: { 'authz.rego': `package shop.authz\n${rego}`, 'shop/limits/data.json': '{"most":3}' }, data: { issuer: 'https://id.example', services, roles: {} }, decisions: ['shop/authz'] });
    return { ...good, spec: { revision, files: { ...files }, active: Object.fromEntries(URLS.map((url) => [url, revision])) } };
  };
  const old = shopOf({ orders: { audience: 'orders', routes: { list: route('orders:read'), read: { ...route('orders:read'), headers: { 'x-way': ['a'] } } } }, invoices: { audience: 'invoices', routes: { list: route('invoices:read') } } });
  const next = shopOf({ orders: { audience: 'sales', routes: { list: route('orders:see'), index: route('orders:read') } }, bills: { audience: 'invoices', routes: { list: route('invoices:read') } } }, 'default allow := true');
  const published = async (): Promise<{ readonly shop: { readonly blueprint: { readonly services: unknown }; readonly limits: unknown } }> => JSON.parse(String((await bundle.list(opa))[0]?.spec.files['data.json'])) as never;
  const announce = async (desired: Desired<BundleSpec>) => {
    const [live] = await bundle.list(opa);
    return live && bundle.announce?.(opa, desired, live);
  };

  it('knows the old ones as they were until they are gone, and everything else as it is to be', async () => {
    await bundle.put(opa, old, undefined);
    expect(await announce(next)).toBe('gone');
    const { shop } = await published();
    expect(shop).toEqual({
      limits: { most: 3 },
      blueprint: {
        issuer: 'https://id.example', roles: {},
        services: {
          bills: { audience: 'invoices', routes: { list: route('invoices:read') } },
          invoices: { audience: 'invoices', routes: { list: { ...route('invoices:read'), headers: { 'authctl-gone': [] } } } },
          orders: { audience: 'sales', routes: { index: route('orders:read'), list: route('orders:see'), read: { ...route('orders:read'), headers: { 'x-way': ['a'], 'authctl-gone': [] } } } },
        },
      },
    });
    expect(new Set(state.active).size).toBe(1);
    expect(await differences(next)).toContain('revision');
    expect((await bundle.list(opa))[0]).toMatchObject({ owner: 'shop', spec: { files: { 'authz.rego': next.spec.files['authz.rego'] }, revision: state.active[0] } });
    // A run that was broken off here says so in the next plan, and is gone on with.
    expect(await announce(next)).toBe('gone');
    await bundle.put(opa, next, undefined);
    expect(await differences(next)).toEqual([]);
  });

  it('is put at once where nothing goes, and where what goes is not what this blueprint has published', async () => {
    await bundle.put(opa, next, undefined);
    expect(await announce(shopOf({ orders: { audience: 'other', routes: { list: route('x'), index: route('y') } }, bills: { audience: 'b', routes: { list: route('z'), more: route('z') } } }))).toBe('now');
    const changed = { ...(next.spec.files as Record<string, string>), 'data.json': JSON.stringify({ shop: { blueprint: { services: { hers: { audience: 'all', routes: {} } } } } }) };
    state.stored.set('server', await packBundle(changed));
    expect(await announce(next)).toBe('now');
    state.stored.set('server', Buffer.from('not an archive'));
    expect(await announce(next)).toBe('now');
  });

  it('is announced by nothing that OPA refuses: the one before stays in force', async () => {
    await bundle.put(opa, old, undefined);
    const before = state.stored.get('server') as Buffer;
    await expect(announce({ ...next, spec: shopOf({}, 'syntax error').spec })).rejects.toMatchObject({ code: 'OPA_BUNDLE_REJECTED' });
    expect(state.stored.get('server')?.equals(before)).toBe(true);
  });
});

describe('a bundle that OPA refuses', () => {
  it('is taken back, and the one before stays in force', async () => {
    await bundle.put(opa, good, undefined);
    const before = state.stored.get('server');
    await expect(bundle.put(opa, broken, undefined)).rejects.toMatchObject({
      code: 'OPA_BUNDLE_REJECTED',
      message: ['opa-1', 'opa-2']
        .map((host) => `OPA at http://${host}:8181 refuses the bundle: error(s) occurred while compiling module(s); authz.rego:2: var cannot be used for rule name; authz.rego:2: var cannot be used for rule name`)
        .join('; '),
    });
    expect(state.stored.get('server')?.equals(before as Buffer)).toBe(true);
    expect(state.active).toEqual(URLS.map(() => good.spec.revision));
  });

  it('is removed when there was none before', async () => {
    await expect(bundle.put(opa, broken, undefined)).rejects.toMatchObject({ code: 'OPA_BUNDLE_REJECTED' });
    expect(state.stored).toEqual(new Map());
  });

  it('is taken back to what everybody had last, not to what was published by hand in between', async () => {
    await bundle.put(opa, good, undefined);
    const before = state.stored.get('server') as Buffer;
    state.stored.set('server', Buffer.from('not an archive'));
    await expect(bundle.put(opa, broken, undefined)).rejects.toMatchObject({ code: 'OPA_BUNDLE_REJECTED' });
    expect(state.stored.get('server')?.equals(before)).toBe(true);
  });
  it('that the store does not take back is told as it is, with the reason why it had to', async () => {
    await bundle.put(opa, good, undefined);
    const { write } = opa.store;
    const stuck: OpaClient = {
      ...opa,
      store: { ...opa.store, write: (stored, archive) => (state.writes > 2 ? Promise.reject(new Problem('OPA_STORE', 'the disk is full')) : write(stored, archive)) },
    };
    await expect(bundle.put(stuck, broken, undefined)).rejects.toMatchObject({
      code: 'OPA_BUNDLE_REJECTED',
      hint: 'it is still published, because it could not be taken back (the disk is full); mend the policy and apply again',
    });
  });
  it('does not keep the next good one from being put', async () => {
    state.stored.set('server', await packBundle(broken.spec.files as Record<string, string>));
    await bundle.list(opa);
    await bundle.put(opa, good, undefined);
    expect(await differences(good)).toEqual([]);
  });
});

describe('an OPA', () => {
  it('that does not fetch the bundle is named after a bound, and the others return to the bundle before', async () => {
    await bundle.put(opa, good, undefined);
    state.asleep = 1;
    await expect(bundle.put(opa, better, undefined)).rejects.toMatchObject({
      code: 'OPA_NOT_IN_FORCE',
      message: `revision ${String(better.spec.revision)} is not in force everywhere after 20 s: OPA at http://opa-2:8181 has ${String(good.spec.revision)}`,
      hint: expect.stringMatching(/^the last good bundle is back in place; /) as string,
    });
    expect(state.active).toEqual(URLS.map(() => good.spec.revision));
    expect(await differences(good)).toEqual([]);
  });
  it('that does not answer leaves the published bundle alone', async () => {
    state.down = true;
    await expect(bundle.list(opa)).rejects.toMatchObject({ code: 'TARGET_UNREACHABLE', nature: 'unreachable' });
    await expect(bundle.put(opa, good, undefined)).rejects.toMatchObject({ nature: 'unreachable' });
    expect(state.writes).toBe(0);
  });
  it('that hides its status is refused, because a rejected bundle would go unnoticed', async () => {
    state.statusDisabled = true;
    await expect(bundle.list(opa)).rejects.toMatchObject({ code: 'OPA_STATUS_DISABLED' });
  });
});

describe('a service that decides itself', () => {
  const revision = good.spec.revision;
  const answers = (...bodies: readonly unknown[]) => {
    let at = 0;
    const send = (): Promise<{ status: number; body: unknown }> => {
      const body = bodies[Math.min(at++, bodies.length - 1)];
      return body instanceof Error ? Promise.reject(unreachable('opa', 'http://orders', body)) : Promise.resolve({ status: 200, body });
    };
    return createService({ send, requests: () => ({ reads: 0, writes: 0 }), close: () => undefined }, 'orders', 'http://orders/status');
  };

  it('is waited for', async () => {
    const orders = answers({ ready: false }, { ready: true, revision: 'older' }, { ready: true, revision });
    await bundle.put({ ...opa, services: [orders] }, good, undefined);
    expect((await bundle.list({ ...opa, services: [orders] }))[0]?.spec.services).toEqual({ orders: revision });
  });
  it('that refuses the bundle is named, with its own words', async () => {
    const orders = answers({}, { revision: 'older', error: { code: 'BUNDLE_SIGNATURE_INVALID', message: 'the bundle has no .signatures.json' } });
    await expect(bundle.put({ ...opa, services: [orders] }, good, undefined)).rejects.toMatchObject({
      code: 'OPA_BUNDLE_REJECTED',
      message: 'the service orders refuses the bundle: the bundle has no .signatures.json',
    });
    expect(state.stored).toEqual(new Map());
  });
  it('that could not fetch it is given time, and named when it is over', async () => {
    const orders = answers({ revision: 'older', error: { code: 'BUNDLE_UNREACHABLE', message: 'ECONNREFUSED' } });
    await expect(bundle.put({ ...opa, services: [orders] }, good, undefined)).rejects.toMatchObject({
      code: 'OPA_NOT_IN_FORCE',
      message: `revision ${String(revision)} is not in force everywhere after 20 s: the service orders has older`,
    });
  });
  it('that does not answer is no reason to give up reading, and one to roll back', async () => {
    const orders = answers(new Error('ECONNREFUSED'));
    await bundle.put(opa, good, undefined);
    expect((await bundle.list({ ...opa, services: [orders] }))[0]?.spec.services).toEqual({
      orders: 'unknown: opa did not answer at http://orders: ECONNREFUSED',
    });
    await expect(bundle.put({ ...opa, services: [orders] }, better, undefined)).rejects.toMatchObject({ code: 'OPA_NOT_IN_FORCE' });
    expect(state.active).toEqual(URLS.map(() => revision));
  });
});
