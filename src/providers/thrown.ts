import { objectOf, textOf } from '../core/json.ts';

/** Node's code of a failure: `ECONNREFUSED`, `ENOENT`. */
export const errnoOf = (thrown: unknown): string | undefined => textOf(objectOf(thrown)['code']);

/** The status of the answer that an AWS SDK made an error of; none when there was no answer. */
export const statusOf = (thrown: unknown): number | undefined => {
  const status = objectOf(objectOf(thrown)['$metadata'])['httpStatusCode'];
  return typeof status === 'number' ? status : undefined;
};
