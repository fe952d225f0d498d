import { describe, expect, it } from 'vitest';
import { addressOfChange, changesOf, hasDrift, hasWrites, makePlan, reasonsOf } from '../../../src/core/plan.ts';
import type { PlanOptions } from '../../../src/core/plan.ts';
import type { Acceptance } from '../../../src/core/accept.ts';
import type { Deferred, Desired, Live } from '../../../src/core/resource.ts';
import { flag } from '../../../src/core/spec.ts';
import { fakeProvider, held, wanted } from './build.ts';

const plan = (desired: readonly Desired[], live: readonly Live[], options: PlanOptions = {}) =>
  makePlan([fakeProvider('kong', [{ name: 'kong.service', immutable: ['protocol'] }, { name: 'kong.jwt_secret', derived: true }, { name: 'kong.realm', undeletable: true }], live).provider], { name: 'shop', desired, deferred: [] }, options);
const actions = async (...args: Parameters<typeof plan>) => changesOf(await plan(...args)).map((change) => [change.action, addressOfChange(change)]);

it('what is made of something that is told is told as such, until that is accepted', async () => {
  const told = { kind: 'keycloak.key', id: 'shop/evil', effect: 'opens', what: 'a key came from outside', hint: 'h', origin: wanted('x', 'y').origin, gives: ['theirs'] } as const;
  const keycloak = { ...fakeProvider('keycloak', [{ name: 'keycloak.realm' }], [], { output: () => Promise.resolve(['ours', 'theirs']) }).provider, reach: () => Promise.resolve({ dangers: [told], unseen: [] }) };
  const kong = fakeProvider('kong', [{ name: 'kong.key', derived: true }]);
  const deferred: Deferred = { kind: 'kong.key', id: '<keys>', after: [], origin: told.origin, needs: { provider: 'keycloak', output: 'keys' }, expand: (keys) => (keys as string[]).map((key) => wanted('kong.key', `issuer/${key}`)) };
  const keysOf = async (accept: readonly Acceptance[], by: readonly Deferred[] = [deferred], desired: readonly Desired[] = []) => {
    const plan = await makePlan([keycloak, kong.provider], { name: 'shop', desired, deferred: by, accept });
    return plan.waves.flat().map((change) => ('desired' in change ? `${change.effect ?? ''} ${change.desired.id} ${change.does ?? ''}`.trim() : change.action));
  };
  expect(await keysOf([])).toEqual(['breaks issuer/ours', 'opens issuer/theirs would be made of keycloak.key/shop/evil: a key came from outside']);
  expect(await keysOf([{ what: 'keycloak.key/shop/evil', reason: 'ours', origin: told.origin }])).toEqual(['breaks issuer/ours', 'breaks issuer/theirs']);
  // What only has the same name is made of nothing.
  expect(await keysOf([], [], [wanted('kong.key', 'issuer/theirs')])).toEqual(['breaks issuer/theirs']);
});

describe('a plan judges', () => {
  const { origin } = wanted('x', 'y');

  it('what its fields say of a difference, each target its own', async () => {
    const of = (name: string, access: boolean) => ({ ...fakeProvider(name, [{ name: `${name}.thing` }], [held(`${name}.thing`, 'a', { open: true })]).provider, fieldsOf: () => ({ open: access ? flag({ access: 'to all' }) : flag() }) });
    const bare = fakeProvider('opa', [{ name: 'opa.thing' }], [held('opa.thing', 'a', { open: true })]).provider;
    const desired = ['kong', 'kongress', 'opa'].map((name) => wanted(`${name}.thing`, 'a', { open: false }));
    const made = await makePlan([of('kongress', false), of('kong', true), bare], { name: 'shop', desired, deferred: [] });
    expect(changesOf(made).map((change) => [addressOfChange(change), change.effect])).toEqual([['kong.thing/a', 'weakens'], ['kongress.thing/a', 'differs'], ['opa.thing/a', 'differs']]);
  });

  it('what is accepted by the day it is, where no other is stated', async () => {
    const danger = (id: string) => ({ kind: 'kong.route', id, effect: 'differs' as const, what: 'is odd', hint: 'look', origin });
    const provider = { ...fakeProvider('kong', []).provider, reach: () => Promise.resolve({ dangers: [danger('past'), danger('to-come')], unseen: [] }) };
    const accept = [{ what: 'kong.route/past', until: '2001-01-01', reason: 'r', origin }, { what: 'kong.route/to-come', until: '9999-12-31', reason: 'r', origin }];
    const made = await makePlan([provider], { name: 'shop', desired: [], deferred: [], accept });
    expect([made.dangers.map(addressOfChange), made.accepted.map(({ danger: { id } }) => id)]).toEqual([['kong.route/past'], ['to-come']]);
  });

  it('a value that is of no use by whether anything that it waits for is about to change', async () => {
    const keycloak = fakeProvider('keycloak', [{ name: 'keycloak.realm' }], [held('keycloak.realm', 'one', { a: 1 }), held('keycloak.realm', 'two', { a: 1 })], { output: () => Promise.resolve([]) }).provider;
    const deferred = { kind: 'kong.key', id: '<keys>', after: ['keycloak.realm/one', 'keycloak.realm/two'], origin, needs: { provider: 'keycloak', output: 'keys' }, expand: () => [] };
    const found = async (one: number, two: number) =>
      changesOf(await makePlan([keycloak, fakeProvider('kong', [{ name: 'kong.key' }]).provider], { name: 'shop', desired: [wanted('keycloak.realm', 'one', { a: one }), wanted('keycloak.realm', 'two', { a: two })], deferred: [deferred] })).at(-1)?.action;
    expect([await found(1, 1), await found(2, 1), await found(1, 2), await found(2, 2)]).toEqual(['blocked', 'deferred', 'deferred', 'deferred']);
  });

  it('a release as a write, and a kept one not', async () => {
    const base = fakeProvider('kong', [{ name: 'kong.service' }], [held('kong.service', 'a')]).provider;
    const provider = { ...base, kinds: base.kinds.map((kind) => ({ ...kind, release: () => Promise.resolve() })) };
    const made = await makePlan([provider], { name: 'shop', desired: [], deferred: [] }, { release: ['*'] });
    expect([hasWrites(made), hasDrift(made), changesOf(made).map(addressOfChange)]).toEqual([true, true, ['kong.service/a']]);
  });
});

