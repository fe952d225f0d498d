import { addressOf } from '../../core/resource.ts';
import type { Danger, Desired, Live } from '../../core/resource.ts';
import { template } from './specs/index.ts';

/** What others put there that weakens what the blueprint protects. Reads nothing: works on what `list` returned. */
export const dangersOf = (desired: readonly Desired[], live: readonly Live[]): readonly Danger[] => {
  const ours = desired.filter(template.thing.is);
  const wanted = new Set(ours.map(addressOf));
  const [first] = ours;
  if (first === undefined) return [];
  return live
    .filter(template.thing.is)
    .filter((thing) => thing.spec.open === true && !wanted.has(addressOf(thing)))
    .map(({ kind, id }) => ({ kind, id, effect: 'opens', what: 'is open to everybody, and the blueprint does not name it', origin: first.origin, hint: 'close it, or take it into the blueprint' }));
};
