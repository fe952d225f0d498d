import { problemCodes } from './problem-meaning.ts';

/** Of the way in from what is there. */
export const importProblems = problemCodes({
  IMPORT_EXISTS: { meaning: 'The file that `import` would write is there already. Nothing was written.', next: 'Give another file name, or `--force`.' },
  IMPORT_LOGIN: { meaning: 'Nothing says where a server is that `import` is to read, or how to log in.', next: 'Set the variable that is named, as for a blueprint.' },
  IMPORT_LAMBDA_AUTHORIZER: { meaning: 'A Lambda authorizer stands before the routes: what it lets through is code, which a blueprint cannot say.', next: 'Put a JWT authorizer in its place, or verify in the services.' },
  IMPORT_NO_API: { meaning: 'No HTTP API of API Gateway is there, or none of this name.', next: 'Name one that is there by `--name`.' },
  IMPORT_REST_API: { meaning: 'A REST API of API Gateway, which has no JWT authorizers.', next: 'Put an HTTP API in its place, or verify in the services.' },
  IMPORT_NOTHING: { meaning: '`import` was not told where from.', next: 'Name a server (`--from keycloak`) or a file (`--from-file realm.json`).' },
  IMPORT_BAD_NAME: { meaning: '`--name` cannot be the name of a blueprint.', next: 'Lower-case letters, digits and hyphens, a letter first, 31 at the most.' },
  IMPORT_REALM: { meaning: 'A realm that a blueprint cannot name, or that is not there.', next: 'Name another realm; `master` is never managed.' },
  IMPORT_SYNTAX: { meaning: 'A file to import is neither JSON nor YAML.', next: 'Mend the line that is named, or export the file again.' },
  IMPORT_TWICE: { meaning: 'Two sources of the same sort were given, and a blueprint has one.', next: 'Import each into a blueprint of its own.' },
  IMPORT_UNKNOWN_FILE: { meaning: 'A file to import is none of those that can be read.', next: 'Give a realm export, a file of keycloak-config-cli or of decK, a template of CloudFormation or SAM, or a plan of Terraform as JSON.' },
  IMPORT_UNREADABLE: { meaning: 'A file to import cannot be read.', next: 'Check its name and who may read it.' },
  IMPORT_UNWRITTEN: { meaning: 'The blueprint cannot be written.', next: 'Name a file in a directory that is there and that may be written to.' },
});
