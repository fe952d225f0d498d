/**
 * Rooms whose tests are tested: each line of them is changed in every way that Stryker knows, and the tests beside it must notice.
 * `tests` are folders below test/unit; `atLeast` is the share of changes, in percent, that must be noticed; of a room too big to be tried whole
 * one declaration in `oneIn` is (sample.js). `folder`: where it is below src, the name where it is not stated, and `apart` what is a room of its own
 * in there. `without`: tests that would take minutes over every change, and notice nothing that the others do not.
 * @type {Readonly<Record<string, { readonly folder?: string, readonly apart?: readonly string[], readonly tests: readonly string[], readonly atLeast: number, readonly without?: readonly string[], readonly oneIn?: number }>>}
 */
export const rooms = {
  core: { tests: ['core'], atLeast: 85 },
  access: { tests: ['access'], atLeast: 85 },
  patterns: { tests: ['patterns'], atLeast: 75 },
  // What several providers share is tried by the tests of those that use it.
  providers: { apart: ['aws', 'keycloak', 'kong', 'opa'], tests: ['providers'], atLeast: 75 },
  aws: { folder: 'providers/aws', tests: ['providers/aws'], atLeast: 75, oneIn: 8 },
  keycloak: { folder: 'providers/keycloak', tests: ['providers/keycloak'], atLeast: 75, oneIn: 16 },
  kong: { folder: 'providers/kong', tests: ['providers/kong'], atLeast: 75, oneIn: 16 },
  opa: { folder: 'providers/opa', tests: ['providers/opa'], atLeast: 75, oneIn: 8 },
  // can-fail runs the whole catalogue in every test, worlds a group.
  checks: { tests: ['checks'], atLeast: 75, oneIn: 24, without: ['checks/can-fail.sweep.test.ts'] },
  report: { tests: ['report'], atLeast: 75 },
};
