import { setTimeout as wait } from 'node:timers/promises';
import { Problem } from '../../../core/problem.ts';
import { defineKind } from '../../../core/provider.ts';
import type { Desired, Live, Spec } from '../../../core/resource.ts';
import { shownUrl } from '../../http.ts';
import { manifestOf, packBundle, revisionOf, rootOf, unpackBundle } from '../bundle.ts';
import type { BundleStatus, OpaServer } from '../client.ts';
import type { BundleStore } from '../store.ts';

export interface OpaClient {
  readonly name: string;
  readonly servers: readonly OpaServer[];
  readonly store: BundleStore;
  readonly now?: () => number;
  readonly sleep?: (milliseconds: number) => Promise<unknown>;
}

const BOUND = 20_000;
const PAUSE = 200;

/**
 * The published bundle and the revision each OPA has in force. `put` returns when all of them have the new one; when one refuses it, the
 * bundle before is put back, so that an OPA that starts later does not meet it.
 */
export const bundle = defineKind<OpaClient>()({
  name: 'opa.bundle',
  after: [],
  immutable: [],
  list: async (opa) => {
    const [archive, statuses] = await Promise.all([opa.store.read(), statusesOf(opa)]);
    return archive === undefined ? [] : [await liveOf(opa, archive, statuses)];
  },
  put: async (opa, desired) => {
    // Before anything is published: every server answers, and what it says now is not taken for an answer to the new bundle.
    const before = await statusesOf(opa);
    const previous = await opa.store.read();
    await opa.store.write(await packBundle(desired.spec.files as Readonly<Record<string, string>>));
    try {
      await Promise.all(opa.servers.map((server, at) => inForce(opa, server, before[at] ?? {}, desired)));
    } catch (thrown) {
      if (thrown instanceof Problem && thrown.code === 'OPA_BUNDLE_REJECTED')
        await (previous ? opa.store.write(previous) : opa.store.remove());
      throw thrown;
    }
  },
  remove: (opa) => opa.store.remove(),
});

const statusesOf = ({ name, servers }: OpaClient): Promise<readonly BundleStatus[]> =>
  Promise.all(servers.map((server) => server.status(name)));

const liveOf = async ({ name, servers }: OpaClient, archive: Buffer, statuses: readonly BundleStatus[]): Promise<Live> => {
  const files = await unpackBundle(archive);
  const manifest = files && manifestOf(files);
  const actual = files && manifest && revisionOf(files, manifest.roots);
  const spec: Spec = {
    revision:
      actual !== undefined && actual !== manifest?.revision ? `${actual} (claims to be ${String(manifest?.revision)})` : (actual ?? null),
    files: { ...files },
    active: Object.fromEntries(servers.map(({ url }, at) => [url, statuses[at]?.activeRevision ?? null])),
  };
  const ours = manifest?.roots.length === 1 && manifest.roots[0] === rootOf(name);
  return { kind: 'opa.bundle', id: name, spec, owner: ours ? name : undefined };
};

const inForce = async (opa: OpaClient, server: OpaServer, before: BundleStatus, { spec, origin }: Desired): Promise<void> => {
  const { name, store, now = Date.now, sleep = wait } = opa;
  const begun = now();
  // A poll that was under way while we published may still report the bundle before: an error counts when a later poll repeats it.
  const pollsWithError = new Set<string | undefined>();
  for (;;) {
    const status = await server.status(name);
    if (status.activeRevision === spec.revision && status.error === undefined) return;
    if (status.error !== undefined && status.lastRequest !== before.lastRequest) pollsWithError.add(status.lastRequest);
    if (status.error !== undefined && pollsWithError.size >= (before.error === undefined ? 1 : 2))
      throw new Problem('OPA_BUNDLE_REJECTED', `OPA at ${shownUrl(server.url)} refuses the bundle: ${status.error}`, {
        at: origin,
        hint: 'the bundle before is back in place; mend the policy and apply again',
      });
    if (now() - begun > BOUND)
      throw new Problem(
        'OPA_NOT_IN_FORCE',
        `OPA at ${shownUrl(server.url)} has revision ${status.activeRevision ?? '(none)'} after 20 s, not ${String(spec.revision)}`,
        {
          at: origin,
          hint: `does its configuration fetch bundle "${name}" from ${store.where}, every few seconds (bundles.${name}.polling)?`,
        },
      );
    await sleep(PAUSE);
  }
};
