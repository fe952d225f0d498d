import { unreachable } from '../../../../src/core/problem.ts';
import { textsOf, unpackBundle } from '../../../../src/providers/opa/archive.ts';
import { buildArchives } from '../../../../src/providers/opa/build.ts';
import { manifestOf } from '../../../../src/providers/opa/bundle.ts';
import { createServer } from '../../../../src/providers/opa/client.ts';
import type { Http } from '../../../../src/providers/http.ts';
import type { OpaClient } from '../../../../src/providers/opa/kinds/bundle.ts';

export const URLS = ['http://opa-1:8181', 'http://opa-2:8181'];

const UNCOMPILED = { message: 'var cannot be used for rule name', location: { file: 'authz.rego', row: 2 } };

/** An OPA that polls at every status request: it activates what parses, and keeps the last good one otherwise. Held to the real one by `recorded.test.ts`. */
export const world = () => {
  let clock = 0;
  let polls = 0;
  const state = {
    stored: new Map<string, Buffer>(),
    polling: true,
    asleep: undefined as number | undefined,
    down: false,
    statusDisabled: false,
    writes: 0,
    active: URLS.map(() => undefined as string | undefined),
    error: URLS.map(() => undefined as object | undefined),
  };
  const poll = async (at: number): Promise<void> => {
    const archive = state.stored.get('server');
    const unpacked = archive && (await unpackBundle(archive));
    const files = unpacked && textsOf(unpacked);
    if (!files) state.error[at] = { code: 'bundle_error', message: 'server replied with Not Found', http_code: 404 };
    else if (files['authz.rego']?.includes('syntax error'))
      state.error[at] = {
        code: 'bundle_error',
        message: 'error(s) occurred while compiling module(s)',
        // One for each of the two words that it takes for rules.
        errors: [UNCOMPILED, UNCOMPILED],
      };
    else {
      state.active[at] = manifestOf(files)?.revision;
      state.error[at] = undefined;
    }
  };
  const http = (at: number): Http => ({
    send: async () => {
      if (state.down) throw unreachable('opa', URLS[at] ?? '', new Error('ECONNREFUSED'));
      if (state.statusDisabled) return { status: 500, body: { code: 'internal_error', message: 'status plugin not enabled' } };
      if (state.polling && state.asleep !== at) await poll(at);
      const bundle = { active_revision: state.active[at], last_request: `t${(polls += 1)}`, ...state.error[at] };
      return { status: 200, body: { result: { bundles: { shop: bundle } } } };
    },
    requests: () => ({ reads: 0, writes: 0 }),
    close: () => undefined,
  });
  const opa: OpaClient = {
    name: 'shop',
    clock: { now: () => clock, sleep: (milliseconds) => Promise.resolve((clock += milliseconds)) },
    bound: 20,
    modules: false,
    signer: undefined,
    signature: null,
    canBuild: () => Promise.resolve(false),
    build: (bundle, decisions) => buildArchives({ bundle, decisions, service: false, opa: undefined }),
    services: [],
    store: {
      where: (stored) => `/bundles/${stored}`,
      read: (stored) => Promise.resolve(state.stored.get(stored)),
      write: (stored, archive) => {
        state.writes += 1;
        state.stored.set(stored, archive);
        return Promise.resolve();
      },
      remove: (stored) => {
        state.stored.delete(stored);
        return Promise.resolve();
      },
      requests: () => ({ reads: 0, writes: state.writes }),
    },
    servers: URLS.map((url, at) => createServer(http(at), url, 'shop')),
  };
  return { opa, state, http };
};
