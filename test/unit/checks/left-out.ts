/** Claims worth having that verify does not judge, and why. */
export const leftOut: readonly (readonly [claim: string, why: string])[] = [
  [
    'a session service refuses bad ID tokens: unsigned, wrongly signed, of another issuer, audience or nonce, without iat or sub',
    'needs an issuer of the attacker in place of the real one, which nobody wants on a live system; held by a test of the shipped service',
  ],
  [
    'a changed password ends the sessions of other devices',
    'Keycloak leaves it to the person (a box on its own page) and to the administrator, who ends sessions as in SES-03 and SES-16',
  ],
];
