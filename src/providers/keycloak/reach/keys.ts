import type { Danger } from '../../../core/resource.ts';
import { isForbidden } from '../client.ts';
import type { ComponentRep } from '../representations.ts';
import type { Session } from '../session.ts';
import { componentShape, KEYS } from '../shipped/shape.ts';
import { found, isStated, KEY, markOf } from './scene.ts';
import type { Scene } from './scene.ts';

/** Key providers whose private keys were made by this server, and never left it. */
const GENERATED = new Set(['rsa-generated', 'rsa-enc-generated', 'hmac-generated', 'aes-generated', 'ecdsa-generated', 'ecdh-generated', 'eddsa-generated', 'mldsa-generated']);

/** Who else holds a key of the realm makes tokens that every service takes. */
export const keys = async (scene: Scene, session: Session): Promise<readonly Danger[]> =>
  keysIn(scene, (scene.exported.components?.[KEYS] ?? []).some((rep) => isFromOutside(rep) && !isStated(scene, rep)) ? await publishedBy(session) : undefined);

/** The same of what was read: `published` says under which names the keys of each provider are known. */
export const keysIn = (scene: Scene, published?: ReadonlyMap<string, readonly string[]>): readonly Danger[] =>
  (scene.exported.components?.[KEYS] ?? []).flatMap((rep) => {
    if (isStated(scene, rep)) return [];
    const { name = rep.providerId, providerId, config = {} } = rep;
    const off = config.enabled?.[0] === 'false' ? 'is switched off' : config.active?.[0] === 'false' ? 'signs nothing any more' : undefined;
    const tell = (effect: Danger['effect'], what: string, gives: readonly string[] = []): readonly Danger[] => [
      found(scene, KEY, name, { effect, what, hint: 'replace it by a generated key in Keycloak, or accept it', held: componentShape(rep), ...(gives.length > 0 && { gives }), ...markOf([name]) }),
    ];
    if (isFromOutside(rep)) {
      const kids = rep.id === undefined ? [] : (published?.get(rep.id) ?? []);
      return tell('opens', `tokens signed with a key that came from outside are good (${[name, providerId, ...kids.map((kid) => `kid ${kid}`)].join(', ')}): who brought it can make them`, kids);
    }
    if (!GENERATED.has(providerId)) return [];
    if (providerId === 'hmac-generated' && Number(config.secretSize?.[0] ?? 64) < 32) return tell('weakens', `what Keycloak signs for itself (refresh tokens, links in mail) is signed with a key of ${config.secretSize?.[0] ?? ''} bytes (${name})`);
    const bits = Number(config.keySize?.[0] ?? 2048);
    if (providerId.startsWith('rsa') && bits < 2048) return tell('weakens', `tokens are signed with an RSA key of ${bits} bits (${name})`);
    return off === undefined ? [] : tell('differs', `the key ${name} ${off}`);
  });

const isFromOutside = ({ providerId, config }: ComponentRep): boolean => !GENERATED.has(providerId) && config?.enabled?.[0] !== 'false';

/** Under which names (`kid`) the keys of each provider are published; unknown where this login may not see it. */
const publishedBy = async ({ admin, base }: Session): Promise<ReadonlyMap<string, readonly string[]> | undefined> => {
  try {
    const { keys: held = [] } = await admin.read<{ keys?: readonly { readonly providerId?: string; readonly kid?: string }[] }>(`${base}/keys`, 'list the keys of the realm');
    const kids = new Map<string, readonly string[]>();
    for (const { providerId, kid } of held) if (providerId !== undefined && kid !== undefined) kids.set(providerId, [...(kids.get(providerId) ?? []), kid]);
    return kids;
  } catch (thrown) {
    if (isForbidden(thrown)) return undefined;
    throw thrown;
  }
};
