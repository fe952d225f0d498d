import { endpointsOf } from '../../blueprint/issuer.ts';
import { Problem } from '../../core/problem.ts';
import type { Outcome } from '../contract.ts';
import type { OtherwiseAsserted } from '../kit/client-auth.ts';
import type { ShownTls } from '../kit/http.ts';
import type { Kit } from '../kit/index.ts';
import { attackerKey } from '../kit/jws.ts';
import { post } from '../kit/tokens.ts';

/** What must work before a refusal says anything: what the client proves by who it is, where that is at hand. */
export const rightProof = async (kit: Kit, client: string): Promise<Outcome | undefined> => {
  const proof = kit.tokens.clientAuth.form(client);
  if (proof === undefined) return undefined;
  const what = kit.blueprint.realm.clients[client]?.authentication ? 'the right proof' : 'the right secret';
  const { status, body } = await post(kit.send, endpointsOf(kit.blueprint).token, { grant_type: 'client_credentials', client_id: client, ...proof });
  if (typeof body.access_token === 'string') return undefined;
  return { status: 'inconclusive', why: `${what} must give a token first, and it got ${status}`, evidence: [{ request: what, status }] };
};

/** What somebody shows who is not the client. */
interface NotItself {
  readonly label: string;
  readonly form: Readonly<Record<string, string>>;
  readonly tls?: ShownTls;
}
export const notItself = (kit: Kit, client: string): readonly NotItself[] => {
  const { authentication } = kit.blueprint.realm.clients[client] ?? {};
  const bare: readonly NotItself[] = [
    { label: authentication ? 'nothing' : 'no secret', form: {} },
    { label: 'the secret ""', form: { client_secret: '' } },
    { label: 'the secret "wrong"', form: { client_secret: 'wrong' } },
  ];
  const { clientAuth, certificates } = kit.tokens;
  if (authentication?.method === 'tls_client_auth')
    return (['none', 'another'] as const).flatMap((shows) => bare.map((one) => ({ ...one, label: `${one.label} and ${shows === 'none' ? 'no certificate' : 'the certificate of somebody else'}`, tls: certificates.notOf(client, shows) })));
  if (authentication?.method !== 'private_key_jwt' || clientAuth.form(client) === undefined) return bare;
  const asserted = (label: string, otherwise: OtherwiseAsserted): NotItself => ({ label: `an assertion ${label}`, form: clientAuth.assertion(client, otherwise) });
  const now = Math.floor(kit.clock.now() / 1000);
  const unsigned = clientAuth.assertion(client, { header: { alg: 'none' } });
  return [
    ...bare,
    asserted("that somebody else's key has signed", { key: attackerKey() }),
    asserted('for somebody else', { claims: { aud: 'https://evil.example' } }),
    asserted('of another client', { claims: { iss: 'somebody-else', sub: 'somebody-else' } }),
    asserted('that has ended', { claims: { iat: now - 600, exp: now - 540 } }),
    { label: 'an assertion without a signature', form: { ...unsigned, client_assertion: (unsigned.client_assertion ?? '').replace(/[^.]*$/, '') } },
  ];
};

/** A connection that the server ended is an answer, too: there is no token. */
export const endedFor = (thrown: unknown): Awaited<ReturnType<typeof post>> => {
  if (thrown instanceof Problem && thrown.code === 'TARGET_UNREACHABLE') return { status: 0, body: {} };
  throw thrown;
};
