import { setTimeout as wait } from 'node:timers/promises';
import { Problem, problemsOf } from '../../../core/problem.ts';
import { defineKind } from '../../../core/provider.ts';
import type { Desired, Live } from '../../../core/resource.ts';
import { packBundle, textsOf, unpackBundle } from '../archive.ts';
import type { Files } from '../archive.ts';
import type { Builds } from '../build.ts';
import { SIGNATURES, bridgeBetween, decisionsIn, isOf, manifestOf, revisionOf } from '../bundle.ts';
import type { Bundle, Texts } from '../bundle.ts';
import type { Follower } from '../client.ts';
import { awaitReturn, awaitRevision, revisionsOf, statusesOf } from '../rollout.ts';
import type { Behind, Clock, Revisions } from '../rollout.ts';
import type { BundleSigner } from '../sign.ts';
import { opa as specs } from '../specs/index.ts';
import type { BundleSpec } from '../specs/index.ts';
import type { BundleStore, Stored } from '../store.ts';

export interface OpaClient {
  readonly name: string;
  readonly store: BundleStore;
  readonly servers: readonly Follower[];
  readonly services: readonly Follower[];
  /** Services decide by a module of their own. */
  readonly modules: boolean;
  /** Whether there is an `opa` to build modules with. */
  readonly canBuild: () => Promise<boolean>;
  readonly build: (bundle: Bundle, decisions: readonly string[]) => Promise<Builds>;
  readonly signer: BundleSigner | undefined;
  /** What a plan shows of a signature that holds. */
  readonly signature: string | null;
  /** Seconds until everybody must have a new revision. */
  readonly bound: number;
  readonly clock?: Clock;
}

/**
 * The published bundle, and the revision that each OPA and each service has in force. `put` returns when all of them have the new one;
 * when one does not, the last good bundle is put back, so that nobody who starts later meets the other. Where services or routes go, what they ask by is
 * known until they are gone.
 */
export const bundle = defineKind<OpaClient, BundleSpec>()({
  name: specs.bundle.kind,
  after: [],
  immutable: specs.bundle.immutable,
  list: async (opa) => {
    const [archive, servers, services] = await Promise.all([opa.store.read('server'), revisionsOf(opa.servers), revisionsOf(opa.services, true)]);
    return archive === undefined ? [] : [await liveOf(opa, archive, { servers, services })];
  },
  announce: async (opa, desired, live) => {
    const bridge = isWhole(opa, live) ? bridgeBetween(opa.name, present(live.spec.files), present(desired.spec.files)) : undefined;
    if (bridge === undefined) return 'now';
    await publish(opa, { ...desired, spec: { ...desired.spec, ...bridge } });
    return 'gone';
  },
  put: (opa, desired) => publish(opa, desired),
  remove: async ({ store }) => {
    for (const stored of ['server', 'service', 'server, last good', 'service, last good'] as const)
      if ((await store.read(stored)) !== undefined) await store.remove(stored);
  },
});

/** As this blueprint has published it: what somebody else has put into it is kept for nobody. */
const isWhole = ({ name, signature }: OpaClient, { owner, spec: { revision, signature: held } }: Live<BundleSpec>): boolean => owner === name && /^[\da-f]{16}$/.test(String(revision)) && held === signature;

const publish = async (opa: OpaClient, desired: Desired<BundleSpec>): Promise<void> => {
  const { servers, services, store } = opa;
  // Before anything is published: it builds, every server answers, and what it says now is not taken for an answer to the new bundle.
  const archives = await archivesOf(opa, desired);
  const before = await statusesOf([...servers, ...services], services);
  const kept = await lastGood(opa);
  for (const [stored, archive] of archives) await store.write(stored, archive);
  const clock = opa.clock ?? { now: Date.now, sleep: wait };
  const revision = String(desired.spec.revision);
  const behind = await awaitRevision({ followers: [...servers, ...services], before, revision, bound: opa.bound, clock });
  if (behind.length === 0) {
    for (const [stored, archive] of archives) await store.write(`${stored}, last good`, archive);
    return;
  }
  const stuck = await restore(store, kept);
  // Without a bundle before there is nothing to return to: OPA keeps what it has when the store is empty.
  const restored = kept.some(([, archive]) => archive);
  const everybody = [...servers, ...services];
  const still = restored && stuck === undefined ? await awaitReturn({ followers: everybody, since: await statusesOf(everybody, everybody), revision, bound: opa.bound, clock }) : [];
  throw notFollowed(opa, desired, { behind, restored, still, stuck });
};

type Part = Extract<Stored, 'server' | 'service'>;
const partsOf = ({ modules }: OpaClient): readonly Part[] => (modules ? ['service', 'server'] : ['server']);

const archivesOf = async (opa: OpaClient, { spec, origin }: Desired<BundleSpec>): Promise<readonly (readonly [Part, Buffer])[]> => {
  const files = present(spec.files);
  const builds = await opa.build({ revision: String(spec.revision), files }, decisionsIn(files));
  if (opa.modules) await refuseForeign(opa, origin);
  return Promise.all(
    partsOf(opa).map(async (part) => {
      const files = builds[part] ?? {};
      return [part, await packBundle(opa.signer ? await opa.signer.sign(files) : files)] as const;
    }),
  );
};

/** The files that are there: `null` in a spec means "must be absent". */
const present = (files: BundleSpec['files']): Texts =>
  Object.fromEntries(Object.entries(files).flatMap(([path, text]) => (text === null ? [] : [[path, text]])));

