import { problemCodes } from '../../problems/problem-meaning.ts';

export const kongProblems = problemCodes({
  KONG_ADOPTS: { meaning: '`adopts` names nothing that can be taken over: it is not there, it is there twice, something else of the blueprint is called so, or requests of others go through it.', next: 'Name what is there, or take `adopts` out where nothing is to be taken over.' },
  KONG_CONFIG: { meaning: 'A Kong without a database answers no declarative configuration.', next: 'Is it a DB-less node of Kong 3?' },
  KONG_ENTITY_MISSING: { meaning: 'This Kong has no such entity.', next: 'Is its plugin enabled?' },
  KONG_FIELD_TYPE: { meaning: "A field of `raw.kong` is of another type than this Kong's schema says.", next: 'Write it as is said.' },
  KONG_FIELD_UNKNOWN: { meaning: 'A field of `raw.kong` is not one that this Kong knows.', next: 'Mend the name; the fields are listed where they are few.' },
  KONG_FORBIDDEN: { meaning: 'The Admin API does not let this login do it.', next: 'Check `targets.kong.admin.token`, or the token of `targets.kong.konnect`.' },
  KONG_KEY_TAKEN: { meaning: 'A key or another unique field is held by a row of somebody else.', next: 'Find it by the Admin API, then delete or rename theirs.' },
  KONG_KONNECT_CONTROL_PLANE: { meaning: 'Konnect shows this token no such control plane.', next: 'Check `targets.kong.konnect`: its region, the name or id, and the role Viewer of the token.' },
  KONG_NAME_TAKEN: { meaning: "A name is held by a row without our mark, what was to be taken over is gone, or another blueprint's by now, or what is let go cannot have its former name back.", next: 'Plan again: it is shown as blocked, and `--adopt` takes it over. To let go of something, rename what has its former name.' },
  KONG_NOT_IN_FORCE: { meaning: 'Kong took every write, and its proxy does not answer by them.', next: 'Is `targets.kong.proxy.url` the proxy of the same Kong?' },
  KONG_NOT_KONG: { meaning: 'What answers is not a Kong Admin API.', next: '`targets.kong.admin.url` is the Admin API (port 8001 by default), not the proxy.' },
  KONG_OVERTAKEN: { meaning: 'Somebody else loaded another configuration at the same time.', next: 'Apply again, one at a time.' },
  KONG_PLUGIN_MISSING: { meaning: 'This Kong does not have a plugin that the blueprint needs.', next: 'Install it (infra/kong/plugins) and name it in KONG_PLUGINS.' },
  KONG_REFUSED: { meaning: 'Kong refused a request.', next: 'Its own words are quoted.' },
  KONG_ROUTE_KEPT_CLOSED: { meaning: 'A new route stays closed, because what guards it is not as the blueprint wants it.', next: 'Somebody else is writing to this Kong; apply again.' },
  KONG_SCHEMA: { meaning: 'The schema of this Kong refuses an object.', next: 'Look at `raw.kong` for what it says.' },
  KONG_SECRET_LITERAL: { meaning: 'A field that Kong encrypts holds its text in the file.', next: 'Refer to it by `${NAME}`, `${file:path}` or `{vault://…}`.' },
  KONG_STORE: { meaning: '`targets.kong.store` is not how this Kong runs.', next: 'State the other one.' },
  KONG_VAULT_MISSING: { meaning: 'This Kong has no vault of the sort.', next: 'Mend the name, or enable the vault.' },
});
