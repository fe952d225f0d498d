import { generateKeyPairSync } from 'node:crypto';
import type { Authentication, Blueprint } from '../../blueprint/types.ts';
import { selfSigned } from '../../core/certificate.ts';
import { hasBoundTokens, isBound } from '../../patterns/bound.ts';
import { certifiedProxy } from '../../patterns/certificates.ts';
import { authorityOf, certificateOf } from '../../patterns/client-authentication.ts';
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
  const showing = Object.keys(blueprint.realm.clients).filter((id) => hasBoundTokens(blueprint, id, 'mtls') || blueprint.realm.clients[id]?.authentication?.method === 'tls_client_auth');
  const trusted = (id: string): ShownTls => {
    const authority = authorityOf(blueprint, id);
    return authority === undefined ? {} : { authority };
  };
  const { url = '', mtls = url } = blueprint.targets.keycloak ?? {};
  return {
    /** Where a service is asked for whose tokens are bound so, and what is shown there; `undefined` for any other. */
    at: (authentication: Authentication, shows: Shows = 'own'): { readonly base: string; readonly tls: ShownTls } | undefined =>
      isBound(authentication, 'mtls') ? { base: certifiedProxy(blueprint), tls: tlsOf(authentication, shows) } : undefined,
    /** The certificate that tokens are bound to, as whoever has seen it knows it. PEM. */
    known: (authentication: Authentication): string => authentication.token.certificates?.verify?.certificate.reveal() ?? '',
    /** What somebody shows where a client asks for a token, who is not that client. */
    notOf: (id: string, shows: 'another' | 'none'): ShownTls => ({ ...(shows === 'another' && { own: another() }), ...trusted(id) }),
    /** Sends as before, but what a client asks whose tokens are bound so, or who proves so who it is: that goes where the issuer asks for a certificate, and shows it. */
    beside: (send: Send): Send => (request) => {
      if (request.method !== 'POST' || !showing.some((id) => String(request.body ?? '').includes(encodeURIComponent(id)))) return send(request);
      const client = new URLSearchParams(String(request.body ?? '')).get('client_id') ?? '';
      if (!showing.includes(client)) return send(request);
      const own = certificateOf(blueprint, client);
      const [from, to] = [url, mtls].map((one) => one.replace(/\/$/, ''));
      return send({ ...request, url: from !== undefined && request.url.startsWith(`${from}/`) ? `${to ?? ''}${request.url.slice(from.length)}` : request.url, tls: request.tls ?? { ...(own && { own }), ...trusted(client) } });
    },
  };
};

const DAY = 86_400_000;
