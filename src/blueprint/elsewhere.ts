import { isLoopback } from './checks/addresses.ts';
import type { Blueprint } from './types.ts';

/** The targets of which an address is not on this machine: no local stack is there, and what is there may be somebody's. */
export const elsewhere = ({ keycloak, kong, opa, aws }: Blueprint['targets'], issuer?: string): ReadonlySet<string> => {
  const addresses: Readonly<Record<string, readonly (string | undefined)[]>> = {
    keycloak: [keycloak?.url, keycloak?.admin, issuer],
    kong: [kong?.admin.url, kong?.proxy.url],
    opa: opa === undefined ? [] : [...opa.servers, ...(/^https?:/.test(opa.bundle.publish) ? [opa.bundle.publish] : [])],
    aws: aws === undefined ? [] : [aws.endpoint ?? 'https://amazonaws.com'],
  };
  return new Set(Object.keys(addresses).filter((target) => addresses[target]?.some(isAway)));
};

const isAway = (url: string | undefined): boolean => url !== undefined && URL.canParse(url) && !isLoopback(new URL(url));
