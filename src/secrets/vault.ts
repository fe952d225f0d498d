import { readFile } from 'node:fs/promises';
import { isLoopback } from '../blueprint/checks/addresses.ts';
import type { Environment } from '../blueprint/resolve.ts';
import type { Stored } from '../blueprint/stored.ts';
import { groupBy } from '../core/collections.ts';
import { isObject, objectOf, textOf } from '../core/json.ts';
import { masker } from '../core/mask.ts';
import { Problem, reason } from '../core/problem.ts';
import { Secret } from '../core/secret.ts';
import { createHttp, shownUrl } from '../providers/http.ts';
import type { Answer, Http } from '../providers/http.ts';
import { requestLimitIn } from '../providers/request-limit.ts';
import { fieldOf } from './given.ts';
import type { Given } from './given.ts';

/** A token of Vault, and whether it was made for this run alone. */
interface Login {
  readonly token: Secret;
  readonly own: boolean;
}

/**
 * KV secrets of HashiCorp Vault, and of OpenBao, which has the same API, version 1 and 2, by the path that the API has
 * (https://developer.hashicorp.com/vault/api-docs/secret/kv): each path is read once. A token that this makes by a login is revoked at the end.
 */
export const readVault = async (wanted: readonly Stored[], env: Environment): Promise<readonly Given[]> => {
  const [first] = wanted;
  const all = (problem: Problem): readonly Given[] => wanted.slice(0, 1).map((one) => [one, problem] as const);
  const address = env['VAULT_ADDR'] ?? '';
  const wrong = wrongAddress(address);
  if (wrong !== undefined) return all(new Problem('SECRETS_SETTING', wrong, { at: first?.at, hint: 'export VAULT_ADDR=https://vault.example:8200' }));
  const namespace = env['VAULT_NAMESPACE'] ?? '';
  const http = createHttp({
    target: 'vault', url: address, tries: 3, limitMs: requestLimitIn(env),
    // What an agent asks for, so that no page can make a browser ask it.
    headers: { 'X-Vault-Request': 'true', ...(namespace !== '' && { 'X-Vault-Namespace': namespace }) },
  });
  try {
    const login = await logIn(http, env, first);
    const byPath = groupBy(wanted, ({ name }) => name);
    const given = await Promise.all([...byPath].map(async ([path, its]) => readPath(http, path, its, { login, address })));
    if (login.own) await http.send('POST', '/v1/auth/token/revoke-self', { headers: { 'X-Vault-Token': login.token.reveal() }, body: {} }).catch(() => undefined);
    return given.flat();
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown;
    return all(thrown.code === 'TARGET_UNREACHABLE' ? away(thrown, first) : thrown);
  } finally {
    http.close();
  }
};

const wrongAddress = (address: string): string | undefined => {
  if (address === '') return 'VAULT_ADDR is not set, and the blueprint refers to secrets of Vault';
  if (!URL.canParse(address) || !/^https?:$/.test(new URL(address).protocol)) return 'VAULT_ADDR is not an http or https URL';
  const url = new URL(address);
  return url.protocol === 'http:' && !isLoopback(url) ? `VAULT_ADDR is plain http to another machine (${shownUrl(address)}): the token and the secrets could be read on the way` : undefined;
};

const away = (thrown: Problem, stored: Stored | undefined): Problem =>
  new Problem('SECRETS_UNREACHABLE', thrown.message, {
    at: stored?.at, nature: 'unreachable', cause: thrown,
    hint: thrown.hint?.includes('NODE_EXTRA_CA_CERTS') ? thrown.hint : 'is it running, unsealed, and is VAULT_ADDR right?',
  });

