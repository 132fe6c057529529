/**
 * Returns the value of an object's own property. Names from a user's file can be those that every object inherits, such
 * as `constructor` and `__proto__`.
 */
export function ownValue(object: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}
