import { isListener } from '../listener.ts';
import type { Service } from '../types.ts';
import type { Context } from './context.ts';

/** What stands in a VPC is asked by API Gateway alone, through a VPC link, and a VPC link leads to nothing else. */
export const checkPrivate = ({ findings }: Context, { id, upstream, vpcLink, gateways }: Service): void => {
  const at = (...path: string[]): string[] => ['services', id, ...path];
  const told = (path: string[], what: string, hint: string): void => findings.add('BLUEPRINT_VPC_LINK', path, what, { hint });
  if (!isListener(upstream)) {
    if (vpcLink) told(at('vpcLink'), `the upstream of "${id}" is nothing that a VPC link leads to`, 'state the ARN of a listener or of a service of Cloud Map as its upstream, or remove it');
    return;
  }
  if (!vpcLink) told(at('upstream'), `the upstream of "${id}" stands in a VPC, and no VPC link leads there`, 'vpcLink: { id: … }, as "aws apigatewayv2 get-vpc-links" lists them');
  gateways.forEach((gateway, index) => {
    if (gateway !== 'aws') told(findings.sound(at('gateways')) ? at('gateways', String(index)) : at('upstream'), `${gateway} knows no VPC link`, 'gateways: [aws]');
  });
};
