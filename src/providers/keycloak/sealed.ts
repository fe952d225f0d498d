import type { Spec, SpecValue } from '../../core/resource.ts';
import { Secret } from '../../core/secret.ts';
import type { Credentials } from './credentials.ts';
import { isSpec } from './specs.ts';

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

/** The spec with the secrets in their places, as if they could be read back. */
export const overlaid = (spec: Spec, secrets: readonly Sealed[]): Spec =>
  secrets.reduce((result, { path, secret }) => placed(result, path, secret), spec);

const placed = (spec: Spec, [field, ...rest]: readonly string[], secret: Secret): Spec => {
  if (field === undefined) return spec;
  const held = spec[field];
  return { ...spec, [field]: rest.length === 0 ? secret : placed(isSpec(held) ? held : {}, rest, secret) };
};
