import { describe, expect, it } from 'vitest';
import { createRotation } from '../../../../src/providers/keycloak/rotation.ts';
import type { Session } from '../../../../src/providers/keycloak/session.ts';

interface Component {
  readonly id: string;
  name: string;
  readonly providerId: string;
  config: Record<string, string[]>;
}
const component = (id: string, name: string, config: Record<string, string[]> = {}): Component => ({ id, name, providerId: 'rsa-generated', config: { priority: ['100'], enabled: ['true'], active: ['true'], algorithm: ['RS256'], ...config } });

/** The part of Keycloak's Admin API that keys are at: the active key of the highest priority signs, every enabled one is published. */
const realmWith = (...held: Component[]) => {
  const priorityOf = ({ config }: Component): number => Number(config['priority']?.[0] ?? 0);
  const keys = () => held.filter(({ config }) => config['enabled']?.[0] !== 'false').map((one) => ({ providerId: one.id, providerPriority: priorityOf(one), kid: `kid-${one.id}`, status: one.config['active']?.[0] === 'false' ? 'PASSIVE' : 'ACTIVE', algorithm: one.config['algorithm']?.[0], use: 'SIG' }));
  const active = (): string | undefined => [...keys()].filter(({ status, algorithm }) => status === 'ACTIVE' && algorithm === 'RS256').sort((a, b) => b.providerPriority - a.providerPriority)[0]?.kid;
  const writes: string[] = [];
  const answers: Readonly<Record<string, () => unknown>> = {
    '/shop/keys': () => ({ active: { RS256: active() }, keys: keys() }),
    '/shop': () => ({ realm: 'shop', id: 'realm-id', accessTokenLifespan: 300 }),
    '/shop/clients': () => [{ clientId: 'short', attributes: { 'access.token.lifespan': '60' } }, { clientId: 'long', attributes: { 'access.token.lifespan': '900' } }, { clientId: 'plain' }],
    '/shop/components?type=org.keycloak.keys.KeyProvider': () => held,
  };
  const read = (path: string): Promise<unknown> => Promise.resolve(answers[path]?.() ?? held.find(({ id }) => path === `/shop/components/${id}`));
  const write = (method: string, path: string, { body }: { readonly body?: Partial<Component> }): Promise<number> => {
    writes.push(`${method} ${path}`);
    const at = held.findIndex(({ id }) => path.endsWith(`/${id}`));
    if (method === 'POST') held.push({ ...component('new', ''), ...body } as Component);
    if (method === 'DELETE') held.splice(at, 1);
    if (method === 'PUT' && held[at]) held[at] = { ...held[at], ...body, config: { ...held[at].config, ...body?.config } };
    return Promise.resolve(204);
  };
  const session = (raw: object = {}) => ({ admin: { read, list: read, write }, base: '/shop', realm: 'shop', raw: { entities: raw } }) as unknown as Session;
  return { held, writes, active, rotation: (raw?: object) => createRotation(session(raw), { algorithm: 'RS256', at: { file: 'shop.yaml', line: 3, column: 1 } }) };
};

describe('the keys of a realm', () => {
  it('are rotated step by step, each taken twice being as taken once, and Keycloak says how far it is', async () => {
    const { held, active, rotation } = realmWith(component('a', 'rsa-generated', { keySize: ['4096'] }), component('enc', 'rsa-enc', { algorithm: ['RSA-OAEP'] }));
    const change = rotation();
    expect(await change.look()).toEqual({ algorithm: 'RS256', stage: 'none', lifespan: 900, next: undefined, others: [{ kid: 'kid-a', name: 'rsa-generated' }] });
    await change.publish();
    await change.publish();
    expect(held).toHaveLength(3);
    expect(held[2]).toMatchObject({ providerId: 'rsa-generated', config: { priority: ['99'], keySize: ['4096'] } });
    expect([(await change.look()).stage, active()]).toEqual(['published', 'kid-a']);
    await change.sign();
    await change.sign();
    expect([(await change.look()).stage, active()]).toEqual(['signs', `kid-${held[2]?.id ?? ''}`]);
    const { others } = await change.look();
    await change.retire(others);
    await change.retire(others);
    expect(held.map(({ id }) => id)).toEqual(['enc', held[1]?.id]);
    expect((await change.look()).stage).toBe('retired');
    await change.finish();
    await change.finish();
    expect(await change.look()).toMatchObject({ stage: 'none', others: [{ name: expect.stringMatching(/^authctl-rs256-[0-9a-f]{8}$/) as string }] });
  });

  it('are changed at once where the one that signs has leaked', async () => {
    const { active, held, rotation } = realmWith(component('a', 'rsa-generated'), component('b', 'older', { priority: ['5'], active: ['false'] }));
    await rotation().publish('signing');
    expect(active()).toBe(`kid-${held[2]?.id ?? ''}`);
    expect((await rotation().look()).others.map(({ kid }) => kid)).toEqual(['kid-a', 'kid-b']);
  });

  it('that a run of verify holds are none of them, and one that the blueprint states is not taken away behind its back', async () => {
    const { rotation } = realmWith(component('a', 'rsa-generated'), component('v', 'authctl-verify-abc-123'));
    expect((await rotation().look()).others.map(({ kid }) => kid)).toEqual(['kid-a']);
    const stated = { components: { mine: { name: 'rsa-generated', providerId: 'rsa-generated', providerType: 'org.keycloak.keys.KeyProvider' } } };
    await expect(rotation(stated).look()).rejects.toMatchObject({ code: 'ROTATE_STATED', at: { line: 3 } });
    await expect(realmWith().rotation().look()).rejects.toMatchObject({ code: 'ROTATE_NO_KEY', at: { line: 3 } });
  });
});
