import type { JsonObject } from '../../core/json.ts';
import type { Position } from '../../core/problem.ts';

/** A file that says an API. */
export interface ApiFile {
  readonly file: string;
  readonly content: JsonObject;
  readonly at: (...path: readonly string[]) => Position | undefined;
}

/** What a source says; or, where it does not say it plainly, the variable that stands for it. */
export type Value = string | { readonly variable: string };

interface Authorizer {
  /** By which routes of the same source know it. */
  readonly name: string;
  /** What API Gateway calls it. */
  readonly called?: string | undefined;
  readonly issuer: Value;
  readonly audience: readonly Value[];
}
/** Where requests go: as API Gateway has it, or the name of a function whose ARN is not said. */
export interface Integration {
  readonly type: string;
  readonly uri: Value;
  readonly payload?: string | undefined;
  readonly timeout?: number | undefined;
  /** What else it says, as API Gateway calls it. */
  readonly fields?: JsonObject;
}
export interface ApiRoute {
  /** `GET /orders/{id}`, `$default` */
  readonly key: string;
  /** `JWT`, `NONE`; any other is said by its name. */
  readonly authorization: string;
  readonly authorizer?: string | undefined;
  readonly scopes: readonly string[];
  readonly integration?: Integration | undefined;
  readonly at?: Position | undefined;
  /** Why whom it lets in is not known; nothing where it is. */
  readonly unread?: string | undefined;
}

/** An HTTP API, whichever source says it. */
export interface HttpApi {
  readonly name: string;
  /** Of one that is there. */
  readonly id?: string | undefined;
  readonly region?: string | undefined;
  readonly authorizers: readonly Authorizer[];
  readonly routes: readonly ApiRoute[];
  readonly origins: readonly string[];
  readonly stages: readonly string[];
  /** What the API and its stages say of themselves, as API Gateway calls it: what is not said there is at its default. Absent where a source does not tell. */
  readonly found?: { readonly api: JsonObject; readonly stages: Readonly<Record<string, JsonObject>> } | undefined;
  /** What is there and no field of a blueprint says. */
  readonly unsaid: readonly { readonly address: string; readonly why: string }[];
}