const KUBERNETES_TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/** By a token that is given, or by AppRole, or by the service account of a pod: whichever the environment has, in this order. */
const logIn = async (http: Http, env: Environment, stored: Stored | undefined): Promise<Login> => {
  const { VAULT_TOKEN: token = '', VAULT_ROLE_ID: roleId = '', VAULT_SECRET_ID: secretId = '', VAULT_KUBERNETES_ROLE: role = '', VAULT_AUTH_MOUNT: mount = '' } = env;
  const at = stored?.at;
  if (token !== '') return { token: new Secret(token), own: false };
  const by = async (method: 'approle' | 'kubernetes', body: Readonly<Record<string, string>>): Promise<Login> => {
    const mask = masker(Object.values(body).map((value) => new Secret(value)));
    const answer = await http.send('POST', `/v1/auth/${mount === '' ? method : mount}/login`, { body, reads: true });
    const made = textOf(objectOf(objectOf(answer.body)['auth'])['client_token']);
    if (answer.status === 200 && made !== undefined) return { token: new Secret(made), own: true };
    const said = `Vault does not let ${method === 'approle' ? 'the AppRole of VAULT_ROLE_ID' : `the role "${role}" of VAULT_KUBERNETES_ROLE`} log in (${answer.status}): ${mask(messageOf(answer))}`;
    throw new Problem(answer.status === 400 || answer.status === 403 || answer.status === 404 ? 'SECRETS_FORBIDDEN' : 'SECRETS_REFUSED', said, { at, hint: `is the method mounted at auth/${mount === '' ? method : mount} (VAULT_AUTH_MOUNT), and in which namespace?` });
  };
  if (roleId !== '') return by('approle', { role_id: roleId, ...(secretId !== '' && { secret_id: secretId }) });
  if (role !== '') {
    const file = env['VAULT_KUBERNETES_TOKEN_FILE'] ?? KUBERNETES_TOKEN;
    const jwt = await readFile(file, 'utf8').catch((thrown: unknown) => {
      throw new Problem('SECRETS_SETTING', `the token of the service account cannot be read from ${file}: ${reason(thrown)}`, { at, hint: 'VAULT_KUBERNETES_TOKEN_FILE says where it is, if not there' });
    });
    return by('kubernetes', { role, jwt: jwt.trim() });
  }
  throw new Problem('SECRETS_SETTING', 'there is no login for Vault in the environment', {
    at, expected: 'VAULT_TOKEN, VAULT_ROLE_ID with VAULT_SECRET_ID, or VAULT_KUBERNETES_ROLE', hint: 'docs/secrets.md says what each of them is for',
  });
};

const readPath = async (http: Http, path: string, its: readonly Stored[], { login, address }: { readonly login: Login; readonly address: string }): Promise<readonly Given[]> => {
  const answer = await http.send('GET', `/v1/${path.split('/').map(encodeURIComponent).join('/')}`, { headers: { 'X-Vault-Token': login.token.reveal() } });
  const held = answer.status === 200 ? heldIn(answer.body) : undefined;
  if (held !== undefined) return its.map((one) => [one, fieldOf(held, one)] as const);
  // What is wrong with a path is said once.
  return its.slice(0, 1).map((one) => [one, problemOf(answer, one, address, masker([login.token]))] as const);
};

/** Version 2 has the fields in `data.data`, beside the version in `data.metadata`; version 1 in `data`. */
const heldIn = (body: unknown): unknown => {
  const { data } = objectOf(body);
  if (!isObject(data)) return undefined;
  return isObject(data['data']) && isObject(data['metadata']) && 'version' in data['metadata'] ? data['data'] : data;
};

const problemOf = (answer: Answer, { reference, name, at }: Stored, address: string, mask: (text: string) => string): Problem => {
  const { status, location } = answer;
  const said = mask(messageOf(answer));
  if (status === 403) return new Problem('SECRETS_FORBIDDEN', `Vault does not let this login read ${reference}: ${said}`, { at, hint: `its policy must say: path "${name}" { capabilities = ["read"] }` });
  if (status === 404) {
    const versioned = /versioned K\/V/i.test(JSON.stringify(answer.body ?? ''));
    const [mount = '', ...rest] = name.split('/');
    return new Problem('SECRETS_MISSING', `Vault has nothing at ${reference}`, {
      at, hint: versioned ? `this engine keeps versions, so that the path has data/ in it: ${mount}/data/${rest.join('/')}` : 'the path is the one of the API: secret/data/shop for what "vault kv get secret/shop" shows (version 2), secret/shop for version 1',
    });
  }
  if (location !== undefined) return new Problem('SECRETS_REFUSED', `Vault at ${shownUrl(address)} sends requests elsewhere (${status}), and the token is not sent after them`, { at, hint: `set VAULT_ADDR to the one that answers: ${shownUrl(location)}` });
  if (status === 429 || (status >= 472 && status <= 473) || status >= 502) return new Problem('SECRETS_UNREACHABLE', `Vault at ${shownUrl(address)} is not ready (${status}): ${said}`, { at, nature: 'unreachable', hint: 'is it unsealed, and is this the active node?' });
  return new Problem('SECRETS_REFUSED', `Vault did not give ${reference} (${status}): ${said}`, { at, hint: 'is VAULT_ADDR the address of Vault itself?' });
};

const messageOf = ({ body }: Answer): string => {
  const { errors } = objectOf(body);
  const text = Array.isArray(errors) ? errors.filter((one) => typeof one === 'string').join('; ') : '';
  return text === '' ? 'no message' : text.replace(/\s+/g, ' ').slice(0, 300);
};
