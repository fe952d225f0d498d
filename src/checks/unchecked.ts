/** Claims that people ask about and that `verify` does not check, each with the reason and what holds it instead. */
export const unchecked: readonly { readonly id: string; readonly claim: string; readonly why: string }[] = [
  {
    id: 'COO-01',
    claim: 'the session cookie is Secure, HttpOnly, SameSite and of one host',
    why: 'The gateway sets no cookie: in `sso` the application does, in `session` the session service, whose own tests look at it.',
  },
  { id: 'COO-02', claim: 'the cookie has the prefix `__Host-`', why: 'Whoever sets the cookie chooses its name; the gateway only reads it.' },
  {
    id: 'COO-08',
    claim: 'no token can be read by a script of the page',
    why: 'It is about what a page does with its tokens, and needs the page in a browser.',
  },
  {
    id: 'OPQ-03',
    claim: 'no answer about a token is kept past its end',
    why: 'No client of a blueprint issues tokens that end within seconds. Held by a stack test with a real Keycloak and by the specs of the plugin.',
  },
  {
    id: 'OPQ-04',
    claim: 'nobody gets in while the introspection endpoint is down or slow',
    why: 'Verify stops no server. Held by a stack test that stops, slows and breaks the endpoint in thirty ways.',
  },
  {
    id: 'OPQ-05',
    claim: "nobody gets in while the gateway's own secret is wrong",
    why: 'The secret would have to be changed at the issuer while people are signed in. Held by the same stack test.',
  },
  {
    id: 'OPQ-11',
    claim: 'the token goes to the introspection endpoint in the body alone',
    why: 'What the gateway asks cannot be seen from outside. Held by the same stack test.',
  },
  {
    id: 'OPQ-12',
    claim: 'a signed introspection answer (RFC 9701) is verified',
    why: 'Keycloak signs the JWT in the answer, not the answer. That JWT goes through `jwt` and the guard: foreign and missing signatures are in the same stack test.',
  },
  {
    id: 'SES-07',
    claim: 'a changed password ends the sessions of other devices',
    why: 'Keycloak leaves it to the person (a box on its own page) and to the administrator, who ends sessions as in SES-03 and SES-16.',
  },
  {
    id: 'SES-12',
    claim: 'a session service refuses bad ID tokens: unsigned, wrongly signed, of another issuer, audience or nonce, without iat or sub',
    why: 'It needs an issuer of the attacker in place of the real one, which nobody wants on a live system. Held by a test of the shipped service.',
  },
  {
    id: 'AZ-03',
    claim: 'OPA down',
    why: "Stopping OPA stops everybody's: `test/stack/services.stack.ts` hangs it, and the gateway answers 503 without a call of the service.",
  },
  {
    id: 'AZ-04',
    claim: 'OPA slow',
    why: "A slow OPA is the plugin's own time-out: `test/lua/spec` holds it to the configured budget, and it denies.",
  },
  {
    id: 'AZ-05',
    claim: 'a builtin that a module lacks',
    why: 'A policy that calls what a module cannot run is refused when it is planned, at its line; the decider refuses such a module by the name of the builtin.',
  },
  {
    id: 'AZ-08',
    claim: 'a forbidden field of a body',
    why: 'Which fields of a body somebody may change is known to the service alone: neither the blueprint nor the gateway reads bodies.',
  },
  {
    id: 'AZ-10',
    claim: 'a claim that the user edits',
    why: 'That the realm lets nobody edit what policies read (roles, the username) is owned configuration, so a change is drift; AZ-09 tries the claims.',
  },
  {
    id: 'AZ-14',
    claim: 'a bundle by the next key',
    why: 'As AZ-12: a bundle signed by a key that is not declared.',
  },
  {
    id: 'AZ-16',
    claim: 'a rule that was removed',
    why: 'Apply ends when every OPA and every service reports the new revision; AZ-15 and AZ-18 ask again.',
  },
  {
    id: 'AZ-20',
    claim: 'OPA and the module on a corpus',
    why: 'OPA and the module are asked the same random questions in `test/unit/service/shop-policy.test.ts`; AZ-17 asks both on the live stack.',
  },
  {
    id: 'AZ-21',
    claim: 'the decision log',
    why: "The guard's log line is held in `test/unit/service/guard.test.ts`: decision id, revision, subject, no token; OPA's own log would hold tokens, and is off.",
  },
  {
    id: 'AZ-22',
    claim: 'a role that was taken away',
    why: 'A token keeps the roles that it was issued with: how long that may be is JWT-01 and OPQ-02.',
  },
  {
    id: 'AWS-06',
    claim: 'a failed discovery is not remembered for hours',
    why: 'Verify does not break the issuer, and AWS says nothing about it. The stand-in asks again; its unit tests hold that.',
  },
  {
    id: 'AWS-07',
    claim: 'the verified claims reach the integration',
    why: 'An HTTP_PROXY integration gets the token itself. The claims are in the access log (`targets.aws.accessLog`), whose format a unit test holds.',
  },
  {
    id: 'AWS-10',
    claim: 'the issuer can be reached by AWS over public https',
    why: 'The loader refuses an issuer of plain http (`BLUEPRINT_AWS_ISSUER`), and AWS refuses an authorizer whose discovery it cannot fetch: apply shows its answer.',
  },
  {
    id: 'AWS-11',
    claim: 'a new key counts within two hours, and the old one in a grace period',
    why: 'AWS may keep keys for two hours, and nobody can wait for that in a test. The stand-in keeps them by its own clock; its unit tests hold that.',
  },
];
