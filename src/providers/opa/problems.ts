import { problemCodes } from '../../problems/problem-meaning.ts';

export const opaProblems = problemCodes({
  OPA_BUILD: { meaning: '`opa build` refused the policy.', next: 'Its own words are quoted.' },
  OPA_BUILTIN: { meaning: 'The policy uses a builtin function that the services do not have.', next: 'Let the policy get the value as input or data, or decide at OPA (pattern `centralised`).' },
  OPA_BUNDLE_FOREIGN: { meaning: 'The bundle that somebody else publishes (`authorization.bundle`) cannot be used: it is no bundle, is not signed as stated, or does not make the decision.', next: 'What is wrong with it is said; whoever publishes it mends it, or the blueprint names another one.' },
  OPA_BUNDLE_MOVED: { meaning: 'The bundle that somebody else publishes has another revision than the blueprint pins.', next: 'Look at it (`authctl matrix`, `authctl drift`), then state the new `authorization.bundle.revision`.' },
  OPA_BUNDLE_REJECTED: { meaning: 'An OPA or a service refused the bundle; the one before stays in force.', next: 'Mend the policy and apply again.' },
  OPA_DATA: { meaning: 'The data of the policy cannot be put together.', next: 'Mend the file that is named.' },
  OPA_FILE_RESERVED: { meaning: 'A file of the policy has a name that authctl writes itself.', next: 'Rename the file.' },
  OPA_FORBIDDEN: { meaning: 'OPA, or the store of bundles, does not let this login do it.', next: 'Check the token in `targets.opa`.' },
  OPA_MISSING: { meaning: 'There is no `opa`, and services decide by a module that only `opa build` makes.', next: 'Set `targets.opa.binary` or AUTHCTL_OPA_BIN, or put opa on PATH.' },
  OPA_NOT_IN_FORCE: { meaning: 'Not every OPA and service has the new revision in time.', next: 'Does each of them fetch from where it was published? `bundle.wait` bounds the time.' },
  OPA_OFFLINE: { meaning: 'The policy asks somebody else (`http.send`), and is evaluated here without that.', next: 'Let the policy get the value as input or data.' },
  OPA_PACKAGE_OUTSIDE_ROOT: { meaning: "A file or data of the policy is outside the root of the blueprint's bundle.", next: 'Move it below the root that is said.' },
  OPA_POLICY: { meaning: 'The policy is not accepted by `opa check --strict`.', next: 'Mend the line of the Rego.' },
  OPA_REFUSED: { meaning: 'OPA refused a request.', next: 'Its own words are quoted.' },
  OPA_SIGNING_KEY: { meaning: 'The key that bundles are signed with cannot be used.', next: 'Give a private key as PEM: RSA from 2048 bits, or P-256.' },
  OPA_STATUS_DISABLED: { meaning: 'An OPA does not tell which bundle is active.', next: 'Switch its status on, for example `status: { console: true }`.' },
  OPA_STORE: { meaning: 'The store of bundles cannot be read or written.', next: 'Check `targets.opa.bundle.publish`.' },
});
