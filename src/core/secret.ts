import { createHmac, randomBytes } from 'node:crypto';
import { inspect } from 'node:util';

/** Lives as long as the process: a fingerprint lets two secrets be compared inside one plan, and says nothing outside it. */
const fingerprintKey = randomBytes(32);

/** Characters of a secret at the least: a shorter value would mask ordinary words, so a blueprint that has one is refused. */
export const SHORTEST_SECRET = 8;

/** A secret: sent, never shown. Search for `.reveal(` to see every use. */
export class Secret {
  readonly #value: string;
  constructor(value: string) {
    this.#value = value;
  }
  reveal(): string {
    return this.#value;
  }
  /** Twelve hexadecimal characters of an HMAC under a key of this process: equal exactly when the secrets are. */
  fingerprint(): string {
    return createHmac('sha256', fingerprintKey).update(this.#value).digest('hex').slice(0, 12);
  }
  toJSON(): string {
    return '[secret]';
  }
  toString(): string {
    return '[secret]';
  }
  [inspect.custom](): string {
    return '[secret]';
  }
}
