import { randomUUID } from 'node:crypto';
import { isFixtureName } from '../../core/fixture.ts';
import { Problem } from '../../core/problem.ts';
import type { Position } from '../../core/problem.ts';
import type { IssuingKey, Rotation, RotationState } from '../../core/rotation.ts';
import { generator, KEY_PROVIDER } from './keys.ts';
import type { ClientRep, RealmRep } from './representations.ts';
import type { Session } from './session.ts';
import { statedComponents } from './specs/component.ts';

interface HeldComponent {
  readonly id: string;
  readonly name: string;
  readonly providerId: string;
  readonly config?: Readonly<Record<string, readonly string[]>>;
}
/** As `GET /{realm}/keys` shows it. `providerId` is the id of the component that holds it. */
interface HeldKey {
  readonly providerId: string;
  readonly providerPriority?: number;
  readonly kid?: string;
  readonly status: 'ACTIVE' | 'PASSIVE' | 'DISABLED';
  readonly algorithm?: string;
  readonly use?: string;
}
interface Keys {
  readonly active?: Readonly<Record<string, string>>;
  readonly keys?: readonly HeldKey[];
}

/** Behind the name of a key's component while the change to it is under way: Keycloak itself knows how far it has come. */
const UNDER_WAY = ' (rotation under way)';

/**
 * Keycloak signs with the active key of the highest priority, and publishes every key that is enabled (Server Administration Guide, "Rotating keys").
 * So a new key is made below the one that signs, lifted above it, and the old ones are deleted. Its component is named so until all of it is done.
 */
export const createRotation = (session: Session, { algorithm, at }: { readonly algorithm: string; readonly at: Position }): Rotation => {
  const { admin, base } = session;

  const read = async () => {
    const [held, listed] = await Promise.all([
      admin.read<Keys>(`${base}/keys`, 'read the keys of the realm'),
      admin.list<HeldComponent>(`${base}/components?type=${KEY_PROVIDER}`, 'list the key providers of the realm'),
    ]);
    const components = new Map(listed.map((one) => [one.id, one]));
    const published = (held.keys ?? []).filter((key) => key.use === 'SIG' && key.algorithm === algorithm && key.status !== 'DISABLED' && key.kid !== undefined).filter(({ providerId }) => !isFixtureName(components.get(providerId)?.name ?? ''));
    const isNext = ({ providerId }: HeldKey): boolean => components.get(providerId)?.name.endsWith(UNDER_WAY) === true;
    return { components, published, signing: held.active?.[algorithm], next: published.find(isNext), others: published.filter((key) => !isNext(key)) };
  };
  type Found = Awaited<ReturnType<typeof read>>;
  const shown = ({ components }: Found, { kid, providerId }: HeldKey): IssuingKey => ({ kid: String(kid), name: components.get(providerId)?.name ?? providerId });

  const stageOf = ({ next, others, signing }: Found): RotationState['stage'] => {
    if (next === undefined) return 'none';
    if (next.kid !== signing) return 'published';
    return others.length > 0 ? 'signs' : 'retired';
  };

  /** A client may have tokens that live longer than the realm's (Server Administration Guide, "Advanced settings" of a client). */
  const lifespanOf = async (): Promise<number> => {
    const [{ accessTokenLifespan = 0 }, clients] = await Promise.all([admin.read<RealmRep>(base, 'read the realm'), admin.list<ClientRep>(`${base}/clients`, 'list clients')]);
    const own = clients.map(({ attributes }) => Number((attributes as Readonly<Record<string, unknown>> | undefined)?.['access.token.lifespan'] ?? 0));
    return Math.max(accessTokenLifespan, ...own.filter((seconds) => Number.isFinite(seconds)));
  };

  const priorities = ({ published }: Found): readonly number[] => published.map(({ providerPriority = 0 }) => providerPriority);
  const highest = (found: Found): number => Math.max(0, ...priorities(found));

  const change = async (id: string, doing: string, fields: Readonly<Record<string, unknown>>): Promise<void> => {
    const held = await admin.read<HeldComponent>(`${base}/components/${encodeURIComponent(id)}`, 'read a key provider');
    await admin.write('PUT', `${base}/components/${encodeURIComponent(id)}`, { doing, at, body: { ...held, ...fields } });
  };

  const refuseStated = (found: Found): void => {
    const stated = statedComponents(session.raw.entities.components, session.realm).filter(({ fields }) => fields.providerType === KEY_PROVIDER).map(({ name }) => name);
    const [one] = found.others.map((key) => shown(found, key).name).filter((name) => stated.includes(name));
    if (one !== undefined)
      throw new Problem('ROTATE_STATED', `the key provider "${one}" is stated by the blueprint, and the next apply would bring it back`, {
        at,
        hint: 'rotate it where it is stated: state a second one with a lower priority, apply, give it the higher one, apply, and take the old one out',
      });
  };

  return {
    look: async () => {
      const [found, lifespan] = await Promise.all([read(), lifespanOf()]);
      if (found.published.length === 0) throw new Problem('ROTATE_NO_KEY', `realm "${session.realm}" publishes no key for ${algorithm}: there is none to rotate`, { at, hint: 'apply first; if it stays so, switch a key provider on in Keycloak (Realm settings, Keys)' });
      refuseStated(found);
      const { next, others, signing } = found;
      const [first, ...rest] = [...others].sort((a, b) => Number(b.kid === signing) - Number(a.kid === signing));
      return { algorithm, lifespan, stage: stageOf(found), next: next && shown(found, next), others: first === undefined ? [] : [first, ...rest].map((key) => shown(found, key)) };
    },
    publish: async (signing) => {
      const found = await read();
      if (found.next !== undefined) return;
      const old = found.others.find(({ kid }) => kid === found.signing);
      const held = old && found.components.get(old.providerId);
      const { id: parentId } = await admin.read<RealmRep>(base, 'read the realm');
      const { name, providerId, config } = generator(algorithm);
      // As long as the one before, where that is longer.
      const size = held?.config?.['keySize']?.[0];
      const priority = signing === 'signing' ? highest(found) + 10 : Math.min(...priorities(found), 100) - 1;
      const id = randomUUID();
      await admin.write('POST', `${base}/components`, {
        doing: `make a new key for ${algorithm}`,
        at,
        // The answer to a request that is sent again because the first one's was lost.
        accept: [409],
        body: {
          id,
          name: `${name}-${id.slice(0, 8)}${UNDER_WAY}`,
          providerId,
          providerType: KEY_PROVIDER,
          parentId,
          config: { ...config, ...(size !== undefined && Number(size) > Number(config['keySize']?.[0] ?? Infinity) && { keySize: [size] }), priority: [String(priority)] },
        },
      });
    },
    sign: async () => {
      const found = await read();
      if (found.next === undefined || found.next.kid === found.signing) return;
      const held = found.components.get(found.next.providerId);
      await change(found.next.providerId, 'sign with the new key', { config: { ...held?.config, priority: [String(highest(found) + 10)] } });
    },
    retire: async (keys) => {
      const found = await read();
      const wanted = new Set(keys.map(({ kid }) => kid));
      const gone = new Set(found.others.filter(({ kid }) => wanted.has(String(kid))).map(({ providerId }) => providerId));
      for (const id of gone) await admin.write('DELETE', `${base}/components/${encodeURIComponent(id)}`, { doing: 'retire a key', at, accept: [404] });
    },
    finish: async () => {
      const found = await read();
      const held = found.next && found.components.get(found.next.providerId);
      if (held !== undefined) await change(held.id, 'end the rotation', { name: held.name.slice(0, -UNDER_WAY.length) });
    },
  };
};
