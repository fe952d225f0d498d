import type { IncomingMessage } from 'node:http';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { onlyLookedAt } from '../../../../src/blueprint/looking.ts';
import { changesOf, makePlan } from '../../../../src/core/plan.ts';
import { expand } from '../../../../src/patterns/index.ts';
import { connectProviders } from '../../../../src/providers/index.ts';
import { refuseMoved, withExisting } from '../../../../src/providers/opa/existing.ts';
import { packBundle } from '../../../../src/providers/opa/archive.ts';
import { companyArchive, companyFiles, withExistingBundle } from '../../../existing-bundle.ts';
import { env, load } from '../../blueprint/loading.ts';
import { serversOfATest } from './servers.ts';

const listen = serversOfATest();

/** The bundle server of somebody else and an OPA that fetches from it: what they hold, and what they were asked to change. */
const state = { archive: undefined as Buffer | undefined, active: undefined as string | undefined, writes: [] as string[] };
let store: string;
let opa: string;
beforeEach(async () => {
  Object.assign(state, { archive: await companyArchive('r1'), active: 'r1', writes: [] });
  const note = ({ method = '', url = '' }: IncomingMessage): void => {
    if (method !== 'GET' && !url.startsWith('/v1/query')) state.writes.push(`${method} ${url}`);
  };
  store = await listen((request, response) => {
    note(request);
    response.writeHead(state.archive ? 200 : 404).end(state.archive);
  });
  opa = await listen((request, response) => {
    request.resume();
    note(request);
    const result = { '/v1/status': { bundles: { company: { active_revision: state.active } } }, '/v1/config': { labels: { version: '1.22.0' }, bundles: { company: { service: 's', signing: {} } }, services: { s: { url: store } } } }[request.url ?? ''] ?? (request.url === '/v1/query' ? [{ x: { bundles: { company: ['company/http', 'company/people'] }, data: [] } }] : []);
    response.setHeader('Content-Type', 'application/json').end(JSON.stringify({ result }));
  });
});

const told = async (bundle = ''): Promise<readonly string[]> => {
  const loaded = await load(withExistingBundle(`name: company, url: ${store}/company.tar.gz${bundle}`), { env: { ...env, OPA_URL: opa } });
  expect(onlyLookedAt(loaded)).toEqual(['opa']);
  const blueprint = await withExisting(loaded);
  const provider = (await connectProviders(blueprint)).find(({ name }) => name === 'opa');
  if (provider === undefined) throw new Error('there is a target opa');
  onTestFinished(() => void provider.close?.());
  const desired = expand(blueprint).desired.filter(({ kind }) => kind === 'opa.bundle');
  const plan = await makePlan([provider], { name: blueprint.name, desired, deferred: [] }, { prune: true });
  return changesOf(plan).flatMap((change) => (change.action === 'danger' ? (change.danger.kind === 'opa.bundle' || change.danger.kind === 'opa.policy' ? [`${change.danger.kind} ${change.danger.what}`] : []) : change.action === 'keep' ? [`keep ${change.desired.id}`] : [change.action])).map((text) => text.replaceAll(opa, 'OPA'));
};

describe('a bundle that somebody else publishes', () => {
  it('is kept as it is, at whichever revision it is followed to', async () => {
    expect(await told()).toEqual(['keep company']);
    Object.assign(state, { archive: await companyArchive('r2'), active: 'r2' });
    expect(await told()).toEqual(['keep company']);
    expect(await told(', revision: r2')).toEqual(['keep company']);
    expect(state.writes).toEqual([]);
  });

  it('is told when an OPA has another revision than is at its address, or none', async () => {
    state.active = 'r0';
    expect(await told()).toEqual([expect.stringContaining('opa.bundle differs: active.OPA: "r0", the blueprint says "r1"')]);
    state.active = undefined;
    expect(await told()).toEqual([expect.stringContaining('active.OPA: null, the blueprint says "r1"')]);
  });

  it('is told when it holds something else under the revision that the blueprint pins, and not when it was packed or signed anew', async () => {
    const { read } = (await withExisting(await load(withExistingBundle(`name: company, url: ${store}/company.tar.gz`), { env: { ...env, OPA_URL: opa } }))).authorization;
    const pinned = `, revision: r1, digest: "${String(read?.digest)}"`;
    expect(await told(pinned)).toEqual(['keep company']);
    state.archive = await packBundle({ '.signatures.json': '{}', ...Object.fromEntries(Object.entries(companyFiles('r1')).toReversed()) });
    expect(await told(pinned)).toEqual(['keep company']);
    state.archive = await companyArchive('r1', { 'company/more.rego': 'package company.http.authz\n' });
    expect(await told(', revision: r1')).toEqual(['keep company']);
    expect(await told(pinned)).toEqual([expect.stringMatching(/^opa\.bundle differs: digest: "sha256:[0-9a-f]{64}", the blueprint says "sha256:[0-9a-f]{64}"/)]);
    const moved = await withExisting(await load(withExistingBundle(`name: company, url: ${store}/company.tar.gz${pinned}`), { env: { ...env, OPA_URL: opa } }));
    expect(() => { refuseMoved(moved); }).toThrow(expect.objectContaining({ code: 'OPA_BUNDLE_MOVED' }));
    expect(state.writes).toEqual([]);
  });

  it('is told when it moved from the revision that the blueprint pins', async () => {
    Object.assign(state, { archive: await companyArchive('r2'), active: 'r2' });
    expect(await told(', revision: r1')).toEqual([expect.stringMatching(/^opa\.bundle differs: revision: "r2", the blueprint says "r1"; active\.OPA: "r2", the blueprint says "r1"/)]);
    expect(state.writes).toEqual([]);
  });
});
