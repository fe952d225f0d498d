import type { SpecValue } from '../../core/resource.ts';
import { Secret } from '../../core/secret.ts';
import { isSpec } from '../../core/spec.ts';
import type { Fingerprints } from './fingerprints.ts';
import { MASK } from './payload.ts';

/** A secret that the blueprint states in Keycloak's own words, and where: Keycloak may take it and never show it again. */
interface StatedSecret {
  readonly path: readonly string[];
  readonly secret: Secret;
}

export const secretsIn = (value: SpecValue, path: readonly string[] = []): readonly StatedSecret[] => {
  if (value instanceof Secret) return [{ path, secret: value }];
  return isSpec(value) ? Object.entries(value).flatMap(([field, item]) => secretsIn(item, [...path, field])) : [];
};

/** One fingerprint over all of them: equal only when none was changed, added or taken away. */
export const fingerprintOf = (fingerprints: Fingerprints, secrets: readonly StatedSecret[]): string =>
  fingerprints.of('', new Secret(JSON.stringify(secrets.map(({ path, secret }) => [path, secret.reveal()]).toSorted())));

interface Judging {
  readonly fingerprints: Fingerprints;
  /** What could not be judged, in words. */
  readonly unjudged: Set<string>;
}

/** Whether secrets are still those that are stated, by what is kept beside them. Where another login kept it they count as such, and are named. */
export const unchangedIn = ({ fingerprints, unjudged }: Judging, stated: readonly StatedSecret[], kept: string | undefined, what: string): boolean => {
  const judged = fingerprints.judge(kept, fingerprintOf(fingerprints, stated));
  if (judged === 'unknown' && stated.length > 0) unjudged.add(what);
  return judged !== 'other';
};

type Held = Readonly<Record<string, unknown>>;

/**
 * What Keycloak holds, with a `Secret` wherever the blueprint states one: what it shows is wrapped and so compared, and what it hides
 * counts as equal while their fingerprint is `unchanged`.
 */
export const withSecrets = (held: Held, stated: readonly StatedSecret[], unchanged: boolean): Held =>
  stated.reduce((result, { path, secret }) => placed(result, path, secret, unchanged), held);

const placed = (held: Held, [field, ...rest]: readonly string[], secret: Secret, unchanged: boolean): Held => {
  if (field === undefined) return held;
  const value = held[field];
  if (rest.length > 0) return { ...held, [field]: placed(isMapping(value) ? value : {}, rest, secret, unchanged) };
  if (typeof value === 'string' && value !== MASK) return { ...held, [field]: new Secret(value) };
  return { ...held, [field]: unchanged ? secret : null };
};

const isMapping = (value: unknown): value is Held => typeof value === 'object' && value !== null && !Array.isArray(value);
