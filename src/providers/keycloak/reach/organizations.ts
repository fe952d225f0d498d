import type { Danger } from '../../../core/resource.ts';
import { addressOf } from '../../../core/resource.ts';
import { organization } from '../specs/organization.ts';
import { nameIn } from '../specs/id.ts';
import { plain } from '../plain.ts';
import { found, listed } from './scene.ts';
import type { Scene } from './scene.ts';

/** Organizations that nobody states: people of a domain are sent to the server that vouches for it, and tokens may say where they belong. */
export const organizations = (scene: Scene): readonly Danger[] =>
  scene.live.filter(organization.is).flatMap((live) => {
    const { spec } = live;
    if (!spec.enabled || scene.stated.has(addressOf(live))) return [];
    const name = nameIn(live.id);
    const domains = Object.keys(spec.domains ?? {});
    const on = new Set((scene.exported.identityProviders ?? []).flatMap(({ alias, enabled }) => (enabled === false ? [] : [alias])));
    const vouching = (spec.identityProviders ?? []).filter((alias) => on.has(alias));
    const who = domains.length > 0 ? `people of ${listed(domains)}` : 'its members';
    return [
      found(scene, organization.kind, name, {
        effect: vouching.length > 0 ? 'opens' : 'weakens',
        what: vouching.length > 0 ? `${who} sign in by ${listed(vouching)}, and belong to the organization ${name} from then on` : `${who} may belong to the organization ${name}, and tokens may say so`,
        hint: 'switch it off in Keycloak, or accept it',
        held: plain({ ...spec, identityProviders: vouching }),
      }),
    ];
  });
