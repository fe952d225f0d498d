import type { Danger } from '../../../core/resource.ts';
import type { Session } from '../session.ts';
import type { List } from './lists.ts';
import { plain } from '../plain.ts';
import { found, listed, ORGANIZATION } from './scene.ts';
import type { Scene } from './scene.ts';

interface Organization {
  readonly id: string;
  readonly name?: string;
  readonly alias?: string;
  readonly enabled?: boolean;
  readonly domains?: readonly { readonly name: string }[];
}

/** Organizations, where the realm has them: people of a domain are sent to the server that vouches for it, and tokens may say where they belong. */
export const organizations = async (scene: Scene, { base }: Session, list: List): Promise<readonly Danger[]> => {
  if (scene.exported.organizationsEnabled !== true) return [];
  return (await list<Organization>(`${base}/organizations?briefRepresentation=false`, 'list organizations', 'view-organizations')).flatMap((rep) => {
    if (rep.enabled === false) return [];
    const name = rep.alias ?? rep.name ?? rep.id;
    const domains = (rep.domains ?? []).map((one) => one.name);
    const vouching = (scene.exported.identityProviders ?? []).filter(({ organizationId, enabled }) => organizationId === rep.id && enabled !== false).map(({ alias }) => alias);
    const who = domains.length > 0 ? `people of ${listed(domains)}` : 'its members';
    return [
      found(scene, ORGANIZATION, name, {
        effect: vouching.length > 0 ? 'opens' : 'weakens',
        what: vouching.length > 0 ? `${who} sign in by ${listed(vouching)}, and belong to the organization ${name} from then on` : `${who} may belong to the organization ${name}, and tokens may say so`,
        hint: 'switch it off in Keycloak, or accept it',
        held: plain({ ...rep, vouching }),
      }),
    ];
  });
};
