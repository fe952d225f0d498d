import type { Danger } from '../../../core/resource.ts';
import { isForbidden } from '../client.ts';
import type { ComponentRep } from '../representations.ts';
import type { Session } from '../session.ts';
import { componentShape, KEYS } from '../shipped/shape.ts';
import { isOfKeycloak } from './certificate.ts';
import { plain } from '../plain.ts';
import { found, isStated, KEY, markOf } from './scene.ts';
import type { Scene } from './scene.ts';

/** Key providers whose private keys were made by this server, and never left it. */
const GENERATED = new Set(['rsa-generated', 'rsa-enc-generated', 'hmac-generated', 'aes-generated', 'ecdsa-generated', 'ecdh-generated', 'eddsa-generated', 'mldsa-generated']);

interface PublishedKey {
  readonly kid: string;
  readonly certificate?: string | undefined;
}
/** The keys of each provider, by its id. */
export type Published = ReadonlyMap<string, readonly PublishedKey[]>;

/** Who else holds a key of the realm makes tokens that every service takes. */
export const keys = async (scene: Scene, session: Session): Promise<readonly Danger[]> => keysIn(scene, await publishedIn(session, session.base));

/** The same of what was read: `published` says under which names the keys of each provider are known, and with which certificates. */
export const keysIn = (scene: Scene, published?: Published): readonly Danger[] => {
  const all = scene.exported.components?.[KEYS] ?? [];
  return all.flatMap((rep) => {
    if (isStated(scene, rep)) return [];
    const { name = rep.providerId, providerId, config = {} } = rep;
    const held = rep.id === undefined ? [] : (published?.get(rep.id) ?? []);
    const off = config.enabled?.[0] === 'false' ? 'is switched off' : config.active?.[0] === 'false' ? 'signs nothing any more' : undefined;
    const tell = (effect: Danger['effect'], what: string, gives: readonly string[] = [], seen: readonly string[] = []): readonly Danger[] => [
      found(scene, KEY, name, { effect, what, hint: 'replace it by a generated key in Keycloak, or accept it', held: plain({ ...componentShape(rep), ...(seen.length > 0 && { seen }) }), ...(gives.length > 0 && { gives }), ...markOf([name]) }),
    ];
    if (isFromOutside(rep)) {
      const kids = held.map(({ kid }) => kid);
      return tell('opens', `tokens signed with a key that came from outside are good (${[name, providerId, ...kids.map((kid) => `kid ${kid}`)].join(', ')}): who brought it can make them`, kids);
    }
    if (!GENERATED.has(providerId)) return [];
    // Such a provider takes a key that is given to it, too.
    const brought = config.enabled?.[0] === 'false' ? [] : held.filter(({ certificate }) => certificate !== undefined && !isOfKeycloak(certificate));
    if (brought.length > 0) {
      const kids = brought.map(({ kid }) => kid);
      const what = providerId === 'rsa-enc-generated' ? 'what is encrypted for the realm can be read with' : 'tokens are good that are signed with';
      return tell('opens', `${what} a key that Keycloak has not made (${[name, ...kids.map((kid) => `kid ${kid}`)].join(', ')}): its certificate is not one of Keycloak's, so that who brought it may hold the key`, kids, kids);
    }
    if (providerId === 'hmac-generated' && Number(config.secretSize?.[0] ?? 64) < 32) return tell('weakens', `what Keycloak signs for itself (refresh tokens, links in mail) is signed with a key of ${config.secretSize?.[0] ?? ''} bytes (${name})`);
    if (isSecondSecret(rep, all)) return tell('weakens', `what Keycloak signs for itself (refresh tokens, links in mail) is good with one more secret (${name}), which who put it there may know`);
    const bits = Number(config.keySize?.[0] ?? 2048);
    if (providerId.startsWith('rsa') && bits < 2048) return tell('weakens', `tokens are signed with an RSA key of ${bits} bits (${name})`);
    return off === undefined ? [] : tell('differs', `the key ${name} ${off}`);
  });
};

/** A secret shows nothing of where it came from: of several for one algorithm, all but the one that Keycloak ships. */
const isSecondSecret = (rep: ComponentRep, all: readonly ComponentRep[]): boolean => {
  const algorithmOf = ({ config }: ComponentRep): string => config?.algorithm?.[0] ?? 'HS256';
  const isOn = ({ providerId, config }: ComponentRep): boolean => providerId === 'hmac-generated' && config?.enabled?.[0] !== 'false';
  const first = ({ name = '' }: ComponentRep): number => (/^hmac-generated(-hs512)?$/.test(name) ? 0 : 1);
  if (!isOn(rep)) return false;
  const [shipped] = all.filter((one) => isOn(one) && algorithmOf(one) === algorithmOf(rep)).toSorted((a, b) => first(a) - first(b));
  return shipped !== rep;
};

const isFromOutside = ({ providerId, config }: ComponentRep): boolean => !GENERATED.has(providerId) && config?.enabled?.[0] !== 'false';

/** Under which names (`kid`), and with which certificates, the keys of each provider are published; unknown where this login may not see it. */
export const publishedIn = async ({ admin }: Pick<Session, 'admin'>, base: string): Promise<Published | undefined> => {
  try {
    const { keys: held = [] } = await admin.read<{ keys?: readonly { readonly providerId?: string; readonly kid?: string; readonly certificate?: string }[] }>(`${base}/keys`, 'list the keys of the realm');
    const found = new Map<string, readonly PublishedKey[]>();
    for (const { providerId, kid, certificate } of held) if (providerId !== undefined && kid !== undefined) found.set(providerId, [...(found.get(providerId) ?? []), { kid, certificate }]);
    return found;
  } catch (thrown) {
    if (isForbidden(thrown)) return undefined;
    throw thrown;
  }
};
