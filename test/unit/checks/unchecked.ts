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
];
