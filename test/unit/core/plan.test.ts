import { describe, expect, it } from 'vitest';
import { addressOfChange, changesOf, hasDrift, hasWrites, makePlan } from '../../../src/core/plan.ts';
import type { PlanOptions } from '../../../src/core/plan.ts';
import type { Desired, Live } from '../../../src/core/resource.ts';
import { fakeProvider, held, wanted } from './build.ts';

const plan = (desired: readonly Desired[], live: readonly Live[], options: PlanOptions = {}) =>
  makePlan([fakeProvider('kong', [{ name: 'kong.service', immutable: ['protocol'] }, { name: 'kong.jwt_secret', derived: true }, { name: 'kong.realm', undeletable: true }], live).provider], { name: 'shop', desired, deferred: [] }, options);
const actions = async (...args: Parameters<typeof plan>) => changesOf(await plan(...args)).map((change) => [change.action, addressOfChange(change)]);

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
    expect(await actions([], [held('kong.jwt_secret', 'old')])).toEqual([['delete', 'kong.jwt_secret/old']]);
  });

  it('shows one entry for objects whose value does not exist yet, and deletes nothing of their kind meanwhile', async () => {
    const keycloak = fakeProvider('keycloak', [], [], { output: () => Promise.resolve(undefined) }).provider;
    const kong = fakeProvider('kong', [{ name: 'kong.jwt_secret', derived: true }], [held('kong.jwt_secret', 'old')]).provider;
    const deferred = { kind: 'kong.jwt_secret', id: '<keys>', after: [], origin: wanted('x', 'y').origin, needs: { provider: 'keycloak', output: 'keys' }, expand: () => [] };
    const made = await makePlan([keycloak, kong], { name: 'shop', desired: [], deferred: [deferred] });
    expect(changesOf(made).map((change) => [change.action, addressOfChange(change)])).toEqual([['deferred', 'kong.jwt_secret/<keys>'], ['orphan', 'kong.jwt_secret/old']]);
  });
});
