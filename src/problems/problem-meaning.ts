/** What a code means and what to do about it, in general; a problem's own hint is nearer to the case. Both are sentences of the documentation. */
export interface ProblemMeaning {
  readonly meaning: string;
  readonly next: string;
}

export const problemCodes = <const Codes extends { readonly [code: string]: ProblemMeaning }>(codes: Codes): Codes => codes;
