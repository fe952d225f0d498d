/** What `services.<id>.issuers` calls the issuer of the blueprint itself. No further one is called so. */
export const OWN_ISSUER = 'own';
