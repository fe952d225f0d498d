import type { Danger } from '../../../core/resource.ts';
import { componentShape, KEYS } from '../shipped/shape.ts';
import { found, isStated, KEY, markOf } from './scene.ts';
import type { Scene } from './scene.ts';

/** Key providers whose private keys were made by this server, and never left it. */
const GENERATED = new Set(['rsa-generated', 'rsa-enc-generated', 'hmac-generated', 'aes-generated', 'ecdsa-generated', 'ecdh-generated', 'eddsa-generated', 'mldsa-generated']);

/** Who else holds a key of the realm makes tokens that every service takes. */
export const keys = (scene: Scene): readonly Danger[] =>
  (scene.exported.components?.[KEYS] ?? []).flatMap((rep) => {
    if (isStated(scene, rep)) return [];
    const { name = rep.providerId, providerId, config = {} } = rep;
    const off = config.enabled?.[0] === 'false' ? 'is switched off' : config.active?.[0] === 'false' ? 'signs nothing any more' : undefined;
    const tell = (effect: Danger['effect'], what: string): readonly Danger[] => [
      found(scene, KEY, name, { effect, what, hint: 'replace it by a generated key in Keycloak, or accept it', held: componentShape(rep), ...markOf([name]) }),
    ];
    if (!GENERATED.has(providerId))
      return config.enabled?.[0] === 'false' ? [] : tell('opens', `tokens signed with a key that came from outside are good (${name}, ${providerId}): who brought it can make them`);
    const bits = Number(config.keySize?.[0] ?? 2048);
    if (providerId.startsWith('rsa') && bits < 2048) return tell('weakens', `tokens are signed with an RSA key of ${bits} bits (${name})`);
    return off === undefined ? [] : tell('differs', `the key ${name} ${off}`);
  });
