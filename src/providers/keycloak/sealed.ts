import type { Spec, SpecValue } from '../../core/resource.ts';
import { Secret } from '../../core/secret.ts';
import type { Credentials } from './credentials.ts';
import { MASK, isSpec } from './specs.ts';

/** A secret that Keycloak takes but never shows again, and where in the spec it stands. */
interface Sealed {
  readonly path: readonly string[];
  readonly secret: Secret;
}

export const secretsIn = (value: SpecValue, path: readonly string[] = []): readonly Sealed[] => {
  if (value instanceof Secret) return [{ path, secret: value }];
  return isSpec(value) ? Object.entries(value).flatMap(([field, item]) => secretsIn(item, [...path, field])) : [];
};

/** One fingerprint over all of them: equal only when none was changed, added or taken away. */
export const sealOf = (credentials: Credentials, secrets: readonly Sealed[]): string =>
  credentials.fingerprint('', new Secret(JSON.stringify(secrets.map(({ path, secret }) => [path, secret.reveal()]).toSorted())));

/**
 * The live spec with a `Secret` wherever the blueprint states one: what Keycloak shows is wrapped and so compared, and what it hides
 * counts as equal when the seal holds.
 */
export const withSecrets = (spec: Spec, stated: readonly Sealed[], sealHolds: boolean): Spec =>
  stated.reduce((result, { path, secret }) => placed(result, path, secret, sealHolds), spec);

const placed = (spec: Spec, [field, ...rest]: readonly string[], secret: Secret, sealHolds: boolean): Spec => {
  if (field === undefined) return spec;
  const held = spec[field];
  if (rest.length > 0) return { ...spec, [field]: placed(isSpec(held) ? held : {}, rest, secret, sealHolds) };
  if (typeof held === 'string' && held !== MASK) return { ...spec, [field]: new Secret(held) };
  return { ...spec, [field]: sealHolds ? secret : null };
};
