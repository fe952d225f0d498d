import { beforeEach, describe, expect, it } from 'vitest';
import { diffSpec } from '../../../../src/core/diff.ts';
import { unreachable } from '../../../../src/core/problem.ts';
import type { Desired } from '../../../../src/core/resource.ts';
import { buildBundle, manifestOf, packBundle, unpackBundle } from '../../../../src/providers/opa/bundle.ts';
import { createServer } from '../../../../src/providers/opa/client.ts';
import { bundle } from '../../../../src/providers/opa/kinds/bundle.ts';
import type { OpaClient } from '../../../../src/providers/opa/kinds/bundle.ts';

const URLS = ['http://opa-1:8181', 'http://opa-2:8181'];
const desiredOf = (rego: string): Desired => {
  const { revision, files } = buildBundle({ name: 'shop', policyFiles: { 'authz.rego': `package shop.authz\n${rego}` }, data: {} });
  return {
    kind: 'opa.bundle',
    id: 'shop',
    spec: { revision, files: { ...files }, active: Object.fromEntries(URLS.map((url) => [url, revision])) },
    after: [],
    origin: { file: 'shop.yaml', line: 1, column: 1 },
  };
};
const good = desiredOf('default allow := false');
const better = desiredOf('default allow := input.ok');
const broken = desiredOf('syntax error');

/** An OPA that polls at every status request: it activates what parses, and keeps the last good one otherwise. */
const world = () => {
  let clock = 0;
  let polls = 0;
  const state = {
    archive: undefined as Buffer | undefined,
    polling: true,
    down: false,
    statusDisabled: false,
    writes: 0,
    active: URLS.map(() => undefined as string | undefined),
    error: URLS.map(() => undefined as object | undefined),
  };
  const poll = async (at: number): Promise<void> => {
    const files = state.archive && (await unpackBundle(state.archive));
    if (!files) state.error[at] = { code: 'bundle_error', message: 'server replied with Not Found', http_code: 404 };
    else if (files['authz.rego']?.includes('syntax error'))
      state.error[at] = {
        code: 'bundle_error',
        message: 'error(s) occurred while compiling module(s)',
        errors: [{ message: 'unexpected token', location: { file: 'authz.rego', row: 2 } }],
      };
    else {
      state.active[at] = manifestOf(files)?.revision;
      state.error[at] = undefined;
    }
  };
  const opa: OpaClient = {
    name: 'shop',
    now: () => clock,
    sleep: (milliseconds) => Promise.resolve((clock += milliseconds)),
    store: {
      where: '/bundles/shop.tar.gz',
      read: () => Promise.resolve(state.archive),
      write: (archive) => {
        state.writes += 1;
        state.archive = archive;
        return Promise.resolve();
      },
      remove: () => Promise.resolve((state.archive = undefined)),
      requests: () => ({ reads: 0, writes: state.writes }),
    },
    servers: URLS.map((url, at) =>
      createServer(
        {
          send: async () => {
            if (state.down) throw unreachable('opa', url, new Error('ECONNREFUSED'));
            if (state.statusDisabled) return { status: 500, body: { code: 'internal_error', message: 'status plugin not enabled' } };
            if (state.polling) await poll(at);
            return {
              status: 200,
              body: {
                result: { bundles: { shop: { active_revision: state.active[at], last_request: `t${(polls += 1)}`, ...state.error[at] } } },
              },
            };
          },
          requests: () => ({ reads: 0, writes: 0 }),
          close: () => undefined,
        },
        url,
      ),
    ),
  };
  return { opa, state };
};

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
    state.archive = await packBundle({ ...(good.spec.files as Record<string, string>), 'extra.rego': 'package shop.extra' });
    expect(await differences(good)).toEqual(['revision']);
  });

  it('differs when one server has something else in force', async () => {
    await bundle.put(opa, good, undefined);
    state.polling = false;
    state.active[1] = 'older';
    expect(await differences(good)).toEqual([`active.${String(URLS[1])}`]);
  });

  it('is not ours when another blueprint claims the archive', async () => {
    state.archive = await packBundle(buildBundle({ name: 'billing', policyFiles: {}, data: {} }).files as Record<string, string>);
    expect((await bundle.list(opa))[0]?.owner).toBe(undefined);
  });

  it('is not ours when the archive cannot be read', async () => {
    state.archive = Buffer.from('not an archive');
    expect(await bundle.list(opa)).toMatchObject([{ owner: undefined, spec: { revision: null, files: {} } }]);
  });
});

describe('a bundle that OPA refuses', () => {
  it('is taken back, and the one before stays in force', async () => {
    await bundle.put(opa, good, undefined);
    const before = state.archive;
    await expect(bundle.put(opa, broken, undefined)).rejects.toMatchObject({
      code: 'OPA_BUNDLE_REJECTED',
      message: 'OPA at http://opa-1:8181 refuses the bundle: error(s) occurred while compiling module(s); authz.rego:2: unexpected token',
    });
    expect(state.archive?.equals(before as Buffer)).toBe(true);
    expect(state.active).toEqual(URLS.map(() => good.spec.revision));
  });

  it('is removed when there was none before', async () => {
    await expect(bundle.put(opa, broken, undefined)).rejects.toMatchObject({ code: 'OPA_BUNDLE_REJECTED' });
    expect(state.archive).toBe(undefined);
  });

  it('does not keep the next good one from being put', async () => {
    state.archive = await packBundle(broken.spec.files as Record<string, string>);
    await bundle.list(opa);
    await bundle.put(opa, good, undefined);
    expect(await differences(good)).toEqual([]);
  });
});

describe('an OPA', () => {
  it('that does not fetch the bundle is a problem after a bound', async () => {
    state.polling = false;
    await expect(bundle.put(opa, good, undefined)).rejects.toMatchObject({ code: 'OPA_NOT_IN_FORCE' });
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
