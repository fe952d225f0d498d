import { describe, expect, it } from 'vitest';
import type { List } from '../../../../src/providers/keycloak/reach/lists.ts';
import type { Scene } from '../../../../src/providers/keycloak/reach/scene.ts';
import { unknownComponents, workflows } from '../../../../src/providers/keycloak/reach/workflows.ts';
import { line } from './blueprint.ts';

const TYPE = 'org.keycloak.models.workflow.WorkflowProvider';
/** As the export has it: what it does is hidden. */
const some = { [TYPE]: [{ id: 'w', providerId: 'default', config: {} }] };
// What is looked at here, and no more of a scene.
const scene = (components: object): Scene => ({ name: 'shop', realm: { origin: line }, live: [], stated: new Map(), exported: { components } }) as unknown as Scene;

const told = async (...rows: readonly object[]) => {
  const asked: string[] = [];
  const list = ((path: string) => { asked.push(path); return Promise.resolve(rows); }) as List;
  const dangers = await workflows(scene(some), { base: '/shop' }, list);
  return { asked, dangers, lines: dangers.map(({ effect, id, what }) => `${effect} ${id}: ${what}`) };
};
const does = (uses: string, what?: object) => ({ id: 'w', name: 'grant', on: 'user-created', steps: [{ id: 's', uses, ...(what && { with: what }) }] });

describe('a workflow of the realm', () => {
  it.each([
    ['gives a role', does('grant-role', { role: 'admin' }), 'opens shop/grant: on user-created an account gets the role admin'],
    ['puts into a group', does('join-group', { group: '/staff' }), 'opens shop/grant: on user-created an account joins the group /staff'],
    ['switches off', { ...does('disable-user'), on: 'user-authenticated' }, 'breaks shop/grant: on user-authenticated an account is switched off'],
    ['deletes', does('delete-user'), 'breaks shop/grant: on user-created an account is deleted'],
    ['tells by mail', does('notify-user', { message: 'hello' }), 'differs shop/grant: on user-created an account gets a mail'],
    ['does what is not known', does('call-home'), 'opens shop/grant: on user-created an account has "call-home" done to it, which is not known here'],
    ['is started by hand', { name: 'grant', steps: [{ uses: 'grant-role', with: { role: ['a', 'b'] } }] }, 'opens shop/grant: on what somebody starts by hand an account gets the role a, b'],
  ])('that %s is told', async (_what, rep, expected) => expect((await told(rep)).lines).toEqual([expected]));

  it('is as bad as the worst of its steps', async () => {
    const rep = { name: 'off', on: 'user-created', steps: [{ uses: 'notify-user' }, { uses: 'grant-role', with: { role: 'admin' } }, { uses: 'restart' }] };
    expect((await told(rep)).lines).toEqual(['opens shop/off: on user-created an account gets a mail, gets the role admin']);
  });

  it('that is off, or does nothing, is no news', async () =>
    expect((await told({ ...does('grant-role', { role: 'admin' }), enabled: false }, { name: 'again', steps: [{ uses: 'restart' }] })).lines).toEqual([]));

  it('is told again when it does something else, and not for a new handle', async () => {
    const seen = async (rep: object) => (await told(rep)).dangers[0]?.seen;
    const first = await seen(does('grant-role', { role: 'admin' }));
    expect(await seen({ ...does('grant-role', { role: 'admin' }), id: 'other' })).toBe(first);
    expect(await seen(does('grant-role', { role: 'support' }))).not.toBe(first);
    expect(await seen({ ...does('grant-role', { role: 'admin' }), on: 'user-authenticated' })).not.toBe(first);
  });

  it('is asked for only where the export says that there is one', async () => {
    expect((await told()).asked).toEqual(['/shop/workflows?exact=false']);
    const none = (() => expect.fail('asked')) as unknown as List;
    expect(await workflows(scene({}), { base: '/shop' }, none)).toEqual([]);
  });
});

describe('a component of a kind that is not known', () => {
  it('is told, and those that are looked at elsewhere are not', () => {
    const known = { 'org.keycloak.keys.KeyProvider': [{ providerId: 'rsa-generated' }], 'org.keycloak.storage.UserStorageProvider': [{ providerId: 'ldap' }], ...some };
    const found = unknownComponents(scene({ ...known, 'com.acme.TokenProvider': [{ id: 'x', name: 'acme', providerId: 'acme-tokens', config: { role: ['admin'] } }] }));
    expect(found.map(({ kind, id, effect, what }) => [kind, id, effect, what])).toEqual([
      ['keycloak.component', 'shop/acme', 'weakens', 'acme-tokens of com.acme.TokenProvider does what is not known here'],
    ]);
  });
});
