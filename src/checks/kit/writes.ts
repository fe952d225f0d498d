import { isFunction } from '../../blueprint/lambda.ts';
import { isListener } from '../../blueprint/listener.ts';
import { fitsPath, isWrite } from '../../access/index.ts';
import type { Secret } from '../../core/secret.ts';
import type { RouteSubject } from '../subject.ts';
import type { Attack } from './attack.ts';
import { partsOf } from './jws.ts';

/** A request that was not sent, because it could change what is somebody's: the verdict is skipped, and says what it needs. */
export class NotSent extends Error {
  override readonly name = 'NotSent';
  readonly need: string;
  constructor(need: string) {
    super(`not sent: ${need}`);
    this.need = need;
  }
}

/**
 * Which requests may be sent. A write that is let through does something: without `disruptive` none is sent, and at a stack that is not
 * local only where the sample of the route gives leave.
 */
export const createWrites = ({ local, disruptive, exchanging = [] }: { readonly local: boolean; readonly disruptive: boolean; /** Clients that exchange tokens. */ readonly exchanging?: readonly string[] }) => {
  /** Credentials that are good, and the audiences they are for: of some only the issuer knows. */
  const issued = new Map<string, readonly unknown[] | undefined>();

  const mayWrite = ({ route }: RouteSubject): boolean => disruptive && (local || route.sample !== undefined);

  /** Whether the request shows what is good for this service, or where nothing is asked for. */
  const isGood = ({ service, route }: RouteSubject, { token, headers = [], query, body, path, method, valid }: Attack): boolean => {
    if (valid === true || (route.public && path === undefined && method === undefined)) return true;
    const shown = [token, ...headers.map(([, value]) => value), query, body?.toString()];
    return [...issued].some(([one, audiences]) => (audiences?.includes(service.audience) ?? true) && shown.some((text) => text !== undefined && holds(text, one)));
  };

  return {
    /** Notes a credential that is good, so that a write with it is known as one. */
    issue: (credential: Secret): Secret => {
      const text = credential.reveal();
      if (!issued.has(text)) issued.set(text, audiencesOf(text, exchanging));
      return credential;
    },
    mayWrite,
    isGood,
    refusal: (subject: RouteSubject, attack: Attack): NotSent | undefined => {
      if (attack.around === true && isFunction(subject.service.upstream)) return new NotSent('a Lambda function has no address around the gateway');
      if (attack.around === true && isListener(subject.service.upstream)) return new NotSent('what stands in a VPC has no address here');
      const { route } = subject;
      const method = attack.method ?? route.method;
      if (!isWrite(method) || (route.reads === true && isSpokenOf(route, method) && isAt(route, attack)) || !isGood(subject, attack)) return undefined;
      if (!disruptive) return new NotSent('disruptive');
      if (local) return undefined;
      // A sample speaks of its own route, and of nothing else that is tried there.
      if (!isSpokenOf(route, method) || !isAt(route, attack)) return new NotSent(`sample: none speaks of ${method} ${attack.path ?? route.path}`);
      return route.sample === undefined ? new NotSent('sample') : undefined;
    },
  };
};

const isAt = ({ path }: RouteSubject['route'], attack: Attack): boolean => attack.path === undefined || fitsPath(path, attack.path);

/** The route's own method, and with a body those that have one. */
const isSpokenOf = ({ method: own, methods, sample }: RouteSubject['route'], method: string): boolean =>
  method === own || (sample?.body !== undefined && methods.some((one) => one === method));

/** As a whole: what was changed at an end is another credential. */
const holds = (text: string, credential: string): boolean => {
  for (let at = text.indexOf(credential); at >= 0; at = text.indexOf(credential, at + 1))
    if (!/[\w.~+/-]/.test(text[at - 1] ?? '') && !/[\w.~+/-]/.test(text[at + credential.length] ?? '')) return true;
  return false;
};

/** Of an opaque one, and of a lightweight token that names at the most who may exchange it, only the issuer knows. */
const audiencesOf = (credential: string, exchanging: readonly string[]): readonly unknown[] | undefined => {
  if (credential.split('.').length !== 3) return undefined;
  try {
    const { aud } = partsOf(credential).payload;
    const named = aud === undefined ? [] : [aud].flat();
    return named.every((one) => exchanging.some((client) => client === one)) ? undefined : named;
  } catch {
    return undefined;
  }
};
