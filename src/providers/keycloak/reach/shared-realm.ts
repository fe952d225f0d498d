import type { Blueprint } from '../../../blueprint/types.ts';
import type { Reach } from '../../../core/provider.ts';
import type { Danger, Desired, Live, SpecValue } from '../../../core/resource.ts';
import { seenOf } from '../../../core/seen.ts';
import { realmSettings } from '../realm-settings.ts';
import { realm } from '../specs/realm.ts';
import type { RealmSpec } from '../specs/realm.ts';

/**
 * A realm that is not ours, as we would have it: what its settings are held against. It is in no plan, and nobody writes it. Nothing is
 * looked at for who asks for nothing.
 */
export const yardstick = ({ realm: stated, at }: Blueprint, desired: readonly Desired[]): Desired<RealmSpec> | undefined =>
  stated.shared === true && desired.length > 0
    ? realm.desired([stated.name], { spec: realmSettings(stated), after: [], origin: at('realm') })
    : undefined;

/** What is less safe than we would have it, setting by setting; what is as safe, or only another taste, is the business of whose realm it is. */
export const sharedRealm = (wanted: Desired<RealmSpec>, live: readonly Live[], reach: Reach): Reach => {
  const held = live.find((one) => one.kind === realm.kind && one.id === wanted.id);
  const ofTheRealm = Object.entries(wanted.spec).flatMap(([field, safe]): readonly Danger[] => {
    const found = held?.spec[field];
    if (held === undefined || found === undefined || !isWorse(field, found, safe)) return [];
    return [
      {
        kind: realm.kind,
        id: wanted.id,
        effect: field === 'registrationAllowed' ? 'opens' : 'weakens',
        what: `${field} of the shared realm is ${String(found)}, and this blueprint would have it ${String(safe)}`,
        origin: wanted.origin,
        hint: 'ask whose realm it is, or accept it',
        field,
        seen: seenOf(found),
      },
    ];
  });
  const taste = ({ kind, effect }: Danger): boolean => kind === realm.kind && effect === 'differs';
  return { ...reach, dangers: [...ofTheRealm, ...reach.dangers.filter((danger) => !taste(danger))] };
};

/** Longer lives, more reuse, a flag that is not as it should be; a guard that is on although nobody asked for it is no harm. */
const isWorse = (field: string, found: SpecValue, safe: SpecValue): boolean => {
  if (typeof found === 'number' && typeof safe === 'number') return found > safe;
  if (field === 'sslRequired') return SSL.indexOf(String(found)) > SSL.indexOf(String(safe));
  if (field === 'bruteForceProtected' || field === 'revokeRefreshToken') return safe === true && found !== true;
  return found !== safe;
};
const SSL = ['all', 'external', 'none'];
