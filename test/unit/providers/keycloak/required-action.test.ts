import { beforeEach, describe, expect, it } from 'vitest';
import type { Desired, Live } from '../../../../src/core/resource.ts';
import { createKeycloakProvider } from '../../../../src/providers/keycloak/index.ts';
import { applied, toldBy } from './applying.ts';
import { line, shop } from './blueprint.ts';
import { shopWith } from './entities.ts';
import { actionsOf } from './fake/required-actions.ts';
import { fakeKeycloak } from './fake-keycloak.ts';
import type { FakeKeycloak } from './fake-keycloak.ts';
import type { Body } from './fake/state.ts';

let keycloak: FakeKeycloak;
beforeEach(async () => {
  keycloak = fakeKeycloak();
  await applied(keycloak, shop());
});
const actions = (): Body[] => actionsOf(keycloak.realms.get('shop')!);
const action = (alias: string): Body | undefined => actions().find((one) => one.alias === alias);
const without = (alias: string): void => void (keycloak.realms.get('shop')!.beside.requiredActions = actions().filter((one) => one.alias !== alias));
const kind = () => createKeycloakProvider(shop(), keycloak).kinds.find(({ name }) => name === 'keycloak.required-action')!;
const wanted = (alias: string, spec: Desired['spec'], over: Partial<Desired> = {}): Desired => ({ kind: 'keycloak.required-action', id: `shop/${alias}`, spec, after: [], origin: line, ...over });
const listed = async (alias: string): Promise<Live | undefined> => (await kind().list()).find(({ id }) => id === `shop/${alias}`);
const writes = (): readonly string[] => keycloak.sent.filter((text) => text.startsWith('P') && text.includes('required-action'));

describe('a required action that is listed', () => {
  it('is none of those that are as Keycloak ships them', async () => expect(await kind().list()).toEqual([]));

  it.each<readonly [what: string, change: () => void, found: object]>([
    ['changed by somebody', () => (action('CONFIGURE_TOTP')!.enabled = false), { id: 'shop/CONFIGURE_TOTP', owner: undefined, spec: { enabled: false } }],
    ['ours, though it is as shipped', () => (action('CONFIGURE_TOTP')!.config = { 'authctl.owner': 'shop' }), { id: 'shop/CONFIGURE_TOTP', owner: 'shop', spec: { config: {} } }],
    ['of a plugin, which Keycloak does not ship', () => actions().push({ alias: 'quiz', name: 'Quiz', providerId: 'quiz', enabled: true, defaultAction: false, priority: 7, config: { level: '2' } }), { id: 'shop/quiz', owner: undefined, spec: { name: 'Quiz', providerId: 'quiz', priority: 7, config: { level: '2' } } }],
    ['taken over and protected', () => (action('CONFIGURE_TOTP')!.config = { 'authctl.owner': 'shop', 'authctl.adopted': 'true', 'authctl.protected': 'true' }), { owner: 'shop', adopted: true, protected: true }],
  ])('is %s', async (_what, change, found) => {
    change();
    const lives = await kind().list();
    expect(lives).toHaveLength(1);
    expect(lives[0]).toMatchObject(found);
    // What it is called is its address.
    expect(lives[0]?.spec).not.toHaveProperty('alias');
  });

  it('is none before there is a realm', async () => {
    keycloak.realms.clear();
    expect(await kind().list()).toEqual([]);
  });
});

