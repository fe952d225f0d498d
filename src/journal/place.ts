import type { LockPlace } from '../core/lock.ts';

/** What could not be noted where it should be. */
export interface Unwritten {
  /** Why, and where it is instead. */
  readonly words: string;
  /** Whether it is nowhere. */
  readonly lost: boolean;
}

/** A file that is written line by line, while a run runs. Adding never throws and is waited for by nobody. */
export interface Lines {
  readonly add: (line: string) => void;
  /** When all that was added was tried. Whether it is lost. */
  readonly settled: () => Promise<boolean>;
  /** The last line was added. What stands against it being noted. */
  readonly end: () => Promise<Unwritten | undefined>;
}

export interface Preparation {
  /** Kept before anything else is done. */
  readonly keep: readonly (readonly [name: string, text: string])[];
  /** What is kept at the most, of files by the end of their name. */
  readonly most: Readonly<Record<string, number>>;
  /** Of lines: whether a process of this machine is still adding to them. */
  readonly isUnderWay: (text: string) => boolean;
}

/** Where runs are noted: files by name. A name begins with the time, so that names are sorted by age. */
export interface JournalPlace {
  /** As it is told: a directory, or `s3://bucket/prefix`. */
  readonly where: string;
  /** A file of it, as it is told. */
  readonly pathOf: (name: string) => string;
  /**
   * Before the first write to a target. A directory that cannot be used is told when the run has ended; a bucket that cannot be used is thrown, and
   * nothing was written then. What else is to be told.
   */
  readonly prepare: (preparation: Preparation) => Promise<readonly string[]>;
  readonly begin: (name: string) => Lines;
  /** Throws what a person can mend where that is not known. */
  readonly names: () => Promise<readonly string[]>;
  /** Undefined: there is none of this name. Throws what a person can mend where that is not known. */
  readonly read: (name: string) => Promise<string | undefined>;
  /** Whole or not at all. What stands against it being kept. */
  readonly write: (name: string, text: string) => Promise<Unwritten | undefined>;
  /** As well as it can. */
  readonly remove: (name: string) => Promise<void>;
  /** What of the way to a file belongs to others, or may be written by them. Of a bucket its policy decides that, and nobody here knows it. */
  readonly inOtherHands: (name: string) => Promise<string | undefined>;
  /** Where a blueprint has its lock, if this keeps one. */
  readonly lock?: (blueprint: string) => LockPlace;
  readonly close: () => void;
}

/** Files of runs are called by the time at which they began, and some letters. Whatever else stands beside them is somebody else's. */
export const isOfRun = (name: string): boolean => /^\d{8}T\d{6}(?:\.\d{3})?Z-[\da-z]{4}\.[a-z]+$/.test(name);

/** What is too much of files by the end of their name: the oldest. */
export const tooOld = (names: readonly string[], most: Preparation['most']): readonly string[] =>
  Object.entries(most).flatMap(([end, kept]) => names.filter((name) => name.endsWith(end) && isOfRun(name)).toSorted().slice(0, -kept));