/** `shop-service` is a name that another blueprint may have, too. */
const refuseForeign = async ({ name, store }: OpaClient, at: Desired['origin']): Promise<void> => {
  const archive = await store.read('service');
  const files = archive && (await unpackBundle(archive));
  const roots = files && manifestOf(textsOf(files))?.roots;
  if (roots && !isOf(name, roots))
    throw new Problem('PLAN_BLOCKED', `${store.where('service')} holds the bundle of another blueprint (${roots.join(', ')})`, {
      at,
      hint: 'publish to a directory of its own',
    });
};

/** What everybody had last; else what is published now, when nobody noted that. */
const lastGood = (opa: OpaClient): Promise<readonly (readonly [Part, Buffer | undefined])[]> =>
  Promise.all(partsOf(opa).map(async (part) => [part, (await opa.store.read(`${part}, last good`)) ?? (await opa.store.read(part))] as const));

/** Puts back what was kept. A store that does not take it must not hide why it had to; its own words, then. */
const restore = async (store: BundleStore, kept: Awaited<ReturnType<typeof lastGood>>): Promise<string | undefined> => {
  try {
    for (const [stored, archive] of kept) await (archive ? store.write(stored, archive) : store.remove(stored));
    return undefined;
  } catch (thrown) {
    const problem = problemsOf(thrown)?.[0];
    if (problem === undefined) throw thrown;
    return problem.message;
  }
};

interface Failure {
  readonly behind: readonly Behind[];
  readonly restored: boolean;
  /** Who still has what was taken back. */
  readonly still: readonly string[];
  /** Why nothing could be taken back. */
  readonly stuck: string | undefined;
}

const notFollowed = ({ name, store, bound }: OpaClient, { spec, origin }: Desired<BundleSpec>, { behind, restored, still, stuck }: Failure): Problem => {
  const refused = behind.filter((one) => one.refused !== undefined);
  const undone = restored ? 'the last good bundle is back in place' : 'it is no longer published, and there was none before it';
  const now = stuck === undefined ? undone : `it is still published, because it could not be taken back (${stuck})`;
  const late = still.length === 0 ? '' : ` (${still.join(', ')} still has the one that was taken back)`;
  if (refused.length > 0)
    return new Problem('OPA_BUNDLE_REJECTED', refused.map(({ what, refused: why = '' }) => `${what} refuses the bundle: ${why}`).join('; '), {
      at: origin,
      hint: `${now}${late}; mend the policy and apply again`,
    });
  const each = behind.map(({ what, has }) => `${what} has ${has}`).join('; ');
  return new Problem('OPA_NOT_IN_FORCE', `revision ${String(spec.revision)} is not in force everywhere after ${bound} s: ${each}`, {
    at: origin,
    hint: `${now}${late}; does each of them fetch ${store.where('server')} as "${name}" within ${bound} s? targets.opa.bundle.wait gives more time`,
  });
};

interface InForce {
  readonly servers: Revisions;
  readonly services: Revisions;
}

const liveOf = async (opa: OpaClient, archive: Buffer, { servers, services }: InForce): Promise<Live<BundleSpec>> => {
  const unpacked = await unpackBundle(archive);
  const files = unpacked && textsOf(unpacked);
  const manifest = files && manifestOf(files);
  const actual = files && manifest && revisionOf(files, manifest);
  const spec: BundleSpec = {
    revision:
      actual !== undefined && actual !== manifest?.revision ? `${actual} (claims to be ${String(manifest?.revision)})` : (actual ?? null),
    files: Object.fromEntries(Object.entries(files ?? {}).filter(([path]) => path !== SIGNATURES)),
    signature: unpacked ? await signatureOf(opa, unpacked) : null,
    active: servers,
    ...(opa.modules && { module: files ? await moduleOf(opa, files) : null }),
    ...(Object.keys(services).length > 0 && { services }),
  };
  const ours = isOf(opa.name, manifest?.roots);
  return { kind: specs.bundle.kind, id: opa.name, spec, owner: ours ? opa.name : undefined };
};

const signatureOf = async ({ signer, signature }: OpaClient, files: Files): Promise<string | null> => {
  if (!(SIGNATURES in files)) return null;
  const fault = signer ? await signer.faultOf(files) : 'the blueprint has no key for it';
  return fault === undefined ? signature : `not by the key of the blueprint: ${fault}`;
};

/**
 * The revision of the archive for services, when it holds what the published sources build to. A revision alone would be a claim: whoever
 * can write to the store can write any module under it.
 */
const moduleOf = async (opa: OpaClient, sources: Texts): Promise<string | null> => {
  const archive = await opa.store.read('service');
  if (archive === undefined) return null;
  const files = await unpackBundle(archive);
  const revision = files && manifestOf(textsOf(files))?.revision;
  if (!files || revision === undefined) return 'not a bundle';
  if ((await signatureOf(opa, files)) !== opa.signature) return `${revision} (not signed as the blueprint says)`;
  if (revision !== manifestOf(sources)?.revision || !(await opa.canBuild())) return revision;
  const rebuilt = await opa.build({ revision, files: sources }, decisionsIn(sources)).catch(() => undefined);
  return rebuilt?.service && sameFiles(rebuilt.service, files) ? revision : `${revision} (not what its sources build to)`;
};

const sameFiles = (one: Files, other: Files): boolean => {
  const plain = (files: Files): readonly (readonly [string, Buffer])[] =>
    Object.entries(files)
      .filter(([path]) => path !== SIGNATURES)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([path, content]) => [path, Buffer.from(content)]);
  const [left, right] = [plain(one), plain(other)];
  return left.length === right.length && left.every(([path, content], at) => right[at]?.[0] === path && right[at][1].equals(content));
};
