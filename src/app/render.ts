import { createPublicKey, randomBytes } from 'node:crypto';
import type { JsonWebKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Blueprint } from '../blueprint/types.ts';
import type { Expansion } from '../core/plan.ts';
import { Problem, reason } from '../core/problem.ts';
import type { Report } from '../core/report.ts';
import type { Desired } from '../core/resource.ts';
import { cloudFormation, hasAws, terraform } from '../render/aws-template.ts';
import { kongDeclarative } from '../render/kong-declarative.ts';
import { sam } from '../render/sam.ts';
import { modAuthOpenidc, oauth2Proxy } from '../render/session-config.ts';
import { expand } from '../patterns/index.ts';
import type { PublishedKey } from '../patterns/kong/issuer.ts';
import { kong } from '../providers/kong/specs/index.ts';
import type { BlueprintSource, Run } from './run.ts';

export type RenderTarget = 'kong-declarative' | 'cloudformation' | 'terraform' | 'sam' | 'mod-auth-openidc' | 'oauth2-proxy';

export interface RenderRequest {
  readonly target: RenderTarget;
  /** A file with the issuer's key set, for the credentials of `kong-declarative`. */
  readonly jwks?: string;
  /** `kong-declarative` with every route closed: what is synced first, so that none is open before its plugins are there. */
  readonly closed?: boolean;
}

/** What apply would write, as a file for another tool. Holds no secret. */
export const render = async (run: Run, source: BlueprintSource, { target, jwks, closed = false }: RenderRequest): Promise<Report<{ readonly target: RenderTarget }>> => {
  const blueprint = await run.loadOffline(source);
  const expansion = expand(blueprint);
  const absent = (gateway: string): Problem =>
    new Problem('RENDER_NOTHING', `the blueprint puts nothing behind ${gateway}`, {
      at: blueprint.at('services'),
      hint: `gateways: [${gateway}] on a service, and targets.${gateway}`,
    });
  let text: string;
  if (target === 'kong-declarative') {
    if (!expansion.desired.some(kong.service.is)) throw absent('kong');
    text = kongDeclarative(blueprint, expansion, jwks === undefined ? undefined : await credentialsFrom(run.pathOf(jwks), expansion), closed ? randomBytes(16).toString('hex') : undefined);
  } else if (target === 'mod-auth-openidc' || target === 'oauth2-proxy') {
    text = sessionService(blueprint, target);
  } else {
    if (!hasAws(expansion)) throw absent('aws');
    text = { cloudformation: cloudFormation, terraform, sam }[target](blueprint, expansion);
  }
  return { command: 'render', blueprint: blueprint.name, problems: [], text, data: { target } };
};

const sessionService = (blueprint: Blueprint, target: 'mod-auth-openidc' | 'oauth2-proxy'): string => {
  const text = target === 'oauth2-proxy' ? oauth2Proxy(blueprint) : modAuthOpenidc(blueprint);
  const server = target === 'oauth2-proxy' ? target : 'mod_auth_openidc';
  if (text === undefined)
    throw new Problem('RENDER_NOTHING', `the blueprint has no session service that is ${server}`, {
      at: blueprint.at('authentication'),
      hint: `pattern: session, and server: ${server} under session`,
    });
  return text;
};

/** The credentials that apply would make of a key set: signature keys only, as the blueprint's algorithm wants them. */
const credentialsFrom = async (file: string, { deferred }: Expansion): Promise<readonly Desired[]> => {
  const keys = await publishedKeys(file);
  const credentials = deferred.filter(({ needs }) => needs.output === 'keys').flatMap(({ expand: made }) => made(keys));
  if (credentials.length === 0)
    throw new Problem('RENDER_JWKS', `"${file}" holds no key that the blueprint's algorithm can use`, {
      hint: 'is it the key set of this realm?',
    });
  return credentials;
};

interface Jwk extends JsonWebKey {
  readonly kid?: string;
  readonly alg?: string;
  readonly use?: string;
}

const publishedKeys = async (file: string): Promise<readonly PublishedKey[]> => {
  try {
    const { keys } = JSON.parse(await readFile(file, 'utf8')) as { readonly keys: readonly Jwk[] };
    return keys
      .filter(({ use }) => use !== 'enc')
      .map((jwk) => {
        if (jwk.kid === undefined || jwk.alg === undefined) throw new Error('a key has no kid or no alg');
        if (jwk.d !== undefined || jwk.kty === 'oct') throw new Error('it holds a private key');
        return {
          kid: jwk.kid,
          alg: jwk.alg,
          pem: createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' }).toString(),
        };
      });
  } catch (cause) {
    throw new Problem('RENDER_JWKS', `"${file}" is not a key set of public keys: ${reason(cause)}`, {
      expected: 'a JWK Set (RFC 7517 section 5), as <issuer>/protocol/openid-connect/certs gives it',
      cause,
    });
  }
};
