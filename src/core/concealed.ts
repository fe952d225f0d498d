import type { SpecValue } from './resource.ts';
import { Secret } from './secret.ts';
import { isSpec } from './spec.ts';

/**
 * Names under which secrets are kept, in a blueprint, on servers and in files of other tools: `client_secret`, `bindCredential`,
 * `saml.signing.private.key`, `secretAccessKey`, the header `authorization`.
 */
const SECRET_NAME = /(secret|secret\.rotated|password|passwd|token|credentials?|bearer|authorization|(secret|api|private|access|signing)[._-]?key)$/i;

/** True for a text that is a secret by the name it has, or the path to it. A reference to a vault is none, nor is a flag that is written as a text. */
export const isSecretByName = (name: string, text: string): boolean => SECRET_NAME.test(name) && text !== 'true' && text !== 'false' && !text.startsWith('{vault://');

/**
 * A value in which every text under such a name is a secret, whoever wrote it: compared, never shown. An empty one is
 * none. `name` is that of the value itself, or the path to it.
 */
export const concealed = (value: SpecValue, name = ''): SpecValue => {
  if (typeof value === 'string') return value !== '' && isSecretByName(name, value) ? new Secret(value) : value;
  if (Array.isArray(value)) return value.map((item: SpecValue) => concealed(item, name));
  return isSpec(value) ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, concealed(item, key)])) : value;
};
