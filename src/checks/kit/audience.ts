import type { Blueprint, Service } from '../../blueprint/types.ts';

/** Whether a token with these claims is for the service: by its audience, or by its client where the issuer names no other (and only then). */
export const isMeantFor = ({ foreign }: Pick<Blueprint, 'foreign'>, { audiences }: Pick<Service, 'audiences'>, claims: Readonly<Record<string, unknown>>): boolean => {
  const said = foreign?.audienceClaim === 'client_id' && claims['aud'] === undefined ? claims['client_id'] : claims['aud'];
  return [said].flat().some((one) => typeof one === 'string' && audiences.includes(one));
};
