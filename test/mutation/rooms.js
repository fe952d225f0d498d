/**
 * Rooms whose tests are tested: each line of them is changed in every way that Stryker knows, and the tests beside it must notice.
 * `tests` are folders below test/unit; `atLeast` is the share of changes, in percent, that must be noticed; of a room too big to be tried whole
 * one declaration in `oneIn` is (sample.js). `without`: tests that would take minutes over every change, and notice nothing that the others do not.
 * @type {Readonly<Record<string, { readonly tests: readonly string[], readonly atLeast: number, readonly without?: readonly string[], readonly oneIn?: number }>>}
 */
export const rooms = {
  core: { tests: ['core'], atLeast: 85 },
  access: { tests: ['access'], atLeast: 85 },
  patterns: { tests: ['patterns'], atLeast: 75 },
  providers: { tests: ['providers'], atLeast: 75, oneIn: 16 },
  // can-fail runs the whole catalogue in every test, worlds a group.
  checks: { tests: ['checks'], atLeast: 75, oneIn: 24, without: ['checks/can-fail.test.ts'] },
  report: { tests: ['report'], atLeast: 75 },
};
