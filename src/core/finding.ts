/** One thing that doctor has looked at, and what to do about it. */
export interface Finding {
  /** `keycloak`, `kong`, … */
  readonly target: string;
  /** `version`, `login`, `clock`: what was looked at. */
  readonly what: string;
  /** `unknown`: it could not be told, or nobody has tried it. */
  readonly state: 'good' | 'unknown' | 'bad';
  /** What was found, in words. */
  readonly found: string;
  /** The next step, where something is not good. */
  readonly next?: string;
}

/** A version that was tried, or one that nobody has. `tried` is how one begins: `26.`. */
export const versionFinding = (target: string, found: string | undefined, tried: string, why = 'it does not say'): Finding => {
  if (found === undefined) return { target, what: 'version', state: 'unknown', found: why, next: `${tried}x is what authctl is tested with` };
  const good = found.startsWith(tried);
  return { target, what: 'version', state: good ? 'good' : 'unknown', found, ...(!good && { next: `authctl is tested with ${tried}x: verify says whether this one does what is claimed` }) };
};
