import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { applyPlan } from '../../../../src/core/apply.ts';
import { changesOf, makePlan } from '../../../../src/core/plan.ts';
import type { Provider } from '../../../../src/core/provider.ts';
import { expand } from '../../../../src/patterns/index.ts';
import { packBundle } from '../../../../src/providers/opa/archive.ts';
import { bundleOf, manifestOf, revisionOf } from '../../../../src/providers/opa/bundle.ts';
import { connectProviders } from '../../../../src/providers/index.ts';
import { env, load, sso } from '../../blueprint/loading.ts';
import { serversOfATest } from './servers.ts';

const listen = serversOfATest();

/** The bundle server of somebody else, and an OPA that fetches from it: what they hold, and what they were asked to change. */
const state = { archive: undefined as Buffer | undefined, resource: '/teams/authz.tar.gz', active: {} as Record<string, string>, writes: [] as string[] };
let provider: Provider;
let blueprint: Awaited<ReturnType<typeof load>>;
beforeEach(async () => {
  Object.assign(state, { archive: undefined, active: {}, writes: [] });
  const note = ({ method = '', url = '' }: IncomingMessage): boolean => {
    const asks = method === 'POST' && /^\/v1\/(query|data|compile)/.test(url);
    if (method !== 'GET' && !asks) state.writes.push(`${method} ${url}`);
    return asks;
  };
  const json = (response: ServerResponse, body: object): void => void response.setHeader('Content-Type', 'application/json').end(JSON.stringify(body));
  const bundles = await listen((request, response) => {
    note(request);
    if (request.url === state.resource && state.archive !== undefined) response.end(state.archive);
    else response.writeHead(404).end();
  });
  const opa = await listen((request, response) => {
    request.resume();
    note(request);
    if (request.url === '/v1/status') json(response, { result: { bundles: Object.fromEntries(Object.entries(state.active).map(([name, active_revision]) => [name, { active_revision }])) } });
    else if (request.url === '/v1/policies') json(response, { result: [] });
    else if (request.url === '/v1/config') json(response, { result: { labels: { version: '1.22.0' } } });
    else json(response, { result: [] });
  });
  const text = (await sso(['servers: ["${OPA_URL:-http://localhost:8181}"]', 'manage: none\n    servers: ["${OPA_URL}"]'], ['"${BUNDLE_STORE:-file:.authctl/bundles}"', `"${bundles}/teams/authz.tar.gz"`]));
  blueprint = await load(text, { env: { ...env, OPA_URL: opa } });
  const found = (await connectProviders(blueprint)).find(({ name }) => name === 'opa');
  if (found === undefined) throw new Error('there is a target opa');
  provider = found;
});
afterEach(async () => { await provider.close?.(); });

const desired = () => expand(blueprint).desired.filter(({ kind }) => kind === 'opa.bundle');
const plan = () => makePlan([provider], { name: blueprint.name, desired: desired(), deferred: [] }, { prune: true });
/** What is told of the bundle, in words; what the configuration of this OPA lacks is told beside it. */
const told = async (): Promise<readonly string[]> => changesOf(await plan()).flatMap((change) => (change.action === 'danger' ? (change.danger.kind === 'opa.bundle' ? [change.danger.what] : []) : change.action === 'keep' ? [] : [change.action]));
/** The blueprint's own bundle as others publish it, with other files in it. */
const publish = async (files: Readonly<Record<string, string>> = {}, claimed?: string): Promise<string> => {
  const own = { ...bundleOf(blueprint).files, ...files };
  const manifest = manifestOf(own);
  if (manifest === undefined) throw new Error('a bundle has a manifest');
  const revision = claimed ?? revisionOf(own, manifest);
  state.archive = await packBundle({ ...own, '.manifest': JSON.stringify({ ...(JSON.parse(own['.manifest'] ?? '{}') as object), revision }) });
  return revision;
};

describe('a bundle that somebody else publishes, and authctl only looks at', () => {
  it('is told as missing while there is none', async () => {
    expect(await told()).toEqual(['is not there, not managed here']);
  });

  it('is right where it holds what the blueprint says, and every OPA says that it has it', async () => {
    state.active = { shop: await publish() };
    expect(await told()).toEqual([]);
  });

  it('is told when an OPA decides by another revision, or knows no bundle of the name', async () => {
    const revision = await publish();
    const differs = (has: string | null) => [expect.stringMatching(new RegExp(`^differs: active\\.\\S+: ${JSON.stringify(has)}, the blueprint says "${revision}", not managed here$`)) as string];
    state.active = { shop: 'yesterday' };
    expect(await told()).toEqual(differs('yesterday'));
    state.active = { authz: revision };
    expect(await told()).toEqual(differs(null));
  });

  it('is told by its files when another revision is published, whatever it calls itself', async () => {
    state.active = { shop: await publish({ 'more.rego': 'package shop.more\n\ndefault allow := true\n' }) };
    const [text = ''] = await told();
    expect(text).toMatch(/^differs: .*revision: .*files\.more\.rego: "package shop\.more.*, the blueprint says null.*not managed here$/);
    // One that claims the revision of the blueprint is known by its content.
    const own = bundleOf(blueprint).revision;
    state.active = { shop: await publish({ 'more.rego': 'package shop.more\n\ndefault allow := true\n' }, own) };
    expect((await told())[0]).toContain(`(claims to be ${own})`);
  });

  it('is not written, whatever is asked', async () => {
    state.active = { shop: await publish({ 'more.rego': 'package shop.more\n' }) };
    const planned = await plan();
    expect(await applyPlan({ providers: [provider], plan: planned })).toEqual([]);
    const [kind] = provider.kinds;
    const [wanted] = desired();
    if (kind === undefined || wanted === undefined) throw new Error('there is a bundle');
    const [live] = await kind.list();
    if (live === undefined) throw new Error('it is published');
    for (const ask of [() => kind.put(wanted, live), () => kind.remove(live)]) await expect(ask()).rejects.toMatchObject({ code: 'TARGET_ONLY_LOOKED_AT' });
    expect(state.writes).toEqual([]);
  });
});
