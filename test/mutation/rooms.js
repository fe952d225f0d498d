/**
 * Rooms whose tests are tested: each line of them is changed in every way that Stryker knows, and the tests beside it must notice.
 * `tests` are folders below test/unit; `atLeast` is the share of changes, in percent, that must be noticed.
 * @type {Readonly<Record<string, { readonly tests: readonly string[], readonly atLeast: number, readonly mutate?: readonly string[] }>>}
 */
export const rooms = {
  core: { tests: ['core'], atLeast: 85 },
  access: { tests: ['access'], atLeast: 85 },
  patterns: { tests: ['patterns'], atLeast: 75 },
  providers: { tests: ['providers'], atLeast: 75 },
  checks: { tests: ['checks'], atLeast: 75 },
  report: { tests: ['report'], atLeast: 75 },
};
