import { endpointsOf } from '../../blueprint/issuer.ts';
import { isObject } from '../../core/json.ts';
import type { JsonObject } from '../../core/json.ts';
import { readJson } from './http.ts';
import type { HttpAnswer } from './http.ts';
import type { Kit } from './index.ts';

/** The key set as anybody finds it: where Keycloak has it, or where the discovery document of an issuer that is not ours leads. */
export const askForKeys = async ({ blueprint, send }: Pick<Kit, 'blueprint' | 'send'>): Promise<HttpAnswer> => {
  if (!blueprint.foreign) return send({ url: endpointsOf(blueprint).keys, method: 'GET', headers: [] });
  const document = await send({ url: endpointsOf(blueprint).discovery, method: 'GET', headers: [] });
  const address = document.status === 200 ? readJson(document.body)?.jwks_uri : undefined;
  return typeof address === 'string' ? send({ url: address, method: 'GET', headers: [] }) : document;
};

/** The keys of a set (RFC 7517 section 5); `undefined` where it is none. What is no object is no key. */
export const keysIn = ({ status, body }: HttpAnswer): readonly JsonObject[] | undefined => {
  const keys = status === 200 ? readJson(body)?.keys : undefined;
  return Array.isArray(keys) ? keys.filter(isObject) : undefined;
};
