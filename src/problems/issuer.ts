import { problemCodes } from './problem-meaning.ts';

/** What can be wrong with an issuer that is not ours (`issuer` of the blueprint). */
export const issuerProblems = problemCodes({
  ISSUER_KEYS: { meaning: 'The keys of the issuer are not where the blueprint or its discovery document says, none is for its algorithm, or the private half of one is published.', next: 'See what the document says as `jwks_uri`, and by which algorithm the issuer signs.' },
  ISSUER_NO_DISCOVERY: { meaning: 'There is no discovery document of OpenID Connect below `issuer.url`.', next: 'State what tokens say in `iss`, letter by letter.' },
  ISSUER_OTHER: { meaning: 'The discovery document is of another issuer than the blueprint trusts.', next: 'State what the document says, if it is the right one: verifiers compare letter by letter.' },
});
