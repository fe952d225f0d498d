import type { Blueprint, FurtherIssuer } from '../blueprint/types.ts';

/** What a client of a further issuer is called among callers: nobody of ours has a slash in the name. */
const furtherName = (issuer: string, client: string): string => `${issuer}/${client}`;

/** Clients of further issuers, each with what it is called there. */
export const furtherClients = ({ issuers }: Pick<Blueprint, 'issuers'>): readonly { readonly name: string; readonly issuer: FurtherIssuer; readonly client: string }[] =>
  Object.values(issuers).flatMap((issuer) => Object.keys(issuer.clients).map((client) => ({ name: furtherName(issuer.name, client), issuer, client })));
