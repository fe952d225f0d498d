import { awsProblems } from '../providers/aws/problems.ts';
import { keycloakProblems } from '../providers/keycloak/problems.ts';
import { kongProblems } from '../providers/kong/problems.ts';
import { opaProblems } from '../providers/opa/problems.ts';
import { blueprintProblems } from './blueprint.ts';
import { cliProblems } from './cli.ts';
import { importProblems } from './import.ts';
import { issuerProblems } from './issuer.ts';
import { engineProblems } from './engine.ts';
import type { ProblemMeaning } from './problem-meaning.ts';
import { patternProblems } from './patterns.ts';
import { secretsProblems } from '../secrets/problems.ts';
import { journalProblems } from '../journal/problems.ts';
import { stackProblems } from './stack.ts';
import { verifyProblems } from './verify.ts';

/** Every code a problem can have, by where it comes from. docs/errors.md is made of it. */
export const problemSections = {
  'The blueprint': blueprintProblems,
  'Stores of secrets': secretsProblems,
  'Plan and apply': engineProblems,
  'Where runs are noted': journalProblems,
  'Patterns, raw and policy': patternProblems,
  Keycloak: keycloakProblems,
  'An issuer that is not ours': issuerProblems,
  Kong: kongProblems,
  OPA: opaProblems,
  AWS: awsProblems,
  Verify: verifyProblems,
  Import: importProblems,
  'The command line': cliProblems,
  'The local stack': stackProblems,
} as const;

type Sections = typeof problemSections;
/** A code that is registered: another one does not compile. */
export type ProblemCode = { [Section in keyof Sections]: keyof Sections[Section] }[keyof Sections];

const all: ReadonlyMap<string, ProblemMeaning> = new Map(Object.values(problemSections).flatMap((codes) => Object.entries<ProblemMeaning>(codes)));

export const meaningOf = (code: ProblemCode): ProblemMeaning | undefined => all.get(code);
export const isProblemCode = (code: string): code is ProblemCode => all.has(code);
