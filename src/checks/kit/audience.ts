import { audiencesFrom } from '../../access/index.ts';
import type { Blueprint, ForeignIssuer, Service } from '../../blueprint/types.ts';

/** Whether a token with these claims is for the service: by whom it is of, and by its audience, or its client where the issuer names no other (and only then). */
export const isMeantFor = ({ issuers, foreign }: Pick<Blueprint, 'foreign' | 'issuers'>, service: Service, claims: Readonly<Record<string, unknown>>): boolean => {
  const further = Object.values(issuers).find(({ url }) => url === claims['iss']);
  if (!further) return isFor(foreign, service.audiences, claims);
  return service.issuers.includes(further.name) && isFor(further, service.authentication.issuer === undefined ? audiencesFrom(service, further) : service.audiences, claims);
};

/** Whether a token with these claims has one of the audiences, as its issuer says for whom it is. */
export const isFor = (issuer: Pick<ForeignIssuer, 'audienceClaim'> | undefined, audiences: readonly string[], claims: Readonly<Record<string, unknown>>): boolean => {
  const said = issuer?.audienceClaim === 'client_id' && claims['aud'] === undefined ? claims['client_id'] : claims['aud'];
  return [said].flat().some((one) => typeof one === 'string' && audiences.includes(one));
};
