import type { Loaded } from './declaration/field.ts';
import type { furtherIssuer as declaredFurther, issuer as declared } from './declaration/issuer.ts';
import type { ForeignIssuer, FurtherIssuer, Realm, RealmClient, Scope } from './types.ts';
import { record } from './tree.ts';

type Stated = Loaded<typeof declared>;

/** By which of its tokens it is known. */
export const foreignIssuer = ({ url, audienceClaim, jwksUri, tokenType }: Pick<Stated, 'url' | 'audienceClaim' | 'jwksUri' | 'tokenType'>): ForeignIssuer => {
  const told = tokenType ?? (audienceClaim === 'client_id' ? { claim: 'token_use', value: 'access' } : undefined);
  return { url, audienceClaim, ...(jwksUri !== undefined && { jwksUri }), ...(told && { tokenType: told }) };
};

/** What is known of an issuer that is not ours, in the form of a realm: whoever asks about scopes, roles, clients and keys asks in one place. */
export const foreignRealm = ({ algorithm, accessTokenLifespan, roles, scopes, clients }: Stated, usual: Realm): Realm => ({
  ...usual,
  tokens: { ...usual.tokens, algorithm, accessTokenLifespan },
  roles,
  scopes: map(scopes, ({ audience = '', ...scope }): Scope => ({ ...scope, audience, mappers: {} })),
  clients: map(clients, (client, name): RealmClient => {
    const { type, clientId = name, clientSecret, ask, audiences, webOrigins = [] } = client;
    return {
      type,
      scopes: client.scopes,
      webOrigins,
      ...(clientSecret && { secret: clientSecret }),
      abroad: { clientId, ask, audiences },
      redirectUris: [],
      postLogoutRedirectUris: [],
      roles: [],
      lightweightTokens: false,
      mappers: {},
      protected: false,
    };
  }),
});

/** What is known of a further issuer. */
export const furtherIssuer = (stated: Loaded<typeof declaredFurther>, name: string): FurtherIssuer => ({
  ...foreignIssuer(stated),
  name,
  algorithm: stated.algorithm,
  scopes: map(stated.scopes, ({ audience = '' }) => ({ audience })),
  clients: map(stated.clients, ({ clientId, ...client }, own) => ({ ...client, clientId: clientId ?? own })),
});

const map = <From, To>(values: Readonly<Record<string, From>>, change: (value: From, name: string) => To): Readonly<Record<string, To>> =>
  record(Object.entries(values).map(([name, value]) => [name, change(value, name)] as const));
