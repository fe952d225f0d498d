import { isLoopback } from './checks/addresses.ts';
import type { Blueprint } from './types.ts';

/** The targets of which an address is not on this machine: no local stack is there, and what is there may be somebody's. */
export const elsewhere = (targets: Blueprint['targets'], issuer?: string): ReadonlySet<string> => {
  const addresses = addressesOf(targets, issuer);
  return new Set(Object.keys(addresses).filter((target) => addresses[target]?.some(isAway)));
};

/** True where every address of the targets is one of those: nothing but what somebody made is written to. */
export const areAllAmong = (targets: Blueprint['targets'], made: readonly string[]): boolean => {
  const known = new Set(made.flatMap(plainly));
  const stated = Object.values(addressesOf(targets)).flat().filter((url) => url !== undefined);
  return stated.length > 0 && stated.every((url) => plainly(url).some((one) => known.has(one)));
};

const plainly = (url: string): readonly string[] => (URL.canParse(url) ? [new URL(url).href.replace(/\/+$/, '')] : []);

const addressesOf = ({ keycloak, kong, opa, aws }: Blueprint['targets'], issuer?: string): Readonly<Record<string, readonly (string | undefined)[]>> => ({
  keycloak: [keycloak?.url, keycloak?.admin, issuer],
  kong: [kong?.admin.url, kong?.proxy.url],
  opa: opa === undefined ? [] : [...opa.servers, ...(/^https?:/.test(opa.bundle.publish) ? [opa.bundle.publish] : [])],
  aws: aws === undefined ? [] : [aws.endpoint ?? 'https://amazonaws.com'],
});

const isAway = (url: string | undefined): boolean => url !== undefined && URL.canParse(url) && !isLoopback(new URL(url));
