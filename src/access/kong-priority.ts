/** What Kong's default router (`traditional_compatible`) goes by, of a route or of the part of it whose paths are of one length. */
interface Weighed {
  /** How many of methods, hosts, headers, paths, names of certificates, sources and destinations it states. */
  readonly kinds: number;
  /** It states hosts, and none with a star. */
  readonly plainHosts: boolean;
  /** How many headers it names. */
  readonly headers: number;
  /** Its path is a regular expression, of this `regex_priority`. */
  readonly regex?: number;
  /** Characters of its prefix. */
  readonly prefix?: number;
}

/**
 * The order in which Kong 3 asks, the greater one first. What is meant to lie above 32 bits does not, but for two flags: Lua shifts a number within 32 bits, and with
 * a sign; what has become negative is 2^63 where it is taken for an integer of 64 bits (x86-64). So hosts without a star go first, then expressions, and only then more
 * kinds of condition, more headers and longer paths. Before all of them goes whatever has four kinds, or a `regex_priority` below 0 or from 4096 on.
 * (get_priority and lshift_uint64, kong/router/transform.lua, 3.0 to 3.10; seen on a genuine 3.9.3)
 */
export const kongPriority = ({ kinds, plainHosts, headers, regex, prefix = 0 }: Weighed): bigint => {
  const flags = (plainHosts ? 1n << 60n : 0n) | (regex === undefined ? 0n : 1n << 51n);
  const numbers = [kinds << 61, Math.min(headers, 255) << 52, Math.trunc(regex ?? 0) << 19, regex === undefined ? prefix & 0x7ffff : 0];
  // Without a flag all of them are one number still when it is taken for an integer.
  return flags === 0n ? unsigned(numbers.reduce((all, number) => all | number, 0)) : numbers.reduce((all, number) => all | unsigned(number), flags);
};

const unsigned = (number: number): bigint => (number < 0 ? 1n << 63n : BigInt(number));