describe('a required action that is stated', () => {
  it('is changed where it is, with all that nobody stated, and is not made once more', async () => {
    const before = structuredClone(action('CONFIGURE_TOTP'));
    action('CONFIGURE_TOTP')!.config = { digits: '6', kept: 'yes' };
    await kind().put(wanted('CONFIGURE_TOTP', { defaultAction: true, config: { digits: '8' } }), undefined);
    expect(action('CONFIGURE_TOTP')).toEqual({ ...before, defaultAction: true, config: { digits: '8', kept: 'yes', 'authctl.owner': 'shop' } });
    expect(writes()).toEqual(['PUT /shop/authentication/required-actions/CONFIGURE_TOTP']);
  });

  it.each<readonly [spec: Desired['spec'], providerId: string, name: string]>([
    [{}, 'quiz', 'quiz'],
    [{ name: 'Quiz' }, 'quiz', 'Quiz'],
    [{ providerId: 'quiz', name: null }, 'quiz', 'quiz'],
  ])('is made where Keycloak has none, then set: %j', async (spec, providerId, name) => {
    await kind().put(wanted('quiz', { ...spec, enabled: false, priority: 3 }, { protected: true }), undefined);
    expect(action('quiz')).toMatchObject({ providerId, enabled: false, priority: 3, config: { 'authctl.owner': 'shop', 'authctl.protected': 'true' } });
    if (spec.name !== null) expect(action('quiz')).toMatchObject({ name });
    expect(actions().filter(({ alias }) => alias === 'quiz')).toHaveLength(1);
    expect(writes()).toEqual(['POST /shop/authentication/register-required-action', 'PUT /shop/authentication/required-actions/quiz']);
    expect(await listed('quiz')).toMatchObject({ owner: 'shop', protected: true });
  });

  it('is made by the name of what provides it, and not by its own', async () => {
    const bodies: unknown[] = [];
    const watched: FakeKeycloak = { ...keycloak, send: (method, path, options) => (bodies.push(...(path.endsWith('register-required-action') ? [options?.body] : [])), keycloak.send(method, path, options)) };
    const one = createKeycloakProvider(shop(), watched).kinds.find(({ name }) => name === 'keycloak.required-action')!;
    await one.put(wanted('quiz', { providerId: 'quiz-provider', name: 'A quiz' }), undefined).catch(() => undefined);
    await one.put(wanted('test', {}), undefined);
    expect(bodies).toEqual([{ providerId: 'quiz-provider', name: 'A quiz' }, { providerId: 'test', name: 'test' }]);
  });

  it('is set whole where Keycloak does not show what it has made', async () => {
    for (let times = 0; times < 2; times += 1) keycloak.interrupt(/^GET .*required-actions\/quiz$/, { status: 404, body: { error: 'Failed to find required action' } });
    await kind().put(wanted('quiz', { providerId: 'quiz', enabled: false, config: { level: '2' } }), undefined);
    expect(action('quiz')).toEqual({ alias: 'quiz', providerId: 'quiz', enabled: false, defaultAction: false, priority: 0, config: { level: '2', 'authctl.owner': 'shop' } });
  });

  it('is told with its line when Keycloak makes none', async () => {
    keycloak.interrupt(/register-required-action$/, { status: 400, body: { errorMessage: 'no such provider' } });
    await expect(kind().put(wanted('quiz', {}), undefined)).rejects.toMatchObject({ code: 'KEYCLOAK_REFUSED', at: line, message: expect.stringContaining('set required action "quiz"') as string });
  });

  it('is taken over with a note that it was there, and changed later without one', async () => {
    action('CONFIGURE_TOTP')!.enabled = false;
    await kind().put(wanted('CONFIGURE_TOTP', { enabled: true }), await listed('CONFIGURE_TOTP'));
    expect(action('CONFIGURE_TOTP')).toMatchObject({ enabled: true, config: { 'authctl.owner': 'shop', 'authctl.adopted': 'true' } });
    delete action('CONFIGURE_TOTP')!.config['authctl.adopted'];
    keycloak.sent.length = 0;
    await kind().put(wanted('CONFIGURE_TOTP', { enabled: false }), await listed('CONFIGURE_TOTP'));
    expect(action('CONFIGURE_TOTP')).toMatchObject({ enabled: false, config: { 'authctl.owner': 'shop' } });
    expect(action('CONFIGURE_TOTP')!.config).not.toHaveProperty('authctl.adopted');
    // What was listed is what is written over: it is not asked for again.
    expect(keycloak.sent.filter((text) => text.startsWith('GET') && text.includes('required-actions'))).toEqual([]);
  });

  it('loses what is stated as absent', async () => {
    action('CONFIGURE_TOTP')!.config = { digits: '6', kept: 'yes' };
    await kind().put(wanted('CONFIGURE_TOTP', { config: { digits: null } }), await listed('CONFIGURE_TOTP'));
    expect(action('CONFIGURE_TOTP')!.config).toEqual({ kept: 'yes', 'authctl.owner': 'shop', 'authctl.adopted': 'true' });
  });

  it('may have a name that paths have to hide', async () => {
    await kind().put(wanted('a quiz/hard', { enabled: true }), undefined);
    expect(action('a quiz/hard')).toMatchObject({ enabled: true, config: { 'authctl.owner': 'shop' } });
  });
});

describe('a required action that is no longer stated', () => {
  it.each<readonly [alias: string, enabled: boolean, defaultAction: boolean]>([
    // As Keycloak 26.7 ships them.
    ['CONFIGURE_TOTP', true, false],
    ['TERMS_AND_CONDITIONS', false, false],
  ])('%s is as it is shipped again, enabled: %s', async (alias, enabled, defaultAction) => {
    const shipped = structuredClone(action(alias));
    await kind().put(wanted(alias, { enabled: !enabled, defaultAction: true, config: { size: 'big' } }), undefined);
    await kind().remove((await listed(alias))!);
    expect(action(alias)).toEqual({ ...shipped, enabled, defaultAction, config: {} });
    expect(await kind().list()).toEqual([]);
  });

  it('is off, and no default, where Keycloak ships none', async () => {
    await kind().put(wanted('quiz', { enabled: true, defaultAction: true }), undefined);
    await kind().remove((await listed('quiz'))!);
    expect(action('quiz')).toMatchObject({ enabled: false, defaultAction: false, config: {} });
  });

  it('is let go as it is, without our marks alone', async () => {
    await kind().put(wanted('CONFIGURE_TOTP', { enabled: false, config: { digits: '8' } }), undefined);
    const { config: _config, ...before } = structuredClone(action('CONFIGURE_TOTP'))!;
    await kind().release!((await listed('CONFIGURE_TOTP'))!);
    expect(action('CONFIGURE_TOTP')).toEqual({ ...before, config: { digits: '8' } });
    expect(await listed('CONFIGURE_TOTP')).toMatchObject({ owner: undefined });
  });

  it.each(['remove', 'release'] as const)('may be gone by then: %s', async (verb) => {
    await kind().put(wanted('quiz', { enabled: true }), undefined);
    const live = (await listed('quiz'))!;
    without('quiz');
    await kind()[verb]!(live);
    expect(action('quiz')).toBeUndefined();
  });

  it('does not come back by a plan that does not state it', async () => {
    await applied(keycloak, shopWith());
    await applied(keycloak, shopWith({}), { prune: true });
    expect((await toldBy(keycloak, shopWith({}))).filter((text) => text.includes('required-action'))).toEqual([]);
  });
});

describe('a required action of every new account', () => {
  it('is taken from a new persona without setting its password a second time: a policy that remembers passwords would refuse that', async () => {
    keycloak = fakeKeycloak();
    await applied(keycloak, shopWith());
    const users = keycloak.realms.get('shop')!.users;
    expect(users.find(({ username }) => username === 'alice')).toMatchObject({ requiredActions: [], password: 'alice-password' });
    expect(keycloak.sent.filter((text) => text.includes('reset-password'))).toEqual([]);
    expect(await toldBy(keycloak, shopWith())).toEqual([]);
  });
});
