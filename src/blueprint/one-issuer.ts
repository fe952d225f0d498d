import type { Path } from './tree.ts';

/**
 * A blueprint has one issuer of its own, and further ones by name (docs/adr/0007-further-issuers.md). Whoever writes several in other words has not mistyped a key: they
 * are told where each goes. `path` is what nobody knows, or what cannot be a list.
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
  message: 'a blueprint has one issuer of its own, and this asks for more',
  hint: 'name the others under issuers: { <name>: { url: … } }, and say at each service whose tokens it takes: issuers: [own, <name>]; docs/issuers.md has more',
} as const;
