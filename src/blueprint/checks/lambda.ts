import { isFunction } from '../lambda.ts';
import type { Service } from '../types.ts';
import type { Context } from './context.ts';

/** API Gateway waits no longer for an integration of an HTTP API (AWS, "Quotas for HTTP APIs"). */
const LONGEST = 30;

/** A Lambda function is asked by API Gateway alone, and what is said of one says nothing of a server. */
export const checkLambda = ({ findings }: Context, { id, upstream, lambda, gateways, status }: Service): void => {
  const at = (...path: string[]): string[] => ['services', id, ...path];
  const told = (path: string[], what: string, hint: string): void => findings.add('BLUEPRINT_LAMBDA', path, what, { hint });
  if (!isFunction(upstream)) {
    if (lambda) told(at('lambda'), `the upstream of "${id}" is no Lambda function`, 'remove it, or state the ARN of the function as its upstream');
    return;
  }
  gateways.forEach((gateway, index) => {
    if (gateway !== 'aws') told(findings.sound(at('gateways')) ? at('gateways', String(index)) : at('upstream'), `${gateway} cannot ask a Lambda function`, 'gateways: [aws]');
  });
  if (lambda && lambda.timeout > LONGEST) told(at('lambda', 'timeout'), `API Gateway waits ${LONGEST} s at the most`, `timeout: ${LONGEST}s`);
  if (status !== undefined) told(at('status'), 'a Lambda function has no address of its own that could be asked', 'remove it');
};
