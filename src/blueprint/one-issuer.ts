import type { Path } from './tree.ts';

/**
 * A blueprint trusts one issuer (docs/adr/0005-several-issuers.md). Whoever writes several has not mistyped a key: they are told what to do instead. `path` is what
 * nobody knows, or what cannot be a list.
 */
export const asksForSeveralIssuers = (path: Path): boolean => {
  const [section, name, field, ...rest] = path;
  const [key = ''] = path.slice(-1);
  if (path.length === 1) return ['issuer', 'issuers', 'realm', 'realms'].includes(key);
  if (section === 'issuer') return path.length === 2 && (name === 'url' || name === 'urls');
  const ofService = section === 'services' && (path.length === 3 || (field === 'authentication' && rest.length === 1));
  return (ofService || (section === 'authentication' && path.length === 2)) && ['issuer', 'issuers', 'realm', 'realms'].includes(key);
};

export const SEVERAL_ISSUERS = {
  message: 'a blueprint trusts one issuer, and this asks for more',
  hint: 'write a blueprint for each issuer: they share a gateway, and docs/issuers.md says how one API takes tokens of both',
} as const;
