import { aboutServer } from './about.ts';
import type { Blueprint, OpaTarget } from '../../blueprint/types.ts';
import { Problem } from '../../core/problem.ts';
import { bindKind } from '../../core/provider.ts';
import type { Provider } from '../../core/provider.ts';
import type { Secret } from '../../core/secret.ts';
import { createHttp, shownUrl } from '../http.ts';
import { rootOf } from '../../blueprint/rego.ts';
import { refusesWrites } from '../../blueprint/looking.ts';
import type { Refuses } from '../../blueprint/looking.ts';
import type { Http } from '../http.ts';
import { buildArchives } from './build.ts';
import { answerOf, bundleName, hasPolicy, questionsOf, servicesDecide, tokenInQuestion } from '../../access/index.ts';
import { askPolicy } from './ask.ts';
import { shownSignature } from './bundle.ts';
import { createServer, createService } from './client.ts';
import { opaCommand } from './command.ts';
import type { OpaCommand } from './command.ts';
import { bundle } from './kinds/bundle.ts';
import type { OpaClient } from './kinds/bundle.ts';
import { existingBundle } from './kinds/existing.ts';
import { reachOf } from './reach/index.ts';
import { createS3Store } from './s3.ts';
import { createSigner } from './sign.ts';
import { createFileStore, createHttpStore, placeOf } from './store.ts';
import type { BundleStore, Stored } from './store.ts';
import { tracesIn } from './traces.ts';

/** Looks for an `opa` on this machine; `undefined` when there is none. */
export type FindOpa = (given: string | undefined) => Promise<string | undefined>;

/** The OPA servers, the services that decide themselves, and the bundle store. Nothing is sent before the first list. */
export const connectOpa = (blueprint: Blueprint, findOpa: FindOpa, limitMs?: number): Provider => {
  const target = blueprint.targets.opa;
  if (target === undefined) throw new Problem('TARGET_MISSING', 'the blueprint names no targets.opa', { at: blueprint.at('targets') });
  const refuses = refusesWrites(blueprint, 'opa');
  const connection = (url: string, token: Secret | undefined) =>
    createHttp({ target: 'opa', url, limitMs, refuses, ...(token && { headers: { Authorization: `Bearer ${token.reveal()}` } }) });
  const { token, wait, signing } = target.bundle;
  const servers = target.servers.map((url) => ({
    url,
    http: connection(url, target.token),
    // Where the blueprint has a login for it, nobody may do without.
    ...(target.token && { stranger: connection(url, undefined) }),
  }));
  const services = Object.values(blueprint.services).flatMap(({ id, status }) =>
    status === undefined ? [] : [{ id, url: status, http: createHttp({ target: 'opa', url: status, tries: 1, timeoutMs: 3000, limitMs, refuses }) }],
  );
  const { bundle: existing, read } = blueprint.authorization;
  const called = bundleName(blueprint);
  const { store: open, close } = existing ? nowhere(existing) : openStore(blueprint, target, (url) => connection(url, token), limitMs);
  const store = refuses ? unwritten(open, refuses) : open;
  const modules = servicesDecide(blueprint);
  let found: Promise<OpaCommand | undefined> | undefined;
  const command = (): Promise<OpaCommand | undefined> =>
    (found ??= findOpa(target.binary).then((path) => (path === undefined ? undefined : opaCommand(path))));
  const client: OpaClient = {
    name: blueprint.name,
    store,
    modules,
    bound: wait,
    signer: signing && createSigner(signing, blueprint.at('targets.opa.bundle.signing.key')),
    signature: signing ? shownSignature(signing) : null,
    servers: servers.map(({ url, http }) => createServer(http, url, called)),
    services: services.map(({ id, url, http }) => createService(http, id, url)),
    canBuild: async () => (await command()) !== undefined,
    build: async (wanted, decisions) => buildArchives({ bundle: wanted, decisions, service: modules, opa: await command() }),
  };
  const told = new Set<string>();
  const all = [store, ...servers.map(({ http }) => http), ...services.map(({ http }) => http)];

  return {
    name: 'opa',
    kinds: [existing ? bindKind(existingBundle, { ...client, name: called, read, refuse: (doing) => Promise.reject(refuses?.(doing, store.where('server')) ?? new Error('nothing refuses it')) }) : bindKind(bundle, client)],
    concurrency: 1,
    // OPA itself keeps others out of our root: it activates no second bundle with it, and takes no policy or data below it by its API.
    reach: (desired, live) =>
      reachOf(desired, live, {
        name: called,
        servers,
        store: /^https?:/.test(target.bundle.publish) ? placeOf(target.bundle.publish, blueprint.name).base : undefined,
        signed: signing !== undefined || Object.keys(existing?.keys ?? {}).length > 0,
        tokens: tokenInQuestion(blueprint),
        learn: (version) => { told.add(version); },
        roots: read?.roots ?? [rootOf(blueprint.name), ...blueprint.authorization.roots],
        answer: answerOf(blueprint),
        questions: () => (hasPolicy(blueprint) ? questionsOf(blueprint, Math.floor(Date.now() / 1000)) : []),
        evaluate: async (files, questions) => {
          const path = (await command())?.path;
          const { policy } = blueprint.authorization;
          return path === undefined ? undefined : askPolicy(path, { files, answer: answerOf(blueprint), at: blueprint.at('authorization.policy'), directory: policy }, questions, process.env);
        },
      }),
    traces: (found) => tracesIn(client.servers, found),
    version: () => (told.size === 0 ? undefined : [...told].toSorted().join(', ')),
    about: async () => (await Promise.all(servers.map(({ http, url }) => aboutServer(http, url)))).flat(),
    requests: () => ({
      reads: all.reduce((sum, { requests }) => sum + requests().reads, 0),
      writes: all.reduce((sum, { requests }) => sum + requests().writes, 0),
    }),
    close: () => {
      for (const { http } of [...servers, ...services, ...servers.flatMap(({ stranger }) => (stranger ? [{ http: stranger }] : []))]) http.close();
      close();
      return Promise.resolve();
    },
  };
};

