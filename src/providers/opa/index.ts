import type { Blueprint } from '../../blueprint/types.ts';
import { Problem } from '../../core/problem.ts';
import { bindKind } from '../../core/provider.ts';
import type { Provider } from '../../core/provider.ts';
import type { Secret } from '../../core/secret.ts';
import { createHttp } from '../http.ts';
import { createServer } from './client.ts';
import { bundle } from './kinds/bundle.ts';
import { createFileStore, createHttpStore } from './store.ts';

/** The OPA servers and the bundle store that `targets.opa` names. Nothing is sent before the first list. */
export const connectOpa = (blueprint: Blueprint): Provider => {
  const target = blueprint.targets.opa;
  if (target === undefined) throw new Problem('TARGET_MISSING', 'the blueprint names no targets.opa', { at: blueprint.at('targets') });
  const connection = (url: string, token: Secret | undefined) =>
    createHttp({ target: 'opa', url, ...(token && { headers: { Authorization: `Bearer ${token.reveal()}` } }) });
  const { publish, token } = target.bundle;
  if (!/^(file:|https?:\/\/)/.test(publish))
    throw new Problem('OPA_STORE', `"${publish}" is no place to publish a bundle`, {
      at: blueprint.at('targets.opa.bundle.publish'),
      expected: 'file:<directory> or an http(s) URL',
    });

  const connections = target.servers.map((url) => ({ url, http: connection(url, target.token) }));
  const storeConnection = publish.startsWith('file:') ? undefined : connection(publish, token);
  const store = storeConnection ? createHttpStore(storeConnection, publish, blueprint.name) : createFileStore(publish, blueprint.name);
  const client = { name: blueprint.name, store, servers: connections.map(({ url, http }) => createServer(http, url)) };
  const all = [store, ...connections.map(({ http }) => http)];

  return {
    name: 'opa',
    kinds: [bindKind(bundle, client)],
    concurrency: 1,
    requests: () => ({
      reads: all.reduce((sum, { requests }) => sum + requests().reads, 0),
      writes: all.reduce((sum, { requests }) => sum + requests().writes, 0),
    }),
    close: () => {
      for (const { http } of connections) http.close();
      storeConnection?.close();
      return Promise.resolve();
    },
  };
};
