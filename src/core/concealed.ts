import type { Spec, SpecValue } from './resource.ts';
import { Secret } from './secret.ts';
import { isSpec } from './spec.ts';

/**
 * Names under which secrets are kept, in a blueprint, on servers and in files of other tools: `client_secret`, `bindCredential`,
 * `saml.signing.private.key`, `secretAccessKey`, the header `authorization`.
 */
const SECRET_NAME = /(secret|secret\.rotated|password|passwd|token|credentials?|bearer|authorization|(secret|api|private|access|signing)[._-]?key)$/i;

/** Further names under which secrets are kept. A server's text under one of them is not shown; a blueprint may state it as it is. */
const FURTHER_NAME = /((encryption|hmac|mac|aws|shared|master|license|account|storage)[._-]?key|secret[._-]?id|keystore.?password|passphrase|pwd|passcode)$/i;

/** True for a text that is a secret by the name it has, or the path to it. A reference to a vault is none, nor is a flag that is written as a text. */
export const isSecretByName = (name: string, text: string): boolean => SECRET_NAME.test(name) && text !== 'true' && text !== 'false' && !text.startsWith('{vault://');

/** True for a text that may be a secret by the name it has, or the path to it: nobody shows it. */
export const isLikeSecret = (name: string, text: string): boolean =>
  isSecretByName(name, text) || (FURTHER_NAME.test(name) && text !== 'true' && text !== 'false' && !text.startsWith('{vault://'));

/** Fields of a mapper that name what another of its fields holds. */
const NAMED_BY: Readonly<Record<string, readonly string[]>> = {
  'claim.value': ['claim.name'],
  claim: ['claim.name'],
  'attribute.value': ['attribute', 'attribute.name', 'user.model.attribute.name'],
};

/** True where the name of a secret stands beside its value: a claim `api_key` that a mapper sets to one text for everybody. */
export const isNamedSecret = (held: Readonly<Record<string, unknown>>, field: string): boolean =>
  Object.hasOwn(NAMED_BY, field) &&
  (NAMED_BY[field] ?? []).some((name) => {
    const said: unknown = [held[name]].flat()[0];
    return typeof said === 'string' && isLikeSecret(said, 'a value');
  });

/**
 * A value in which every text under such a name is a secret, whoever wrote it: compared, never shown. An empty one is
 * none. `name` is that of the value itself, or the path to it, and `beside` what stands beside it.
 */
export const concealed = (value: SpecValue, name = '', beside: Spec = {}): SpecValue => {
  if (typeof value === 'string') return value !== '' && (isLikeSecret(name, value) || isNamedSecret(beside, name)) ? new Secret(value) : value;
  if (Array.isArray(value)) return value.map((item: SpecValue) => concealed(item, name, beside));
  return isSpec(value) ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, concealed(item, key, value)])) : value;
};