/** A store of which nothing but reads is asked, however it is reached. */
const unwritten = (store: BundleStore, refuses: Refuses): BundleStore => {
  const refuse = (method: string, stored: Stored): Promise<void> => Promise.reject(refuses(method, store.where(stored)) ?? new Error('it is managed'));
  return { ...store, write: (stored) => refuse('PUT', stored), remove: (stored) => refuse('DELETE', stored) };
};

/** Somebody else publishes: what is there was read before, whole, and is compared as it was judged. */
const nowhere = ({ url, file = '' }: NonNullable<Blueprint['authorization']['bundle']>): { readonly store: BundleStore; readonly close: () => void } => {
  const none = (): Promise<undefined> => Promise.resolve(undefined);
  return { store: { where: () => (url === undefined ? file : shownUrl(url)), read: none, write: none, remove: none, requests: () => ({ reads: 0, writes: 0 }) }, close: () => undefined };
};

/** The place that `publish` names. */
const openStore = (
  { name, at }: Blueprint,
  { bundle: { publish, s3 } }: OpaTarget,
  connection: (url: string) => Http,
  limitMs: number | undefined,
): { readonly store: BundleStore; readonly close: () => void } => {
  if (publish.startsWith('file:')) return { store: createFileStore(publish, name), close: () => undefined };
  if (s3) {
    const store = createS3Store(publish, s3, name, limitMs);
    return { store, close: store.close };
  }
  if (!/^https?:/.test(publish))
    throw new Problem('OPA_STORE', `"${publish}" is no place to publish a bundle`, {
      at: at('targets.opa.bundle.publish'),
      expected: 'file:<directory>, an http(s) URL or s3://<bucket>/<prefix>',
    });
  const place = placeOf(publish, name);
  const http = connection(place.base);
  return { store: createHttpStore(http, place.base, place.name), close: http.close };
};
