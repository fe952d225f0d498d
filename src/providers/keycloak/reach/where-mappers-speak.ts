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
  const spoken = judged({ ...mapper, config: { ...config, 'access.token.claim': 'true' } }, judging(scene));
  const decides = spoken.effect === 'opens' || spoken.effect === 'breaks';
  if (where === INTROSPECTION && held === 'false')
    return { effect: decides ? 'breaks' : 'differs', what: `introspection no longer tells what the mapper "${name}" says in the token: who asks there decides without it` };
  // What a bearer shows anyway is no news where it is shown again.
  const reaches = (where === INTROSPECTION || where === 'lightweight.claim' || where === 'access.token.claim') && config['access.token.claim'] !== 'true';
  return held === 'true' && reaches ? { effect: spoken.effect, what: `what carries the mapper "${name}" ${spoken.what}, where the blueprint has it silent (${where})` } : undefined;
};
