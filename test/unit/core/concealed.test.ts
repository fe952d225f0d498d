import { describe, expect, it } from 'vitest';
import { isSecretInRaw } from '../../../src/blueprint/declaration/raw.ts';
import { concealed } from '../../../src/core/concealed.ts';
import { Secret } from '../../../src/core/secret.ts';
import { createDraft } from '../../../src/import/draft.ts';

/** One list for what servers show, what a blueprint may state as it is, and what an import writes down. */
const SECRET = [
  'secret', 'client_secret', 'clientSecret', 'client.secret.rotated', 'password', 'smtp_passwd', 'sourceToken', 'token',
  'bindCredential', 'credentials', 'bearer', 'Authorization', 'api_key', 'apiKey', 'x-api-key', 'api.key', 'saml.signing.private.key', 'privateKey',
  'secret_key', 'secretKey', 'aws-secret-key', 'access_key', 'secretAccessKey', 'signing_key', 'saml.signing.key', 'keystorePassword', 'keystore-password',
]; // prettier-ignore
const PLAIN = ['name', 'key_names', 'secret_is_base64', 'token_type', 'passwordPolicy', 'credentials_path', 'public_key', 'key', 'tokens', 'authorizationUrl', 'bearer_only'];

const at = (name: string): readonly string[] => ['raw', 'kong', 'plugins', 'log', name];
/** How many variables the draft of an import asks for, in the place of a value. */
const wanted = (name: string, value: string): number => {
  const draft = createDraft();
  draft.put(['raw', 'kong', 'plugins', 'log'], { [name]: value });
  return draft.secrets.length;
};

describe('the names that secrets have', () => {
  it.each(SECRET)('%s is one everywhere', (name) => {
    expect(concealed('hunter2', `config.${name}`)).toBeInstanceOf(Secret);
    expect(concealed({ [name]: ['hunter2'] })).toEqual({ [name]: [new Secret('hunter2')] });
    expect(isSecretInRaw(at(name), 'hunter2')).toBe(true);
    expect(isSecretInRaw([...at(name), '0'], 'hunter2')).toBe(true);
    expect(wanted(name, 'hunter2')).toBe(1);
  });

  it.each(PLAIN)('%s is none anywhere', (name) => {
    expect(concealed({ [name]: 'hunter2' })).toEqual({ [name]: 'hunter2' });
    expect(isSecretInRaw(at(name), 'hunter2')).toBe(false);
    expect(wanted(name, 'hunter2')).toBe(0);
  });

  it.each(['true', 'false', '{vault://env/kong-log}'])('%s under such a name is none: a flag, or what stands for the secret already', (value) => {
    expect(concealed({ password: value })).toEqual({ password: value });
    expect(isSecretInRaw(at('password'), value)).toBe(false);
    expect(isSecretInRaw(['raw', 'kong', 'entities', 'keys', 'one', 'jwk'], value)).toBe(false);
    expect(wanted('password', value)).toBe(0);
  });

  it('hide no empty text of a server; a blueprint that states one must say where it comes from, and an import leaves it out', () => {
    expect(concealed({ password: '' })).toEqual({ password: '' });
    expect(isSecretInRaw(at('password'), '')).toBe(true);
    expect(wanted('password', '')).toBe(0);
  });

  it('hide no number and no switch', () => {
    expect(concealed({ token: 3, password: true, secret: null })).toEqual({ token: 3, password: true, secret: null });
    expect(isSecretInRaw(at('token'), 3)).toBe(false);
  });
});
