import type { SpecValue } from './resource.ts';
import { Secret } from './secret.ts';
import { isSpec } from './spec.ts';

/** Names under which servers keep secrets: `client_secret`, `bindCredential`, `saml.signing.private.key`, the header `authorization`. */
const SECRET_NAME = /(secret|secret\.rotated|password|passwd|token|credentials?|bearer|authorization|api[._-]?key|private[._-]?key)$/i;

/**
 * A value in which every text under such a name is a secret, whoever wrote it: compared, never shown. A reference to a vault is none, nor is a flag
 * that is written as a text. `name` is that of the value itself, or the path to it.
 */
export const concealed = (value: SpecValue, name = ''): SpecValue => {
  if (typeof value === 'string')
    return SECRET_NAME.test(name) && value !== '' && value !== 'true' && value !== 'false' && !value.startsWith('{vault://') ? new Secret(value) : value;
  if (Array.isArray(value)) return value.map((item: SpecValue) => concealed(item, name));
  return isSpec(value) ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, concealed(item, key)])) : value;
};
