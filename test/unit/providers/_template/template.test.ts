import { beforeEach, describe, expect, it } from 'vitest';
import { createEngine } from '../../../../src/core/engine.ts';
import type { Plan } from '../../../../src/core/plan.ts';
import { changesOf } from '../../../../src/core/plan.ts';
import { createClient } from '../../../../src/providers/_template/client.ts';
import type { RawThing } from '../../../../src/providers/_template/client.ts';
import { template as definition } from '../../../../src/providers/_template/definition.ts';
import { createTemplateProvider } from '../../../../src/providers/_template/index.ts';
import { template } from '../../../../src/providers/_template/specs/index.ts';
import type { ThingSpec } from '../../../../src/providers/_template/specs/index.ts';
import type { Http } from '../../../../src/providers/http.ts';
import { providers } from '../../../../src/providers/index.ts';
import { kindReference } from '../../../../src/providers/reference.ts';
import { load, sso } from '../../blueprint/loading.ts';

/** A server of things. */
const held = new Map<string, unknown>();
const http: Http = {
  send: (method, path, { body } = {}) => {
    const name = decodeURIComponent(path.replace('/things/', ''));
    if (method === 'GET') return Promise.resolve({ status: 200, body: [...held.values()] });
    const status = method === 'PUT' ? (held.has(name) ? 200 : 201) : held.has(name) ? 204 : 404;
    if (method === 'PUT') held.set(name, body);
    else held.delete(name);
    return Promise.resolve({ status, body: '' });
  },
  requests: () => ({ reads: 0, writes: 0 }),
  close: () => undefined,
};
beforeEach(() => held.clear());

const wanted = (spec: Partial<ThingSpec> = {}) =>
  template.thing.desired(['door'], { spec: { name: 'door', open: false, tags: ['a', 'b'], ...spec }, origin: { file: 'shop.yaml', line: 1, column: 1 } });
const engine = (...desired: readonly ReturnType<typeof wanted>[]) =>
  createEngine([createTemplateProvider(createClient(http, 'shop'))], { name: 'shop', desired, deferred: [] });
const apply = (...desired: readonly ReturnType<typeof wanted>[]) => engine(...desired).apply({ prune: true, approve: () => Promise.resolve(true) });
const actions = (plan: Plan | undefined) => (plan ? changesOf(plan).map(({ action }) => action) : []);

describe('what a new provider is copied from', () => {
  it('makes a thing with our mark, and has nothing to do afterwards', async () => {
    expect(await apply(wanted())).toMatchObject({ problems: [], applied: [{ address: 'template.thing/door', outcome: 'done' }] });
    expect([...held.values()]).toEqual([{ name: 'door', open: false, tags: ['a', 'b'], owner: 'shop' } satisfies RawThing]);
    expect(actions((await engine(wanted()).plan({})).plan)).toEqual(['keep']);
  });

  it('takes tags in any order for the same, and puts back what was changed', async () => {
    await apply(wanted());
    held.set('door', { name: 'door', open: false, tags: ['b', 'a'], owner: 'shop' });
    expect(actions((await engine(wanted()).plan({})).plan)).toEqual(['keep']);
    held.set('door', { name: 'door', open: true, tags: [], owner: 'shop' });
    await apply(wanted());
    expect(held.get('door')).toMatchObject({ open: false, tags: ['a', 'b'] });
  });

  it('deletes what is ours, and leaves what is not', async () => {
    await apply(wanted());
    held.set('theirs', { name: 'theirs', open: false, tags: [], owner: undefined });
    await apply();
    expect([...held.keys()]).toEqual(['theirs']);
  });

  it('warns of an open one of others', async () => {
    held.set('theirs', { name: 'theirs', open: true, tags: [], owner: undefined });
    expect((await engine(wanted()).plan({})).plan?.dangers).toMatchObject([{ danger: { id: 'theirs', what: expect.stringContaining('open to everybody') as string } }]);
  });

  it('is no provider of this program, though it defines itself as one', async () => {
    expect(providers.map(({ name }) => String(name))).not.toContain(definition.name);
    const provider = await definition.connect(await load(await sso()), {});
    expect([provider.name, provider.kinds.map(({ name }) => name)]).toEqual([definition.name, definition.specs.map(({ kind }) => kind)]);
    await provider.close?.();
    expect(kindReference({ specs: definition.specs })).toContain('| `name` | text |  |  | a change deletes the object and makes it anew |');
  });
});