describe('makePlan', () => {
  it('keeps what is as stated, though the server holds more', async () => {
    const made = await plan([wanted('kong.service', 'a', { host: 'x' })], [held('kong.service', 'a', { host: 'x', retries: 5 })]);
    expect(changesOf(made).map(({ action }) => action)).toEqual(['keep']);
    expect([hasWrites(made), hasDrift(made)]).toEqual([false, false]);
  });

  it('updates a changed field and replaces for an immutable one', async () => {
    const live = [held('kong.service', 'a', { host: 'x', protocol: 'http' })];
    expect(await actions([wanted('kong.service', 'a', { host: 'y' })], live)).toEqual([['update', 'kong.service/a']]);
    expect(await actions([wanted('kong.service', 'a', { protocol: 'https' })], live)).toEqual([['replace', 'kong.service/a']]);
  });

  it('never touches what carries no mark, and adopts it only when told to', async () => {
    const live = [{ ...held('kong.service', 'a', { host: 'x' }), owner: undefined }];
    expect(await actions([wanted('kong.service', 'a', { host: 'y' })], live)).toEqual([['blocked', 'kong.service/a']]);
    expect(await actions([wanted('kong.service', 'a', { host: 'y' })], live, { adopt: true })).toEqual([['adopt', 'kong.service/a']]);
  });

  it("never adopts another blueprint's object", async () => {
    expect(await actions([wanted('kong.service', 'a')], [held('kong.service', 'a', {}, 'other')], { adopt: true })).toEqual([['blocked', 'kong.service/a']]);
  });

  it('shows an orphan, and deletes it only with prune', async () => {
    const live = [held('kong.service', 'gone'), held('kong.service', 'foreign', {}, 'other')];
    expect(await actions([], live)).toEqual([['orphan', 'kong.service/gone']]);
    expect(await actions([], live, { prune: true })).toEqual([['delete', 'kong.service/gone']]);
  });

  it('keeps protected and undeletable objects even with prune', async () => {
    const live = [{ ...held('kong.service', 'a'), protected: true }, held('kong.realm', 'shop')];
    expect(await actions([], live, { prune: true })).toEqual([['orphan', 'kong.service/a'], ['orphan', 'kong.realm/shop']]);
  });

  it('deletes a derived object that is no longer wanted without being asked: a retired key must not stay trusted', async () => {
    const old = held('kong.jwt_secret', 'old');
    expect(await actions([wanted('kong.jwt_secret', 'new')], [old])).toEqual([['create', 'kong.jwt_secret/new'], ['delete', 'kong.jwt_secret/old']]);
  });

  it('lets it be where none of its kind is wanted any more, because what stands on it stays, too', async () => {
    const old = held('kong.jwt_secret', 'old');
    expect(await actions([], [old])).toEqual([['orphan', 'kong.jwt_secret/old']]);
    expect(await actions([], [old], { prune: true })).toEqual([['delete', 'kong.jwt_secret/old']]);
  });

  it('shows one entry for objects whose value does not exist yet, and deletes nothing of their kind meanwhile', async () => {
    const keycloak = fakeProvider('keycloak', [], [], { output: () => Promise.resolve(undefined) }).provider;
    const kong = fakeProvider('kong', [{ name: 'kong.jwt_secret', derived: true }], [held('kong.jwt_secret', 'old')]).provider;
    const deferred = { kind: 'kong.jwt_secret', id: '<keys>', after: [], origin: wanted('x', 'y').origin, needs: { provider: 'keycloak', output: 'keys' }, expand: () => [] };
    const made = await makePlan([keycloak, kong], { name: 'shop', desired: [], deferred: [deferred] });
    expect(changesOf(made).map((change) => [change.action, addressOfChange(change)])).toEqual([['deferred', 'kong.jwt_secret/<keys>'], ['orphan', 'kong.jwt_secret/old']]);
  });

  it('says by whose leave: an object without a mark may be adopted, one of another blueprint may not', async () => {
    const desired = wanted('kong.service', 'a');
    const problemOf = async (owner: string | undefined) => {
      const [change] = changesOf(await plan([desired], [{ ...held('kong.service', 'a'), owner }]));
      return change?.action === 'blocked' ? change.problem : undefined;
    };
    expect(await problemOf(undefined)).toMatchObject({ code: 'PLAN_BLOCKED', at: desired.origin, hint: expect.stringContaining('--adopt') as string });
    expect(await problemOf('other')).toMatchObject({ code: 'PLAN_BLOCKED', at: desired.origin, message: expect.stringContaining('"other"') as string, hint: expect.not.stringContaining('--adopt') as string });
  });

  it('replaces for a change inside an immutable field or among others, and updates for one whose name only begins alike', async () => {
    const kinds = [{ name: 'kong.service', immutable: ['key', 'tls.mode'] }];
    const actionFor = async (spec: Live['spec'], live: Live['spec']) => {
      const made = await makePlan([fakeProvider('kong', kinds, [held('kong.service', 'a', live)]).provider], { name: 'shop', desired: [wanted('kong.service', 'a', spec)], deferred: [] });
      return changesOf(made).map(({ action }) => action);
    };
    expect(await actionFor({ key: { a: 1 } }, { key: { a: 2 } })).toEqual(['replace']);
    expect(await actionFor({ host: 'x', key: 1 }, { host: 'y', key: 2 })).toEqual(['replace']);
    expect(await actionFor({ tls: { mode: 'a' } }, { tls: { mode: 'b' } })).toEqual(['replace']);
    expect(await actionFor({ keys: 1, tls: { modes: 'a' } }, { keys: 2, tls: { modes: 'b' } })).toEqual(['update']);
  });

  it('shows why, and nothing for changes without a why', async () => {
    const [update] = changesOf(await plan([wanted('kong.service', 'a', { host: 'y' })], [held('kong.service', 'a', { host: 'x' })]));
    const [create] = changesOf(await plan([wanted('kong.service', 'a')], []));
    expect([update && reasonsOf(update), create && reasonsOf(create)]).toEqual([[{ path: 'host', before: 'x', after: 'y' }], []]);
  });

  it('deletes dependents before what they depend on, whatever order the target lists them in', async () => {
    const kinds = [{ name: 'kong.service' }, { name: 'kong.route', after: ['kong.service'] }, { name: 'kong.plugin', after: ['kong.route'] }];
    const live = [held('kong.service', 's'), held('kong.plugin', 'p'), held('kong.route', 'r')];
    const made = await makePlan([fakeProvider('kong', kinds, live).provider], { name: 'shop', desired: [], deferred: [] }, { prune: true });
    expect(made.removals.map(addressOfChange)).toEqual(['kong.plugin/p', 'kong.route/r', 'kong.service/s']);
  });

  it('shows the dangers that a provider finds among everything that is live', async () => {
    const { provider } = fakeProvider('kong', [{ name: 'kong.service' }], [held('kong.service', 'theirs', {}, 'other')]);
    const reach = (desired: readonly Desired[], live: readonly Live[]) =>
      Promise.resolve({
        dangers: live.map(({ kind, id }) => ({ kind, id, effect: 'opens' as const, what: `beside ${desired.length}`, origin: wanted('x', 'y').origin, hint: 'h' })),
        unseen: [{ target: 'kong', what: 'vaults', why: 'HTTP 403' }],
      });
    const made = await makePlan([{ ...provider, reach }, fakeProvider('opa', []).provider], { name: 'shop', desired: [wanted('kong.service', 'mine')], deferred: [] });
    expect(made.dangers).toMatchObject([{ action: 'danger', danger: { id: 'theirs', what: 'beside 1' } }]);
    expect(made.dangers.map(addressOfChange)).toEqual(['kong.service/theirs']);
    expect(hasDrift(made)).toBe(true);
    expect(made.unseen).toEqual([{ target: 'kong', what: 'vaults', why: 'HTTP 403' }]);
  });

  it('raises no alarm about what it takes away, unless it is asked what is there, or that shares its address', async () => {
    const live = [held('kong.route', 'old'), held('kong.route', 'twice'), held('kong.route', 'twice', {}, 'other'), held('kong.route', 'theirs', {}, 'other')];
    const dangers = ['old', 'twice', 'theirs'].map((id) => ({ kind: 'kong.route', id, effect: 'opens' as const, what: 'is open', hint: 'close it', origin: wanted('x', 'y').origin }));
    const kind = { ...fakeProvider('kong', [{ name: 'kong.route' }]).provider.kinds[0]!, list: () => Promise.resolve(live) };
    const provider = { ...fakeProvider('kong', []).provider, kinds: [kind], reach: () => Promise.resolve({ dangers, unseen: [] }) };
    const told = async (options: PlanOptions) => (await makePlan([provider], { name: 'shop', desired: [], deferred: [] }, options)).dangers.map(addressOfChange);
    const all = ['kong.route/old', 'kong.route/twice', 'kong.route/theirs'];
    expect([await told({}), await told({ prune: true }), await told({ prune: true, asFound: true })]).toEqual([all, all.slice(1), all]);
  });

  it('takes a value from the provider that is named, and none where nobody gives it', async () => {
    const giving = (name: string, value: unknown) => fakeProvider(name, [], [], { output: (what) => Promise.resolve(what === 'keys' ? value : undefined) }).provider;
    const deferred = (provider: string, output = 'keys') => ({ kind: 'kong.service', id: '<keys>', after: [], origin: wanted('x', 'y').origin, needs: { provider, output }, expand: (value: unknown) => [wanted('kong.service', String(value))] });
    const providers = [giving('opa', 'wrong'), giving('keycloak', 'right'), fakeProvider('kong', [{ name: 'kong.service' }]).provider];
    const addresses = async (...parts: readonly ReturnType<typeof deferred>[]) => changesOf(await makePlan(providers, { name: 'shop', desired: [], deferred: parts })).map((change) => `${change.action} ${addressOfChange(change)}`);
    expect(await addresses(deferred('keycloak'))).toEqual(['create kong.service/right']);
    expect(await addresses(deferred('kong'))).toEqual(['deferred kong.service/<keys>']);
    expect(await addresses(deferred('nobody'))).toEqual(['deferred kong.service/<keys>']);
    expect(await addresses(deferred('keycloak', 'other'))).toEqual(['deferred kong.service/<keys>']);
  });

  it('updates an object of a kind that no provider of this run has', async () => {
    expect(await actions([wanted('aws.api', 'a')], [])).toEqual([['create', 'aws.api/a']]);
  });

  it.each<readonly [string, readonly Desired[], readonly Live[], PlanOptions, boolean, boolean]>([
    ['create', [wanted('kong.service', 'a')], [], {}, true, true],
    ['create beside keep', [wanted('kong.service', 'b'), wanted('kong.service', 'a')], [held('kong.service', 'a')], {}, true, true],
    ['update', [wanted('kong.service', 'a', { host: 'y' })], [held('kong.service', 'a')], {}, true, true],
    ['replace', [wanted('kong.service', 'a', { protocol: 'y' })], [held('kong.service', 'a')], {}, true, true],
    ['adopt', [wanted('kong.service', 'a')], [{ ...held('kong.service', 'a'), owner: undefined }], { adopt: true }, true, true],
    ['delete', [], [held('kong.service', 'a')], { prune: true }, true, true],
    ['orphan', [], [held('kong.service', 'a')], {}, false, true],
    ['blocked', [wanted('kong.service', 'a')], [held('kong.service', 'a', {}, 'other')], {}, false, true],
    ['keep', [wanted('kong.service', 'a')], [held('kong.service', 'a')], {}, false, false],
    ['nothing', [], [], {}, false, false],
  ])('%s: would it write, and is it drift', async (_, desired, live, options, writes, drift) => {
    const made = await plan(desired, live, options);
    expect([hasWrites(made), hasDrift(made)]).toEqual([writes, drift]);
  });

  it('is a write as long as something is not known yet', async () => {
    const deferred = { kind: 'kong.service', id: '<keys>', after: [], origin: wanted('x', 'y').origin, needs: { provider: 'nobody', output: 'keys' }, expand: () => [] };
    const made = await makePlan([fakeProvider('kong', [{ name: 'kong.service' }]).provider], { name: 'shop', desired: [], deferred: [deferred] });
    expect([hasWrites(made), hasDrift(made)]).toEqual([true, true]);
  });
});
