import type { Unstated } from '../../../core/unstated.ts';
import type { MapperSpec } from '../specs/mapper.ts';
import type { Says } from './fields.ts';
import { INTROSPECTION, judged, spokenUnsaid } from './mappers.ts';
import { judging } from './scene.ts';
import type { Scene } from './scene.ts';

/** What it does that a mapper of ours speaks where it does not by what is stated, or is silent where it does; `undefined`: the field is about nothing of it. */
export const mapperField = (scene: Scene, stated: Readonly<Record<string, MapperSpec | null>>, { path, held }: Unstated): Says | undefined => {
  const [name, mapper] = Object.entries(stated).find(([one]) => path.startsWith(`mappers.${one}.config.`)) ?? [];
  const where = path.slice(`mappers.${name ?? ''}.config.`.length);
  if (name === undefined || mapper == null || !(where in spokenUnsaid(mapper))) return undefined;
  const config = { ...spokenUnsaid(mapper), ...mapper.config };
  const spoken = aloud(scene, mapper);
  const decides = isDecided(spoken);
  if (where === INTROSPECTION && held === 'false')
    return { effect: decides ? 'breaks' : 'differs', what: `introspection no longer tells what the mapper "${name}" says in the token: who asks there decides without it` };
  // What a bearer shows anyway is no news where it is shown again.
  const reaches = (where === INTROSPECTION || where === 'lightweight.claim' || where === 'access.token.claim') && config['access.token.claim'] !== 'true';
  return held === 'true' && reaches ? { effect: spoken.effect, what: `what carries the mapper "${name}" ${spoken.what}, where the blueprint has it silent (${where})` } : undefined;
};

/** What a mapper does that speaks in every token. */
const aloud = (scene: Scene, mapper: MapperSpec): Says => judged({ ...mapper, config: { ...spokenUnsaid(mapper), ...mapper.config, 'access.token.claim': 'true' } }, judging(scene));
const isDecided = ({ effect }: Says): boolean => effect === 'opens' || effect === 'breaks';

/** Where a mapper may speak. What is first is what services and gateways read. */
const PLACES: Readonly<Record<string, string>> = {
  'access.token.claim': 'in the access token',
  [INTROSPECTION]: 'where it is introspected',
  'lightweight.claim': 'in a lightweight access token',
  'id.token.claim': 'in the ID token',
  'userinfo.token.claim': 'where userinfo is asked',
  'access.tokenResponse.claim': 'in the answer of the token endpoint',
};
const READ: readonly string[] = ['access.token.claim', INTROSPECTION, 'lightweight.claim'];

/**
 * What it does that a mapper which Keycloak ships speaks elsewhere than as it ships it: nothing where both come to the same, whoever wrote it out;
 * `undefined`: it differs in more than that.
 */
export const speaksElsewhere = (scene: Scene, shipped: MapperSpec, held: MapperSpec): readonly Says[] | undefined => {
  const fields = (mapper: MapperSpec): Readonly<Record<string, string | null>> => mapper.config ?? {};
  const names = [...new Set([...Object.keys(fields(shipped)), ...Object.keys(fields(held))])];
  if (shipped.protocolMapper !== held.protocolMapper || names.some((name) => !Object.hasOwn(PLACES, name) && fields(shipped)[name] !== fields(held)[name])) return undefined;
  const [before, now]: readonly Readonly<Record<string, unknown>>[] = [shipped, held].map((mapper) => ({ ...spokenUnsaid(mapper), ...mapper.config }));
  const claim = fields(held)['claim.name'] || 'what it says';
  const spoken = aloud(scene, held);
  return Object.entries(PLACES).flatMap(([place, words]): readonly Says[] => {
    const [did, does] = [before?.[place] === 'true', now?.[place] === 'true'];
    if (did === does) return [];
    if (did) return [{ effect: READ.includes(place) && isDecided(spoken) ? 'breaks' : 'differs', what: `lacks ${claim} ${words}` }];
    // What a bearer shows anyway is no news where it is shown again.
    return [READ.includes(place) && before?.['access.token.claim'] !== 'true' ? { effect: spoken.effect, what: `${spoken.what} ${words}` } : { effect: 'differs', what: `says ${claim} ${words} as well` }];
  });
};
