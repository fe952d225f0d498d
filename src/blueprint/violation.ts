/** One way in which a value is not as declared, as the validators of `generated/` (and Ajv, who wrote them) say it. */
export interface Violation {
  readonly instancePath: string;
  readonly keyword: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly propertyName?: string;
}
