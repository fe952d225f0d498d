import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** blueprints/sso.yaml with policies that were written for something else: each shape of question, and roots, decisions and answers of their own. */
const VARIANTS = {
  /** OPA's plugin for Envoy: packages and data below a root of their own, a decision that is an object with `allowed`. */
  envoy: 'pattern: centralised, policy: POLICIES/envoy, decision: envoy/authz/decision, input: envoy, roots: [envoy]',
  /** Kong Enterprise's opa: each service has a decision of its own, one a plain yes, the other an object. */
  kong: 'pattern: centralised, policy: POLICIES/gateway, decision: gateway/orders/allow, input: kong, roots: [gateway]',
  /** An input of its own, and `permitted` for a yes. */
  mapping:
    'pattern: centralised, policy: POLICIES/access, decision: access/verdict, roots: [access], answer: permitted, input: mapping, fields: { verb: request.method, page: request.segments, ' +
    'who.scopes: token.scope, who.roles: token.realm_access.roles, who.machine: token.client_id, who.name: token.preferred_username }',
} as const;
export type Variant = keyof typeof VARIANTS;
export const variants = Object.keys(VARIANTS) as readonly Variant[];

const repository = join(import.meta.dirname, '..');

/** The text of a variant; `policy` is where its policy stands, unless it is the one of this repository. */
export const variantText = (variant: Variant, policy?: string): string => {
  const stated = VARIANTS[variant].replace('POLICIES', join(repository, 'policies'));
  const text = readFileSync(join(repository, 'blueprints/sso.yaml'), 'utf8').replace(/\nauthorization:\n( {2}.*\n)+/, `\nauthorization: { ${policy === undefined ? stated : stated.replace(/policy: [^,]+/, `policy: ${policy}`)} }\n`);
  return variant === 'kong' ? text.replace('    audience: invoices\n', '    audience: invoices\n    decision: gateway/invoices/answer\n') : text;
};
