import { generateKeyPairSync } from 'node:crypto';
import type { Authentication, Blueprint } from '../../blueprint/types.ts';
import { selfSigned } from '../../core/certificate.ts';
import { hasBoundTokens, isBound } from '../../patterns/bound.ts';
import { certifiedProxy } from '../../patterns/certificates.ts';
import type { Send, ShownTls } from './http.ts';
import type { Clock } from './network.ts';

/** Whose certificate a request shows: that of the tokens, a thief's, or none. */
export type Shows = 'own' | 'another' | 'none';

/** The certificate of a run, which its tokens are bound to where the blueprint says so (RFC 8705), and another one that nobody knows. */
export const createCertificates = (blueprint: Blueprint, clock: Clock) => {
  let stranger: ShownTls['own'];
  const another = (): NonNullable<ShownTls['own']> => {
    if (!stranger) {
      const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
      const certificate = selfSigned('somebody-else', privateKey, new Date(clock.now() - DAY), new Date(clock.now() + DAY));
      stranger = { certificate, key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
    }
    return stranger;
  };
  const tlsOf = ({ token: { certificates } }: Pick<Authentication, 'token'>, shows: Shows): ShownTls => {
    const { certificate, key, authority } = certificates?.verify ?? {};
    const own = shows === 'another' ? another() : shows === 'own' && certificate && key ? { certificate: certificate.reveal(), key: key.reveal() } : undefined;
    return { ...(own && { own }), ...(authority && { authority: authority.reveal() }) };
  };
  const [bound] = Object.values(blueprint.services).flatMap(({ authentication }) => (isBound(authentication, 'mtls') ? [authentication] : []));
  const { url = '', mtls = url } = blueprint.targets.keycloak ?? {};
  return {
    /** Where a service is asked for whose tokens are bound so, and what is shown there; `undefined` for any other. */
    at: (authentication: Authentication, shows: Shows = 'own'): { readonly base: string; readonly tls: ShownTls } | undefined =>
      isBound(authentication, 'mtls') ? { base: certifiedProxy(blueprint), tls: tlsOf(authentication, shows) } : undefined,
    /** The certificate that tokens are bound to, as whoever has seen it knows it. PEM. */
    known: (authentication: Authentication): string => authentication.token.certificates?.verify?.certificate.reveal() ?? '',
    /** Sends as before, but a grant of a client whose tokens are bound so: that goes where the issuer asks for a certificate, and shows it. */
    beside: (send: Send): Send => (request) => {
      if (!bound || request.method !== 'POST' || !request.url.endsWith('/token')) return send(request);
      const form = new URLSearchParams(String(request.body ?? ''));
      if (!form.has('grant_type') || !hasBoundTokens(blueprint, form.get('client_id') ?? '', 'mtls')) return send(request);
      const [from, to] = [url, mtls].map((one) => one.replace(/\/$/, ''));
      return send({ ...request, url: from !== undefined && request.url.startsWith(`${from}/`) ? `${to ?? ''}${request.url.slice(from.length)}` : request.url, tls: tlsOf(bound, 'own') });
    },
  };
};

const DAY = 86_400_000;
