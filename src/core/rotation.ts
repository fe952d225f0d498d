/** A key that an issuer holds and publishes. */
export interface IssuingKey {
  readonly kid: string;
  /** What it is called at the issuer. */
  readonly name: string;
}

/** How far the change of an issuer's key has come: read from the issuer, so that whoever goes on with it need not be who began. */
export interface RotationState {
  readonly algorithm: string;
  /** `none` is under way; the new key is `published` beside the old one; the issuer `signs` by it; the old ones are `retired`, and no more is to be done but to say so. */
  readonly stage: 'none' | 'published' | 'signs' | 'retired';
  /** The new key, while a change is under way. */
  readonly next: IssuingKey | undefined;
  /** The others of the algorithm that verifiers take, the one that signs first. */
  readonly others: readonly IssuingKey[];
  /** Seconds for which a token is good at the most, from the moment it is issued. */
  readonly lifespan: number;
}

/** An issuer of ours whose key can be changed. Every step converges: taken twice it is as taken once. */
export interface Rotation {
  readonly look: () => Promise<RotationState>;
  /** Makes a new key. It signs nothing yet; with `signing` it signs from now on. */
  readonly publish: (signing?: 'signing') => Promise<void>;
  /** The new key signs from now on. */
  readonly sign: () => Promise<void>;
  /** Takes these keys away for good. */
  readonly retire: (keys: readonly IssuingKey[]) => Promise<void>;
  /** The new key is the key: nothing is under way any more. */
  readonly finish: () => Promise<void>;
}
