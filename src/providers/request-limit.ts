import { secondsOf } from '../core/duration.ts';
import { Problem } from '../core/problem.ts';

/** How long one request to a target is waited for at the most, in milliseconds; each client's own limit where nobody says. */
export const requestLimitIn = ({ AUTHCTL_REQUEST_TIMEOUT: stated }: NodeJS.ProcessEnv): number | undefined => {
  if (stated === undefined || stated === '') return undefined;
  const seconds = secondsOf(stated);
  if (seconds === undefined) throw new Problem('TARGET_TIMEOUT', `AUTHCTL_REQUEST_TIMEOUT is "${stated}", which is no duration`, { expected: 'a duration such as 5s or 1m' });
  return seconds * 1000;
};
