import { pattern, reference, text } from './field.ts';
import type { Reference, Schema } from './field.ts';

export const lowerName = (length: number) => pattern('a name of lower-case letters, digits and hyphens', `^[a-z][a-z0-9-]{0,${length - 1}}$`, 'shop');
export const idName = lowerName(63);
export const roleName = pattern('a role name of letters, digits and . _ -', '^[A-Za-z0-9][A-Za-z0-9._-]{0,126}$', 'order-writer');
export const scopeName = pattern('a scope name of letters, digits and : . _ / -', '^[A-Za-z0-9][A-Za-z0-9:._/-]{0,126}$', 'orders:read');
export const clientName = pattern('a client id of letters, digits and . _ -', '^[A-Za-z0-9][A-Za-z0-9._-]{0,126}$');
export const userName = pattern('a username of lower-case letters, digits and . _ - @ +', '^[a-z0-9][a-z0-9._@+-]{0,126}$');
export const rowName = pattern('the name of a persona or a service client, of a client of a further issuer (partner/batch), or anonymous', '^([a-z][a-z0-9-]{0,62}/)?[A-Za-z0-9][A-Za-z0-9._-]{0,126}$');
export const levelName = pattern('the name of a level, of letters, digits and : . _ / -', '^[A-Za-z0-9][A-Za-z0-9:._/-]{0,126}$');
export const environmentName = pattern('an environment name', '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$');

/** What something was called before; `name`: the form of such names. */
export const formerName = (what: string, name: Schema) =>
  text(`The name that ${what} had before. What is there by it goes, without \`--prune\`, when what comes in its place is in force ([below](#renames)).`, {
    pattern: name.pattern ?? '',
    title: name.title ?? 'a name',
  });

/** What other fields name. */
export const aRole = reference('A role.', { declared: 'realm.roles', what: 'role', code: 'BLUEPRINT_UNKNOWN_ROLE' });
export const SCOPES: Reference = { declared: 'realm.scopes', what: 'scope', code: 'BLUEPRINT_UNKNOWN_SCOPE' };
export const aScope = reference('A scope.', SCOPES);
/** As a challenge may name it (RFC 9470 section 3). */
export const acrForm = { pattern: '^[!#-\\[\\]-~]{1,200}$', title: 'a level: text without blanks and quotes' };
